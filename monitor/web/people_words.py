"""What is said when something about a person cannot be done, and the audit's actions in words."""

from __future__ import annotations

from monitor.people import SHORTEST_PASSWORD
from monitor.speech import N_, Speech

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
    "too_many": N_("Trop d’essais ont échoué. Attendez un quart d’heure."),
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
    "draft.edited": N_("a modifié une réponse"),
    "draft.rejected": N_("a écarté une réponse"),
    "draft.asked": N_("a demandé une autre réponse"),
    "approval.voided": N_("a annulé une approbation devenue caduque"),
    "reply.approved": N_("a approuvé une réponse"),
    "reply.withdrawn": N_("a repris une réponse avant sa publication"),
    "reply.taken_back": N_("a repris une réponse avant sa publication"),
    "reply.published": N_("a publié une réponse"),
    "reply.handed_over": N_("a confié une réponse à publier à la main"),
    "reply.posted": N_("a publié une réponse à la main"),
    "reply.put_off": N_("a remis une publication à plus tard"),
    "reply.failed": N_("n’a pas pu publier une réponse"),
    "reply.unsure": N_("ne sait pas si une réponse est arrivée"),
    "reply.not_there": N_("a constaté qu’une réponse n’est pas arrivée"),
    "reply.seen": N_("a vu une réponse sur la plateforme"),
    "reply.resolved": N_("a vérifié une publication"),
    "review.settled": N_("a classé un avis sans réponse"),
    "review.unsettled": N_("a rouvert un avis"),
    "review.assigned": N_("a confié un avis à quelqu’un"),
    "sentiment.corrected": N_("a corrigé le sentiment d’un avis"),
    "severity.corrected": N_("a corrigé la gravité d’un avis"),
    "topics.corrected": N_("a corrigé les sujets d’un avis"),
    "reading.confirmed": N_("a confirmé la lecture d’un avis"),
}
BY_THEMSELVES = {"person.joined", "person.password_changed", "session.opened"}
"""Actions whose subject is the person who did them."""


def trouble(speech: Speech, code: str) -> str:
    """The sentence for a PeopleError's code."""
    sentence = TROUBLES.get(code, TROUBLES["unknown"])
    return speech.gettext(sentence, least=SHORTEST_PASSWORD)
