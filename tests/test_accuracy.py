"""How often a classifier errs: against cases worked by hand, and what must hold of any answers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.accuracy_table import ROWS
from monitor.measure.accuracy import (
    SENTIMENTS,
    Accuracy,
    Case,
    Found,
    Right,
    accuracy,
    macro_f1,
    measured,
    topics_f1,
)
from monitor.measure.bootstrap import UNKNOWN, estimate
from monitor.measure.calibration import bin_of, calibration
from monitor.measure.intervals import wilson
from monitor.measure.shares import Share, share, share_of


def a_case(
    found: str,
    right: str | None,
    *,
    negative: float | None = None,
    stars: tuple[int | None, int | None] = (None, None),
    severity: tuple[str | None, str | None] = (None, None),
    languages: tuple[str, str] = ("fr", "fr"),
    words: int = 20,
    confidence: float | None = None,
) -> Case:
    """A case whose probabilities follow the sentiment found, unless ``negative`` gives one."""
    chance = {"negative": 0.7, "neutral": 0.5, "positive": 0.1}[found]
    chance = chance if negative is None else negative
    return Case(
        Found(
            sentiment=found,
            probabilities={"negative": chance, "neutral": 0.0, "positive": 1 - chance},
            confidence=confidence,
            stars=stars[0],
            severity=severity[0],
            language=languages[0],
        ),
        Right(sentiment=right, stars=stars[1], severity=severity[1], language=languages[1]),
        words,
    )


def counted(figure: Share) -> tuple[int, int]:
    return figure.hits, figure.n


# ten texts: right negative x4 (3 found, 1 taken for neutral), neutral x2 (1 found, 1 taken for
# negative), positive x4 (all found)
TEN = [
    *[("negative", "negative")] * 3,
    ("neutral", "negative"),
    ("neutral", "neutral"),
    ("negative", "neutral"),
    *[("positive", "positive")] * 4,
]


def test_sentiment_by_hand() -> None:
    found = accuracy([a_case(one, right) for one, right in TEN])
    assert found.n == 10
    assert found.confusion == {
        "negative": {"negative": 3, "neutral": 1, "positive": 0},
        "neutral": {"negative": 1, "neutral": 1, "positive": 0},
        "positive": {"negative": 0, "neutral": 0, "positive": 4},
    }
    assert counted(found.sentiment) == (8, 10)
    assert counted(found.negative_recall) == (3, 4)
    assert counted(found.negative_precision) == (3, 4)
    # F1: negative 6/8, neutral 2/4, positive 8/8; their mean 0.75
    assert found.macro_f1.value == pytest.approx(0.75)
    assert (found.sentiment.low, found.sentiment.high) == wilson(8, 10)


def test_negative_or_positive_is_the_likelier_of_the_two_and_neutral_truth_is_left_out() -> None:
    found = accuracy(
        [
            a_case("neutral", "negative", negative=0.3),  # 0.3 against 0.7: wrong
            a_case("neutral", "negative", negative=0.6),
            a_case("neutral", "positive", negative=0.5),  # no more positive than negative: wrong
            a_case("positive", "positive"),
            a_case("positive", "neutral"),
            a_case("positive", None),
        ]
    )
    assert counted(found.binary) == (2, 4)
    assert counted(found.sentiment) == (1, 5)


def test_stars_severity_and_language_count_where_both_sides_are_known() -> None:
    found = accuracy(
        [
            a_case("negative", "negative", stars=(1, 1), severity=("critical", "critical")),
            a_case("negative", "negative", stars=(1, 2), severity=("critical", "high")),
            a_case("negative", "negative", stars=(5, 1), severity=("normal", "critical")),
            a_case("negative", "negative", stars=(None, 1), severity=(None, "critical")),
            a_case("negative", "negative", stars=(2, None), severity=("critical", None)),
            a_case("negative", "negative", languages=("en", "fr"), words=10),
            a_case("negative", "negative", languages=("en", "fr"), words=9),
        ]
    )
    assert counted(found.stars_exact) == (1, 3)
    assert counted(found.stars_within_one) == (2, 3)
    assert counted(found.critical_recall) == (1, 2)
    assert counted(found.critical_precision) == (1, 2)
    assert counted(found.language) == (5, 6)


def test_high_severity_by_hand() -> None:
    pairs = [
        *[("high", "high")] * 3,
        *[("normal", "high")] * 2,  # missed
        ("critical", "high"),  # taken for more than it is: missed too
        ("high", "normal"),
        ("high", "critical"),
        ("normal", "normal"),
        ("high", None),
        (None, "high"),
    ]
    found = accuracy([a_case("negative", "negative", severity=pair) for pair in pairs])
    assert counted(found.high_recall) == (3, 6)
    assert counted(found.high_precision) == (3, 5)
    assert (found.high_recall.low, found.high_recall.high) == wilson(3, 6)
    assert (ROWS["high severity found"](found), ROWS["high severity rightly so"](found)) == (
        found.high_recall,
        found.high_precision,
    )


def test_topics_by_hand() -> None:
    def case(found: set[tuple[str, str]], right: set[tuple[str, str]]) -> Case:
        one = a_case("negative", "negative")
        return Case(
            Found("negative", one.found.probabilities, topics=frozenset(found)),
            Right(topics=frozenset(right)),
        )

    found = accuracy(
        [
            # price rightly found with the wrong polarity; staff found for nothing
            case({("price", "negative"), ("staff", "negative")}, {("price", "positive")}),
            # both polarities are right: one found is enough; refund missed
            case({("price", "negative")}, {("price", "negative"), ("refund", "negative")}),
            case(set(), set()),
            Case(Found("negative", {"negative": 1, "neutral": 0, "positive": 0}), Right()),
        ]
    )
    # 2 hits, 3 found, 3 right
    assert found.topics_f1.value == pytest.approx(4 / 6)
    assert counted(found.polarity) == (1, 2)


def test_calibration_by_hand() -> None:
    # 0.9, 0.9: one right; 0.6, 0.6: both right. |0.9 - 0.5| · 2/4 + |0.6 - 1| · 2/4 = 0.4
    found = calibration([(0.9, True), (0.9, False), (0.6, True), (0.6, True)])
    assert found.error.value == pytest.approx(0.4)
    assert [(one.low, counted(one.right)) for one in found.bins if one.right.n] == [
        (0.5, (2, 2)),
        (0.8, (1, 2)),
    ]
    assert found.bins[8].confidence == pytest.approx(0.9)
    assert found.bins[0].confidence is None
    assert [bin_of(sure) for sure in (0, 0.1, 0.11, 0.3, 0.7, 0.701, 1)] == [0, 0, 1, 2, 6, 7, 9]


def test_of_nothing_there_is_no_data() -> None:
    found = measured([])
    assert found.languages == {}
    total = found.total
    assert (total.n, total.binary, total.negative_recall) == (0, share(0, 0), share(0, 0))
    assert (total.macro_f1, total.topics_f1, total.calibration.error) == (UNKNOWN,) * 3
    assert share(0, 0) == Share(0, 0, None, None, None)
    assert topics_f1([(frozenset(), frozenset())]) == UNKNOWN
    with pytest.raises(ValueError, match="2 of 1"):
        share(2, 1)


def test_by_language() -> None:
    cases = [
        a_case("negative", "negative", languages=("fr", "fr")),
        a_case("negative", "positive", languages=("fr", "de")),
        a_case("positive", "positive", languages=("de", "de")),
    ]
    found = measured(cases)
    assert list(found.languages) == ["de", "fr"]
    assert counted(found.total.sentiment) == (2, 3)
    assert counted(found.languages["de"].sentiment) == (1, 2)
    assert counted(found.languages["fr"].sentiment) == (1, 1)


def test_the_bootstrap_of_a_share_agrees_with_wilson() -> None:
    # for 60 of 100 the percentile interval is that of the binomial: within two points of Wilson's
    rows = [[float(number < 60), 1.0] for number in range(100)]
    found = estimate(rows, lambda sums: sums[:, 0] / sums[:, 1])
    assert found.value == pytest.approx(0.6)
    assert (found.low, found.high) == pytest.approx(wilson(60, 100), abs=0.02)
    assert found == estimate(rows, lambda sums: sums[:, 0] / sums[:, 1]), "the same every time"


SENTIMENT = st.sampled_from(SENTIMENTS)
CASES = st.lists(
    st.builds(
        a_case,
        SENTIMENT,
        st.none() | SENTIMENT,
        negative=st.floats(0, 1),
        confidence=st.none() | st.floats(0, 1),
        stars=st.tuples(st.none() | st.integers(1, 5), st.none() | st.integers(1, 5)),
        languages=st.tuples(st.sampled_from(["fr", "en"]), st.sampled_from(["fr", "en"])),
        words=st.integers(0, 30),
    ),
    max_size=8,
)


def shares(found: Accuracy) -> list[Share]:
    bins = [one.right for one in found.calibration.bins]
    return [one for one in vars(found).values() if isinstance(one, Share)] + bins


@settings(deadline=None, max_examples=50)
@given(CASES)
def test_any_answers(cases: list[Case]) -> None:
    found = measured(cases)
    total = found.total
    for one in shares(total):
        assert (
            one.share is None
            or one.low is None
            or one.high is None
            or (0 <= one.low <= one.share <= one.high <= 1)
        )
    for figure in (total.macro_f1, total.topics_f1, total.calibration.error):
        if figure.value is not None and figure.low is not None and figure.high is not None:
            assert -1e-9 <= figure.low <= figure.value <= figure.high <= 1 + 1e-9
    known = sum(case.right.sentiment is not None for case in cases)
    assert sum(sum(row.values()) for row in total.confusion.values()) == known
    assert total.sentiment.hits == sum(total.confusion[name][name] for name in SENTIMENTS)
    assert total.stars_exact.hits <= total.stars_within_one.hits
    languages = found.languages.values()
    assert sum(one.n for one in languages) == total.n
    assert sum(one.binary.hits for one in languages) == total.binary.hits
    sure = [case for case in cases if case.found.confidence is not None and case.right.sentiment]
    assert sum(one.right.n for one in total.calibration.bins) == len(sure)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(SENTIMENT, SENTIMENT), min_size=1, max_size=12))
def test_order_does_not_matter_and_a_perfect_classifier_is_perfect(
    pairs: list[tuple[str, str]],
) -> None:
    assert macro_f1(pairs).value == pytest.approx(macro_f1(pairs[::-1]).value)
    perfect = macro_f1([(right, right) for _, right in pairs])
    assert (perfect.value, perfect.low, perfect.high) == (1, 1, 1)
    assert share_of(found == right for found, right in pairs).n == len(pairs)
