"""Findings, refusals and facts in a reader's words: what is wrong, and what to put instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from monitor.speech import N_, Speech


class FindingLike(Protocol):
    """A check.Found, or a Finding row."""

    @property
    def rule(self) -> str: ...
    @property
    def values(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Explained:
    """A finding as people read it; ``mend`` replaces its span, None when a person must think."""

    sentence: str
    mend: str | None


FINDINGS: Mapping[str, str] = {
    "empty": N_("La réponse est vide."),
    "too_long": N_(
        "La réponse est trop longue pour cette plateforme : %(length)s %(unit)s, "
        "pour %(most)s au plus. Retirez-en %(excess)s."
    ),
    "placeholder": N_("Un emplacement reste à remplir : « %(words)s »."),
    "personal_data": N_("%(kind)s n’a pas sa place dans une réponse publique : « %(words)s »."),
    "foreign_link": N_("Ce lien ne mène pas chez la marque : « %(words)s ». Est-il voulu ?"),
    "threat": N_("« %(words)s » se lit comme une menace. Une réponse publique n’en contient pas."),
    "blame": N_("« %(words)s » met le client en cause. Décrivez plutôt ce que vous proposez."),
    "irony": N_("« %(words)s » peut se lire comme une ironie. Dites-le simplement."),
    "change_review": N_(
        "« %(words)s » demande de modifier ou de retirer un avis : les plateformes l’interdisent."
    ),
    "liability": N_(
        "« %(words)s » reconnaît une responsabilité en public. Dites plutôt que vous comprenez."
    ),
    "promise": N_(
        "« %(words)s » promet un remboursement ou un geste. Proposez-le en privé, par le service "
        "client."
    ),
    "grovelling": N_("« %(words)s » est excessif : un regret sobre paraît plus sincère."),
    "familiar": N_("« %(words)s » est trop familier : la marque vouvoie ses clients."),
    "asks_in_public": N_(
        "« %(words)s » invite à publier des données personnelles. Indiquez un canal privé."
    ),
    "no_greeting": N_("La réponse ne salue pas le client."),
    "no_thanks": N_("La réponse ne remercie pas le client d’avoir écrit."),
    "exclamation": N_("Un point d’exclamation peut se lire comme de l’agacement."),
    "capitals": N_("« %(words)s » en capitales se lit comme un cri."),
    "other_language": N_("La réponse est en %(written)s, l’avis est en %(expected)s."),
    "tone_unchecked": N_("Le ton n’est pas contrôlé en %(language)s : relisez avec soin."),
    "repeated": N_("Une réponse récente dit presque la même chose. Personnalisez celle-ci."),
    "claim": N_("« %(words)s » affirme un fait que rien n’appuie ici. Vérifiez-le."),
}
KINDS: Mapping[str, str] = {
    "email": N_("Une adresse e-mail"),
    "phone": N_("Un numéro de téléphone"),
    "iban": N_("Un numéro de compte bancaire"),
    "card": N_("Un numéro de carte"),
    "street": N_("Une adresse postale"),
    "order": N_("Un numéro de commande ou de dossier"),
}
UNITS: Mapping[str, str] = {
    "characters": N_("caractères"),
    "graphemes": N_("signes"),
    "utf-8 bytes": N_("octets"),
}
REFUSALS: Mapping[str, str] = {
    "stale": N_("Quelqu’un a modifié cette réponse entre-temps. Relisez-la avant de décider."),
    "blocked": N_("Cette réponse ne peut pas être approuvée : corrigez d’abord ce qui la bloque."),
    "review_changed": N_(
        "Le client a modifié son avis depuis cette proposition. Une nouvelle réponse va être "
        "proposée."
    ),
    "answered": N_("Cet avis a déjà reçu une réponse."),
    "four_eyes": N_("Vous avez écrit cette réponse : une autre personne doit l’approuver."),
    "role": N_("Votre rôle ne permet pas cette décision."),
    "closed": N_("Cette proposition n’est plus ouverte : une décision a déjà été prise."),
    "sent": N_("La réponse est déjà partie : elle ne peut plus être reprise."),
    "removed": N_("Cet avis n’est plus en ligne."),
    "settled": N_("Il a été décidé que cet avis n’appelle pas de réponse."),
    "missing": N_("Cette réponse n’existe pas, ou n’existe plus."),
    "reason": N_("Indiquez un motif."),
    "unread": N_("Cet avis n’a pas encore été analysé."),
    "layout": N_("Ce modèle de réponse n’existe pas dans cette langue."),
    "not_by_hand": N_("Cette réponse n’attend pas d’être copiée à la main."),
    "not_unsure": N_("Le sort de cette réponse n’est plus en doute."),
}
VOIDED: Mapping[str, str] = {
    "review_changed": N_("L’avis a été modifié par son auteur."),
    "reading_changed": N_("L’analyse de l’avis a été corrigée depuis la proposition précédente."),
    "read_again": N_("L’avis a été relu depuis la proposition précédente, et compris autrement."),
    "answered": N_("Une réponse est déjà en ligne."),
    "settled": N_("L’avis n’appelle pas de réponse."),
    "removed": N_("L’avis n’est plus en ligne."),
    "edited": N_("La réponse a été modifiée après son approbation."),
    "redrafted": N_("Une autre proposition a été demandée."),
    "rules_changed": N_("Les règles de contrôle ont changé depuis l’approbation."),
    "not_approved": N_("L’approbation ne correspond plus à la réponse."),
    "taken_back": N_("L’approbation a été reprise."),
    "platform_refused": N_("La plateforme a refusé la réponse."),
    "gave_up": N_("La plateforme est restée injoignable malgré plusieurs essais."),
}
ORDERS: Mapping[tuple[bool, bool], str] = {
    (True, True): N_(
        "Commande %(reference)s du %(ordered)s : promise le %(promised)s, livrée le %(delivered)s."
    ),
    (True, False): N_(
        "Commande %(reference)s du %(ordered)s : promise le %(promised)s, sans date de livraison "
        "connue."
    ),
    (False, True): N_("Commande %(reference)s du %(ordered)s : livrée le %(delivered)s."),
    (False, False): N_(
        "Commande %(reference)s du %(ordered)s : sans date promise ni date de livraison connues."
    ),
}
"""By whether a promised date and a delivery date are known."""


def explain(found: FindingLike, speech: Speech) -> Explained:
    """A finding as a sentence, and what to put in its place where that is obvious."""
    values = dict(found.values)
    mend = values.pop("mend", None)
    for name, table in (("kind", KINDS), ("unit", UNITS)):
        if name in values:
            values[name] = speech.gettext(table[values[name]])
    for name in ("written", "expected", "language"):
        if name in values:
            values[name] = speech.language_name(values[name])
    for name in ("length", "most", "excess"):
        if name in values:
            values[name] = speech.number(values[name])
    return Explained(speech.gettext(FINDINGS[found.rule]) % values, mend)


def refusal(code: str, speech: Speech) -> str:
    """Why a decision was refused."""
    return speech.gettext(REFUSALS[code])


def voided(reason: str | None, speech: Speech) -> str:
    """Why a draft or an approval became void; a person's own reason is said as written."""
    if not reason:
        return ""
    return speech.gettext(VOIDED[reason]) if reason in VOIDED else reason


def supporting(fact: Mapping[str, Any], speech: Speech) -> str:
    """A fact of a draft's sheet as people read it, in the zone of ``speech``."""
    if fact["kind"] != "order":
        return str(fact["sentence"])
    dates = {
        name: speech.date(datetime.fromisoformat(fact[f"{name}_at"]))
        for name in ("ordered", "promised", "delivered")
        if fact[f"{name}_at"]
    }
    sentence = ORDERS["promised" in dates, "delivered" in dates]
    return speech.gettext(sentence, reference=fact["reference"], **dates)
