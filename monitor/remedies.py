"""Why a source fails, for people: what happened, and what to do. Keyed by the fault's name, for
platforms and, where a file fails for reasons of its own, for files."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.speech import N_


@dataclass(frozen=True)
class Remedy:
    """Two sentences."""

    what: str
    do: str


REMEDIES: dict[str, Remedy] = {
    "settings": Remedy(
        N_("La plateforme n’accepte pas les réglages de cette source."),
        N_("Corrigez-les dans le fichier de configuration, puis réessayez."),
    ),
    "refused": Remedy(
        N_("La plateforme refuse l’accès : la clé manque, a expiré ou ne suffit pas."),
        N_("Renouvelez la clé d’accès ou vérifiez ses droits, puis réessayez."),
    ),
    "captcha": Remedy(
        N_("La plateforme demande de prouver qu’une personne lit ses pages."),
        N_(
            "Vigie ne contourne pas ce contrôle : passez par l’interface officielle de la "
            "plateforme, ou par un export de vos avis."
        ),
    ),
    "robots": Remedy(
        N_("La plateforme demande aux programmes de ne pas lire ces pages, et Vigie le respecte."),
        N_("Passez par son interface officielle, ou par un export de vos avis."),
    ),
    "missing": Remedy(
        N_("La page ou le compte n’existe pas à l’adresse indiquée."),
        N_("Vérifiez son nom et son adresse dans le fichier de configuration."),
    ),
    "throttled": Remedy(
        N_("La plateforme demande de patienter entre deux visites."),
        N_(
            "Rien à faire : Vigie attend le délai demandé, un jour au plus, puis reprend. Si cela "
            "revient souvent, espacez les visites."
        ),
    ),
    "unavailable": Remedy(
        N_("La plateforme est en panne ou en maintenance."),
        N_("Rien à faire : Vigie réessaie, de moins en moins souvent, jusqu’à ce qu’elle réponde."),
    ),
    "timed_out": Remedy(
        N_("La plateforme met trop longtemps à répondre."),
        N_("Rien à faire : Vigie réessaie. Si cela dure, vérifiez la connexion de ce serveur."),
    ),
    "unreachable": Remedy(
        N_("Vigie n’arrive pas à joindre la plateforme."),
        N_("Vérifiez l’adresse dans la configuration, puis la connexion de ce serveur."),
    ),
    "private_address": Remedy(
        N_("L’adresse mène à un réseau privé, où Vigie n’entre pas d’elle-même."),
        N_("Si c’est voulu, mettez allow_private_hosts à true dans la configuration."),
    ),
    "changed": Remedy(
        N_("Les pages de la plateforme ont changé : Vigie ne sait plus les lire avec certitude."),
        N_("Mettez Vigie à jour. En attendant, un export de vos avis peut être importé."),
    ),
    "empty": Remedy(
        N_("La plateforme ne montre plus rien là où il y avait des avis : Vigie en doute."),
        N_("Regardez la page de la plateforme : si les avis y sont, réessayez dans une heure."),
    ),
    "withdrawn": Remedy(
        N_("La plateforme a retiré cet accès."),
        N_("Demandez-lui un nouvel accès, ou passez par un export de vos avis."),
    ),
}
FILE_REMEDIES: dict[str, Remedy] = {
    "settings": Remedy(
        N_("Vigie ne peut pas lire ce fichier avec les réglages de cette source."),
        N_(
            "Corrigez le fichier de configuration ou le fichier lui-même, puis réessayez : la page "
            "de la source dit ce qui ne va pas."
        ),
    ),
    "missing": Remedy(
        N_("Le fichier n’est pas à l’endroit indiqué, ou Vigie n’a pas le droit de le lire."),
        N_("Vérifiez l’endroit dans le fichier de configuration, puis les droits sur le fichier."),
    ),
    "unavailable": Remedy(
        N_("Le fichier a été modifié pendant sa lecture."),
        N_("Rien à faire : Vigie le relit d’elle-même, une fois qu’il est écrit en entier."),
    ),
    "changed": Remedy(
        N_("Le fichier est abîmé ou incomplet, ou son encodage n’est pas celui qui est attendu."),
        N_(
            "Exportez-le de nouveau, en .xlsx ou en .csv encodé en UTF-8, et remettez-le au même "
            "endroit : Vigie le lira à la prochaine visite."
        ),
    ),
    "empty": Remedy(
        N_("Il n’y a aucun avis dans le fichier ou dans le dossier."),
        N_("Déposez-y un export de vos avis : Vigie le lira à la prochaine visite."),
    ),
}
UNKNOWN = Remedy(
    N_("La dernière visite a échoué."),
    N_(
        "Réessayez. Si l’échec revient, transmettez à qui administre Vigie le détail que donne la "
        "page de la source."
    ),
)
LATE = Remedy(
    N_("La visite prévue n’a pas eu lieu."),
    N_("Vérifiez que le travail de fond de Vigie est en marche (vigie run ou vigie work)."),
)
PAUSED_BY_TEAM = Remedy(
    N_("L’équipe a mis cette source en pause."),
    N_("Les avis déjà recueillis sont conservés. Reprenez les visites quand vous le souhaitez."),
)
ABSENT = Remedy(
    N_("La configuration ne nomme plus cette source."),
    N_("Ses avis sont conservés. Remettez-la dans le fichier pour la visiter de nouveau."),
)


def remedy(state: str, fault: str | None, paused_by_team: bool, *, of_file: bool) -> Remedy | None:
    """What to say under a source; None when all is well. ``of_file``: it reads files."""
    if state == "absent":
        return ABSENT
    if paused_by_team:
        return PAUSED_BY_TEAM
    if fault is not None:
        return _failure(fault, of_file=of_file)
    if state in {"broken", "paused"}:
        return UNKNOWN
    return LATE if state == "late" else None


def _failure(fault: str, *, of_file: bool) -> Remedy:
    known = REMEDIES | FILE_REMEDIES if of_file else REMEDIES
    return known.get(fault, UNKNOWN)
