"""What supports a reply: the brand's own sentences, and the order that a review names.

Brand sentences may be said in public. An order's facts are private: they stand beside the draft
for the person who answers, and are never written into a reply by the program.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.config import Brand
from monitor.store.tables import Order, Review, Version

REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{4,39}")
ABOUT = {
    "delivery_time": r"livr|exp[ée]di|colis|transport|deliver|dispatch|ship|parcel|liefer|versand"
    r"|entreg|env[íi]|consegn|spedi|bezorg|verzend|lever",
    "product_quality": r"fabri|qualit|mati[èe]re|atelier|artisan|made|material|test[ée]|calidad"
    r"|materia",
    "price": r"prix|tarif|price|preis|precio|prezz|prijs",
    "refund": r"retour|rembours|return|refund|r[üu]ckgabe|erstatt|devol|reembols|reso|rimbors"
    r"|retour|terugbet",
    "customer_service": r"service client|conseill|t[ée]l[ée]phon|customer|advis|kundenservice"
    r"|atenci[óo]n|assistenza|klantenservice",
    "after_sales": r"garanti|apr[èe]s-vente|r[ée]par|warrant|repair|guarantee|reparatur|garant",
    "staff": r"[ée]quipe|form[ée]s?\b|vendeu|team|staff|train|mitarbeit|personal",
    "website": r"\bsite\b|en ligne|website|online|web",
    "cleanliness": r"propre|nettoy|hygi[èe]n|clean|hygien|sauber|limpi|puli|schoon",
    "waiting": r"attente|caisse|file|queue|waiting|till|warte|espera|attesa|wacht",
    "safety": r"s[ée]curit|norme|safety|standard|sicherheit|segurid|sicurezz|veilig",
}
SAME = {
    "delivery_condition": "delivery_time",
    "order_follow_up": "delivery_time",
    "conformity": "product_quality",
    "availability": "delivery_time",
    "billing": "price",
}
NONE_FITS = frozenset({"safety", "honesty"})
"""Where an argument in our favour would be out of place."""


def fitting(sentences: Sequence[str], complaints: Sequence[str]) -> list[str]:
    """Sentences that bear on the first complaint; else those that bear on nothing special."""
    if set(complaints) & NONE_FITS:
        return []
    subject = ABOUT.get(SAME.get(complaints[0], complaints[0])) if complaints else None
    if subject:
        on_subject = [one for one in sentences if re.search(subject, one, re.IGNORECASE)]
        if on_subject:
            return on_subject
    return [one for one in sentences if not _is_special(one)]


def _is_special(sentence: str) -> bool:
    return any(re.search(pattern, sentence, re.IGNORECASE) for pattern in ABOUT.values())


def sheet(
    session: Session, brand: Brand, review: Review, version: Version, said: str
) -> list[dict[str, Any]]:
    """The facts to keep with a draft: what was said in public, and the private order facts."""
    facts = [{"kind": "brand", "sentence": said, "public": True}] if said else []
    return facts + [_order_fact(order) for order in _orders(session, brand, review, version)]


def _orders(session: Session, brand: Brand, review: Review, version: Version) -> list[Order]:
    words = f"{version.title or ''} {version.text} {review.raw.get('referenceId', '')}"
    named = {word for word in REFERENCE.findall(words) if any(sign.isdigit() for sign in word)}
    if not named:
        return []
    query = select(Order).where(Order.brand == brand.key, Order.reference.in_(sorted(named)[:50]))
    return list(session.scalars(query.order_by(Order.ordered_at)))


def _order_fact(order: Order) -> dict[str, Any]:
    promised, delivered = order.promised_at, order.delivered_at
    return {
        "kind": "order",
        "public": False,
        "reference": order.reference,
        "ordered_at": order.ordered_at.isoformat(),
        "promised_at": promised.isoformat() if promised else None,
        "delivered_at": delivered.isoformat() if delivered else None,
        "on_time": delivered <= promised if promised and delivered else None,
    }
