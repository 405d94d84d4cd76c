"""The dissatisfaction rate of reviews, and what stands in its place when it cannot be given."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.measure import intervals
from monitor.measure.period import Period, Scope
from monitor.store.tables import Review


@dataclass(frozen=True)
class Rate:
    """``negatives`` of ``n`` reviews that were judged; share and interval None when n is 0."""

    negatives: int
    n: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Withheld:
    """A figure not given because sources could not be read: not zero, and not no data."""

    sources: tuple[str, ...]
    """Names of the sources that are broken."""
    withheld: bool = True


def wilson(k: int, n: int) -> Rate:
    """The rate of ``k`` in ``n`` with its Wilson interval."""
    found = intervals.wilson(k, n)
    if found is None:
        return Rate(k, n, None, None, None)
    return Rate(k, n, k / n, *found)


def dissatisfaction(session: Session, scope: Scope, period: Period) -> Rate:
    """Negative reviews over all reviews of the period that were judged.

    One that has neither stars nor words that the model knows was not, until a person says what it
    is: a person's label counts before the model's verdict. Removed reviews are counted.
    """
    n, negatives = session.execute(
        select(
            func.count(Review.sentiment),
            func.count().filter(Review.sentiment == "negative"),
        ).where(*scope.within(period))
    ).one()
    return wilson(negatives, n)


def as_published(session: Session, scope: Scope, period: Period) -> Rate:
    """The same rate without the reviews that the platform has removed since."""
    received = dissatisfaction(session, scope, period)
    gone, negative_gone = session.execute(
        select(
            func.count(Review.sentiment),
            func.count().filter(Review.sentiment == "negative"),
        ).where(*scope.within(period), Review.removed_at.is_not(None))
    ).one()
    return wilson(received.negatives - negative_gone, received.n - gone)
