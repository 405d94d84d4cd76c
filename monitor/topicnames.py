"""Topics and severities as people say them; the codes are those of the verdicts."""

from collections.abc import Mapping

from monitor.speech import N_, Speech

TOPICS: Mapping[str, str] = {
    "delivery_time": N_("délai de livraison"),
    "delivery_condition": N_("état à la livraison"),
    "order_follow_up": N_("suivi de commande"),
    "availability": N_("disponibilité"),
    "product_quality": N_("qualité du produit"),
    "conformity": N_("conformité à la description"),
    "price": N_("prix"),
    "billing": N_("facturation et paiement"),
    "refund": N_("remboursement et retour"),
    "customer_service": N_("service client"),
    "staff": N_("accueil et personnel"),
    "waiting": N_("attente"),
    "website": N_("site et application"),
    "cleanliness": N_("propreté et lieu"),
    "after_sales": N_("après-vente et garantie"),
    "honesty": N_("honnêteté et confiance"),
    "safety": N_("sécurité"),
    "other": N_("autre sujet"),
}

CODES = tuple(TOPICS)
"""Every topic's code, in the order in which topics are listed."""


def topic_name(code: str, speech: Speech) -> str:
    """The topic in the reader's language; an unknown code as it is."""
    return speech.gettext(TOPICS[code]) if code in TOPICS else code.replace("_", " ")
