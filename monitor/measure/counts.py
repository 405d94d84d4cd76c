"""How many reviews each view of the inbox holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, false, func, literal, or_, select
from sqlalchemy.orm import Session

from monitor.config import Responding
from monitor.measure import sample
from monitor.store.tables import Review, Urgency

MOST = 10_000


@dataclass(frozen=True)
class ViewCounts:
    """Reviews a view, over the brands that were asked for."""

    to_answer: int
    critical: int
    doubtful: int
    mine: int
    late: int
    praise: int
    sample: int
    all: int


@dataclass(frozen=True)
class OpenCounts:
    """What waits for an answer: all of it, the clearly critical, those that only may be, and what
    is late."""

    to_answer: int
    critical: int
    doubtful: int
    late: int


def is_open() -> list[ColumnElement[bool]]:
    """Neither answered, nor settled by a person, nor removed: literally the partial index."""
    return [
        Review.answered_at.is_(None),
        Review.settled_at.is_(None),
        Review.removed_at.is_(None),
    ]


def owed_hours(urgency: int, owed: Responding) -> int:
    """Hours within which an answer is owed; what may be critical is treated as if it were."""
    if urgency >= Urgency.DOUBTFUL:
        return owed.critical
    return owed.high if urgency == Urgency.HIGH else owed.normal


def is_late(responding: Mapping[str, Responding], now: datetime) -> ColumnElement[bool]:
    """Waiting longer than its severity allows; ``responding`` a brand key."""
    late = (either for brand, owed in responding.items() for either in _late(brand, owed, now))
    return or_(false(), *late)


def _late(brand: str, owed: Responding, now: datetime) -> list[ColumnElement[bool]]:
    """Late reviews of each urgency: apart, each is a range of the open reviews' index."""
    limits = [(urgency, owed_hours(urgency, owed)) for urgency in Urgency]
    return [
        and_(
            Review.brand == brand,
            Review.urgency == urgency,
            Review.written_at < now - timedelta(hours=hours),
        )
        for urgency, hours in limits
    ]


def view_counts(
    session: Session,
    responding: Mapping[str, Responding],
    now: datetime,
    person_id: int | None = None,
) -> ViewCounts:
    """Counts over the brands that ``responding`` has keys for, each up to MOST: that many or more.

    Every click reads them, and whether 12,000 or 400,000 wait changes nothing of what is done.
    """
    mine = Review.brand.in_(sorted(responding))
    waiting = [*is_open(), mine]
    return ViewCounts(
        to_answer=_up_to_most(session, *waiting),
        critical=_up_to_most(session, *waiting, Review.urgency == Urgency.CRITICAL),
        doubtful=_up_to_most(session, *waiting, Review.urgency == Urgency.DOUBTFUL),
        mine=_up_to_most(session, *waiting, Review.assigned_to == person_id) if person_id else 0,
        late=_up_to_most(session, *waiting, is_late(responding, now)),
        praise=_up_to_most(session, *waiting, Review.sentiment == "positive"),
        sample=_up_to_most(session, mine, *sample.to_check(now)),
        all=_up_to_most(session, mine),
    )


def _up_to_most(session: Session, *conditions: ColumnElement[bool]) -> int:
    some = select(literal(1)).select_from(Review).where(*conditions).limit(MOST).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def open_counts(
    session: Session, responding: Mapping[str, Responding], now: datetime
) -> OpenCounts:
    """Exact, over the brands that ``responding`` has keys for."""
    waiting = [*is_open(), Review.brand.in_(sorted(responding))]
    return OpenCounts(
        to_answer=_count(session, *waiting),
        critical=_count(session, *waiting, Review.urgency == Urgency.CRITICAL),
        doubtful=_count(session, *waiting, Review.urgency == Urgency.DOUBTFUL),
        # a range of the index each: together less than asking every row
        late=sum(
            _count(session, *is_open(), late)
            for brand, owed in responding.items()
            for late in _late(brand, owed, now)
        ),
    )


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Review).where(*conditions)) or 0
