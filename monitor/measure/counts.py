"""How many reviews each view of the inbox holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, false, func, literal, or_, select
from sqlalchemy.orm import Session

from monitor.config import Responding
from monitor.store.tables import Review

MOST = 10_000


@dataclass(frozen=True)
class ViewCounts:
    """Reviews a view, over the brands that were asked for."""

    to_answer: int
    critical: int
    mine: int
    late: int
    praise: int
    all: int


def is_open() -> list[ColumnElement[bool]]:
    """Neither answered, nor settled by a person, nor removed: literally the partial index."""
    return [
        Review.answered_at.is_(None),
        Review.settled_at.is_(None),
        Review.removed_at.is_(None),
    ]


def is_late(responding: Mapping[str, Responding], now: datetime) -> ColumnElement[bool]:
    """Waiting longer than its severity allows; ``responding`` a brand key."""
    return or_(false(), *(_late(brand, owed, now) for brand, owed in responding.items()))


def _late(brand: str, owed: Responding, now: datetime) -> ColumnElement[bool]:
    limits = ((3, owed.critical), (2, owed.high))
    late = [
        and_(Review.urgency == urgency, Review.written_at < now - timedelta(hours=hours))
        for urgency, hours in limits
    ]
    late.append(and_(Review.urgency < 2, Review.written_at < now - timedelta(hours=owed.normal)))
    return and_(Review.brand == brand, or_(*late))


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
        critical=_up_to_most(session, *waiting, Review.urgency == 3),
        mine=_up_to_most(session, *waiting, Review.assigned_to == person_id) if person_id else 0,
        late=_up_to_most(session, *waiting, is_late(responding, now)),
        praise=_up_to_most(session, *waiting, Review.sentiment == "positive"),
        all=_up_to_most(session, mine),
    )


def _up_to_most(session: Session, *conditions: ColumnElement[bool]) -> int:
    some = select(literal(1)).select_from(Review).where(*conditions).limit(MOST).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def open_counts(
    session: Session,
    responding: Mapping[str, Responding],
    now: datetime,
    person_id: int | None = None,
) -> ViewCounts:
    """The views of open reviews alone, exact, ``all`` being those: what the partial index holds."""
    to_answer, critical, mine, late, praise = session.execute(
        select(
            func.count(),
            func.count().filter(Review.urgency == 3),
            func.count().filter(Review.assigned_to == person_id),
            func.count().filter(is_late(responding, now)),
            func.count().filter(Review.sentiment == "positive"),
        ).where(*is_open(), Review.brand.in_(sorted(responding)))
    ).one()
    return ViewCounts(to_answer, critical, mine, late, praise, to_answer)
