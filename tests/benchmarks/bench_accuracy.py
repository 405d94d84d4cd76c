"""How often the shipped classifier errs, beside two baselines on the same rows, and the targets.

Texts are read by their words alone: no stars, no language told. Beside it stands TF-IDF of word
and character n-grams with logistic regression, trained on the project's own train batches with the
same labels; VADER, a word list, is named where the texts are English. ``--rows`` is how many texts
of each set, drawn by a fixed seed; all of them by default.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Protocol

from monitor.accuracy_table import ROWS
from monitor.evaluating import drawn, read_cases
from monitor.measure.accuracy import Accuracy, Case, Found, accuracy
from monitor.measure.bootstrap import Estimate
from monitor.measure.shares import Share
from monitor.testpart import LabelledText
from monitor.understand import open_reader
from tests.benchmarks.baselines import Linear, Vader
from tests.benchmarks.line import Goal, Line, Options
from tests.benchmarks.sets import LabelledSet, data_folder, other_sets, own_set, training_texts

BINARY, NEAR, EXACT = "negative from positive", "stars within one", "stars exact"
FOUND, RIGHTLY = "negatives found", "negatives rightly so"
MACRO, ERROR = "macro-F1 of the three", "calibration error"
OWN, TWEETS = "own test part", "tweets"
LANGUAGES = ("de", "en", "es", "fr", "it", "nl")
GOALS: dict[tuple[str, str], Goal] = {
    ("insurers_fr", BINARY): Goal(0.94),
    ("insurers_fr", EXACT): Goal(0.55),
    ("insurers_fr", NEAR): Goal(0.92),
    **{
        (f"trustpilot_{name}_en", figure): Goal(value)
        for name in ("banks", "companies")
        for figure, value in ((BINARY, 0.96), (FOUND, 0.95), (RIGHTLY, 0.90))
    },
    **{(f"{OWN}, {language}", BINARY): Goal(0.93) for language in ("de", "es", "it", "nl")},
    **{(f"{OWN}, {language}", ERROR): Goal(0.05, at_most=True) for language in LANGUAGES},
    (OWN, "criticals found"): Goal(0.98),
    (OWN, "criticals rightly so"): Goal(0.70),
    (OWN, "topics, micro-F1"): Goal(0.75),
    (OWN, "their polarity"): Goal(0.90),
    (OWN, "language, 10+ words"): Goal(0.99),
    (f"{TWEETS}, mean of five", MACRO): Goal(0.65),
}


class Classifier(Protocol):
    """What finds something in texts."""

    def find(self, texts: Sequence[LabelledText]) -> list[Found]:
        """What it finds in each text, in order."""


class Ours:
    """The shipped classifier."""

    def __init__(self) -> None:
        self._reader = open_reader()
        self.name = self._reader.model

    def find(self, texts: Sequence[LabelledText]) -> list[Found]:
        """By the words alone."""
        return [alone.found for alone, _ in read_cases(self._reader, texts, int)]


@dataclass(frozen=True)
class Answers:
    """A set with what ours, the n-grams and, on English, VADER found in it."""

    name: str
    ours: list[Case]
    ngrams: list[Case]
    vader: list[Case]

    def of(self, language: str) -> Answers:
        """Those of one language alone."""
        parts = (self.ours, self.ngrams, self.vader)
        ours, ngrams, vader = (
            [case for case in part if case.right.language == language] for part in parts
        )
        return Answers(f"{self.name}, {language}", ours, ngrams, vader)


def lines(options: Options) -> Iterator[Line]:
    """A line a set and figure."""
    ours, ngrams, vader = Ours(), Linear(training_texts()), Vader()

    def answers(one: LabelledSet) -> Answers:
        texts = drawn(one.texts, options.rows)
        english = [t for t in texts if "en" in (one.language, t.right.language)]
        return Answers(one.name, _cases(ours, texts), _cases(ngrams, texts), _cases(vader, english))

    own = answers(own_set())
    yield from figure_lines(Answers(own.name, own.ours, own.ngrams, []), ours.name)
    for language in LANGUAGES:
        yield from figure_lines(own.of(language))
    data = data_folder()
    if data is not None:
        yield from _other_lines(answers(one) for one in other_sets(data))


def _other_lines(found: Iterator[Answers]) -> Iterator[Line]:
    tweets = []
    for one in found:
        if one.name.startswith(TWEETS):
            tweets.append(one)
        yield from figure_lines(one)
    name = f"{TWEETS}, mean of five"
    mean, other = (
        fmean(accuracy(cases).macro_f1.value or 0 for cases in part)
        for part in ([one.ours for one in tweets], [one.ngrams for one in tweets])
    )
    yield Line(f"{name}: {MACRO}", mean, "", other, "n-grams", goal=GOALS[name, MACRO])


def _cases(classifier: Classifier, texts: Sequence[LabelledText]) -> list[Case]:
    found = classifier.find(texts) if texts else []
    return [Case(one, text.right, text.words) for one, text in zip(found, texts, strict=True)]


def figure_lines(found: Answers, model: str = "") -> Iterator[Line]:
    """A line for each figure that there is data for, the first of them with the model's name."""
    ours, ngrams, vader = (accuracy(one) for one in (found.ours, found.ngrams, found.vader))
    for name, figure in ROWS.items():
        shown = figure(ours)
        value = _value(shown)
        if value is None:
            continue
        yield Line(
            what=f"{found.name}: {name}",
            ours=value,
            unit="",
            other=_value(figure(ngrams)),
            beside="n-grams",
            detail="; ".join(filter(None, (model, _spread(shown, ours), _told(vader, figure)))),
            goal=GOALS.get((found.name, name)),
        )
        model = ""


def _value(figure: Share | Estimate) -> float | None:
    return figure.share if isinstance(figure, Share) else figure.value


def _spread(figure: Share | Estimate, ours: Accuracy) -> str:
    n = figure.n if isinstance(figure, Share) else ours.n
    return f"95 %: {figure.low:.3f} to {figure.high:.3f}, n {n}"


def _told(vader: Accuracy, figure: Callable[[Accuracy], Share | Estimate]) -> str:
    value = _value(figure(vader))
    return "" if value is None else f"VADER {value:.3f}"
