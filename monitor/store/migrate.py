"""Bringing the database to this program's schema at start, or saying why not."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from monitor.store.engine import DatabaseError

FOLDER = Path(__file__).parent / "migrations"


def migrate(engine: Engine) -> str | None:
    """Apply what is missing; the revision arrived at, or None when nothing was missing.

    Raises DatabaseError when the database was written by a newer Vigie.
    """
    script = ScriptDirectory(str(FOLDER))
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    known = {revision.revision for revision in script.walk_revisions()}
    if current is not None and current not in known:
        raise DatabaseError(
            f"this database was written by a newer Vigie (schema {current}): "
            "install that version, or restore the backup made before the upgrade"
        )
    head = script.get_current_head()
    if current == head:
        return None
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return head
