"""How grave a review is: critical, high or normal, by rules that staff can read and change.

Critical: health and safety, legal threats, fraud, discrimination or harassment, personal data.
High: a customer about to leave, a failure that goes on. Every review is read, five stars included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from monitor.understand.phrases import Found, Word
from monitor.understand.rules import Danger, Rules
from monitor.understand.topics import is_negated, quote


@dataclass(frozen=True)
class Severity:
    """The severity and the words that carry it: [{"severity", "words", "rule"}]."""

    level: str = "normal"
    reasons: list[dict[str, Any]] = field(default_factory=list)


def find_severity(text: str, words: Sequence[Word], rules: Rules, sentiment: str) -> Severity:
    """Read the dangers of a text. What is high counts only where the review is not positive."""
    found = list(rules.dangers.find(words))
    covered = {n for f in found if f.value.severity is None for n in range(f.first, f.last + 1)}
    dangers = [f for f in found if _stands(f, words, rules, covered, sentiment)]
    reasons = [
        {"severity": f.value.severity, "words": quote(text, words, f), "rule": f.value.kind}
        for f in dangers
    ]
    for level in ("critical", "high"):
        if any(f.value.severity == level for f in dangers):
            return Severity(level, _without_repeats(reasons))
    return Severity()


def _stands(
    danger: Found[Danger],
    words: Sequence[Word],
    rules: Rules,
    covered: set[int],
    sentiment: str,
) -> bool:
    if danger.value.severity is None or covered & set(range(danger.first, danger.last + 1)):
        return False
    if danger.value.severity == "high" and sentiment == "positive":
        return False
    return not is_negated(words, danger.first, rules.negators)


def _without_repeats(reasons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({(r["rule"], r["words"]): r for r in reasons}.values())
