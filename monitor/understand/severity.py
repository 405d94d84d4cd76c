"""How grave a review is: critical, high or normal, by the model and by rules that staff can change.

Critical: health and safety, legal threats, fraud, discrimination or harassment, personal data.
High: a customer about to leave, a failure that goes on. Every review is read, five stars included.

Where the model weighs severity, a rule for something critical lets it be less sure, and a rule
under "always" needs no model at all; what the model hears alone is quoted as well, so that a reader
sees why. Where it is not sure, but two different dangers to life are named ("explosé", "brûlures"),
a person is asked. Where the model does not weigh severity, the rules decide.

Missing a danger costs more than a false alarm, so what is critical is called so long before it is
certain. Which of them are only just critical is said too ("doubtful"): those come after the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from monitor.understand.phrases import Found, Word, fold
from monitor.understand.rules import Danger, Rules
from monitor.understand.sentiment import Heard
from monitor.understand.topics import is_negated, quote, telling_words

SHORT = 40
"""Characters of a danger that a phrase under "never" answers for."""
TO_LIFE = ("health", "safety")
HEARD = "heard"
"""The rule named for a reason that no rule but the model gave."""


@dataclass(frozen=True)
class Severity:
    """The severity and the words that carry it: [{"severity", "words", "rule"}]."""

    level: str = "normal"
    reasons: list[dict[str, Any]] = field(default_factory=list)
    certain: bool = False
    """A rule under "always" was met."""
    harmless: tuple[tuple[int, int], ...] = ()
    """Where phrases under "never" stand, in characters."""
    doubtful: bool = False
    """Critical only just: with fewer alarms it would not be."""
    pressing: bool = False
    """Two different dangers to life are named."""


def find_severity(text: str, words: Sequence[Word], rules: Rules, sentiment: str) -> Severity:
    """Read the dangers of a text. What is high counts only where the review is not positive."""
    found = list(rules.dangers.find(words))
    covered = {n for f in found if f.value.severity is None for n in range(f.first, f.last + 1)}
    dangers = [f for f in found if _stands(f, words, rules, covered, sentiment)]
    reasons = [
        {"severity": f.value.severity, "words": quote(text, words, f), "rule": f.value.kind}
        for f in dangers
    ]
    harmless = tuple(
        (words[f.first].start, words[f.last].end) for f in found if f.value.severity is None
    )
    for level in ("critical", "high"):
        if any(f.value.severity == level for f in dangers):
            certain = any(f.value.always for f in dangers)
            pressing = _are_two(text, words, dangers)
            return Severity(level, _without_repeats(reasons), certain, harmless, pressing=pressing)
    return Severity(harmless=harmless)


def join_severity(
    text: str, ruled: Severity, heard: Heard, thresholds: Mapping[str, float]
) -> Severity:
    """The rules' severity and what the model hears, joined. ``thresholds``: the probability from
    which a review is critical ("critical"), or is when a rule says so too ("critical_ruled"), and
    likewise for "high" and "high_ruled"; below "clear" and "clear_ruled" what is critical is
    doubtful. A danger that the model hears in a phrase under "never" is none."""
    if heard.critical is None or heard.high is None or ruled.certain:
        return ruled
    critical = heard.critical
    if not any(reason["severity"] == "critical" for reason in ruled.reasons) and _is_harmless(
        heard.danger, ruled.harmless
    ):
        critical = 0.0
    for level, chance in (("critical", critical), ("high", critical + heard.high)):
        reasons = [reason for reason in ruled.reasons if reason["severity"] == level]
        ruling = "_ruled" if reasons else ""
        if chance >= thresholds[level + ruling]:
            doubtful = level == "critical" and chance < thresholds.get("clear" + ruling, 0.0)
            return Severity(level, reasons or _heard_reason(text, level, heard), doubtful=doubtful)
        if reasons and ruled.pressing:
            return Severity("critical", reasons, doubtful=True)
    return Severity()


def _are_two(text: str, words: Sequence[Word], dangers: Sequence[Found[Danger]]) -> bool:
    """Whether two of the dangers are to life, stand apart, and are said in different words."""
    ends: dict[str, int] = {}
    for one in sorted(dangers, key=lambda danger: danger.first):
        if one.value.severity == "critical" and one.value.kind in TO_LIFE:
            said = fold(quote(text, words, one))
            if any(end < one.first for other, end in ends.items() if other != said):
                return True
            ends.setdefault(said, one.last)
    return False


def _is_harmless(danger: tuple[int, int] | None, harmless: Sequence[tuple[int, int]]) -> bool:
    """Whether the few words where danger is heard most touch a phrase that is none. A long stretch
    may hold a danger besides."""
    if danger is None or danger[1] - danger[0] > SHORT:
        return False
    return any(start < danger[1] and danger[0] < end for start, end in harmless)


def _heard_reason(text: str, level: str, heard: Heard) -> list[dict[str, Any]]:
    words = telling_words(text, *heard.danger) if heard.danger and level == "critical" else ""
    return [{"severity": level, "words": words, "rule": HEARD}] if words else []


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
