"""A real server on loopback, a real Chromium, and three people."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from monitor.config import Config
from monitor.store.engine import open_engine, sessions
from monitor.store.tables import Base
from monitor.web.app import create_app
from tests.conftest import NOW
from tests.rows import a_draft, a_review
from tests.web import people
from tests.web.brands import brands
from tests.web.people import Visitor


@dataclass
class Site:
    """The live pages: where, over which rows, and at what time."""

    url: str
    engine: Engine
    config: Config
    now: datetime = NOW
    woken: list[str] = field(default_factory=list)

    def wait(self, **units: float) -> None:
        """Let time pass."""
        self.now += timedelta(**units)

    def rows(self) -> Session:
        """A session for the test to prepare or look at rows."""
        return sessions(self.engine)()


@pytest.fixture(scope="session")
def live(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One server for the whole run; its rows are emptied between tests."""
    # the usual renderer of tracebacks spells every local variable out, which takes seconds
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[plain])
    path = tmp_path_factory.mktemp("web") / "vigie.db"
    shutil.copy(sqlite_template, path)
    engine = open_engine(f"sqlite:///{path}")
    config = Config(brands=brands())
    site = Site("", engine, config)
    app = create_app(
        config,
        engine,
        clock=lambda: site.now,
        jobs=site.woken.append,
        platforms={"trustpilot": "Trustpilot", "spreadsheet": "Tableur"},
    )
    with serve(app) as url:
        site.url = url
        yield site
    structlog.reset_defaults()
    engine.dispose()


class serve:  # noqa: N801  # reads as a word where it is used
    """Run an application on a free loopback port, in a thread, while the block lasts."""

    def __init__(self, app: Any) -> None:
        options = uvicorn.Config(
            app,
            host="127.0.0.1",
            port=0,
            log_config=None,
            ws="none",
            lifespan="off",
            proxy_headers=False,
        )
        self.server = uvicorn.Server(options)
        self.thread = threading.Thread(target=self.server.run, daemon=True)

    def __enter__(self) -> str:
        self.thread.start()
        give_up = time.monotonic() + 20
        while not self.server.started:
            assert self.thread.is_alive(), "the server stopped while it started"
            assert time.monotonic() < give_up, "the server does not start"
            time.sleep(0.01)
        port = self.server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    def __exit__(self, *error: object) -> None:
        self.server.should_exit = True
        self.thread.join(10)


@pytest.fixture
def site(live: Site) -> Site:
    """The live pages over empty tables, at the tests' usual time."""
    with sessions(live.engine)() as rows:
        for table in reversed(Base.metadata.sorted_tables):
            rows.execute(table.delete())
        rows.commit()
    live.now = NOW
    live.woken.clear()
    return live


@pytest.fixture
def where(site: Site) -> str:
    """The address of a review with a proposed reply."""
    with site.rows() as rows:
        review = a_review(rows, site.now)
        a_draft(rows, site.now, review)
        return f"/reviews/{review.id}"


@pytest.fixture
def praised(site: Site) -> str:
    """The address of a review that was read as praise and has a reply that suits it."""
    with site.rows() as rows:
        review = a_review(rows, site.now, stars=5, sentiment="positive")
        a_draft(rows, site.now, review).template = "fr/positive"
        rows.commit()
        return f"/reviews/{review.id}"


@pytest.fixture
def visit(site: Site) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors: ``visit("bob", "writer")`` is signed in, ``visit()`` is not."""
    opened: list[httpx.Client] = []

    def make(name: str | None = None, role: str = "reader", language: str = "fr") -> Visitor:
        http = httpx.Client(base_url=site.url, timeout=20)
        opened.append(http)
        visitor = Visitor(http)
        if name is not None:
            visitor.person = people.add(site.engine, site.now, name, role, language)
            visitor.cookie, visitor.csrf = people.sign_in(site.engine, site.now, visitor.person)
            http.cookies.set("vigie", visitor.cookie, domain="127.0.0.1")
        return visitor

    yield make
    for http in opened:
        http.close()


@pytest.fixture
def alice(visit: Callable[..., Visitor]) -> Visitor:
    """The administrator."""
    return visit("alice", "admin")


@pytest.fixture
def bob(visit: Callable[..., Visitor]) -> Visitor:
    """A writer of the team."""
    return visit("bob", "writer")


@pytest.fixture
def charlie(visit: Callable[..., Visitor]) -> Visitor:
    """Nobody we know."""
    return visit()


@pytest.fixture
def window(site: Site, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Opens windows: ``window(alice, width=390, theme="dark")``; a script error fails the test."""
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def open_window(
        visitor: Visitor | None = None,
        *,
        width: int = 1280,
        height: int = 900,
        theme: str = "light",
        language: str = "fr",
    ) -> Page:
        context = chromium.new_context(
            base_url=site.url,
            viewport={"width": width, "height": height},
            color_scheme=theme,  # type: ignore[arg-type]  # "light" or "dark"
            locale={"fr": "fr-FR", "en": "en-GB"}[language],
            reduced_motion="reduce",
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        if visitor is not None and visitor.cookie:
            context.add_cookies([{"name": "vigie", "value": visitor.cookie, "url": site.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on(
            "console",
            lambda said: (
                troubles.append(said.text)
                if said.type == "error" and "Content Security Policy" in said.text
                else None
            ),
        )
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert troubles == []
