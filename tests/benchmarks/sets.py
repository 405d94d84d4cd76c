"""Labelled texts that a classifier is measured on.

The project's own test part is always there. The other sets stand in the folder that VIGIE_DATA
names (by default ``shared/data`` beside the checkout): they measure in private, train nothing, and
not a row of them is ever copied into the project.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from models.training.corpora import part_of
from monitor.measure.accuracy import SENTIMENTS, Right
from monitor.testpart import LabelledText, read_batch, read_tests

ROOT = Path(__file__).resolve().parents[2]
REVIEWS = ROOT / "models" / "training" / "reviews"
TWEETS = {"english": "en", "french": "fr", "german": "de", "italian": "it", "spanish": "es"}
FILMS = {"0": "negative", "1": "positive"}


@dataclass(frozen=True)
class LabelledSet:
    """Texts under one name; ``language`` is "" for a mixture."""

    name: str
    language: str
    texts: list[LabelledText]


def training_texts() -> list[LabelledText]:
    """The project's own reviews that may train."""
    paths = [path for path in sorted(REVIEWS.glob("*.jsonl")) if part_of(path.stem) == "train"]
    return [text for path in paths for text in read_batch(path, felt=True)]


def own_set() -> LabelledSet:
    """The project's test part, in six languages."""
    return LabelledSet("own test part", "", read_tests())


def data_folder() -> Path | None:
    """Where the other sets are, if anywhere."""
    folder = Path(os.environ.get("VIGIE_DATA", ROOT.parent / "shared" / "data"))
    return folder if folder.is_dir() else None


def other_sets(data: Path) -> Iterator[LabelledSet]:
    """The sets that may only measure."""
    rows = _rows(data / "insurers_fr.csv")
    yield _of("insurers_fr", "fr", [_starred(r["avis"], r["note"]) for r in rows])
    rows = _rows(data / "trustpilot_banks_en.csv")
    yield _of("trustpilot_banks_en", "en", [_starred(r["text"], r["stars"]) for r in rows])
    rows = _rows(data / "trustpilot_companies_en_with_replies.csv")
    companies = [_starred(r["text"], r["stars"], r["title"]) for r in rows]
    yield _of("trustpilot_companies_en", "en", companies)
    rows = _rows(data / "allocine_fr_test.csv")
    yield _of("allocine_fr_test", "fr", [_classed(r["text"], FILMS[r["label"]]) for r in rows])
    for name, language in TWEETS.items():
        rows = _rows(data / f"tweets_{name}_test.csv")
        texts = [_classed(r["text"], r["label"]) for r in rows]
        yield _of(f"tweets_{name}", language, texts)


def class_of(stars: int) -> str:
    """Negative for one and two stars, neutral for three, positive for four and five."""
    return SENTIMENTS[(stars > 2) + (stars > 3)]


def _of(name: str, language: str, texts: list[LabelledText]) -> LabelledSet:
    return LabelledSet(name, language, [text for text in texts if text.text.strip()])


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _starred(text: str, stars: str, title: str | None = None) -> LabelledText:
    number = int(float(stars))
    return LabelledText(title, text, number, Right(class_of(number), number))


def _classed(text: str, sentiment: str) -> LabelledText:
    return LabelledText(None, text, None, Right(sentiment))
