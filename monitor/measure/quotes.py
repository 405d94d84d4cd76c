"""Short quotes from reviews: the words that matter and a little around them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from monitor.measure.period import Period, Scope
from monitor.store.tables import Review, Version

LONGEST = 180
NEWEST = 200


@dataclass(frozen=True)
class Quote:
    """What somebody wrote, cut to a sentence or two; hostile text, to be escaped like any."""

    review_id: int
    text: str
    author: str | None
    stars: int | None
    platform: str
    location: str | None
    url: str | None
    written_at: datetime
    severity: str | None
    answered: bool


def excerpt(text: str, words: str = "", longest: int = LONGEST) -> str:
    """The part of the text around ``words``, on one line, cut between words with an ellipsis."""
    flat = " ".join(text.split())
    if len(flat) <= longest:
        return flat
    place = max(flat.find(" ".join(words.split())), 0) if words else 0
    start = _sentence_start(flat, place)
    if place + len(words) - start > longest:
        start = max(0, place - longest // 3)
        start = flat.find(" ", start) + 1 if start else 0
    cut = flat[start : start + longest]
    if start + longest < len(flat):
        cut = cut.rsplit(" ", 1)[0].rstrip(" ,;:") + "…"
    return f"… {cut}" if start else cut


def _sentence_start(text: str, place: int) -> int:
    ends = [match.end() for match in re.finditer(r"[.!?…]\s+", text[:place])]
    return ends[-1] if ends else 0


def by_id(session: Session, wanted: dict[int, str]) -> dict[int, Quote]:
    """A quote of each review, around the words given for it."""
    rows = session.execute(_quotes().where(Review.id.in_(wanted))).all()
    return {row.id: _quote(row, wanted[row.id]) for row in rows}


def telling(
    session: Session, scope: Scope, period: Period, *, praise: bool, count: int = 3
) -> list[Quote]:
    """The best or the worst of the period that have words enough to be read out.

    Worst: by severity, then stars; best: by stars. Among equals the longer told of the newest
    ones, from one author once.
    """
    sentiment = "positive" if praise else "negative"
    rows = session.execute(
        _quotes()
        .where(*scope.within(period), Review.sentiment == sentiment, Review.removed_at.is_(None))
        .order_by(Review.written_at.desc())
        .limit(NEWEST)
    ).all()
    ranked = sorted(rows, key=lambda row: _rank(row, praise))
    return [_quote(row) for row in _one_an_author(ranked)][:count]


def unanswered(
    session: Session, scope: Scope, period: Period | None, now: datetime, count: int = 10
) -> list[Quote]:
    """Reviews that still wait for an answer, the oldest first (of the period, or of all)."""
    query = _quotes().where(
        Review.brand == scope.brand,
        Review.answered_at.is_(None),
        Review.settled_at.is_(None),
        Review.removed_at.is_(None),
        Review.written_at <= now,
    )
    if period is not None:
        query = query.where(*scope.within(period))
    rows = session.execute(query.order_by(Review.written_at, Review.id).limit(count)).all()
    return [_quote(row) for row in rows]


def _quotes() -> Select[*tuple[Any, ...]]:
    return select(
        Review.id,
        Version.title,
        Version.text,
        Review.author,
        Review.stars,
        Review.platform,
        Review.location,
        Review.url,
        Review.written_at,
        Review.severity,
        Review.urgency,
        Review.answered_at,
    ).join(Version, Version.id == Review.version_id)


def _rank(row: Any, praise: bool) -> tuple[Any, ...]:
    stars = row.stars or 3
    told = -min(len(row.text), 240)
    return (-stars, told, row.id) if praise else (-row.urgency, stars, told, row.id)


def _one_an_author(rows: Iterable[Any]) -> Sequence[Any]:
    chosen: dict[object, Any] = {}
    for row in rows:
        if len(row.text) >= 20:
            chosen.setdefault((row.platform, row.author or row.id), row)
    return list(chosen.values())


def _quote(row: Any, words: str = "") -> Quote:
    return Quote(
        review_id=row.id,
        text=excerpt(row.text or row.title or "", words),
        author=row.author,
        stars=row.stars,
        platform=row.platform,
        location=row.location,
        url=row.url,
        written_at=row.written_at,
        severity=row.severity,
        answered=row.answered_at is not None,
    )
