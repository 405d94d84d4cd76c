"""When, and over which reviews, a figure is taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement

from monitor.clock import parse_week, start_of_day, week_bounds
from monitor.store.tables import Review


@dataclass(frozen=True)
class Period:
    """From ``start`` (included) to ``end`` (excluded), aware UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("naive time")
        if self.start >= self.end:
            raise ValueError("a period ends after it starts")

    @classmethod
    def week(cls, name: str, zone: ZoneInfo) -> Period:
        """The ISO week named as ``2026-W46``, in the zone: 167 to 169 hours."""
        return cls(*week_bounds(*parse_week(name), zone))

    @classmethod
    def last_days(cls, days: int, now: datetime, zone: ZoneInfo) -> Period:
        """The ``days`` calendar days of the zone that end with today."""
        today = now.astimezone(zone).date()
        first = start_of_day(today - timedelta(days=days - 1), zone)
        return cls(first, start_of_day(today + timedelta(days=1), zone))

    def before(self, zone: ZoneInfo, now: datetime | None = None) -> Period:
        """The equal period just before: as many calendar days, whatever the clock did.

        While this one is under way at ``now``, the one before ends at the same hour of its last
        day: a morning is never compared with a whole day.
        """

        def earlier(moment: datetime) -> datetime:
            there = moment.astimezone(zone).replace(tzinfo=None) - length
            return there.replace(tzinfo=zone).astimezone(self.start.tzinfo)

        first, last = (
            moment.astimezone(zone).replace(tzinfo=None) for moment in (self.start, self.end)
        )
        length = last - first
        under_way = now is not None and self.start < now < self.end
        return Period(earlier(self.start), earlier(now) if now and under_way else self.start)

    def so_far(self, now: datetime) -> Period:
        """What of it has passed; all of it before it begins."""
        return Period(self.start, self.until(now)) if now > self.start else self

    def whole_days(self, zone: ZoneInfo) -> Period | None:
        """Without the part of a day at its end; None when that is all there is."""
        midnight = start_of_day(self.end.astimezone(zone).date(), zone)
        return Period(self.start, midnight) if midnight > self.start else None

    def until(self, now: datetime) -> datetime:
        """The end, or the present while the period is under way."""
        return min(self.end, now)

    @property
    def hours(self) -> float:
        """Length in hours on the clock."""
        return (self.end - self.start) / timedelta(hours=1)


@dataclass(frozen=True)
class Scope:
    """Which reviews: a brand's, or fewer."""

    brand: str
    source_ids: tuple[int, ...] | None = None
    location: str | None = None
    language: str | None = None

    def within(self, period: Period) -> list[ColumnElement[bool]]:
        """The conditions on ``review`` for what was written in the period."""
        return [
            *self.chosen(),
            Review.written_at >= period.start,
            Review.written_at < period.end,
        ]

    def chosen(self) -> list[ColumnElement[bool]]:
        """The conditions on ``review``, whenever it was written."""
        conditions: list[ColumnElement[bool]] = [Review.brand == self.brand]
        if self.source_ids is not None:
            conditions.append(Review.source_id.in_(self.source_ids))
        if self.location is not None:
            conditions.append(Review.location == self.location)
        if self.language is not None:
            conditions.append(Review.language == self.language)
        return conditions
