"""The audit: append-only, each row carrying the hash of the one before."""

import hashlib
import json
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from monitor.store.tables import Audit

START = "0" * 64
PG_LOCK = 0x56494749


def record(
    session: Session,
    now: datetime,
    action: str,
    subject: str,
    *,
    person_id: int | None = None,
    **values: Any,
) -> Audit:
    """Add a row in the caller's transaction. ``values`` hold no secret and no review text."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": PG_LOCK})
    session.flush()
    last = session.scalar(select(Audit.hash).order_by(Audit.id.desc()).limit(1))
    row = Audit(
        at=now,
        person_id=person_id,
        action=action,
        subject=subject,
        values=values,
        before=last or START,
    )
    row.hash = digest(row)
    session.add(row)
    session.flush()
    return row


def digest(row: Audit) -> str:
    """The hash a row must carry."""
    said = json.dumps(
        [
            row.before,
            row.at.astimezone(UTC).isoformat(),
            row.person_id,
            row.action,
            row.subject,
            row.values,
        ],
        sort_keys=True,
        ensure_ascii=False,
    )
    return hashlib.sha256(said.encode()).hexdigest()


def first_broken(session: Session) -> int | None:
    """The id of the first row whose chain does not hold, or None when all is well."""
    before = START
    query = select(Audit).order_by(Audit.id).execution_options(yield_per=500)
    with closing(session.scalars(query)) as rows:
        for row in rows:
            if row.before != before or row.hash != digest(row):
                return row.id
            before = row.hash
    return None
