"""Figures week by week, each with its interval."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from monitor.clock import start_of_day, week_name
from monitor.measure import models_read
from monitor.measure.change import Alarm, cusum
from monitor.measure.models_read import Models
from monitor.measure.period import Period, Scope
from monitor.measure.rate import Rate, wilson
from monitor.measure.tally import Slice, slices

PAST_WEEKS = 12


@dataclass(frozen=True)
class Week:
    """One ISO week: ``received`` reviews, of which ``rate.n`` have a verdict, by ``read_by``."""

    name: str
    start: datetime
    received: int
    rate: Rate
    read_by: tuple[str, ...] = ()


def weekly(
    session: Session, scope: Scope, until: datetime, zone: ZoneInfo, weeks: int = 26
) -> list[Week]:
    """The ``weeks`` ISO weeks of the zone that end with the one holding the moment before."""
    last = _monday(until - timedelta(microseconds=1), zone)
    bounds = [start_of_day(last - timedelta(weeks=ago), zone) for ago in range(weeks - 1, -2, -1)]
    return by_week(slices(session, scope, bounds), zone)


def series_bounds(period: Period, now: datetime, zone: ZoneInfo, weeks: int) -> list[datetime]:
    """Bounds of weeks, and of days within the period: one read for the chart and the alarm."""
    last = _monday(period.until(now) - timedelta(microseconds=1), zone)
    begin = _monday(period.start, zone)
    first = min(last - timedelta(weeks=weeks - 1), begin - timedelta(weeks=PAST_WEEKS))
    bounds = [first + timedelta(weeks=ahead) for ahead in range((begin - first).days // 7)]
    bounds += [begin + timedelta(days=ahead) for ahead in range((last - begin).days + 8)]
    return [start_of_day(day, zone) for day in bounds]


def _monday(moment: datetime, zone: ZoneInfo) -> date:
    day = moment.astimezone(zone).date()
    return day - timedelta(days=day.weekday())


def by_week(parts: list[Slice], zone: ZoneInfo) -> list[Week]:
    """Days and weeks made weeks."""
    apart: dict[str, list[Slice]] = {}
    for part in parts:
        apart.setdefault(week_name(part.start, zone), []).append(part)
    return [_week(name, mine) for name, mine in apart.items()]


def _week(name: str, parts: list[Slice]) -> Week:
    return Week(
        name=name,
        start=parts[0].start,
        received=sum(part.received for part in parts),
        rate=wilson(sum(part.negatives for part in parts), sum(part.n for part in parts)),
    )


def with_models(
    session: Session, scope: Scope, weeks: list[Week], zone: ZoneInfo, known: Models
) -> list[Week]:
    """The same weeks, each with the models that read its reviews."""
    return [
        replace(
            week,
            read_by=models_read.read_by(
                session, scope, Period.week(week.name, zone), week.received, known
            ),
        )
        for week in weeks
    ]


@dataclass(frozen=True)
class Sudden:
    """The alarm over a period's days: ``at`` the day that raised it."""

    alarm: Alarm
    at: datetime | None


def sudden(
    parts: list[Slice], period: Period, zone: ZoneInfo, weeks: list[Week] | None = None
) -> Sudden:
    """Whether negatives came in a run during the period, against the 12 weeks before its own.

    ``weeks`` say who read them: where no one model read them all, no alarm is raised, for
    another model alone can make a run.
    """
    since = start_of_day(_monday(period.start, zone) - timedelta(weeks=PAST_WEEKS), zone)
    readers = [week.read_by for week in weeks or () if since <= week.start < period.end]
    if len({name for names in readers for name in names}) > 1:
        return Sudden(Alarm(False, None, 0.0, None), None)
    past = [part for part in parts if since <= part.start < period.start]
    mine = [part for part in parts if period.start <= part.start < period.end]
    alarm = cusum(
        [day.negatives for day in mine],
        [day.n for day in mine],
        sum(part.negatives for part in past),
        sum(part.n for part in past),
    )
    return Sudden(alarm, None if alarm.day is None else mine[alarm.day].start)
