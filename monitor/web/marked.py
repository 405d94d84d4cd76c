"""A review with the words that matter marked: pieces for the template, which escapes them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LONGEST = 260
AHEAD = 40
"""Characters before the first quote of an excerpt: the quote is to stand in its first lines."""
SENTENCE_END = re.compile(r"[.!?…]\s+")
NO_WIDTH = r"\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
UNSEEN = f"[{NO_WIDTH}]*+"
"""What a text may hold between two letters, and a quote of it does not."""
BLANK = rf"[\s\x00-\x1f\x7f-\x9f][\s\x00-\x1f\x7f-\x9f{NO_WIDTH}]*+"
"""What a quote has a blank for."""

Span = tuple[int, int, str]


@dataclass(frozen=True)
class Piece:
    """Some of a text; ``kind`` says why it is marked, "" when it is not."""

    text: str
    kind: str = ""


@dataclass(frozen=True)
class Marked:
    """A review's title and text; either may be empty."""

    title: list[Piece]
    text: list[Piece]


def marked(title: str | None, text: str, words: Iterable[tuple[str, str]]) -> Marked:
    """Title and text, cut at every quote of ``words`` (quote, kind); the first quote of a place
    wins."""
    whole, at = _joined(title or "", text)
    spans = sorted(_spans(whole, words))
    return Marked(_pieces(whole, spans, 0, at - 1), _pieces(whole, spans, at, len(whole)))


def excerpt(title: str | None, text: str, words: Iterable[tuple[str, str]]) -> Marked:
    """The title, and the text's part around the first of ``words``, each on one line."""
    whole, at = _joined(_flat(title or ""), _flat(text))
    spans = _spans(whole, words)
    start = _start(whole, at, spans[0][0]) if spans else at
    end = _end(whole, start)
    spans.sort()
    pieces = _pieces(whole, spans, start, end)
    if start > at:
        pieces.insert(0, Piece("… "))
    if end < len(whole):
        pieces.append(Piece(" …"))
    return Marked(_pieces(whole, spans, 0, at - 1), pieces)


def _joined(title: str, text: str) -> tuple[str, int]:
    """Both as they are read, title first, and where the text begins."""
    return f"{title}\n{text}", len(title) + 1


def _flat(text: str) -> str:
    return " ".join(text.split())


def _start(whole: str, at: int, place: int) -> int:
    """Where an excerpt of the text from ``at`` begins so that ``place`` is near its beginning."""
    if place - at <= AHEAD:
        return at
    sentences = [one.end() for one in SENTENCE_END.finditer(whole, place - AHEAD, place)]
    if sentences:
        return sentences[0]
    return whole.find(" ", place - AHEAD, place) + 1 or place


def _end(whole: str, start: int) -> int:
    """Where it ends, between two words where there are two."""
    if len(whole) - start <= LONGEST:
        return len(whole)
    blank = whole.rfind(" ", start, start + LONGEST)
    return blank if blank > start else start + LONGEST


def _spans(text: str, words: Iterable[tuple[str, str]]) -> list[Span]:
    """Where the quotes stand, in the order of ``words``."""
    spans: list[Span] = []
    for quote, kind in words:
        found = _find(text, quote)
        if found and not any(a < found.end() and found.start() < b for a, b, _ in spans):
            spans.append((found.start(), found.end(), kind))
    return spans


def _find(text: str, quote: str) -> re.Match[str] | None:
    """The quote as whole words, else within longer ones: not every script parts its words. Else as
    it may have been typed: a quote has whole letters, and nothing unseen between them."""
    same = r"\s+".join(re.escape(word) for word in quote.split())
    if not same:
        return None
    return (
        re.search(rf"(?<!\w){same}(?!\w)", text, re.IGNORECASE)
        or re.search(same, text, re.IGNORECASE)
        or re.search(_as_typed(quote), text, re.IGNORECASE)
    )


def _as_typed(quote: str) -> str:
    return BLANK.join("".join(map(_typed, word)) for word in quote.split())


def _typed(letter: str) -> str:
    parted = unicodedata.normalize("NFD", letter)
    same = re.escape(letter)
    return f"(?:{same}|{re.escape(parted)}){UNSEEN}" if parted != letter else same + UNSEEN


def _pieces(whole: str, spans: Sequence[Span], start: int, end: int) -> list[Piece]:
    """The part from ``start`` to ``end``, with the spans that reach into it."""
    pieces: list[Piece] = []
    at = start
    for a, b, kind in spans:
        if a < end and b > start:
            pieces.append(Piece(whole[at : max(a, start)]))
            at = min(b, end)
            pieces.append(Piece(whole[max(a, start) : at], kind))
    pieces.append(Piece(whole[at:end]))
    return [piece for piece in pieces if piece.text]
