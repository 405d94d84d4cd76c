"""The texts that may train the shipped model, and nothing else (licences: README.md)."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

SENTIMENTS = ("negative", "neutral", "positive")
STARS_OF = {"negative": (1, 2), "neutral": (3,), "positive": (4, 5)}
REVIEWS = Path(__file__).parent / "reviews"
LANGUAGES = ("de", "en", "es", "fr", "it", "nl")


@dataclass(frozen=True)
class Example:
    """A text and the stars that are right for it: one star, or those of its sentiment."""

    text: str
    language: str
    stars: tuple[int, ...]
    source: str

    @property
    def share(self) -> float:
        """A number in [0, 1) fixed by the text: splits and samples are the same every run."""
        return int(hashlib.sha256(self.text.encode()).hexdigest()[:8], 16) / 2**32


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


def unique(examples: Iterable[Example]) -> list[Example]:
    """Drop later examples with the same text."""
    return list({example.text.strip(): example for example in examples}.values())


def read_batch(path: Path) -> list[Example]:
    """One file of the project's own reviews; ValueError names the line that is wrong."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            stars = (int(row["stars"]),) if row.get("stars") else STARS_OF[row["sentiment"]]
            text = full_text(row.get("title"), row["text"])
            found.append(Example(text, row["language"], stars, path.stem))
        except (KeyError, TypeError, ValueError) as wrong:
            raise ValueError(f"{path.name}, line {number}: {wrong!r}") from wrong
    return [example for example in found if example.text.strip()]


def batches_of(language: str, folder: Path = REVIEWS) -> list[Path]:
    """The batch files of a language, in the order in which they were written."""
    return sorted(folder.glob(f"{language}-*.jsonl"))


def read_reviews(part: str, folder: Path = REVIEWS) -> list[Example]:
    """The project's own reviews: part "test" is each language's last batch, "train" the rest."""
    found: list[Example] = []
    for language in LANGUAGES:
        batches = batches_of(language, folder)
        chosen = batches[-1:] if part == "test" else batches[:-1]
        for path in chosen:
            found.extend(read_batch(path))
    return unique(found)


def split(examples: Iterable[Example], share: float) -> tuple[list[Example], list[Example]]:
    """The examples outside and inside a fixed share of the texts."""
    listed = list(examples)
    outside = [e for e in listed if e.share >= share]
    return outside, [e for e in listed if e.share < share]
