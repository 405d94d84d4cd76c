"""How long each review of a period waited, or waits still, as arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, String, cast, func, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session

from monitor.measure.counts import is_open
from monitor.measure.period import Period, Scope
from monitor.store.tables import Review

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST = 10_000
"""Above this many reviews every k-th by its id is read: a dashboard answers at a million.

A share of so many is known to a hundredth, and its interval says so.
"""


@dataclass(frozen=True)
class Waits:
    """Seconds since 1970, an element a review.

    ``end`` is the reply; without one the removal, a person's decision that none is needed
    (``settled``), or now, whichever came first.
    """

    start: NDArray[Any]
    end: NDArray[Any]
    answered: NDArray[Any]
    settled: NDArray[Any]
    severity: NDArray[Any]
    """Text; the empty text where no verdict is."""
    of: int
    """Reviews these were taken from: more than their number when they are a sample."""
    waiting: int
    """How many of those are open now: counted as the inbox counts them, never from a sample."""

    def __len__(self) -> int:
        return len(self.start)

    @property
    def hours(self) -> NDArray[Any]:
        """On the clock; a reply dated before its review (an edited one) counts as at once."""
        import numpy as np

        return np.asarray(np.maximum(self.end - self.start, 0) / 3600)

    def only(self, chosen: NDArray[Any]) -> Waits:
        """Those where ``chosen`` is true."""
        return replace(
            self,
            start=self.start[chosen],
            end=self.end[chosen],
            answered=self.answered[chosen],
            settled=self.settled[chosen],
            severity=self.severity[chosen],
        )


def waits(
    session: Session, scope: Scope, period: Period, now: datetime, total: int | None = None
) -> Waits:
    """Read them. One that is removed or settled unanswered waited until then (censored there).

    Settling is no answer: the share answered is never above that of answering at that moment,
    and what was already late stays late. It does take the review out of what is waited for, so
    that the later part of the curve speaks of the others; figures therefore say how many were
    settled. ``total`` spares the count to a caller who knows how many there are.
    """
    conditions = scope.within(period)
    if total is None:
        total = session.scalar(select(func.count()).select_from(Review).where(*conditions)) or 0
    waiting = session.scalar(
        select(func.count()).select_from(Review).where(*conditions, *is_open())
    )
    if total > MOST:
        conditions.append(Review.id % -(-total // MOST) == 0)
    rows = session.execute(
        select(
            _seconds(session, Review.written_at),
            _seconds(session, Review.answered_at),
            _seconds(session, Review.removed_at),
            _seconds(session, Review.settled_at),
            func.coalesce(Review.severity, ""),
        )
        .where(*conditions)
        .order_by(None)
    ).all()
    columns: list[Any] = list(zip(*rows, strict=True)) or [[], [], [], [], []]
    return _waits(columns, total, waiting or 0, now)


def _waits(columns: Any, total: int, waiting: int, now: datetime) -> Waits:
    import numpy as np

    present = now.timestamp()
    start, answer, removal, settling = (_numbers(column) for column in columns[:4])
    answered = ~np.isnan(answer) & (answer <= present)
    leave = np.fmin(np.fmin(removal, settling), present)
    return Waits(
        start=start,
        end=np.where(answered, answer, leave),
        answered=answered,
        settled=~answered & (settling <= leave),
        severity=np.asarray(columns[4], dtype="U8"),
        of=total,
        waiting=waiting,
    )


def _seconds(session: Session, column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """The column raw: making a datetime of each of 100,000 values would take most of a second."""
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy import Float

        return cast(func.extract("epoch", column), Float)
    return type_coerce(column, String)


def _numbers(column: Any) -> NDArray[Any]:
    import numpy as np

    if all(value is None or isinstance(value, float) for value in column):
        return np.asarray(column, dtype=float)
    # SQLite keeps UTC as text
    times = np.asarray([value or "NaT" for value in column], dtype="datetime64[ms]")
    seconds = times.astype("int64") / 1000
    return np.where(np.isnat(times), np.nan, seconds)


def opening_seconds(moments: NDArray[Any], spells: list[tuple[datetime, datetime]]) -> NDArray[Any]:
    """Seconds of opening before each moment, given the opening spells in order."""
    import numpy as np

    knots: list[float] = [0.0]
    open_before: list[float] = [0.0]
    for opens, closes in spells:
        opened, closed = opens.astimezone(UTC).timestamp(), closes.astimezone(UTC).timestamp()
        knots += [opened, closed]
        open_before += [open_before[-1], open_before[-1] + closed - opened]
    return np.asarray(np.interp(moments, knots, open_before))
