"""How long each review of a period waited, or waits still, as arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, String, cast, func, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session

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
    """Seconds since 1970, an element a review; ``end`` is the reply, the removal, or now."""

    start: NDArray[Any]
    end: NDArray[Any]
    answered: NDArray[Any]
    severity: NDArray[Any]
    """Text; the empty text where no verdict is."""
    of: int
    """Reviews these were taken from: more than their number when they are a sample."""

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
            severity=self.severity[chosen],
        )


def waits(
    session: Session, scope: Scope, period: Period, now: datetime, total: int | None = None
) -> Waits:
    """Read them. A review that is removed unanswered waited until its removal (censored there).

    ``total`` spares the count to a caller who knows how many there are.
    """
    conditions = scope.within(period)
    if total is None:
        total = session.scalar(select(func.count()).select_from(Review).where(*conditions)) or 0
    if total > MOST:
        conditions.append(Review.id % -(-total // MOST) == 0)
    rows = session.execute(
        select(
            _seconds(session, Review.written_at),
            _seconds(session, Review.answered_at),
            _seconds(session, Review.removed_at),
            func.coalesce(Review.severity, ""),
        )
        .where(*conditions)
        .order_by(None)
    ).all()
    return _waits(list(zip(*rows, strict=True)) or [[], [], [], []], total, now)


def _waits(columns: Any, total: int, now: datetime) -> Waits:
    import numpy as np

    present = now.timestamp()
    start, answer, removal = (_numbers(column) for column in columns[:3])
    answered = ~np.isnan(answer) & (answer <= present)
    leave = np.fmin(removal, present)
    return Waits(
        start=start,
        end=np.where(answered, answer, leave),
        answered=answered,
        severity=np.asarray(columns[3], dtype="U8"),
        of=total,
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
