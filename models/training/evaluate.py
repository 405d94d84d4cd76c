"""Measure a shipped folder: the project's own test part, and the private sets of --data.

    python evaluate.py --model ../sentiment --data ../../../shared/data [--rows 500]

Run it with the product's environment (onnxruntime, transformers), from the checkout. Prints a
Markdown table; intervals are Wilson's, 95 %. The sets of --data measure and never train.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from monitor.understand.reading import Reader, Reading, Text
from monitor.understand.sentiment import load

SENTIMENTS = ("negative", "neutral", "positive")
REVIEWS = Path(__file__).parent / "reviews"
TWEETS = {"english": "en", "french": "fr", "german": "de", "italian": "it", "spanish": "es"}


@dataclass
class Row:
    """A text and what is right for it; stars None where only the class is known."""

    text: Text
    sentiment: str
    stars: int | None
    severity: str | None = None
    topics: frozenset[tuple[str, str]] | None = None


def class_of(stars: int) -> str:
    """Negative for one and two stars, neutral for three, positive for four and five."""
    return SENTIMENTS[(stars > 2) + (stars > 3)]


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def private_sets(data: Path) -> Iterator[tuple[str, list[Row]]]:
    """The sets that may only measure."""
    rows = read_csv(data / "insurers_fr.csv")
    yield "insurers_fr", [_starred(r["avis"], r["note"]) for r in rows]
    rows = read_csv(data / "trustpilot_banks_en.csv")
    yield "trustpilot_banks_en", [_starred(r["text"], r["stars"]) for r in rows]
    rows = read_csv(data / "trustpilot_companies_en_with_replies.csv")
    yield "trustpilot_companies_en", [_starred(r["text"], r["stars"], r["title"]) for r in rows]
    rows = read_csv(data / "allocine_fr_test.csv")
    film = {"0": "negative", "1": "positive"}
    yield "allocine_fr_test", [Row(Text(r["text"]), film[r["label"]], None) for r in rows]
    for name in TWEETS:
        rows = read_csv(data / f"tweets_{name}_test.csv")
        yield f"tweets_{name}", [Row(Text(r["text"]), r["label"], None) for r in rows]


def _starred(text: str, stars: str, title: str | None = None) -> Row:
    number = int(float(stars))
    return Row(Text(text, title), class_of(number), number)


def own_tests() -> Iterator[tuple[str, list[Row]]]:
    """The last batch of each language of the project's reviews: never trained or tuned on."""
    for language in ("fr", "en", "de", "es", "it", "nl"):
        batches = sorted(REVIEWS.glob(f"{language}-*.jsonl"))
        if batches:
            lines = batches[-1].read_text(encoding="utf-8").splitlines()
            yield f"own {language} ({batches[-1].stem})", [_own(json.loads(x)) for x in lines if x]


def _own(row: dict[str, object]) -> Row:
    topics = row["topics"]
    assert isinstance(topics, list)
    stars = row["stars"]
    title = row.get("title")
    return Row(
        Text(str(row["text"]), str(title) if title else None),
        str(row["sentiment"]),
        int(str(stars)) if stars else None,
        str(row["severity"]),
        frozenset((t["topic"], t["polarity"]) for t in topics),
    )


def wilson(right: int, count: int) -> str:
    """A share and its 95 % interval, as ``.912 (.88-.94)``."""
    if not count:
        return "–"
    share, z = right / count, 1.96
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    half /= 1 + z * z / count
    return f"{share:.3f} ({middle - half:.2f}-{middle + half:.2f})"


def f1(found: Sequence[str], right: Sequence[str], name: str) -> float:
    """F1 of one class."""
    both = sum(f == r == name for f, r in zip(found, right, strict=True))
    total = sum(f == name for f in found) + sum(r == name for r in right)
    return 2 * both / total if total else 0.0


def calibration_error(readings: Sequence[Reading], rows: Sequence[Row]) -> float:
    """Expected calibration error of the confidence, ten bins."""
    error = 0.0
    for low in range(10):
        inside = [
            (reading.confidence, reading.sentiment == row.sentiment)
            for reading, row in zip(readings, rows, strict=True)
            if low / 10 < reading.confidence <= (low + 1) / 10
        ]
        error += abs(sum(sure - right for sure, right in inside))
    return error / len(rows)


