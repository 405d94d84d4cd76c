"""Findings and refusals in a reader's words: what is wrong, and what to put instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from monitor.speech import Speech


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


def _(sentence: str) -> str:
    """Marks a sentence for translation."""
    return sentence


FINDINGS: Mapping[str, str] = {
    "empty": _("La réponse est vide."),
    "too_long": _(
        "La réponse est trop longue pour cette plateforme : %(length)s %(unit)s, "
        "pour %(most)s au plus. Retirez-en %(excess)s."
    ),
    "placeholder": _("Un emplacement reste à remplir : « %(words)s »."),
    "personal_data": _("%(kind)s n’a pas sa place dans une réponse publique : « %(words)s »."),
    "foreign_link": _("Ce lien ne mène pas chez la marque : « %(words)s ». Est-il voulu ?"),
    "threat": _("« %(words)s » se lit comme une menace. Une réponse publique n’en contient pas."),
    "blame": _("« %(words)s » met le client en cause. Décrivez plutôt ce que vous proposez."),
    "irony": _("« %(words)s » peut se lire comme une ironie. Dites-le simplement."),
    "change_review": _(
        "« %(words)s » demande de modifier ou de retirer un avis : les plateformes l’interdisent."
    ),
    "liability": _(
        "« %(words)s » reconnaît une responsabilité en public. Dites plutôt que vous comprenez."
    ),
    "promise": _(
        "« %(words)s » promet un remboursement ou un geste. Proposez-le en privé, par le service "
        "client."
    ),
    "grovelling": _("« %(words)s » est excessif : un regret sobre paraît plus sincère."),
    "familiar": _("« %(words)s » est trop familier : la marque vouvoie ses clients."),
    "asks_in_public": _(
        "« %(words)s » invite à publier des données personnelles. Indiquez un canal privé."
    ),
    "no_greeting": _("La réponse ne salue pas le client."),
    "no_thanks": _("La réponse ne remercie pas le client d’avoir écrit."),
    "exclamation": _("Un point d’exclamation peut se lire comme de l’agacement."),
    "capitals": _("« %(words)s » en capitales se lit comme un cri."),
    "other_language": _("La réponse est en %(written)s, l’avis est en %(expected)s."),
    "tone_unchecked": _("Le ton n’est pas contrôlé en %(language)s : relisez avec soin."),
    "repeated": _("Une réponse récente dit presque la même chose. Personnalisez celle-ci."),
    "claim": _("« %(words)s » affirme un fait que rien n’appuie ici. Vérifiez-le."),
}
KINDS: Mapping[str, str] = {
    "email": _("Une adresse e-mail"),
    "phone": _("Un numéro de téléphone"),
    "iban": _("Un numéro de compte bancaire"),
    "card": _("Un numéro de carte"),
    "street": _("Une adresse postale"),
    "order": _("Un numéro de commande ou de dossier"),
}
UNITS: Mapping[str, str] = {
    "characters": _("caractères"),
    "graphemes": _("signes"),
    "utf-8 bytes": _("octets"),
}
REFUSALS: Mapping[str, str] = {
    "stale": _("Quelqu’un a modifié cette réponse entre-temps. Relisez-la avant de décider."),
    "blocked": _("Cette réponse ne peut pas être approuvée : corrigez d’abord ce qui la bloque."),
    "review_changed": _(
        "Le client a modifié son avis depuis cette proposition. Une nouvelle réponse va être "
        "proposée."
    ),
    "answered": _("Cet avis a déjà reçu une réponse."),
    "four_eyes": _("Vous avez écrit cette réponse : une autre personne doit l’approuver."),
    "role": _("Votre rôle ne permet pas cette décision."),
    "closed": _("Cette proposition n’est plus ouverte : une décision a déjà été prise."),
    "sent": _("La réponse est déjà partie : elle ne peut plus être reprise."),
    "removed": _("Cet avis n’est plus en ligne."),
    "settled": _("Il a été décidé que cet avis n’appelle pas de réponse."),
    "missing": _("Cette réponse n’existe pas, ou n’existe plus."),
    "reason": _("Indiquez un motif."),
    "unread": _("Cet avis n’a pas encore été analysé."),
    "layout": _("Ce modèle de réponse n’existe pas dans cette langue."),
    "not_by_hand": _("Cette réponse n’attend pas d’être copiée à la main."),
    "not_unsure": _("Le sort de cette réponse n’est plus en doute."),
}
VOIDED: Mapping[str, str] = {
    "review_changed": _("L’avis a été modifié par son auteur."),
    "answered": _("Une réponse est déjà en ligne."),
    "settled": _("L’avis n’appelle pas de réponse."),
    "removed": _("L’avis n’est plus en ligne."),
    "edited": _("La réponse a été modifiée après son approbation."),
    "redrafted": _("Une autre proposition a été demandée."),
    "rules_changed": _("Les règles de contrôle ont changé depuis l’approbation."),
    "not_approved": _("L’approbation ne correspond plus à la réponse."),
    "taken_back": _("L’approbation a été reprise."),
    "platform_refused": _("La plateforme a refusé la réponse."),
    "gave_up": _("La plateforme est restée injoignable malgré plusieurs essais."),
}


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
