"""Coverage: how much of what a platform holds we really hold, a source.

An outage is never "no news": a source that could not be read up to the period's end is broken,
and figures over it are withheld.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.config import Brand
from monitor.measure.period import Period
from monitor.store.tables import Crawl, SourceRow

State = Literal["complete", "partial", "broken"]
ENOUGH = 0.95
GRACE = timedelta(hours=12)
"""A source read this close to the period's end missed nothing that a figure would show."""
MOST_MISSING = timedelta(hours=24)
LONGEST = timedelta(days=14)
LATEST = 20


@dataclass(frozen=True)
class SourceCoverage:
    """What is held against the platform's own counter, as of the period's end.

    ``reason``: "never", "fault" (with ``fault`` naming it), "paused", "fewer" (than the platform
    counts), "rejected" (rows that could not be read), or None. ``share`` may pass 1: platforms
    stop counting reviews that they removed and we keep.
    """

    source_id: int
    name: str
    platform: str
    state: State
    held: int | None
    expected: int | None
    share: float | None
    reason: str | None
    fault: str | None = None
    since: datetime | None = None
    """Last time it was read whole, where it is behind."""
    by_team: bool = False
    """The team has paused it: that it is not read is wanted."""


def coverage(
    session: Session, brand: Brand | str, period: Period, now: datetime
) -> list[SourceCoverage]:
    """Every source of the brand that is still configured, the worst first."""
    key = brand if isinstance(brand, str) else brand.key
    sources = session.scalars(
        select(SourceRow).where(SourceRow.brand == key, SourceRow.present).order_by(SourceRow.name)
    )
    found = [_of_source(session, source, period, now) for source in sources]
    return sorted(found, key=lambda one: ("broken", "partial", "complete").index(one.state))


def _of_source(
    session: Session, source: SourceRow, period: Period, now: datetime
) -> SourceCoverage:
    read = _last_read(session, source, now)
    state, reason = _state(source, read, _edge(source, read, period, now), _grace(session, source))
    held, expected = (read.held, read.expected) if read else (None, None)
    return SourceCoverage(
        source_id=source.id,
        name=source.name,
        platform=source.platform,
        state=state,
        held=held,
        expected=expected,
        share=held / expected if held is not None and expected else None,
        reason=reason,
        fault=source.fault if reason == "fault" else None,
        since=read.finished_at if read and reason in ("fault", "paused") else None,
        by_team=source.paused,
    )


def _edge(source: SourceRow, read: Crawl | None, period: Period, now: datetime) -> datetime:
    """When it should have been read last; a file imported once is never read again."""
    if source.managed == "import" and read is not None and read.finished_at is not None:
        return read.finished_at
    return period.until(now)


def _last_read(session: Session, source: SourceRow, now: datetime) -> Crawl | None:
    """The newest visit that ended without a fault."""
    return session.scalars(
        select(Crawl)
        .where(
            Crawl.source_id == source.id,
            Crawl.started_at <= now,
            Crawl.finished_at <= now,
            Crawl.fault.is_(None),
        )
        .order_by(Crawl.started_at.desc())
        .limit(1)
    ).first()


def _grace(session: Session, source: SourceRow) -> timedelta:
    """Twice the usual time between visits, where that is longer than half a day."""
    visits = session.scalars(
        select(Crawl.started_at)
        .where(Crawl.source_id == source.id, Crawl.fault.is_(None))
        .order_by(Crawl.started_at.desc())
        .limit(LATEST)
    ).all()
    gaps = [later - earlier for later, earlier in pairwise(visits)]
    usual = median(gap.total_seconds() for gap in gaps) if gaps else 0.0
    return max(GRACE, min(timedelta(seconds=2 * usual), LONGEST))


def _state(
    source: SourceRow, read: Crawl | None, edge: datetime, grace: timedelta
) -> tuple[State, str | None]:
    if read is None or read.finished_at is None:
        return "broken", "fault" if source.fault else "never"
    behind = edge - read.finished_at
    if behind > max(grace, MOST_MISSING):
        return "broken", "paused" if source.paused or source.health == "paused" else "fault"
    if behind > grace:
        return "partial", "fault"
    if read.rejected_count:
        return "partial", "rejected"
    if read.held is not None and read.expected and read.held < ENOUGH * read.expected:
        return "partial", "fewer"
    return "complete", None
