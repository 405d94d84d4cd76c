"""Opening the database: SQLite (WAL) by default, any SQLAlchemy PostgreSQL URL otherwise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.orm import Session, sessionmaker

SessionMaker = Callable[[], Session]


class DatabaseError(Exception):
    """The database cannot be used as it stands; the message says what to do."""


def open_engine(url: str) -> Engine:
    """An engine for the URL; SQLite folders are made. Raises DatabaseError for a bad URL."""
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed)
    if parsed.get_backend_name() != "postgresql":
        raise DatabaseError(
            f"database “{parsed.get_backend_name()}” is not supported: use sqlite or postgresql"
        )
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    try:
        return create_engine(parsed, pool_pre_ping=True, hide_parameters=True)
    except ModuleNotFoundError as missing:
        raise DatabaseError(
            "PostgreSQL needs its driver: install Vigie with its extra “postgresql”"
        ) from missing


def sessions(engine: Engine) -> sessionmaker[Session]:
    """Makes sessions whose rows stay readable after a commit."""
    return sessionmaker(engine, expire_on_commit=False)


def readers(engine: Engine) -> sessionmaker[Session]:
    """Makes sessions that only read: on SQLite they neither wait for a writer nor hold one up."""
    return sessionmaker(engine.execution_options(reads_only=True), expire_on_commit=False)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
        parsed.get_dialect()
    except (ArgumentError, NoSuchModuleError) as error:
        raise DatabaseError(
            "database.url is not a SQLAlchemy URL, such as sqlite:///vigie.db "
            "or postgresql://user@host/vigie"
        ) from error
    return parsed


def _open_sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": 30}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, record: Any) -> None:
    # pysqlite's own transaction begin is switched off: ours takes the write lock at once,
    # so that two writers wait for each other instead of failing half-way.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "busy_timeout=30000",
        "cache_size=-16384",
        "mmap_size=2147483648",
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    if connection.get_execution_options().get("reads_only"):
        connection.exec_driver_sql("BEGIN")
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
