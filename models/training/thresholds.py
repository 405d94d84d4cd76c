"""Choose the thresholds of a shipped folder on the tune part, and write them into its config.json.

    python thresholds.py --model ../sentiment      # in the product's environment

They are read beside the rules, as the product reads them: a topic or a danger that a rule finds as
well counts from a lower probability.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from corpora import REVIEWS, part_of

from monitor.understand.reading import Ruled, Text, find_ruled, full_text
from monitor.understand.rules import rules_of
from monitor.understand.sentiment import Heard, load

STEPS = [n / 100 for n in (5, 8, 10, 13, 16, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80)]
PRECISION = 0.7
"""Of critical, held on the tune part; above it only recall counts."""
ALARMS = {"fewer": 0.85, "more": 0.55}
"""The same where an operator wants fewer alarms, or more."""
START = {
    "topic": 0.4,
    "topic_ruled": 0.2,
    "second": 0.5,
    "critical": 0.5,
    "critical_ruled": 0.3,
    "high": 0.5,
    "high_ruled": 0.5,
}


@dataclass(frozen=True)
class Case:
    """A labelled review, what the model hears in it and what the rules find."""

    row: dict[str, Any]
    text: str
    heard: Heard
    ruled: Ruled

    def severity(self, thresholds: dict[str, float]) -> str:
        """As the product finds it with these thresholds."""
        return self.ruled.joined_severity(self.text, self.heard, thresholds).level

    def topics(self, thresholds: dict[str, float]) -> set[tuple[str, str]]:
        """As the product finds them with these thresholds, with their polarity."""
        found = self.ruled.joined_topics(self.text, self.heard, thresholds)
        return {(topic.topic, topic.polarity) for topic in found}


def read_cases(folder: Path) -> list[Case]:
    """The tune part, heard and ruled."""
    rows = [
        json.loads(line)
        for path in sorted(REVIEWS.glob("*.jsonl"))
        if part_of(path.stem) == "tune"
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    items = [Text(row["text"], row.get("title"), post=row["kind"] == "post") for row in rows]
    heard = load(folder).read([full_text(item) for item in items])
    return [_case(*one) for one in zip(rows, items, heard, strict=True)]


def _case(row: dict[str, Any], item: Text, heard: Heard) -> Case:
    text = full_text(item)
    return Case(row, text, heard, find_ruled(item, text, heard, rules_of(row["language"])))


def topics_score(cases: Iterable[Case], thresholds: dict[str, float]) -> float:
    """Micro-F1 of topics, and a little of topics with their polarity."""
    plain, polar = [0, 0], [0, 0]
    for case in cases:
        said = case.topics(thresholds)
        right = {(t["topic"], t["polarity"]) for t in case.row["topics"]}
        for counts, a, b in ((polar, said, right), (plain, _bare(said), _bare(right))):
            counts[0] += 2 * len(a & b)
            counts[1] += len(a) + len(b)
    return plain[0] / plain[1] + 0.3 * polar[0] / polar[1]


def _bare(pairs: set[tuple[str, str]]) -> set[Any]:
    return {topic for topic, _ in pairs}


def critical_score(
    cases: Iterable[Case], thresholds: dict[str, float], held: float = PRECISION
) -> float:
    """Recall on critical while a precision is held; precision alone below it."""
    hits = said = right = 0
    for case in cases:
        found = case.severity(thresholds) == "critical"
        grave = case.row["severity"] == "critical"
        hits, said, right = hits + (found and grave), said + found, right + grave
    precision, recall = hits / max(said, 1), hits / right
    return 1 + recall + precision / 100 if precision >= held else precision


def high_score(cases: Iterable[Case], thresholds: dict[str, float]) -> float:
    """F1 of high."""
    hits = total = 0
    for case in cases:
        found = case.severity(thresholds) == "high"
        right = case.row["severity"] == "high"
        hits, total = hits + (found and right), total + found + right
    return 2 * hits / max(total, 1)


Score = Callable[[Iterable[Case], dict[str, float]], float]


def search(
    cases: Sequence[Case], thresholds: dict[str, float], names: Sequence[str], score: Score
) -> dict[str, float]:
    """The best combination of these thresholds; a rule's is below the model's alone,
    so that a phrase that an operator adds is heeded."""
    grid = (dict(zip(names, steps, strict=True)) for steps in product(STEPS, repeat=len(names)))
    allowed = [one for one in grid if one[names[1]] < one[names[0]]]
    best = max(allowed, key=lambda one: score(cases, thresholds | one))
    print(best, round(score(cases, thresholds | best), 4))
    return thresholds | best


def alarm_thresholds(cases: Sequence[Case], usual: dict[str, float], name: str) -> dict[str, float]:
    """Thresholds of critical for fewer or for more alarms: they hold another precision."""
    score = partial(critical_score, held=ALARMS[name])
    found = search(cases, usual, ("critical", "critical_ruled"), score)
    return {key: found[key] for key in ("critical", "critical_ruled")}


def main() -> None:
    """Search and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("../sentiment"))
    chosen = parser.parse_args()
    cases = read_cases(chosen.model)
    thresholds = search(cases, START, ("topic", "topic_ruled"), topics_score)
    second = max(STEPS, key=lambda s: topics_score(cases, thresholds | {"second": s}))
    thresholds["second"] = second
    thresholds = search(cases, thresholds, ("critical", "critical_ruled"), critical_score)
    thresholds = search(cases, thresholds, ("high", "high_ruled"), high_score)
    alarms = {name: alarm_thresholds(cases, thresholds, name) for name in ALARMS}
    path = chosen.model / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config["thresholds"], config["alarms"] = thresholds, alarms
    path.write_text(json.dumps(config, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
