"""The store keeps its promises on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from monitor.store import audit
from monitor.store.claim import claim
from monitor.store.engine import DatabaseError, open_engine, sessions
from monitor.store.migrate import migrate
from monitor.store.tables import Audit, Base, SourceRow


def _source(now: datetime, name: str = "trustpilot-fr") -> SourceRow:
    return SourceRow(name=name, brand="lumen", platform="trustpilot", due_at=now)


def test_a_time_without_zone_is_refused_and_comes_back_aware(
    any_session: Session, now: datetime
) -> None:
    any_session.add(_source(now))
    any_session.commit()
    any_session.expire_all()
    stored = any_session.scalars(select(SourceRow)).one()
    assert stored.due_at == now
    assert stored.due_at.tzinfo is not None
    stored.due_at = datetime(2026, 1, 1)  # noqa: DTZ001
    with pytest.raises(StatementError, match="naive"):
        any_session.commit()


def test_one_claimer_wins_until_the_claim_runs_out(any_engine: Engine, now: datetime) -> None:
    make = sessions(any_engine)
    with make() as first, make() as second:
        first.add(_source(now))
        first.commit()
        key = first.scalars(select(SourceRow.id)).one()
        first.commit()
        lasts = timedelta(minutes=5)
        assert claim(first, SourceRow, key, now, lasts=lasts, claimed_by="one")
        assert not claim(second, SourceRow, key, now, lasts=lasts, claimed_by="two")
        later = now + timedelta(minutes=6)
        assert claim(second, SourceRow, key, later, lasts=lasts, claimed_by="two")


def test_the_audit_shows_a_changed_row(any_session: Session, now: datetime) -> None:
    for number in range(3):
        audit.record(any_session, now, "reply.approved", f"review:{number}", draft=number)
    any_session.commit()
    any_session.expire_all()
    assert audit.first_broken(any_session) is None
    row = any_session.scalars(select(Audit).order_by(Audit.id)).all()[1]
    row.values = {"draft": 99}
    any_session.commit()
    assert audit.first_broken(any_session) == row.id


def test_migrations_give_the_tables_that_the_code_declares(any_engine: Engine) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with any_engine.connect() as connection:
        context = MigrationContext.configure(connection)
        differences = compare_metadata(context, Base.metadata)
    told = [one for one in differences if "ix_review_open" not in str(one)]
    assert told == []


def test_a_newer_database_is_refused_with_what_to_do(any_engine: Engine) -> None:
    with any_engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseError, match="newer Vigie"):
        migrate(any_engine)


def test_migrating_twice_changes_nothing(any_engine: Engine) -> None:
    assert migrate(any_engine) is None


@pytest.mark.parametrize(
    ("url", "message"),
    [("nonsense", "not a SQLAlchemy URL"), ("mysql://somewhere/db", "not supported")],
)
def test_a_bad_database_url_is_told(url: str, message: str) -> None:
    with pytest.raises(DatabaseError, match=message):
        open_engine(url)


def test_readers_do_not_wait_for_a_writer(engine: Engine, now: datetime) -> None:
    from monitor.store.engine import readers

    with sessions(engine)() as writer, readers(engine)() as reader:
        writer.add(_source(now))
        writer.flush()
        assert reader.scalars(select(SourceRow)).all() == []
        writer.commit()
        reader.rollback()
        assert len(reader.scalars(select(SourceRow)).all()) == 1


def test_the_url_of_an_unknown_driver_is_refused_without_showing_a_password() -> None:
    with pytest.raises(DatabaseError) as refusal:
        open_engine("oracle://user:hunter2@host/db")
    assert "hunter2" not in str(refusal.value)
