"""The texts that may train the shipped model, and nothing else (licences: README.md)."""

from __future__ import annotations

import csv
import hashlib
import json
import random
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

SENTIMENTS = ("negative", "neutral", "positive")
SEVERITIES = ("normal", "high", "critical")
LANGUAGES = ("de", "en", "es", "fr", "it", "nl")
STARS_OF = {"negative": (1, 2), "neutral": (3,), "positive": (4, 5)}
TOPICS = (
    "delivery_time",
    "delivery_condition",
    "order_follow_up",
    "availability",
    "product_quality",
    "conformity",
    "price",
    "billing",
    "refund",
    "customer_service",
    "staff",
    "waiting",
    "website",
    "cleanliness",
    "after_sales",
    "honesty",
    "safety",
    "other",
)
"""In the order of the model's outputs; each has a polarity of SENTIMENTS."""
PART = 85
"""Words: what the model reads at once, nearly always."""
REVIEWS = Path(__file__).parent / "reviews"


@dataclass(frozen=True)
class Span:
    """Characters start to end of the text carry output ``label`` (topic * 3 + polarity)."""

    label: int
    start: int
    end: int


@dataclass(frozen=True)
class Example:
    """A text and what is right for it; None where the corpus does not say."""

    text: str
    language: str
    stars: tuple[int, ...]
    """One star, or those of its sentiment."""
    source: str
    spans: tuple[Span, ...] | None = None
    severity: int | None = None
    """Place in SEVERITIES."""
    judges: bool | None = None
    """Whether a business is judged: a review does; a post does if it has a topic."""

    @property
    def share(self) -> float:
        """A number in [0, 1) fixed by the text: splits and samples are the same every run."""
        return int(hashlib.sha256(self.text.encode()).hexdigest()[:8], 16) / 2**32


def part_of(batch: str) -> str:
    """Which part a batch of reviews belongs to, by its number alone, so fixed before it was
    written: every fifth is "test", those that end in 3 "tune", the rest "train"."""
    number = int(batch.rsplit("-", 1)[1])
    if number % 5 == 0:
        return "test"
    return "tune" if number % 10 == 3 else "train"


LIVELY = {
    "fr": (30, 100),
    "en": (30, 90),
    "de": (30, 60),
    "es": (30, 60),
    "it": (30, 50),
    "nl": (30, 50),
}
"""From and below which number the batches are wittier than customers are: their writers were asked
for hard cases. Later ones are plain."""


def is_lively(batch: str) -> bool:
    """Whether a batch was written for its hard cases rather than as most people write."""
    language, number = batch.rsplit("-", 1)
    start, end = LIVELY[language]
    return start <= int(number) < end


def full_text(title: str | None, text: str) -> str:
    """Title and text as the model reads them, in training and in use alike."""
    return f"{title}\n{text}" if title and not text.startswith(title) else text


def read_rows(path: Path) -> Iterator[list[str]]:
    """Rows of a CSV file, a byte order mark removed."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.reader(file)


def read_allocine(data: Path) -> list[Example]:
    """French film reviews, two classes; texts that also stand in the test file are dropped."""
    test = {row[0].strip() for row in read_rows(data / "allocine_fr_test.csv")}
    rows = list(read_rows(data / "allocine_fr_train.csv"))[1:]
    return [
        Example(text, "fr", (4, 5) if label == "1" else (1, 2), "allocine")
        for text, label in rows
        if text.strip() not in test
    ]


def read_pattern(data: Path) -> list[Example]:
    """Book reviews of clips/pattern, two classes; the label is the first or the last column."""
    found = []
    for language in ("fr", "nl", "de"):
        for first, second in read_rows(data / f"pattern_books_{language}.csv"):
            label, text = (first, second) if first in ("1", "-1") else (second, first)
            stars = (4, 5) if label == "1" else (1, 2)
            found.append(Example(text, language, stars, f"pattern_{language}"))
    return found


def read_clean(data: Path) -> list[Example]:
    """Everything licensed from elsewhere, each text once."""
    return unique([*read_allocine(data), *read_pattern(data)])


def read_parts(data: Path) -> list[Example]:
    """What comes after the first PART words of the longer licensed texts, PART words each: only a
    teacher knows what is in them."""
    found = []
    for example in read_clean(data):
        words = example.text.split(" ")
        for start in range(PART, min(len(words) - PART // 4, 4 * PART), PART):
            text = " ".join(words[start : start + PART])
            found.append(replace(example, text=text))
    return unique(found)


def unique(examples: Iterable[Example]) -> list[Example]:
    """Drop later examples with the same text."""
    return list({example.text.strip(): example for example in examples}.values())


def read_reviews(part: str, folder: Path = REVIEWS) -> list[Example]:
    """The project's own reviews of one part: "train", "tune" or "test"."""
    paths = [p for p in sorted(folder.glob("*.jsonl")) if part_of(p.stem) == part]
    return unique(example for path in paths for example in read_batch(path))


def read_batch(path: Path) -> Iterator[Example]:
    """One file of the project's own reviews; ValueError names the line that is wrong."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            yield _own(json.loads(line), path.stem)
        except (KeyError, TypeError, ValueError) as wrong:
            raise ValueError(f"{path.name}, line {number}: {wrong!r}") from wrong


def _own(row: dict[str, object], source: str) -> Example:
    body, title = str(row["text"]), row.get("title")
    text = full_text(str(title) if title else None, body)
    sentiment, stars = str(row["sentiment"]), row["stars"]
    fitting = STARS_OF[sentiment]
    # stars that contradict the text are not what the text says
    known = (int(str(stars)),) if stars in fitting else fitting
    topics = row["topics"]
    assert isinstance(topics, list)
    ahead = len(text) - len(body)
    return Example(
        text,
        str(row["language"]),
        known,
        source,
        tuple(_span(topic, body, ahead) for topic in topics),
        SEVERITIES.index(str(row["severity"])),
        bool(topics) or row["kind"] != "post",
    )


def _span(topic: dict[str, str], body: str, ahead: int) -> Span:
    label = TOPICS.index(topic["topic"]) * 3 + SENTIMENTS.index(topic["polarity"])
    start = body.index(topic["words"])
    return Span(label, ahead + start, ahead + start + len(topic["words"]))


def roughen(example: Example, chance: random.Random) -> Example:
    """The same text as somebody in a hurry types it: no accents, no capitals, all capitals, or
    no punctuation. Letters stay in their places, so spans do too."""
    text = example.text
    if chance.random() < 0.35:
        text = _same_length(text, str.lower)
    elif chance.random() < 0.05:
        text = _same_length(text, str.upper)
    if chance.random() < 0.25:
        text = _same_length(text, _bare)
    if chance.random() < 0.15:
        text = re.sub(r"[.,;:!?]", " ", text)
    return replace(example, text=text)


def _same_length(text: str, change: object) -> str:
    assert callable(change)
    return "".join(new if len(new := change(letter)) == 1 else letter for letter in text)


def _bare(letter: str) -> str:
    return unicodedata.normalize("NFD", letter)[0]
