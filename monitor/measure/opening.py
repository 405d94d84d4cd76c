"""A brand's opening spells between two moments, daylight saving and all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.config import WEEKDAYS

Spell = tuple[datetime, datetime]


def spells(hours: Mapping[str, str], start: datetime, end: datetime, zone: ZoneInfo) -> list[Spell]:
    """Opening spells from the day of ``start`` to that of ``end``, in order, aware.

    ``hours`` is the configuration's: a weekday to "09:00-12:30, 14:00-18:00". A spell that ends
    at or before its start runs into the next day.
    """
    day, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    found: list[Spell] = []
    while day <= last:
        for text in filter(None, hours.get(WEEKDAYS[day.weekday()], "").split(",")):
            opens, closes = (time.fromisoformat(part.strip()) for part in text.split("-"))
            closing_day = day if closes > opens else day + timedelta(days=1)
            found.append(
                (
                    datetime.combine(day, opens, zone),
                    datetime.combine(closing_day, closes, zone),
                )
            )
        day += timedelta(days=1)
    return _joined(sorted(found))


def _joined(found: list[Spell]) -> list[Spell]:
    """Spells that touch or overlap made one: no minute counts twice."""
    joined: list[Spell] = []
    for opens, closes in found:
        if joined and opens <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], closes))
        else:
            joined.append((opens, closes))
    return joined
