"""A brand's reviews in any number, of a believable shape: what pages are measured over.

Six sources of three years. Nine reviews in ten came with the first walk, a source after another
and the newest first, as platforms show them; the rest as they were written.
"""

from __future__ import annotations

import hashlib
import json
import random
import sqlite3
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, inspect, text
from sqlalchemy.schema import CreateIndex, CreateTable

from monitor.config import Brand, SourceConfig
from monitor.store.engine import open_engine
from monitor.store.migrate import migrate
from monitor.store.tables import Base
from monitor.topicnames import TOPICS

NOW = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)
SOURCES = (
    ("trustpilot", 40),
    ("google_business", 25),
    ("app_store", 15),
    ("google_play", 10),
    ("mastodon", 6),
    ("spreadsheet", 4),
)
LANGUAGES = (("fr", 55), ("en", 18), ("de", 9), ("es", 7), ("it", 6), ("nl", 4), ("pt", 1))
STARS = ((5, 48), (4, 16), (3, 9), (2, 8), (1, 19))
MOODS = {5: "positive", 4: "positive", 3: "neutral", 2: "negative", 1: "negative"}
DAYS, RECENT = 3 * 365, 110
READ_DAYS = 240
"""Verdicts older than this were let go."""
MODEL, PERSON = "measured@1", 1
Row = tuple[Any, ...]
BATCH = 5000
SENTENCES = (
    "La lampe est arrivée vendredi, bien emballée, et tient ses promesses.",
    "Two weeks late, and nobody answers the telephone.",
    "Der Schirm war gerissen, der Umtausch ging aber schnell.",
    "El color no es el de la foto, una pena.",
    "Servizio cortese, consegna puntuale.",
    "Prima kwaliteit, al is de prijs aan de hoge kant.",
    "Je recommande sans hésiter, le rendu est magnifique dans le salon.",
    "J’attends toujours mon remboursement depuis le mois dernier.",
    "The switch broke on the second day.",
    "Très bel objet, mais la notice est incompréhensible.",
)

BRAND = Brand(
    key="lumen",
    name="Maison Lumen",
    customers_per_week=19_000,
    opening_hours=dict.fromkeys(
        ("monday", "tuesday", "wednesday", "thursday", "friday"), "09:00-12:30, 13:30-18:00"
    ),
    sources=tuple(
        SourceConfig(name=name.replace("_", "-"), platform="spreadsheet") for name, _ in SOURCES
    ),
)


def open_house(rows: int, cache: Path, server: str | None = None) -> tuple[Engine, float]:
    """The database with so many reviews and the seconds that building it took (0: it was there).

    SQLite in ``cache``; or PostgreSQL, at the ``server``'s URL with ``{name}`` for the database.
    """
    cache.mkdir(parents=True, exist_ok=True)
    name = f"vigie_{rows}_{_shape()}"
    if server is not None:
        return _on_postgresql(rows, server, name)
    path = cache / f"{name}.db"
    began = time.monotonic()
    fresh = not path.exists()
    if fresh:
        made = path.with_suffix(".new")
        made.unlink(missing_ok=True)
        build(open_engine(f"sqlite:///{made}"), rows)
        made.rename(path)
    return open_engine(f"sqlite:///{path}"), time.monotonic() - began if fresh else 0.0


def _on_postgresql(rows: int, server: str, name: str) -> tuple[Engine, float]:
    began = time.monotonic()
    admin = open_engine(server.format(name="postgres")).execution_options(
        isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        names = connection.scalars(text("SELECT datname FROM pg_database")).all()
        if name in names:
            return open_engine(server.format(name=name)), 0.0
        connection.execute(text(f"DROP DATABASE IF EXISTS {name}_new"))
        connection.execute(text(f"CREATE DATABASE {name}_new"))
    build(open_engine(server.format(name=f"{name}_new")), rows)
    with admin.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name}_new RENAME TO {name}"))
    admin.dispose()
    return open_engine(server.format(name=name)), time.monotonic() - began


def _shape() -> str:
    """Changes with the tables and with this file: an old database is not taken for a new one."""
    said = [str(CreateTable(table)) for table in Base.metadata.sorted_tables]
    for table in Base.metadata.sorted_tables:
        said += sorted(str(CreateIndex(index)) for index in table.indexes)
        said += sorted(str(one.dialect_options["sqlite"].get("where")) for one in table.indexes)
    said.append(Path(__file__).read_text(encoding="utf-8"))
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:8]


