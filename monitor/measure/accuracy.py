"""How often a classifier errs: what it found beside what is right. Pure; every interval is 95 %."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.measure.bootstrap import UNKNOWN, Estimate, estimate
from monitor.measure.calibration import Calibration, calibration
from monitor.measure.shares import Share, share_of

if TYPE_CHECKING:
    from monitor.measure.bootstrap import Floats

SENTIMENTS = ("negative", "neutral", "positive")
ENOUGH_WORDS = 10
"""A language is asked for in texts of at least so many words."""

Topics = frozenset[tuple[str, str]]
"""(topic, polarity) pairs."""


@dataclass(frozen=True)
class Found:
    """What a classifier says of a text; None where it says nothing."""

    sentiment: str
    probabilities: dict[str, float]
    """Of each of SENTIMENTS."""
    confidence: float | None = None
    stars: int | None = None
    severity: str | None = None
    topics: Topics | None = None
    language: str | None = None


@dataclass(frozen=True)
class Right:
    """What is right for a text; None where nobody said."""

    sentiment: str | None = None
    stars: int | None = None
    severity: str | None = None
    topics: Topics | None = None
    language: str | None = None


@dataclass(frozen=True)
class Case:
    """One text of so many words, read."""

    found: Found
    right: Right
    words: int = 0

    @property
    def language(self) -> str:
        """The language it is counted under."""
        return self.right.language or self.found.language or ""


@dataclass(frozen=True)
class Accuracy:
    """Each figure is over the cases where both what was found and what is right are known.

    ``confusion`` counts by what is right, then by what was found. ``binary``: negative told from
    positive by the larger probability, cases whose truth is neutral left out. ``macro_f1``: mean
    F1 of the sentiments that occur. ``topics_f1``: micro-F1 of the sets of topics, whatever their
    polarity; ``polarity``: share of the topics rightly found that have a right polarity.
    ``language``: in texts of ten words or more.
    """

    n: int
    confusion: dict[str, dict[str, int]]
    binary: Share
    sentiment: Share
    macro_f1: Estimate
    stars_exact: Share
    stars_within_one: Share
    negative_recall: Share
    negative_precision: Share
    critical_recall: Share
    critical_precision: Share
    high_recall: Share
    high_precision: Share
    topics_f1: Estimate
    polarity: Share
    language: Share
    calibration: Calibration


@dataclass(frozen=True)
class Measured:
    """The figures of all cases, and by language."""

    total: Accuracy
    languages: dict[str, Accuracy]


def measured(cases: Sequence[Case]) -> Measured:
    """The figures in total and by language, in the languages' alphabetical order."""
    languages = sorted({case.language for case in cases} - {""})
    return Measured(
        total=accuracy(cases),
        languages={
            language: accuracy([case for case in cases if case.language == language])
            for language in languages
        },
    )


def accuracy(cases: Sequence[Case]) -> Accuracy:
    """Every figure of these cases; of nothing, no data."""
    sentiments = [(c.found.sentiment, c.right.sentiment) for c in cases if c.right.sentiment]
    severities = [
        (c.found.severity, c.right.severity) for c in cases if c.found.severity and c.right.severity
    ]
    stars = [abs(c.found.stars - c.right.stars) for c in cases if c.found.stars and c.right.stars]
    topics = [
        (c.found.topics, c.right.topics)
        for c in cases
        if c.found.topics is not None and c.right.topics is not None
    ]
    return Accuracy(
        n=len(cases),
        confusion=confusion(sentiments),
        binary=binary(cases),
        sentiment=share_of(found == right for found, right in sentiments),
        macro_f1=macro_f1(sentiments),
        stars_exact=share_of(apart == 0 for apart in stars),
        stars_within_one=share_of(apart <= 1 for apart in stars),
        negative_recall=recall("negative", sentiments),
        negative_precision=precision("negative", sentiments),
        critical_recall=recall("critical", severities),
        critical_precision=precision("critical", severities),
        high_recall=recall("high", severities),
        high_precision=precision("high", severities),
        topics_f1=topics_f1(topics),
        polarity=share_of(right for pair in topics for right in _polarities(*pair)),
        language=share_of(
            c.found.language == c.right.language
            for c in cases
            if c.found.language and c.right.language and c.words >= ENOUGH_WORDS
        ),
        calibration=calibration(
            [
                (c.found.confidence, c.found.sentiment == c.right.sentiment)
                for c in cases
                if c.found.confidence is not None and c.right.sentiment
            ]
        ),
    )


Pairs = Sequence[tuple[str, str]]
"""(found, right), a case each."""


def confusion(pairs: Pairs) -> dict[str, dict[str, int]]:
    """How many of each sentiment were taken for each: [right][found]."""
    return {
        right: {found: pairs.count((found, right)) for found in SENTIMENTS} for right in SENTIMENTS
    }


def binary(cases: Sequence[Case]) -> Share:
    """One and two stars against four and five: is the right one of the two the likelier one?"""
    return share_of(
        (c.found.probabilities["positive"] > c.found.probabilities["negative"])
        == (c.right.sentiment == "positive")
        for c in cases
        if c.right.sentiment in ("negative", "positive")
    )


def recall(name: str, pairs: Pairs) -> Share:
    """The share of what is ``name`` that was found to be."""
    return share_of(found == name for found, right in pairs if right == name)


def precision(name: str, pairs: Pairs) -> Share:
    """The share of what was found to be ``name`` that is."""
    return share_of(right == name for found, right in pairs if found == name)


def macro_f1(pairs: Pairs) -> Estimate:
    """Mean F1 of the sentiments that occur among what is right, each counting alike.

    F1 of a class is 2 hits / (found + right), as in C. J. van Rijsbergen, "Information retrieval",
    2nd edition (1979), chapter 7, with precision and recall weighing the same.
    """
    cells = [(right, found) for right in SENTIMENTS for found in SENTIMENTS]
    rows = [[float(cell == (right, found)) for cell in cells] for found, right in pairs]
    return estimate(rows, _macro_f1)


def _macro_f1(sums: Floats) -> Floats:
    import numpy as np

    table = sums.reshape(-1, len(SENTIMENTS), len(SENTIMENTS))
    hits = np.diagonal(table, axis1=1, axis2=2)
    right, found = table.sum(axis=2), table.sum(axis=1)
    scores = _ratio(2 * hits, right + found)
    occurs = right > 0
    mean: Floats = (scores * occurs).sum(axis=1) / occurs.sum(axis=1)
    return mean


def topics_f1(pairs: Sequence[tuple[Topics, Topics]]) -> Estimate:
    """Micro-F1: 2 hits / (found + right), each summed over all cases before dividing.

    No data when there is no topic on either side.
    """
    names = [
        ({topic for topic, _ in found}, {topic for topic, _ in right}) for found, right in pairs
    ]
    rows = [[float(len(f & r)), float(len(f) + len(r))] for f, r in names]
    if not any(either for _, either in rows):
        return UNKNOWN
    return estimate(rows, lambda sums: _ratio(2 * sums[:, 0], sums[:, 1]))


def _polarities(found: Topics, right: Topics) -> Iterator[bool]:
    """For each topic rightly found, whether a right polarity was found with it."""
    for topic in {name for name, _ in found} & {name for name, _ in right}:
        yield any(name == topic and (name, polarity) in right for name, polarity in found)


def _ratio(above: Floats, below: Floats) -> Floats:
    """Above over below; nothing over nothing counts as zero."""
    import numpy as np

    ratio: Floats = np.divide(above, below, out=np.zeros_like(above), where=below > 0)
    return ratio
