"""What is said when something about a person cannot be done, and the audit's actions in words."""

from __future__ import annotations

from datetime import timedelta

from monitor.people import SHORTEST_PASSWORD
from monitor.speech import N_, Speech
from monitor.store.tables import Audit
from monitor.web.understood import SENTIMENTS, SEVERITIES

TROUBLES = {
    "name_missing": N_("Indiquez un nom."),
    "email_wrong": N_("Cette adresse e-mail n’est pas complète."),
    "email_taken": N_("Une personne de l’équipe a déjà cette adresse."),
    "role_unknown": N_("Choisissez un rôle."),
    "password_short": N_("Le mot de passe doit compter au moins %(least)s caractères."),
    "password_long": N_("Ce mot de passe est trop long."),
    "password_is_email": N_("Le mot de passe ne peut pas être votre adresse e-mail."),
    "password_twice": N_("Les deux mots de passe diffèrent."),
    "password_wrong": N_("Ce n’est pas votre mot de passe actuel."),
    "too_many": N_("Trop d’essais ont échoué. Attendez %(wait)s."),
    "link_dead": N_("Ce lien a déjà servi, ou a expiré."),
    "last_admin": N_("L’équipe garde au moins une personne qui administre : rien n’a été modifié."),
    "oneself": N_("Vous ne pouvez pas retirer votre propre accès."),
    "unknown": N_("Cette personne n’est plus dans l’équipe."),
}
ACTIONS = {
    "person.invited": N_("a invité une personne"),
    "person.joined": N_("a rejoint l’équipe"),
    "person.role_changed": N_("a changé un rôle"),
    "person.withdrawn": N_("a retiré un accès"),
    "person.restored": N_("a rendu un accès"),
    "person.link_made": N_("a créé un lien d’accès"),
    "person.password_changed": N_("a changé son mot de passe"),
    "session.opened": N_("a ouvert une session"),
    "source.visit_asked": N_("a demandé une visite"),
    "source.paused": N_("a mis une source en pause"),
    "source.resumed": N_("a repris les visites d’une source"),
    "reviews.imported": N_("a importé des avis"),
    "draft.edited": N_("a modifié une réponse"),
    "draft.rejected": N_("a écarté une réponse"),
    "draft.asked": N_("a demandé une autre réponse"),
    "draft.overtaken": N_("a retiré une proposition, car sa lecture de l’avis a changé"),
    "reply.approved": N_("a approuvé une réponse"),
    "approval.voided": N_("a annulé une approbation"),
    "approval.taken_back": N_("a repris une réponse avant son départ"),
    "reply.published": N_("a publié une réponse"),
    "reply.noted": N_("a noté qu’une réponse est en ligne"),
    "reply.handed_over": N_("a préparé une réponse à copier"),
    "reply.put_off": N_("a remis une publication à plus tard"),
    "reply.unsure": N_("ne sait pas si une réponse est arrivée"),
    "reply.not_there": N_("a constaté qu’une réponse n’est pas arrivée"),
    "reply.seen": N_("a vu une réponse sur la plateforme"),
    "review.settled": N_("a classé un avis sans réponse"),
    "review.unsettled": N_("a rouvert un avis"),
    "review.assigned": N_("a confié un avis à quelqu’un"),
    "review.unassigned": N_("a laissé un avis sans responsable"),
    "sentiment.corrected": N_("a corrigé le sentiment d’un avis"),
    "severity.corrected": N_("a corrigé la gravité d’un avis"),
    "topics.corrected": N_("a corrigé les sujets d’un avis"),
    "reading.confirmed": N_("a confirmé la lecture d’un avis"),
    "reading.changed": N_("a changé sa lecture d’un avis"),
}
MOODS = {**SENTIMENTS, "critical": SEVERITIES["critical"]}
"""What a reply may be written for."""
CHANGED = {
    "sentiment.corrected": SENTIMENTS,
    "severity.corrected": SEVERITIES,
    "reading.changed": MOODS,
    "draft.overtaken": MOODS,
}
"""Actions that say what they changed, with the words for their values."""
BY_THEMSELVES = {"person.joined", "person.password_changed", "session.opened"}
"""Actions whose subject is the person who did them."""


def deed(row: Audit) -> str:
    """The row's key in the words: its action, told apart where one action is two deeds."""
    if row.action == "approval.voided" and row.values.get("reason") == "taken_back":
        return "approval.taken_back"
    if row.action == "reply.published" and row.person_id is not None:
        return "reply.noted"
    if row.action == "review.assigned" and row.values.get("to") is None:
        return "review.unassigned"
    return row.action


def change(row: Audit, speech: Speech) -> str:
    """ "de normale à critique"; empty for other actions, and where somebody said the same again."""
    words = CHANGED.get(row.action)
    if words is None:
        return ""
    before, after = row.values.get("before"), row.values.get("after")
    if before == after or before not in words or after not in words:
        return ""
    said = {"before": speech.gettext(words[before]), "after": speech.gettext(words[after])}
    return speech.gettext("de %(before)s à %(after)s", **said)


def trouble(speech: Speech, code: str, wait: timedelta = timedelta()) -> str:
    """The sentence for a PeopleError's code; after too many tries, with how long to ``wait``."""
    sentence = TROUBLES.get(code, TROUBLES["unknown"])
    waits = speech.duration(wait / timedelta(hours=1))
    return speech.gettext(sentence, least=SHORTEST_PASSWORD, wait=waits)
