"""Check the labelled reviews: the form of every line, and that no two say nearly the same.

    python models/training/check_reviews.py [FILE.jsonl ...]

Without files it reads the folder `reviews` beside it. It prints what is wrong, one fault a line
with file and line number, then the counts; it exits 1 when anything is wrong.
"""

import json
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from corpora import TOPICS

FOLDER = Path(__file__).parent / "reviews"

LANGUAGES = {"fr", "en", "de", "es", "it", "nl"}
SENTIMENTS = {"negative", "neutral", "positive"}
SEVERITIES = {"critical", "high", "normal"}
KINDS = {"review", "map", "app", "post"}
FIELDS = {"text", "language", "stars", "sentiment", "topics", "severity", "sector", "kind"}
TOPIC_FIELDS = {"topic", "polarity", "words"}

GRAM = 5
NEAR = 0.35
"""Jaccard index of the character 5-grams from which two texts of one language are too alike."""


@dataclass(frozen=True)
class Line:
    """One line of a file and where it stands."""

    path: Path
    number: int
    review: dict[str, Any]

    @property
    def place(self) -> str:
        return f"{self.path.name}:{self.number}"


def read(paths: Iterable[Path]) -> tuple[list[Line], list[str]]:
    """The lines that are JSON objects, and a fault for each that is not."""
    lines, faults = [], []
    for path in paths:
        for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                review = json.loads(raw)
            except json.JSONDecodeError as error:
                faults.append(f"{path.name}:{number}: not JSON: {error}")
                continue
            if isinstance(review, dict):
                lines.append(Line(path, number, review))
            else:
                faults.append(f"{path.name}:{number}: not a JSON object")
    return lines, faults


def faults_of(line: Line) -> Iterator[str]:
    """What is wrong with the form of one line, each fault with its place."""
    review = line.review
    missing, unknown = FIELDS - review.keys(), review.keys() - FIELDS - {"title"}
    if missing or unknown:
        yield f"{line.place}: missing {sorted(missing)}, unknown {sorted(unknown)}"
        return
    yield from (f"{line.place}: {fault}" for fault in value_faults(review))
    if not line.path.name.startswith(f"{review['language']}-"):
        yield f"{line.place}: language {review['language']!r} in a file of another"


def value_faults(review: dict[str, Any]) -> Iterator[str]:
    for field in ("text", "sector"):
        if not (isinstance(review[field], str) and review[field].strip() == review[field] != ""):
            yield f"{field} is empty, not text, or has blanks at an end"
    if not isinstance(review.get("title", ""), str):
        yield "title is not text"
    allowed: dict[str, set[Any]] = {
        "language": LANGUAGES,
        "sentiment": SENTIMENTS,
        "severity": SEVERITIES,
        "kind": KINDS,
        "stars": {None, 1, 2, 3, 4, 5},
    }
    for field, values in allowed.items():
        if review[field] not in values:
            yield f"{field} {review[field]!r} is not allowed"
    for topic in review["topics"]:
        yield from topic_faults(topic, review["text"])


def topic_faults(topic: dict[str, Any], text: str) -> Iterator[str]:
    if topic.keys() != TOPIC_FIELDS:
        yield f"topic {topic!r} needs exactly {sorted(TOPIC_FIELDS)}"
        return
    if topic["topic"] not in TOPICS:
        yield f"topic {topic['topic']!r} is not allowed"
    if topic["polarity"] not in SENTIMENTS:
        yield f"polarity {topic['polarity']!r} is not allowed"
    if not topic["words"] or topic["words"] not in text:
        yield f"words {topic['words']!r} do not stand in the text"


def grams(text: str) -> frozenset[str]:
    """The character n-grams of a text without case, accents, punctuation and spacing."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = " ".join("".join(c if c.isalnum() else " " for c in plain if c.isascii()).split())
    return frozenset(letters[i : i + GRAM] for i in range(max(1, len(letters) - GRAM + 1)))


def near_duplicates(
    lines: Sequence[Line], near: float = NEAR
) -> Iterator[tuple[Line, Line, float]]:
    """Pairs of one language whose Jaccard index of n-grams is at least `near`."""
    sets = [grams(line.review["text"]) for line in lines]
    seen: dict[tuple[str, str], list[int]] = defaultdict(list)
    for here, line in enumerate(lines):
        shared: Counter[int] = Counter()
        for gram in sets[here]:
            holders = seen[line.review["language"], gram]
            shared.update(holders)
            holders.append(here)
        for there, common in shared.items():
            alike = common / (len(sets[here]) + len(sets[there]) - common)
            if alike >= near:
                yield lines[there], line, alike


def counts(lines: Sequence[Line]) -> Iterator[str]:
    """The counts of each field, the topics and the lengths, one line of text each."""
    for field in ("language", "stars", "sentiment", "severity", "kind", "sector"):
        yield f"{field}: {spread(line.review[field] for line in lines)}"
    yield f"topics: {spread(t['topic'] for line in lines for t in line.review['topics'])}"
    lengths = sorted(len(line.review["text"].split()) for line in lines)
    yield f"words: median {median(lengths):g}, {lengths[0]} to {lengths[-1]}"


def spread(values: Iterable[object]) -> str:
    found = Counter(str(value) for value in values)
    return ", ".join(f"{value} {count}" for value, count in found.most_common())


def main(arguments: Sequence[str]) -> int:
    paths = [Path(name) for name in arguments] or sorted(FOLDER.glob("*.jsonl"))
    lines, faults = read(paths)
    for line in lines:
        faults.extend(faults_of(line))
    if not faults:
        faults.extend(
            f"{second.place}: nearly the same as {first.place} ({alike:.2f})"
            for first, second, alike in near_duplicates(lines)
        )
    print("\n".join(faults))
    print(f"{len(lines)} reviews in {len(paths)} files, {len(faults)} faults")
    if lines and not faults:
        print("\n".join(counts(lines)))
    return 1 if faults or not lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
