"""Personal data in a reply: what must not stand in public, the brand's own contact apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
LINK = re.compile(r"(https?://|www\.)[^\s<>()]+", re.IGNORECASE)
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
PHONE = re.compile(r"(?<![\w.,-])(?:\+\d{1,3}[ .-]?|\(?0)\(?\d(?:[ .()/-]{0,2}\d){6,12}(?![\w-])")
CARD = re.compile(r"(?<!\d)(?:\d[ -]?){12,18}\d(?!\d)")
ORDER = re.compile(
    r"(?:commande|facture|dossier|client|r[ée]f[ée]rence|colis|suivi|order|invoice|reference|ref"
    r"|account|parcel|tracking|case|Bestellung|Rechnung|pedido|factura|ordine|bestelling|factuur)"
    r"s?\.?,?(?: (?:num[ée]ro|number|no|nr|n°|is))*\s*(?:n[°ºo]\.?\s*|nr\.?\s*|#\s*|:\s*)*"
    r"(?P<number>#?(?=[A-Z0-9-]*\d[A-Z0-9-]*\d[A-Z0-9-]*\d)[A-Z0-9][A-Z0-9-]{3,29})\b",
    re.IGNORECASE,
)
STREET = re.compile(
    r"\b\d{1,4}(?: ?(?:bis|ter))?,? (?:rue|avenue|boulevard|bd|place|chemin|all[ée]e|impasse|quai)"
    r" (?:de|du|des|d'|la|le|l'|[A-ZÉÈ])[^.,;\n]{2,40}"
    r"|\b\d{1,4} [A-Z][a-z]+ (?:Street|Road|Lane|Avenue|Close|Drive|Crescent|Terrace)\b"
)
KINDS = (("email", EMAIL), ("iban", IBAN), ("card", CARD), ("phone", PHONE), ("street", STREET))


def personal_data(text: str, contacts: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """Kind and place of each piece of personal data that is not the brand's own contact."""
    taken = [match.span() for match in LINK.finditer(text)]
    for kind, pattern in KINDS:
        for match in pattern.finditer(text):
            if _overlaps(match.span(), taken) or not _really(kind, match[0]):
                continue
            taken.append(match.span())
            if not _is_own(match[0], contacts):
                yield kind, *match.span()
    for match in ORDER.finditer(text):
        if not _overlaps(match.span("number"), taken):
            yield "order", *match.span("number")


def foreign_links(text: str, contacts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Places of links that lead elsewhere than to the brand."""
    for match in LINK.finditer(text):
        link = match[0].rstrip(".,;:!?)")
        if not any(_host(link) == _host(own) for own in contacts if "." in own):
            yield match.start(), match.start() + len(link)


def _host(address: str) -> str:
    bare = re.sub(r"^(https?://)?(www\.)?", "", address.lower())
    return re.split(r"[/?#:]", bare.rpartition("@")[2], maxsplit=1)[0]


def _overlaps(span: tuple[int, int], taken: Sequence[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in taken)


def _really(kind: str, words: str) -> bool:
    digits = re.sub(r"\D", "", words)
    if kind == "card":
        return 13 <= len(digits) <= 19 and _luhn(digits)
    if kind == "iban":
        return 15 <= len(words.replace(" ", "")) <= 34 and len(digits) >= 10
    return kind != "phone" or 8 <= len(digits) <= 15


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _is_own(words: str, contacts: Sequence[str]) -> bool:
    return any(_bare(words) == _bare(own) for own in contacts)


def _bare(words: str) -> str:
    """An address or number without the ways people write it: +33 1 and 01 are the same."""
    if "@" in words:
        return words.lower().removeprefix("mailto:").strip(".")
    digits = re.sub(r"\D", "", words.replace("(0)", ""))
    return digits[-9:] if len(digits) >= 9 else digits or words
