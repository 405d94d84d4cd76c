"""What the sources pages read: how each source stands, its visits, and the rows it rejected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session as Rows

from monitor.store.tables import Crawl, SourceRow

State = Literal["new", "healthy", "late", "broken", "paused", "absent"]
SLACK = timedelta(hours=2)
"""How far a visit may slip before we say that it is late."""


@dataclass(frozen=True)
class SourceStanding:
    """A source, how it stands in one word, and its last finished visit."""

    row: SourceRow
    state: State
    last: Crawl | None

    @property
    def fails(self) -> bool:
        """True when its visits fail, or the platform's answer stopped them: no pause of the
        team's."""
        return self.state == "broken" or (self.state == "paused" and not self.row.paused)

    @property
    def needs_somebody(self) -> bool:
        """True when it does not read what it should, and nobody of the team wanted that."""
        return self.fails or self.state == "late"

    @property
    def held(self) -> int | None:
        """Reviews we hold, counted when the last visit ended."""
        return self.last.held if self.last else None

    @property
    def fault(self) -> str | None:
        """Why it fails, while it fails."""
        return self.row.fault if self.state in {"broken", "paused", "late", "new"} else None


def standings(
    rows: Rows, brand: str, now: datetime, minutes: Mapping[str, int]
) -> list[SourceStanding]:
    """The brand's sources, what hurts first, then by name.

    ``minutes`` is how often each is visited, by its name.
    """
    query = select(SourceRow).where(SourceRow.brand == brand).order_by(SourceRow.name)
    found = [standing(rows, row, now, minutes) for row in rows.scalars(query).all()]
    return sorted(found, key=lambda one: (not one.needs_somebody, one.state == "absent"))


def standing(
    rows: Rows, row: SourceRow, now: datetime, minutes: Mapping[str, int]
) -> SourceStanding:
    """How one source stands."""
    every = timedelta(minutes=minutes.get(row.name, 60))
    return SourceStanding(row, _state(row, now, every), _last_visit(rows, row.id))


def visits(rows: Rows, source_id: int, before: int | None = None, limit: int = 20) -> list[Crawl]:
    """The newest visits, older than the visit ``before`` when given."""
    query = select(Crawl).where(Crawl.source_id == source_id)
    if before is not None:
        query = query.where(Crawl.id < before)
    return list(rows.scalars(query.order_by(Crawl.id.desc()).limit(limit)))


def last_rejection(rows: Rows, source_id: int) -> Crawl | None:
    """The newest visit, if some of its rows could not be read."""
    newest = _last_visit(rows, source_id)
    return newest if newest is not None and newest.rejected_count else None


def _last_visit(rows: Rows, source_id: int) -> Crawl | None:
    query = select(Crawl).where(Crawl.source_id == source_id, Crawl.finished_at.is_not(None))
    return rows.scalar(query.order_by(Crawl.started_at.desc(), Crawl.id.desc()).limit(1))


def _state(row: SourceRow, now: datetime, every: timedelta) -> State:
    if not row.present:
        return "absent"
    if row.paused or row.health == "paused":
        return "paused"
    if row.health == "broken":
        return "broken"
    claimed = row.claimed_until is not None and row.claimed_until > now
    overdue = now - row.due_at > every + SLACK and not claimed
    if row.health == "late" or overdue:
        return "late"
    return "new" if row.health == "new" else "healthy"
