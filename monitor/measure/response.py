"""Response time: from written to the first owner reply, the unanswered counted as waiting.

What a platform removed or a person settled without a reply waited until then, unanswered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from monitor.config import Responding
from monitor.measure.intervals import wilson
from monitor.measure.opening import spells
from monitor.measure.period import Period, Scope
from monitor.measure.survival import Survival, kaplan_meier
from monitor.measure.waits import Waits, opening_seconds, waits

if TYPE_CHECKING:
    from numpy.typing import NDArray

WITHIN = (24, 72, 168)
CURVE_HOURS = (0, 1, 2, 4, 8, 12, 18, 24, 36, 48, 60, 72, 96, 120, 144, 168)


@dataclass(frozen=True)
class Share:
    """A share with its 95 % interval."""

    share: float
    low: float
    high: float


@dataclass(frozen=True)
class ResponseTime:
    """Hours; the median and its bounds are None where they are not reached yet, or without data.

    ``within`` holds 24, 72 and 168 hours; None where nobody has waited that long yet.
    ``curve`` is (hours, share answered, low, high). ``waiting`` are open now, as the inbox counts
    them; ``settled`` were decided to need no reply. ``sample`` says how many reviews were read
    when there were too many to read them all (None: every one).
    """

    n: int
    answered: int
    waiting: int
    settled: int
    median: float | None
    low: float | None
    high: float | None
    within: dict[int, Share | None]
    curve: list[tuple[float, float, float, float]]
    sample: int | None = None


def response_time(session: Session, scope: Scope, period: Period, now: datetime) -> ResponseTime:
    """Response time on the clock to the reviews written in the period, as known at ``now``."""
    return of_waits(waits(session, scope, period, now))


def opening_response_time(
    session: Session,
    scope: Scope,
    period: Period,
    now: datetime,
    hours: Mapping[str, str],
    zone: ZoneInfo,
) -> ResponseTime | None:
    """The same in opening hours: closed time does not count. None when no hours are configured."""
    return of_open_waits(waits(session, scope, period, now), hours, zone) if hours else None


def of_open_waits(read: Waits, hours: Mapping[str, str], zone: ZoneInfo) -> ResponseTime:
    """Response time of these waits, in opening hours."""
    import numpy as np

    if not len(read):
        return of_waits(read)
    first = datetime.fromtimestamp(float(read.start.min()), UTC)
    last = datetime.fromtimestamp(float(read.end.max()), UTC)
    open_spells = spells(hours, first, max(first, last), zone)
    spent = opening_seconds(read.end, open_spells) - opening_seconds(read.start, open_spells)
    return of_waits(read, np.maximum(spent, 0) / 3600)


def of_waits(read: Waits, hours: NDArray[Any] | None = None) -> ResponseTime:
    """Response time of waits already read; ``hours`` in the place of those on the clock."""
    if not len(read):
        return ResponseTime(0, 0, 0, 0, None, None, None, dict.fromkeys(WITHIN), [])
    durations = read.hours if hours is None else hours
    survival = kaplan_meier(durations.round(2), read.answered)
    median, low, high = survival.median()
    return ResponseTime(
        n=read.of,
        answered=_of_all(read, read.answered),
        waiting=read.waiting,
        settled=_of_all(read, read.settled),
        median=median,
        low=low,
        high=high,
        within={hours: _share(survival, hours) for hours in WITHIN},
        curve=_curve(survival),
        sample=len(read) if len(read) < read.of else None,
    )


def _of_all(read: Waits, chosen: NDArray[Any]) -> int:
    """How many of all they were chosen as, when these may be a sample."""
    return round(int(chosen.sum()) * read.of / len(read))


def _share(survival: Survival, hours: float) -> Share | None:
    found = survival.at(hours)
    return None if found is None else Share(*found)


def _curve(survival: Survival) -> list[tuple[float, float, float, float]]:
    points = ((hours, survival.at(hours)) for hours in CURVE_HOURS)
    return [(float(hours), *found) for hours, found in points if found is not None]


@dataclass(frozen=True)
class Attainment:
    """How many of the replies owed by now came within ``target`` hours; Wilson interval.

    ``owed``: answered, or waiting longer than the target. A review removed or settled within its
    target was owed nothing any more. share and interval None when nothing was owed.
    """

    severity: str
    target: int
    owed: int
    kept: int
    share: float | None
    low: float | None
    high: float | None


def attainment(read: Waits, responding: Responding) -> list[Attainment]:
    """The service promised a severity, against what was done, on the clock."""
    targets = (
        ("critical", responding.critical),
        ("high", responding.high),
        ("normal", responding.normal),
    )
    return [_attainment(read, severity, target) for severity, target in targets]


def _attainment(read: Waits, severity: str, target: int) -> Attainment:
    those = read.only(read.severity == severity)
    kept = int((those.answered & (those.hours <= target)).sum())
    missed = int((those.hours > target).sum())
    found = wilson(kept, kept + missed)
    if found is None:
        return Attainment(severity, target, 0, 0, None, None, None)
    return Attainment(severity, target, kept + missed, kept, kept / (kept + missed), *found)