def line(name: str, rows: Sequence[Row], readings: Sequence[Reading]) -> str:
    """A row of the table."""
    found = [r.sentiment for r in readings]
    right = [r.sentiment for r in rows]
    pairs = list(zip(readings, rows, strict=True))
    plain = [(p, r) for p, r in pairs if r.sentiment != "neutral"]
    two = sum(
        (p.probabilities["positive"] > p.probabilities["negative"]) == (r.sentiment == "positive")
        for p, r in plain
    )
    starred = [(p, r.stars) for p, r in pairs if r.stars]
    exact = sum(p.stars == stars for p, stars in starred)
    near = sum(abs(p.stars - stars) <= 1 for p, stars in starred)
    three = sum(f == r for f, r in zip(found, right, strict=True))
    present = [s for s in SENTIMENTS if s in right]
    macro = sum(f1(found, right, s) for s in present) / len(present)
    negative = [p for p, r in pairs if r.sentiment == "negative"]
    recall = sum(p.sentiment == "negative" for p in negative) / max(1, len(negative))
    cells = [
        name,
        str(len(rows)),
        wilson(two, len(plain)),
        wilson(three, len(rows)),
        f"{macro:.2f}",
        f"{recall:.3f}",
        f"{exact / len(starred):.2f} / {near / len(starred):.2f}" if starred else "–",
        f"{calibration_error(readings, rows):.3f}",
    ]
    return "| " + " | ".join(cells) + " |"


def rule_lines(rows: Sequence[Row], readings: Sequence[Reading]) -> Iterator[str]:
    """Topics and severity on the project's own test part."""
    true = found = both = right = 0
    for row, reading in zip(rows, readings, strict=True):
        wanted = {topic for topic, _ in row.topics or ()}
        got = {t.topic for t in reading.topics}
        true, found, both = true + len(wanted), found + len(got), both + len(wanted & got)
        signed = {(t.topic, t.polarity) for t in reading.topics}
        right += sum(
            any((t, p) in signed for t2, p in row.topics or () if t2 == t) for t in wanted & got
        )
    precision, recall = both / max(1, found), both / max(1, true)
    yield (
        f"Topics: precision {precision:.2f}, recall {recall:.2f}, "
        f"F1 {2 * both / max(1, found + true):.2f}, polarity right in {right / max(1, both):.2f}."
    )
    grave = [g.severity for r, g in zip(rows, readings, strict=True) if r.severity == "critical"]
    flagged = [r.severity for r, g in zip(rows, readings, strict=True) if g.severity == "critical"]
    yield (
        f"Critical: recall {wilson(grave.count('critical'), len(grave))} of {len(grave)}, "
        f"precision {wilson(flagged.count('critical'), len(flagged))} of {len(flagged)}."
    )


HEAD = (
    "| set | n | 1-2 against 4-5 stars | three classes | macro-F1 | negative recall "
    "| stars exact / within one | calibration error |\n|---|---|---|---|---|---|---|---|"
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=Path(__file__).parents[1] / "sentiment")
    parser.add_argument("--data", type=Path, default=Path("../../../shared/data"))
    parser.add_argument("--rows", type=int, default=500, help="rows a private set, drawn by seed")
    chosen = parser.parse_args()
    reader = Reader(load(chosen.model))
    print(reader.model, "\n\n" + HEAD)
    tested: list[tuple[Row, Reading]] = []
    for name, rows in own_tests():
        readings = reader.read([row.text for row in rows])
        tested += zip(rows, readings, strict=True)
        print(line(name, rows, readings), flush=True)
    if tested:
        all_rows, all_readings = [r for r, _ in tested], [g for _, g in tested]
        print(line("own, six languages", all_rows, all_readings), flush=True)
    for name, rows in private_sets(chosen.data) if chosen.data.is_dir() else ():
        random.Random(1).shuffle(rows)
        drawn = [row for row in rows if row.text.text.strip()][: chosen.rows]
        print(line(name, drawn, reader.read([row.text for row in drawn])), flush=True)
    for sentence in rule_lines([r for r, _ in tested], [g for _, g in tested]):
        print("\n" + sentence)


if __name__ == "__main__":
    main()
