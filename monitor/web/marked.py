"""A text with the words that matter marked: pieces for the template, which escapes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LONGEST = 260


@dataclass(frozen=True)
class Piece:
    """Some of a text; ``kind`` says why it is marked, "" when it is not."""

    text: str
    kind: str = ""


def marked(text: str, words: Iterable[tuple[str, str]]) -> list[Piece]:
    """Cut the text at every quote of ``words`` (quote, kind); the first quote of a place wins."""
    spans: list[tuple[int, int, str]] = []
    for quote, kind in words:
        start = _find(text, quote)
        if start is not None and not any(a < start + len(quote) and start < b for a, b, _ in spans):
            spans.append((start, start + len(quote), kind))
    return _pieces(text, sorted(spans))


def _find(text: str, quote: str) -> int | None:
    if not quote.strip():
        return None
    found = re.search(re.escape(quote), text, re.IGNORECASE)
    return found.start() if found else None


def _pieces(text: str, spans: Sequence[tuple[int, int, str]]) -> list[Piece]:
    pieces: list[Piece] = []
    at = 0
    for start, end, kind in spans:
        pieces.append(Piece(text[at:start]))
        pieces.append(Piece(text[start:end], kind))
        at = end
    pieces.append(Piece(text[at:]))
    return [piece for piece in pieces if piece.text]


def excerpt(text: str, words: Iterable[tuple[str, str]]) -> list[Piece]:
    """The beginning of a text on one line, with its words marked."""
    flat = " ".join(text.split())
    if len(flat) > LONGEST:
        flat = flat[:LONGEST].rsplit(" ", 1)[0] + " …"
    return marked(flat, words)
