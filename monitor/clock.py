"""The time of day: passed in wherever it matters, so that a test can choose it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
"""Gives the present as an aware UTC time."""


def now() -> datetime:
    """The present, aware, in UTC."""
    return datetime.now(UTC)


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Midnight at the start of that day in the zone, as UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def week_bounds(year: int, week: int, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Start (included) and end (excluded) of an ISO week in the zone, as UTC.

    A week with a clock change has 167 or 169 hours. Raises ValueError for a week that the
    year does not have.
    """
    monday = date.fromisocalendar(year, week, 1)
    return start_of_day(monday, zone), start_of_day(monday + timedelta(days=7), zone)


def parse_week(text: str) -> tuple[int, int]:
    """Read ``2026-W46``; ValueError says what was expected."""
    year, dash, week = text.partition("-W")
    if not dash or not (year.isdecimal() and week.isdecimal()) or not 1 < int(year) < 9999:
        raise ValueError(f"“{text}” is not a week: write it as 2026-W46")
    date.fromisocalendar(int(year), int(week), 1)
    return int(year), int(week)


def days_bounds(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Start (included) and end (excluded) of some whole days in the zone, as UTC."""
    return start_of_day(first, zone), start_of_day(last + timedelta(days=1), zone)


def parse_days(text: str) -> tuple[date, date]:
    """Read ``2026-11-01..2026-11-28``, both days included; ValueError says what was expected."""
    first, last = (date.fromisoformat(part) for part in text.split("..", 1))
    if not date(2, 1, 1) <= first <= last <= date(9998, 1, 1):
        raise ValueError(f"“{text}” are no days: write them as 2026-11-01..2026-11-28")
    return first, last


def week_name(at: datetime, zone: ZoneInfo) -> str:
    """The ISO week that the moment falls in, as ``2026-W46``."""
    year, week, _ = at.astimezone(zone).isocalendar()
    return f"{year}-W{week:02}"
