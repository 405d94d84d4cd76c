"""Figures week by week, each with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from monitor.clock import start_of_day, week_name
from monitor.measure.change import Alarm, cusum
from monitor.measure.period import Period, Scope
from monitor.measure.rate import Rate, wilson
from monitor.measure.tally import Slice, slices

PAST_DAYS = 84


@dataclass(frozen=True)
class Week:
    """One ISO week: ``received`` reviews, of which ``rate.n`` have a verdict."""

    name: str
    start: datetime
    received: int
    rate: Rate


def weekly(
    session: Session, scope: Scope, until: datetime, zone: ZoneInfo, weeks: int = 26
) -> list[Week]:
    """The ``weeks`` ISO weeks of the zone that end with the one holding the moment before."""
    last = (until - timedelta(microseconds=1)).astimezone(zone).date()
    monday = last - timedelta(days=last.weekday())
    bounds = [start_of_day(monday - timedelta(weeks=ago), zone) for ago in range(weeks - 1, -2, -1)]
    return [_week(one, zone) for one in slices(session, scope, bounds)]


def _week(one: Slice, zone: ZoneInfo) -> Week:
    return Week(week_name(one.start, zone), one.start, one.received, wilson(one.negatives, one.n))


@dataclass(frozen=True)
class Sudden:
    """The alarm over a period's days: ``at`` the day that raised it."""

    alarm: Alarm
    at: datetime | None


def sudden(session: Session, scope: Scope, period: Period, zone: ZoneInfo, now: datetime) -> Sudden:
    """Whether negatives came in a run during the period, against the 12 weeks before it."""
    days = slices(session, scope, _days(period, zone, now))
    first = period.start.astimezone(zone).date()
    (past,) = slices(
        session, scope, [start_of_day(first - timedelta(days=PAST_DAYS), zone), period.start]
    )
    alarm = cusum([day.negatives for day in days], [day.n for day in days], past.negatives, past.n)
    return Sudden(alarm, None if alarm.day is None else days[alarm.day].start)


def _days(period: Period, zone: ZoneInfo, now: datetime) -> list[datetime]:
    bounds = [period.start]
    day = period.start.astimezone(zone).date()
    last = max(period.until(now), period.start + timedelta(hours=1))
    while bounds[-1] < last:
        day += timedelta(days=1)
        bounds.append(min(start_of_day(day, zone), period.end))
    return bounds
