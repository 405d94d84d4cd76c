"""What a person may do to a source: have it visited now, pause it, let it resume."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session as Rows

from monitor.store import audit
from monitor.store.tables import SourceRow


def visit_now(rows: Rows, now: datetime, source_id: int, by: int | None) -> SourceRow | None:
    """Make its visit due; None when it is paused, or a file imported once. The caller commits."""
    row = rows.get_one(SourceRow, source_id)
    if row.paused or row.health == "paused" or not row.present or row.managed == "import":
        return None
    row.due_at = min(row.due_at, now)
    audit.record(rows, now, "source.visit_asked", f"source:{source_id}", person_id=by)
    return row


def pause(rows: Rows, now: datetime, source_id: int, by: int | None) -> SourceRow:
    """No more visits until somebody resumes it. The caller commits."""
    row = rows.get_one(SourceRow, source_id)
    row.paused = True
    audit.record(rows, now, "source.paused", f"source:{source_id}", person_id=by)
    return row


def resume(rows: Rows, now: datetime, source_id: int, by: int | None) -> SourceRow:
    """Visit it again, at once: also after the platform's refusal stopped the visits.

    What was wrong is kept in the visits; whether it still is, the next one tells.
    """
    row = rows.get_one(SourceRow, source_id)
    row.paused = False
    row.due_at = min(row.due_at, now)
    if row.health == "paused":
        row.health = "late" if row.succeeded_at else "new"
        row.fault = row.fault_detail = row.failing_since = None
        row.faults_in_a_row = 0
    audit.record(rows, now, "source.resumed", f"source:{source_id}", person_id=by)
    return row
