"""Points of non-quality: what dissatisfied customers complain of, most often first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.measure.change import Change, change
from monitor.measure.period import Period, Scope
from monitor.measure.quotes import Quote, by_id
from monitor.measure.rate import Rate, wilson
from monitor.store.standing import is_standing_verdict
from monitor.store.tables import Label, Review, Verdict, Version

MOST = 1000
"""Above this many negative reviews every k-th by its id is read."""


@dataclass(frozen=True)
class Point:
    """A topic spoken ill of in ``mentions`` of the period's negative reviews.

    ``rate``: those that name it over the negative reviews read; ``change`` from the equal period
    before. ``mentions`` is scaled up where ``sampled``.
    """

    topic: str
    mentions: int
    rate: Rate
    change: Change
    sampled: bool
    quote: Quote | None


@dataclass(frozen=True)
class _Read:
    complaints: Counter[str]
    words: dict[str, tuple[int, str]]
    n: int
    of: int


def points(
    session: Session,
    scope: Scope,
    period: Period,
    before: Period,
    most: int = 8,
    *,
    comparable: bool = True,
) -> list[Point]:
    """The period's points of non-quality, each with a quote, at most ``most``.

    Not ``comparable``: the two periods were not read by one model.
    """
    now, then = _read(session, scope, period), _read(session, scope, before)
    chosen = sorted(now.complaints.items(), key=lambda one: (-one[1], one[0]))[:most]
    quotes = by_id(session, dict(now.words[topic] for topic, _ in chosen))
    return [_point(topic, now, then, quotes, comparable) for topic, _ in chosen]


def _point(
    topic: str, now: _Read, then: _Read, quotes: dict[int, Quote], comparable: bool
) -> Point:
    rate = wilson(now.complaints[topic], now.n)
    return Point(
        topic=topic,
        mentions=round(now.complaints[topic] * now.of / now.n),
        rate=rate,
        change=change(wilson(then.complaints[topic], then.n), rate, comparable=comparable),
        sampled=now.n < now.of,
        quote=quotes.get(now.words[topic][0]),
    )


def _read(session: Session, scope: Scope, period: Period) -> _Read:
    conditions = [*scope.within(period), Review.sentiment == "negative"]
    of = session.scalar(select(func.count()).select_from(Review).where(*conditions)) or 0
    if of > MOST:
        conditions.append(Review.id % -(-of // MOST) == 0)
    rows = session.execute(
        select(Review.id, Version.id, Verdict.topics)
        .join(Version, Version.id == Review.version_id)
        .join(Verdict, is_standing_verdict(), isouter=True)
        .where(*conditions)
        .order_by(Review.urgency.desc(), Review.written_at.desc())
    ).all()
    labelled = _labelled(session, [row[1] for row in rows])
    return _count([(row[0], labelled.get(row[1], row[2] or [])) for row in rows], of)


def _count(rows: list[tuple[int, list[dict[str, Any]]]], of: int) -> _Read:
    complaints: Counter[str] = Counter()
    words: dict[str, tuple[int, str]] = {}
    quoted: set[int] = set()
    for review_id, topics in rows:
        named = {
            str(topic["topic"]): str(topic.get("words") or "")
            for topic in topics
            if topic.get("polarity") == "negative"
        }
        complaints.update(named.keys())
        for topic, said in named.items():
            # the most urgent and newest speaks for the point, each review for one if it can
            if topic not in words and review_id not in quoted:
                words[topic] = (review_id, said)
                quoted.add(review_id)
    for review_id, topics in rows:
        for said_of in topics:
            said = str(said_of.get("words") or "")
            words.setdefault(str(said_of["topic"]), (review_id, said))
    return _Read(complaints, words, len(rows), of)


def _labelled(session: Session, version_ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    rows = session.execute(
        select(Label.version_id, Label.value)
        .where(Label.field == "topics", Label.version_id.in_(version_ids))
        .order_by(Label.id)
    )
    return {version_id: list(value) for version_id, value in rows}
