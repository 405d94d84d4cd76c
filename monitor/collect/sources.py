"""The sources that the configuration names, as rows."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.config import Brand, Config, SourceConfig
from monitor.store.tables import SourceRow

FAR_AWAY = datetime(9999, 1, 1, tzinfo=UTC)
"""When a source is due that is never visited: a file imported once."""


def register(session: Session, now: datetime, config: Config) -> None:
    """Bring the source rows in line with the configuration, and commit.

    A new source is due at once. One whose settings changed starts anew (its reviews stay, its
    cursor does not). One that is no longer named is kept, not visited.
    """
    rows = {row.name: row for row in session.scalars(select(SourceRow))}
    named = set()
    for brand, source in config.sources():
        named.add(source.name)
        _register_one(session, now, rows.get(source.name), brand, source)
    for name, row in rows.items():
        if row.managed == "file" and name not in named:
            row.present = False
    session.commit()


def _register_one(
    session: Session, now: datetime, row: SourceRow | None, brand: Brand, source: SourceConfig
) -> None:
    settings = settings_hash(source)
    if row is None:
        row = SourceRow(name=source.name, due_at=now, settings_hash=settings)
        row.brand, row.platform = brand.key, source.platform
        session.add(row)
        return
    row.present = True
    row.brand = brand.key
    if row.settings_hash != settings:
        row.platform = source.platform
        row.settings_hash = settings
        start_anew(row, now)


def start_anew(row: SourceRow, now: datetime) -> None:
    """Forget where the source stood and visit it as if for the first time."""
    row.cursor, row.walk, row.walk_started_at, row.full_walk_at = {}, None, None, None
    row.health, row.fault, row.fault_detail = "new", None, None
    row.faults_in_a_row, row.failing_since, row.due_at = 0, None, now


def settings_hash(source: SourceConfig) -> str:
    """SHA-256 of what a source is told, secrets included (it cannot be turned back)."""
    said = json.dumps([source.platform, source.settings], sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()
