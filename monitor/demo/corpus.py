"""What the demonstration's customers wrote, placed in time.

The files of ``reviews/`` hold ages in days before the first start (``day``), delays in hours or
minutes (``after_hours``, ``after_minutes``); one seed gives every review its hour.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
FOLDER = Path(__file__).resolve().parent / "reviews"
SEED = 1851
SUNDAY = 6
OFFICE = (time(9), time(18, 30))
WEIGHT_OF_HOUR = (1, 1, 0, 0, 0, 0, 1, 3, 5, 6, 7, 7, 8, 7, 6, 6, 6, 7, 9, 11, 13, 13, 9, 4)
"""How often people write at each hour of the day in Paris: mostly at noon and in the evening."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The brand's reply to a review."""

    text: str
    published_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What the author makes of the review later."""

    at: datetime
    stars: int
    title: str | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A review with its whole life: its words, its change, its reply, its end. UTC times."""

    id: str
    written_at: datetime
    language: str
    stars: int
    author: str
    author_id: str
    country: str
    title: str | None = None
    text: str = ""
    verified: bool = False
    invited: bool = False
    location: str | None = None
    others: int = 0
    """Reviews that its author wrote about other shops."""
    likes: int = 0
    answer: Answer | None = None
    change: Change | None = None
    gone_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A short post on the demonstration's social network."""

    id: str
    written_at: datetime
    language: str
    account: str
    name: str
    followers: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """A line of the customer survey; ``stars`` as typed, mistakes included."""

    answered_on: date
    reference: str
    customer: str
    shop: str
    stars: str
    text: str


def corpus(today: date, seed: int = SEED) -> list[Written]:
    """The reviews written before ``today``, oldest first; the same for the same day and seed."""
    rows = _rows(sorted(FOLDER.glob("[a-z][a-z]-*.jsonl")))
    reviews = [_written(row, _moment(today, row, seed), seed) for row in rows]
    return sorted(reviews, key=lambda review: review.written_at)


def live(opened_at: datetime, seed: int = SEED) -> list[Written]:
    """The reviews that appear after the demonstration was opened, in their order."""
    rows = _rows([FOLDER / "live.jsonl"])
    return [_written(row, opened_at + timedelta(minutes=row["minute"]), seed) for row in rows]


def posts(today: date, opened_at: datetime, seed: int = SEED) -> list[Post]:
    """The social posts, oldest first; some appear after the demonstration was opened."""
    found = [_post(row, today, opened_at, seed) for row in _rows([FOLDER / "posts.jsonl"])]
    return sorted(found, key=lambda post: post.written_at)


def surveys(today: date) -> list[Survey]:
    """The customer survey, newest line last."""
    rows = sorted(_rows([FOLDER / "surveys.jsonl"]), key=lambda row: -row["day"])
    return [
        Survey(
            answered_on=today - timedelta(days=row["day"]),
            reference=f"ENQ-{number:04d}",
            customer=row["customer"],
            shop=row["shop"],
            stars=str(row["stars"]),
            text=row["text"],
        )
        for number, row in enumerate(rows, 1)
    ]


def _rows(paths: Iterable[Path]) -> list[dict[str, Any]]:
    lines = (line for path in paths for line in path.read_text("utf-8").splitlines())
    return [json.loads(line) for line in lines if line.strip()]


def _name(seed: int, *what: str) -> str:
    """A 24-digit hexadecimal name, as the platform's are."""
    return hashlib.sha256(":".join((str(seed), *what)).encode()).hexdigest()[:24]


def _chance(seed: int, key: str) -> Random:
    return Random(f"{seed}:{key}")  # noqa: S311 - believable hours, not secrets


def _moment(today: date, row: Mapping[str, Any], seed: int) -> datetime:
    chance = _chance(seed, row["key"])
    hour = chance.choices(range(24), WEIGHT_OF_HOUR)[0]
    at = time(hour, chance.randrange(60), chance.randrange(60))
    return datetime.combine(today - timedelta(days=row["day"]), at, PARIS).astimezone(UTC)


def _written(row: Mapping[str, Any], at: datetime, seed: int) -> Written:
    text = row.get("text", "")
    return Written(
        id=_name(seed, "review", row["key"]),
        written_at=at,
        language=row["language"],
        stars=row["stars"],
        author=row["author"],
        author_id=_name(seed, "author", row["author"]),
        country=row["country"],
        title=row.get("title"),
        text=text,
        verified=row.get("verified", False),
        invited=row.get("invited", False),
        location=row.get("location"),
        others=_chance(seed, row["author"]).choice((0, 0, 0, 1, 1, 2, 3, 5, 8, 21)),
        likes=_chance(seed, text).choice((0, 0, 0, 0, 0, 1, 1, 2, 4)) if text else 0,
        answer=_answer(row.get("reply"), at, seed),
        change=_change(row.get("edit"), row, at),
        gone_at=_after(at, row["gone"]) if "gone" in row else None,
    )


def _after(at: datetime, delay: Mapping[str, Any]) -> datetime:
    hours, minutes = delay.get("after_hours", 0), delay.get("after_minutes", 0)
    return at + timedelta(hours=hours, minutes=minutes)


def _answer(reply: Mapping[str, Any] | None, at: datetime, seed: int) -> Answer | None:
    if reply is None:
        return None
    chance = _chance(seed, reply["text"])
    return Answer(text=reply["text"], published_at=_at_work(_after(at, reply), chance))


def _at_work(at: datetime, chance: Random) -> datetime:
    """The moment itself, or the next working morning when nobody is at the office."""
    local = at.astimezone(PARIS)
    if local.time() > OFFICE[1]:
        local = _morning(local + timedelta(days=1), chance)
    elif local.time() < OFFICE[0]:
        local = _morning(local, chance)
    while local.weekday() == SUNDAY:
        local = _morning(local + timedelta(days=1), chance)
    return local.astimezone(UTC)


def _morning(day: datetime, chance: Random) -> datetime:
    return day.replace(hour=9, minute=chance.randrange(5, 60), second=chance.randrange(60))


def _change(edit: Mapping[str, Any] | None, row: Mapping[str, Any], at: datetime) -> Change | None:
    if edit is None:
        return None
    return Change(
        at=_after(at, edit),
        stars=edit.get("stars", row["stars"]),
        title=edit.get("title", row.get("title")),
        text=edit.get("text", row.get("text", "")),
    )


def _post(row: Mapping[str, Any], today: date, opened_at: datetime, seed: int) -> Post:
    alive = "minute" in row
    at = opened_at + timedelta(minutes=row["minute"]) if alive else _moment(today, row, seed)
    return Post(
        # A Mastodon id grows with time: milliseconds since 1970, shifted by 16 bits.
        id=str((int(at.timestamp() * 1000) << 16) + int(_name(seed, row["key"])[:4], 16)),
        written_at=at,
        language=row["language"],
        account=row["account"],
        name=row["name"],
        followers=row["followers"],
        text=row["text"],
    )