def build(engine: Engine, rows: int) -> None:
    """Make the tables, fill them without their indexes, then make those."""
    migrate(engine)
    unique = _drop_indexes(engine)
    _fill(engine, rows)
    with engine.begin() as connection:
        for table in Base.metadata.sorted_tables:
            for index in table.indexes:
                if index.name in unique:
                    index.create(connection)
        if engine.dialect.name == "postgresql":
            for table in Base.metadata.sorted_tables:
                connection.execute(
                    text(
                        f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', 'id'), "
                        f'(SELECT coalesce(max(id), 1) FROM "{table.name}"))'
                    )
                    if "id" in table.c
                    else text("SELECT 1")
                )
    if engine.dialect.name == "postgresql":
        # what autovacuum does by itself, a while later
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()


def _drop_indexes(engine: Engine) -> set[str | None]:
    dropped = set()
    with engine.begin() as connection:
        standing = inspect(connection)
        for table in Base.metadata.sorted_tables:
            constraints = {one["name"] for one in standing.get_unique_constraints(table.name)}
            for index in standing.get_indexes(table.name):
                if index["name"] not in constraints:
                    connection.execute(text(f'DROP INDEX "{index["name"]}"'))
                    dropped.add(index["name"])
    return dropped


def _fill(engine: Engine, rows: int) -> None:
    """Rows as they come, by the database's own quickest way."""
    connection = engine.raw_connection()
    driver: Any = connection.driver_connection
    load = _by_copy
    if isinstance(driver, sqlite3.Connection):
        load = _by_executemany
        for pragma in (
            "cache_size=-400000",
            "synchronous=OFF",
            "foreign_keys=OFF",
            "journal_mode=OFF",
        ):
            driver.execute(f"PRAGMA {pragma}")
        driver.execute("BEGIN")
    else:
        driver.execute("SET TIME ZONE 'UTC'")
    for table, values in _before(rows):
        load(driver, table, COLUMNS[table], values)
    for batch in _batches(rows):
        for table, values in _hanging_on(batch):
            load(driver, table, COLUMNS[table], values)
    driver.commit()
    connection.invalidate()


def _by_executemany(driver: Any, table: str, columns: str, values: Iterable[Row]) -> None:
    names = columns.split()
    quoted = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join("?" * len(names))
    driver.executemany(f'INSERT INTO "{table}" ({quoted}) VALUES ({marks})', values)


def _by_copy(driver: Any, table: str, columns: str, values: Iterable[Row]) -> None:
    quoted = ", ".join(f'"{name}"' for name in columns.split())
    with driver.cursor().copy(f'COPY "{table}" ({quoted}) FROM STDIN') as copy:
        for row in values:
            copy.write_row(row)


COLUMNS = {
    "source": "id name brand platform managed present paused cursor settings_hash due_at health"
    " faults_in_a_row succeeded_at full_walk_at",
    "person": "id email name role language gets_digest gets_report made_at",
    "crawl": "id source_id started_at finished_at walk pages found new changed complete expected"
    " held rejected rejected_count",
    "review": "id source_id external_id brand platform kind url author location verified"
    " written_at seen_at last_seen_at missed_walks removed_at raw version_id version_count stars"
    " language sentiment severity topics contradiction urgency answered_at settled_at assigned_to",
    "version": "id review_id number title text stars language seen_at hash understood_by",
    "verdict": "version_id model language sentiment confidence probabilities stars topics severity"
    " reasons contradiction made_at",
    "owner_reply": "review_id text hash published_at seen_at shown_at",
    "draft": "id review_id version_id state language text proposed_text template facts edits"
    " made_at changed_at",
    "approval": "id draft_id review_id version_id person_id text rules_version hash approved_at",
    "publication": "id approval_id review_id idempotency_key state due_at tries sent_at"
    " published_at visible_at",
}


def _before(rows: int) -> Iterator[tuple[str, Iterable[Row]]]:
    """What reviews hang on."""
    told, written = _told(NOW), _told(NOW - timedelta(days=DAYS))
    yield (
        "source",
        [
            (
                number,
                name.replace("_", "-"),
                BRAND.key,
                name,
                "file",
                True,
                False,
                "{}",
                "",
                told,
                "healthy",
                0,
                told,
                told,
            )
            for number, (name, _) in enumerate(SOURCES, 1)
        ],
    )
    person = (PERSON, "measured@example.org", "Measured", "admin", "fr", True, True, written)
    yield "person", [person]
    yield "crawl", _crawls(rows)


