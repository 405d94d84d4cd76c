"""One read of the covering index gives what most figures of a period are made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from monitor.measure.period import Period, Scope
from monitor.measure.rate import Rate, wilson
from monitor.store.standing import is_awaited
from monitor.store.tables import Review


@dataclass(frozen=True)
class Group:
    """``count`` reviews of the period alike in source, location, stars and sentiment.

    ``awaited``: no model has read them yet.
    """

    source_id: int
    location: str | None
    stars: int | None
    sentiment: str | None
    awaited: bool
    count: int


@dataclass(frozen=True)
class Tally:
    """The period's reviews, as received, counted by what they have in common."""

    groups: tuple[Group, ...]

    @property
    def received(self) -> int:
        """Every review, also those not understood yet."""
        return sum(group.count for group in self.groups)

    @property
    def unread(self) -> int:
        """Reviews without a verdict."""
        return sum(group.count for group in self.groups if group.awaited)

    @property
    def illegible(self) -> int:
        """Reviews whose reading had nothing to go by: they are in no rate."""
        unsaid = (group for group in self.groups if group.sentiment is None)
        return sum(group.count for group in unsaid if not group.awaited)

    def rate(self) -> Rate:
        """The dissatisfaction rate."""
        return _rate(self.groups)

    def by(self, key: Callable[[Group], Hashable]) -> dict[Hashable, Tally]:
        """The same, apart by what ``key`` says of a group."""
        apart: dict[Hashable, list[Group]] = {}
        for group in self.groups:
            apart.setdefault(key(group), []).append(group)
        return {name: Tally(tuple(groups)) for name, groups in apart.items()}

    def without(self, source_ids: Iterable[int]) -> Tally:
        """The same without some sources."""
        dropped = set(source_ids)
        return Tally(tuple(group for group in self.groups if group.source_id not in dropped))

    def stars(self) -> dict[int, int]:
        """How many of each number of stars, from 1 to 5; posts have none."""
        split: Counter[int] = Counter()
        for group in self.groups:
            if group.stars is not None:
                split[group.stars] += group.count
        return {number: split[number] for number in range(1, 6)}

    def average_stars(self) -> float | None:
        """The mean of the stars given, None when nobody gave any."""
        split = self.stars()
        given = sum(split.values())
        return sum(number * count for number, count in split.items()) / given if given else None


def _rate(groups: Iterable[Group]) -> Rate:
    counted: Counter[str] = Counter()
    for group in groups:
        if group.sentiment is not None:
            counted[group.sentiment] += group.count
    return wilson(counted["negative"], counted.total())


def tally(session: Session, scope: Scope, period: Period, *, removed: bool = False) -> Tally:
    """Count the reviews of the period; ``removed``: only those the platform has dropped since."""
    alike = (Review.source_id, Review.location, Review.stars, Review.sentiment, is_awaited())
    query = select(*alike, func.count()).where(*scope.within(period)).group_by(*alike)
    if removed:
        query = query.where(Review.removed_at.is_not(None))
    return Tally(tuple(Group(*row) for row in session.execute(query)))


@dataclass(frozen=True)
class Slice:
    """What was written from ``start`` to the next slice."""

    start: datetime
    end: datetime
    received: int
    n: int
    negatives: int


def slices(session: Session, scope: Scope, bounds: list[datetime]) -> list[Slice]:
    """Counts between each bound and the next: together one walk of the index, without a sort."""
    counted = (
        select(
            func.count(),
            func.count(Review.sentiment),
            func.count().filter(Review.sentiment == "negative"),
        )
        .select_from(Review)
        .where(*scope.chosen())
        .where(Review.written_at >= bindparam("start"), Review.written_at < bindparam("end"))
    )
    # built once and run bare: the session would take longer than the database
    connection = session.connection()
    return [
        Slice(start, end, *connection.execute(counted, {"start": start, "end": end}).one())
        for start, end in pairwise(bounds)
    ]
