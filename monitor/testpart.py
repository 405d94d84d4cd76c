"""The project's own labelled texts that no model was trained or tuned on: what measures one.

In a checkout they stand among the others, told apart by their batch's number
(``models/training/reviews/README.md``); an installed Vigie carries these alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitor.measure.accuracy import Right
from monitor.places import shipped

FOLDERS = ("models/reviews", "models/training/reviews")
"""In a wheel, and in a checkout."""
EVERY = 5
"""Every fifth batch is a test."""


@dataclass(frozen=True)
class LabelledText:
    """A text, the stars its author gave (None: none), and what is right for it."""

    title: str | None
    text: str
    stars: int | None
    right: Right
    post: bool = False
    """Written on a social network."""

    @property
    def words(self) -> int:
        """How many words the title and the text have."""
        return len(f"{self.title or ''} {self.text}".split())


def read_tests(folder: Path | None = None) -> list[LabelledText]:
    """The whole test part, in the order of its files' names. FileNotFoundError without any."""
    paths = [path for path in sorted((folder or _folder()).glob("*.jsonl")) if is_test(path)]
    if not paths:
        raise FileNotFoundError("this installation of Vigie lacks its labelled texts")
    return [test for path in paths for test in read_batch(path)]


def is_test(path: Path) -> bool:
    """Whether the batch, a file named ``<language>-<number>.jsonl``, is one of the test part."""
    return int(path.stem.rpartition("-")[2]) % EVERY == 0


def read_batch(path: Path, *, felt: bool = False) -> Iterator[LabelledText]:
    """The labelled texts of one file. What a post feels about anything but a business is neutral,
    unless what is ``felt`` is asked for."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line:
            yield _test(json.loads(line), felt)


def _test(row: dict[str, Any], felt: bool) -> LabelledText:
    post = row["kind"] == "post"
    elsewhere = post and not row["topics"] and not felt
    return LabelledText(
        title=row.get("title") or None,
        text=row["text"],
        stars=row["stars"],
        right=Right(
            sentiment="neutral" if elsewhere else row["sentiment"],
            stars=row["stars"],
            severity=row["severity"],
            topics=frozenset((one["topic"], one["polarity"]) for one in row["topics"]),
            language=row["language"],
        ),
        post=post,
    )


def _folder() -> Path:
    for name in FOLDERS:
        try:
            return shipped(name)
        except FileNotFoundError:
            continue
    raise FileNotFoundError("this installation of Vigie lacks its labelled texts")
