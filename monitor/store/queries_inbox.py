"""What the inbox asks of the store: a list of reviews, worst first, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, or_, select
from sqlalchemy.orm import Session

from monitor.store.standing import is_illegible
from monitor.store.tables import (
    Draft,
    Label,
    Person,
    Publication,
    Review,
    SourceRow,
    Verdict,
    Version,
)
from monitor.store.told_of import is_told_of

PAGE = 30
LOCATIONS = 200
"""At most so many to choose from."""
UNKNOWN = "unknown"
"""Asks for reviews whose reading had nothing to go by."""


@dataclass(frozen=True)
class Filters:
    """What the reader narrows the list to; None is everything.

    ``polarity`` is that of the topic, and nothing without one. A sentiment may be UNKNOWN.
    """

    brand: str
    source: str | None = None
    location: str | None = None
    language: str | None = None
    topic: str | None = None
    polarity: str | None = None
    sentiment: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Listed:
    """A row of the inbox."""

    review: Review
    title: str | None
    text: str
    source: str
    draft_state: str | None
    draft_reason: str | None
    """Why a reply that was approved is a draft again."""
    publication_state: str | None


@dataclass(frozen=True)
class Found:
    """A page of the list; ``after`` asks for the next one, None on the last."""

    rows: list[Listed]
    after: str | None


def find(
    session: Session,
    filters: Filters,
    conditions: Sequence[ColumnElement[bool]],
    *,
    worst_first: bool,
    after: str | None = None,
) -> Found:
    """Reviews that meet the view's conditions and the reader's filters.

    Worst first: by urgency, then the longest waiting; else the newest first.
    """
    query = _rows().where(*conditions, *_narrowed(session, filters))
    if worst_first:
        query = query.order_by(Review.urgency.desc(), Review.written_at, Review.id)
    else:
        query = query.order_by(Review.written_at.desc(), Review.id.desc())
    beyond = _beyond(after, worst_first)
    if beyond is not None:
        query = query.where(beyond)
    rows = [Listed(*row) for row in session.execute(query.limit(PAGE + 1))]
    more = len(rows) > PAGE
    return Found(rows[:PAGE], _mark(rows[PAGE - 1].review) if more else None)


def _rows() -> Select[*tuple[Any, ...]]:
    live = and_(Draft.review_id == Review.id, Draft.state.in_(("proposed", "approved")))
    posted = and_(
        Publication.review_id == Review.id, Publication.state.not_in(("failed", "withdrawn"))
    )
    return (
        select(Review, Version.title, Version.text, SourceRow.name)
        .add_columns(Draft.state, Draft.reason, Publication.state)
        .join(Version, Version.id == Review.version_id)
        .join(SourceRow, SourceRow.id == Review.source_id)
        .outerjoin(Draft, live)
        .outerjoin(Publication, posted)
    )


@dataclass(frozen=True)
class Reading:
    """Why a review is read as it is: severity and its reasons are the newest model's, the topics
    a person's where somebody corrected them."""

    severity: str
    reasons: list[dict[str, Any]]
    topics: list[dict[str, Any]]


def readings(session: Session, rows: Sequence[Listed]) -> dict[int, Reading]:
    """The readings of a page's reviews, by the review's key; one query."""
    versions = {row.review.version_id: row.review.id for row in rows}
    newest = select(func.max(Verdict.id)).where(Verdict.version_id.in_(versions))
    corrected = select(func.max(Label.id)).where(
        Label.version_id.in_(versions), Label.field == "topics"
    )
    label = and_(
        Label.version_id == Verdict.version_id, Label.id.in_(corrected.group_by(Label.version_id))
    )
    query = (
        select(Verdict.version_id, Verdict.severity, Verdict.reasons, Verdict.topics)
        .add_columns(Label.id, Label.value)
        .outerjoin(Label, label)
        .where(Verdict.id.in_(newest.group_by(Verdict.version_id)))
    )
    return {
        versions[key]: Reading(severity, reasons, topics if label_id is None else said)
        for key, severity, reasons, topics, label_id, said in session.execute(query)
    }


def _narrowed(session: Session, filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Review.brand == filters.brand]
    if filters.source:
        conditions.append(SourceRow.name == filters.source)
    if filters.location:
        conditions.append(Review.location == filters.location)
    if filters.language:
        conditions.append(Review.language == filters.language)
    if filters.topic:
        listed = cast(Review.topics, String)
        conditions.append(listed.contains(f'"{filters.topic}"', autoescape=True))
        if filters.polarity:
            conditions.append(is_told_of(session, filters.topic, filters.polarity))
    if filters.sentiment == UNKNOWN:
        conditions.append(is_illegible())
    elif filters.sentiment:
        conditions.append(Review.sentiment == filters.sentiment)
    if filters.since:
        conditions.append(Review.written_at >= filters.since)
    if filters.until:
        conditions.append(Review.written_at < filters.until)
    return conditions


def _mark(review: Review) -> str:
    return f"{review.urgency}.{review.written_at.isoformat()}.{review.id}"


def _beyond(after: str | None, worst_first: bool) -> ColumnElement[bool] | None:
    """Rows after the mark in the list's order; a mark that is no mark is the first page."""
    if not after:
        return None
    try:
        urgency, rest = after.split(".", 1)
        moment, key = rest.rsplit(".", 1)
        level, at, last = int(urgency), datetime.fromisoformat(moment), int(key)
    except ValueError:
        return None
    if at.tzinfo is None:
        return None
    if not worst_first:
        return or_(Review.written_at < at, and_(Review.written_at == at, Review.id < last))
    return or_(
        Review.urgency < level,
        and_(
            Review.urgency == level,
            or_(Review.written_at > at, and_(Review.written_at == at, Review.id > last)),
        ),
    )


@dataclass(frozen=True)
class Choices:
    """What the filters offer."""

    sources: list[str]
    locations: list[str]
    people: list[Person]


def choices(session: Session, brand: str) -> Choices:
    """Sources, locations and colleagues to choose from."""
    sources = session.scalars(
        select(SourceRow.name).where(SourceRow.brand == brand).order_by(SourceRow.name)
    ).all()
    locations = session.scalars(_locations(brand)).all()
    people = session.scalars(
        select(Person).where(Person.left_at.is_(None)).order_by(Person.name)
    ).all()
    return Choices(list(sources), [one for one in locations if one], list(people))


def _locations(brand: str) -> Select[str]:
    """The brand's locations in order, each found by a seek from the one before it.

    DISTINCT would walk the index of every review that has a location.
    """
    mine = (Review.brand == brand, Review.location.is_not(None))
    found = select(func.min(Review.location).label("name")).where(*mine).cte(recursive=True)
    following = select(func.min(Review.location)).where(*mine, Review.location > found.c.name)
    found = found.union_all(
        select(following.scalar_subquery()).select_from(found).where(found.c.name.is_not(None))
    )
    return select(found.c.name).where(found.c.name.is_not(None)).limit(LOCATIONS)
