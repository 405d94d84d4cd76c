"""Measures against cases worked by hand, and what must hold of any numbers."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime, timedelta
from math import isclose
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from monitor.measure import intervals
from monitor.measure.change import NOTHING, change, change_of_count, cusum
from monitor.measure.corrected import Errors, rogan_gladen
from monitor.measure.opening import spells
from monitor.measure.period import Period
from monitor.measure.quotes import excerpt
from monitor.measure.rate import wilson
from monitor.measure.survival import kaplan_meier
from monitor.measure.waits import opening_seconds

PARIS = ZoneInfo("Europe/Paris")
COUNTS = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def test_wilson_by_hand() -> None:
    # k = 8, n = 40, z = 1.96: p = 0.2; z² = 3.8416
    # centre (0.2 + 3.8416/80) / (1 + 3.8416/40) = 0.24802 / 1.09604 = 0.22629
    # half   1.96 √(0.2·0.8/40 + 3.8416/6400) / 1.09604 = 1.96·0.067824 / 1.09604 = 0.12129
    rate = wilson(8, 40)
    assert rate.share == 0.2
    assert rate.low == pytest.approx(0.1050, abs=5e-4)
    assert rate.high == pytest.approx(0.3476, abs=5e-4)


def test_nothing_of_nothing_is_no_data_and_none_of_some_is_zero() -> None:
    assert (wilson(0, 0).share, wilson(0, 0).low, wilson(0, 0).high) == (None, None, None)
    # 0 of 10: high = z² / (n + z²) = 3.8415 / 13.8415 = 0.2775
    assert (wilson(0, 10).share, wilson(0, 10).low) == (0.0, 0.0)
    assert wilson(0, 10).high == pytest.approx(0.2775, abs=5e-5)
    with pytest.raises(ValueError, match="3 of 2"):
        wilson(3, 2)


def test_garwood_agrees_with_the_tables() -> None:
    # published exact 95 % limits of a Poisson count: 0: 0-3.69, 5: 1.62-11.67, 10: 4.80-18.39
    assert intervals.poisson(0) == pytest.approx((0, 3.689), abs=5e-4)
    assert intervals.poisson(5) == pytest.approx((1.623, 11.668), abs=1e-3)
    assert intervals.poisson(10) == pytest.approx((4.795, 18.390), abs=1e-3)


def test_newcombe_agrees_with_his_paper() -> None:
    # Newcombe 1998, table II, case (a), method 10: 56/70 - 48/80 = 0.2: 0.0524 to 0.3339
    moved = change(wilson(48, 80), wilson(56, 70))
    assert moved.difference == pytest.approx(0.2)
    assert moved.low == pytest.approx(0.0524, abs=5e-5)
    assert moved.high == pytest.approx(0.3339, abs=5e-5)
    assert moved.word == "worse"


def test_the_three_words() -> None:
    assert change(wilson(56, 70), wilson(48, 80)).word == "better"
    assert change(wilson(3, 10), wilson(5, 10)).word == "no conclusion"
    assert change(wilson(0, 0), wilson(5, 10)) == NOTHING
    assert change_of_count(10, 40).word == "more"
    assert change_of_count(40, 10).word == "fewer"
    assert change_of_count(0, 0).word == "no conclusion"


@given(COUNTS)
def test_an_interval_holds_its_share(counts: tuple[int, int]) -> None:
    rate = wilson(*counts)
    assert rate.share is not None
    assert rate.low is not None
    assert rate.high is not None
    assert 0 <= rate.low <= rate.share <= rate.high <= 1


@given(COUNTS, COUNTS)
def test_a_change_mirrors_and_holds_its_difference(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    there, back = change(wilson(*one), wilson(*other)), change(wilson(*other), wilson(*one))
    assert there.difference is not None
    assert there.low is not None
    assert there.high is not None
    assert back.low is not None
    assert there.low <= there.difference <= there.high
    assert isclose(there.high, -back.low, abs_tol=1e-12)
    mirrored = {"better": "worse", "worse": "better", "no conclusion": "no conclusion"}
    assert back.word == mirrored[there.word]


def test_kaplan_meier_by_hand() -> None:
    # hours 1, 2+, 3, 4, 5+ (+ still waits): at 1 S = 4/5; at 3 S = 4/5·2/3 = 8/15; at 4, half
    # of what was left: 4/15. The median is the first time at which S is at most a half: 4.
    found = kaplan_meier(np.array([1.0, 2, 3, 4, 5]), np.array([1, 0, 1, 1, 0], dtype=bool))
    assert found.waiting.tolist() == pytest.approx([4 / 5, 4 / 5, 8 / 15, 4 / 15, 4 / 15])
    assert found.median()[0] == 4
    assert found.at(3)[0] == pytest.approx(7 / 15)  # type: ignore[index]  # it is known there
    assert found.at(6) is None, "nobody has waited six hours"


def test_nobody_answered_is_no_share_and_no_median() -> None:
    found = kaplan_meier(np.array([2.0, 30]), np.array([False, False]))
    median, _, longest = found.median()
    assert (median, longest) == (None, None)
    at_24 = found.at(24)
    assert at_24 is not None
    assert at_24[0] == 0
    assert at_24[2] > 0.5, "two reviews say little"


WAITS = st.lists(st.tuples(st.integers(1, 200), st.booleans()), min_size=1, max_size=60)


@given(WAITS)
def test_kaplan_meier_is_scipys(waits: list[tuple[int, bool]]) -> None:
    from scipy.stats import CensoredData, ecdf

    hours = np.array([hour for hour, _ in waits], dtype=float)
    happened = np.array([answered for _, answered in waits])
    assume(happened.any())
    theirs = ecdf(CensoredData(uncensored=hours[happened], right=hours[~happened])).sf
    ours = kaplan_meier(hours, happened)
    assert ours.times.tolist() == theirs.quantiles.tolist()
    assert ours.waiting.tolist() == pytest.approx(theirs.probabilities.tolist())
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scipy says that the ends have no width
        band = theirs.confidence_interval(0.95, method="log-log")
    inside = (ours.waiting > 0) & (ours.waiting < 1)
    bounds: Any = band  # scipy-stubs takes them for numbers
    low, high = bounds.low.probabilities[inside], bounds.high.probabilities[inside]
    assert ours.low[inside].tolist() == pytest.approx(low.tolist())
    assert ours.high[inside].tolist() == pytest.approx(high.tolist())


@given(WAITS, st.data())
def test_one_more_that_still_waits_never_shortens_the_median(
    waits: list[tuple[int, bool]], data: st.DataObject
) -> None:
    hours = np.array([hour for hour, _ in waits], dtype=float)
    happened = np.array([answered for _, answered in waits])
    chosen = data.draw(st.integers(0, len(waits) - 1))
    fewer = happened.copy()
    fewer[chosen] = False
    before, after = kaplan_meier(hours, happened), kaplan_meier(hours, fewer)
    assert (after.waiting >= before.waiting - 1e-12).all()
    assert (after.median()[0] or 1e9) >= (before.median()[0] or 1e9)


@given(WAITS, st.data())
def test_settling_is_never_as_good_as_answering_and_changes_nothing_before(
    waits: list[tuple[int, bool]], data: st.DataObject
) -> None:
    hours = np.array([hour for hour, _ in waits], dtype=float)
    happened = np.array([answered for _, answered in waits])
    chosen = data.draw(st.integers(0, len(waits) - 1))
    moment = data.draw(st.integers(1, waits[chosen][0]))
    earlier, answered, settled = hours.copy(), happened.copy(), happened.copy()
    earlier[chosen], answered[chosen], settled[chosen] = moment, True, False
    left = kaplan_meier(hours, happened)
    by_settling, by_answering = kaplan_meier(earlier, settled), kaplan_meier(earlier, answered)
    assert (by_settling.waiting >= by_answering.waiting - 1e-12).all()
    for time in range(1, moment):
        found, alone = by_settling.at(time), left.at(time)
        if found is not None and alone is not None:
            assert found[0] == pytest.approx(alone[0])


def test_a_week_with_a_clock_change_has_its_own_length() -> None:
    assert Period.week("2026-W13", PARIS).hours == 167  # 29 March 2026: an hour is lost
    assert Period.week("2026-W43", PARIS).hours == 169  # 25 October 2026: an hour is gained
    assert Period.week("2026-W46", PARIS).hours == 168


def test_the_period_before_has_as_many_days() -> None:
    week = Period.week("2026-W44", PARIS)
    assert week.before(PARIS) == Period.week("2026-W43", PARIS)
    spring = Period.week("2026-W14", PARIS)
    assert spring.before(PARIS) == Period.week("2026-W13", PARIS)


def test_the_period_before_one_under_way_ends_at_the_same_hour() -> None:
    # Monday 26 October 2026, 10:00 in Paris: seven days before summer time had not ended
    now = datetime(2026, 10, 26, 9, 0, tzinfo=UTC)
    days = Period.last_days(7, now, PARIS)
    before = days.before(PARIS, now)
    assert before.start == datetime(2026, 10, 13, tzinfo=PARIS)
    assert before.end == datetime(2026, 10, 19, 10, 0, tzinfo=PARIS)
    assert days.so_far(now) == Period(days.start, now)
    assert days.so_far(now).whole_days(PARIS) == Period(
        days.start, datetime(2026, 10, 26, tzinfo=PARIS)
    )
    assert Period.last_days(1, now, PARIS).so_far(now).whole_days(PARIS) is None
    week = Period.week("2026-W43", PARIS)
    assert week.before(PARIS, now) == Period.week("2026-W42", PARIS), "whole weeks stay whole"
    assert week.so_far(now) == week.whole_days(PARIS) == week


def test_opening_hours_do_not_count_the_night_nor_the_clock_change() -> None:
    # Friday 23 Oct 17:00 to Monday 26 Oct 10:00 in Paris, open 09-12 and 14-18 on weekdays:
    # one hour on Friday, one on Monday; summer time ends in between.
    hours = dict.fromkeys(("monday", "friday"), "09:00-12:00, 14:00-18:00")
    start = datetime(2026, 10, 23, 17, 0, tzinfo=PARIS)
    end = datetime(2026, 10, 26, 10, 0, tzinfo=PARIS)
    open_spells = spells(hours, start, end, PARIS)
    moments = np.array([start.timestamp(), end.timestamp()])
    spent = np.diff(opening_seconds(moments, open_spells))
    assert spent.tolist() == [2 * 3600]


def test_rogan_gladen_by_hand() -> None:
    # sensitivity 45/50 = 0.9, specificity 95/100 = 0.95, apparent 30/100:
    # (0.3 + 0.95 - 1) / (0.9 + 0.95 - 1) = 0.25 / 0.85 = 0.29412
    found = rogan_gladen(30, 100, Errors(negatives=50, found=45, others=100, spared=95))
    assert found is not None
    assert found.share == pytest.approx(0.25 / 0.85)
    assert found.low < found.share < found.high
    plain = wilson(30, 100)
    assert plain.low is not None
    assert plain.high is not None
    assert found.high - found.low > plain.high - plain.low, "the model's error widens it"
    again = rogan_gladen(30, 100, Errors(negatives=50, found=45, others=100, spared=95))
    assert again == found, "the same draws each time"


def test_too_few_labels_or_a_coin_correct_nothing() -> None:
    assert rogan_gladen(30, 100, Errors(29, 25, 100, 95)) is None
    assert rogan_gladen(30, 100, Errors(50, 25, 50, 25)) is None
    assert rogan_gladen(0, 0, Errors(50, 45, 100, 95)) is None


def test_a_run_of_negatives_raises_the_alarm_and_more_reviews_do_not() -> None:
    usual = [2, 1, 3, 2, 2, 1, 2]
    exposure = [10.0] * 7
    assert not cusum(usual, exposure, past=168, past_exposure=840).raised
    found = cusum([2, 1, 3, 9, 10, 9, 2], exposure, past=168, past_exposure=840)
    assert found.raised
    assert found.day in (3, 4)
    # ten times the reviews and ten times the negatives: nothing happened
    assert not cusum([n * 10 for n in usual], [100.0] * 7, 168, 840).raised
    assert cusum(usual, exposure, past=0, past_exposure=0).threshold is None


def test_the_alarms_false_rate_is_the_one_stated() -> None:
    chance = np.random.default_rng(7)
    runs = [cusum(list(chance.poisson(2, 7)), [10.0] * 7, 168, 840).raised for _ in range(300)]
    # 1 % stated: of 300, more than 9 would come in one of a thousand such tests
    assert sum(runs) <= 9


def test_an_excerpt_holds_the_words_and_cuts_between_words() -> None:
    text = (
        "Rien à dire du magasin. " * 12 + "La prise a noirci au bout d’une heure. " + "Voilà. " * 40
    )
    found = excerpt(text, "a noirci")
    assert "La prise a noirci" in found
    assert found.startswith("… ")
    assert found.endswith("…")
    assert len(found) < 200
    assert excerpt("court\n et   simple") == "court et simple"


def test_a_naive_period_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        Period(datetime(2026, 1, 1), datetime(2026, 1, 2))  # noqa: DTZ001
    day = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(ValueError, match="after"):
        Period(day, day - timedelta(days=1))