def _hanging_on(batch: list[Drawn]) -> Iterator[tuple[str, Iterable[Row]]]:
    """The rows of these reviews, parents first."""
    yield "review", (drawn.review() for drawn in batch)
    yield "version", (row for drawn in batch for row in drawn.versions())
    yield "verdict", (drawn.verdict() for drawn in batch if drawn.is_recent)
    yield "owner_reply", (drawn.reply() for drawn in batch if drawn.answered)
    yield "draft", (drawn.draft() for drawn in batch if drawn.is_drafted)
    yield "approval", (drawn.approval() for drawn in batch if drawn.is_ours)
    yield "publication", (drawn.publication() for drawn in batch if drawn.is_ours)


def _batches(rows: int) -> Iterator[list[Drawn]]:
    reviews = _reviews(rows)
    while batch := list(islice(reviews, BATCH)):
        yield batch


def _crawls(rows: int) -> Iterator[Row]:
    """A visit every two hours."""
    visits = DAYS * 12
    for number in range(visits * len(SOURCES)):
        visit, place = divmod(number, len(SOURCES))
        at = NOW - timedelta(hours=2 * (visits - visit))
        held = rows * SOURCES[place][1] // 100
        yield (
            (
                number + 1,
                place + 1,
                _told(at),
                _told(at + timedelta(seconds=40)),
                "new",
                1,
                20,
                1,
                0,
                True,
                held,
                held,
                "[]",
                0,
            )
        )


class Drawn:
    """One review with all that hangs on it; its id is also its first version's number."""

    def __init__(self, number: int, source: int, at: datetime, chance: random.Random) -> None:
        self.number, self.source, self.at = number, source, at
        draw = chance.random
        self.language = _pick(_LANGUAGES, draw())
        self.stars = _pick(_STARS, draw())
        self.sentiment = MOODS[self.stars]
        negative = self.sentiment == "negative"
        fate = draw()
        self.severity = (
            "critical" if negative and fate < 0.03 else "high" if negative and fate < 0.2 else ""
        ) or "normal"
        self.urgency = {"critical": 4, "high": 2}.get(self.severity, int(negative))
        self.topics = _TOPIC_SETS[int(draw() ** 2 * len(_TOPIC_SETS))]
        wait = min(chance.expovariate(1 / 30), 700.0)
        answer = at + timedelta(hours=wait)
        self.answered = answer if draw() < 0.6 and answer < NOW else None
        self.edited = draw() < 0.05
        self.rest = draw()
        self.words = int(draw() * len(_TEXTS))

    @property
    def is_recent(self) -> bool:
        """Still has its verdict."""
        return self.at > NOW - timedelta(days=READ_DAYS)

    @property
    def is_ours(self) -> bool:
        """Answered through Vigie."""
        return self.is_recent and self.answered is not None and self.rest < 0.3

    @property
    def is_drafted(self) -> bool:
        """Has a draft: published, or proposed."""
        recent = self.at > NOW - timedelta(days=RECENT)
        return self.is_ours or (recent and self.answered is None)

    @property
    def version(self) -> int:
        """The current version's id."""
        return 2 * self.number + self.edited

    def review(self) -> Row:
        """Its row."""
        name = SOURCES[self.source - 1][0]
        shop = f"Boutique {int(self.rest * 97) % 40}" if self.source == 2 else None
        removed = self.rest > 0.99
        return (
            self.number,
            self.source,
            f"{self.number * 2654435761 % 2**40:010x}",
            BRAND.key,
            name,
            "posts" if name == "mastodon" else "reviews",
            f"https://reviews.example/{name}/{self.number}",
            f"Camille {self.words}",
            shop,
            self.rest < 0.5,
            _told(self.at),
            _told(self.at),
            _told(NOW),
            0,
            _told(NOW - timedelta(days=1)) if removed else None,
            _RAW,
            self.version,
            1 + self.edited,
            None if name == "mastodon" else self.stars,
            self.language,
            self.sentiment,
            self.severity,
            self.topics[0],
            False,
            self.urgency,
            _told(self.answered) if self.answered else None,
            _told(NOW) if not self.answered and self.rest < 0.02 else None,
            1 if self.rest > 0.9995 else None,
        )

    def versions(self) -> Iterator[Row]:
        """Its rows: the second one when it was edited."""
        for number in range(1 + self.edited):
            words = _TEXTS[(self.words + number) % len(_TEXTS)]
            digest = f"{self.number * 31 + number:064x}"
            yield (
                (
                    2 * self.number + number,
                    self.number,
                    number + 1,
                    None,
                    words,
                    self.stars,
                    self.language,
                    _told(self.at),
                    digest,
                    MODEL,
                )
            )

    def verdict(self) -> Row:
        """Its row."""
        topics = self.topics[1] if self.sentiment == "negative" else self.topics[2]
        return (
            self.version,
            MODEL,
            self.language,
            self.sentiment,
            0.93,
            _SURE,
            self.stars,
            topics,
            self.severity,
            "[]",
            False,
            _told(self.at),
        )

    def reply(self) -> Row:
        """Its row."""
        said = _told(self.answered or NOW)
        return self.number, _REPLY, f"{self.number:064x}", said, said, said

    def draft(self) -> Row:
        """Its row."""
        state = "approved" if self.is_ours else "proposed"
        drafted = _told(self.at + timedelta(minutes=10))
        return (
            self.number,
            self.number,
            self.version,
            state,
            "fr",
            _REPLY,
            _REPLY,
            "fr/any",
            "[]",
            0,
            drafted,
            drafted,
        )

    def approval(self) -> Row:
        """Its row."""
        said = _told(self.answered or NOW)
        return (self.number,) * 3 + (self.version, 1, _REPLY, "1", f"{self.number:064x}", said)

    def publication(self) -> Row:
        """Its row."""
        said = _told(self.answered or NOW)
        return (self.number,) * 3 + (f"key-{self.number}", "visible", said, 1, said, said, said)


def _reviews(rows: int) -> Iterator[Drawn]:
    """The same ones at every call."""
    chance = random.Random(1852)
    backlog = rows * 9 // 10
    bounds = [sum(share for _, share in SOURCES[:n]) / 100 for n in range(len(SOURCES) + 1)]
    old = timedelta(days=DAYS - RECENT)
    for number in range(1, rows + 1):
        if number <= backlog:
            place = number / (backlog + 1)
            source = next(n for n in range(1, len(bounds)) if place < bounds[n])
            within = (place - bounds[source - 1]) / (bounds[source] - bounds[source - 1])
            at = NOW - timedelta(days=RECENT) - old * within
        else:
            source = next(n for n in range(1, len(bounds)) if chance.random() < bounds[n])
            at = NOW - timedelta(days=RECENT) * ((rows - number) / (rows - backlog))
        yield Drawn(number, source, at, chance)


def _told(at: datetime) -> str:
    """As SQLite keeps it and PostgreSQL, told UTC, reads it."""
    return at.isoformat(" ", "microseconds")[:26]


def _pick(spread: list[Any], draw: float) -> Any:
    return spread[int(draw * 100)]


def _spread(shares: Iterable[tuple[Any, int]]) -> list[Any]:
    return [value for value, share in shares for _ in range(share)]


_LANGUAGES, _STARS = _spread(LANGUAGES), _spread(STARS)
_RAW = json.dumps({"id": "0123456789", "likes": 0, "source": "measured"})
_SURE = json.dumps({"negative": 0.93, "neutral": 0.05, "positive": 0.02})
_REPLY = "Bonjour, merci de votre avis. " + SENTENCES[0] * 3 + "\n\nL’équipe Maison Lumen"


def _texts() -> list[str]:
    chance = random.Random(1789)
    return [
        " ".join(chance.choice(SENTENCES) for _ in range(chance.randint(1, 10)))
        for _ in range(2000)
    ]


def _topic_sets() -> list[tuple[str, str, str]]:
    """Names, then a verdict's topics spoken ill of, then spoken well of; the common ones first."""
    chance = random.Random(1848)
    sets = []
    for names in (
        [],
        *([code] for code in TOPICS),
        *(chance.sample(list(TOPICS), 2) for _ in TOPICS),
    ):
        told = [
            json.dumps([{"topic": one, "polarity": mood, "words": "answers"} for one in names])
            for mood in ("negative", "positive")
        ]
        sets.append((json.dumps(names), *told))
    return sets  # type: ignore[return-value]  # three strings each


_TEXTS, _TOPIC_SETS = _texts(), _topic_sets()
