"""Whether a figure really moved: better, worse, or no conclusion. And the alarm of a sudden run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from monitor.measure import intervals
from monitor.measure.intervals import Interval
from monitor.measure.rate import Rate

if TYPE_CHECKING:
    from numpy.typing import NDArray

Word = Literal["better", "worse", "more", "fewer", "no conclusion"]
RISE = 2.0
FALSE_ALARMS = 0.01
RUNS = 4000
SEED = 1954  # the year of Page's paper; any fixed seed makes the figure reproducible


@dataclass(frozen=True)
class Change:
    """``difference`` with its 95 % interval; all None, and no conclusion, without data.

    ``reason`` "models": the two periods were not read by one model, so nothing is concluded.
    """

    difference: float | None
    low: float | None
    high: float | None
    word: Word
    reason: Literal["models"] | None = None


NOTHING = Change(None, None, None, "no conclusion")
READ_OTHERWISE = Change(None, None, None, "no conclusion", "models")


def change(before: Rate, after: Rate, *, comparable: bool = True) -> Change:
    """Difference of two dissatisfaction rates, with Newcombe's interval.

    Not ``comparable``: they were not read by one model.
    """
    if before.share is None or after.share is None:
        return NOTHING
    if not comparable:
        return READ_OTHERWISE
    return moved(
        before.share,
        (before.low or 0.0, 1.0 if before.high is None else before.high),
        after.share,
        (after.low or 0.0, 1.0 if after.high is None else after.high),
        less_is="better",
    )


def moved(
    before: float,
    around: Interval,
    after: float,
    about: Interval,
    *,
    less_is: Literal["better", "worse", "fewer"],
) -> Change:
    """Difference of two figures with any intervals; ``less_is`` says what a fall means."""
    opposite: dict[str, Word] = {"better": "worse", "worse": "better", "fewer": "more"}
    low, high = intervals.difference(before, around, after, about)
    word: Word = "no conclusion"
    if high < 0:
        word = less_is
    elif low > 0:
        word = opposite[less_is]
    return Change(after - before, low, high, word)


def change_of_count(before: int, after: int) -> Change:
    """Difference of two counts over equal periods, with Garwood's intervals."""
    if before == after == 0:
        return Change(0.0, 0.0, 0.0, "no conclusion")
    return moved(
        before, intervals.poisson(before), after, intervals.poisson(after), less_is="fewer"
    )


@dataclass(frozen=True)
class Alarm:
    """A run of negatives that chance alone would rarely give."""

    raised: bool
    day: int | None
    """Index of the day on which it was raised."""
    highest: float
    threshold: float | None
    """None when the past is too thin, or read too differently, to judge by: no alarm either."""
    false_alarms: float = FALSE_ALARMS
    """Chance that a period in which nothing changed raises one."""


def cusum(
    negatives: Sequence[int], exposure: Sequence[float], past: int, past_exposure: float
) -> Alarm:
    """Poisson CUSUM over days, tuned for a doubling of negatives for the exposure.

    ``exposure`` is what negatives are expected in proportion to (reviews of the day); ``past``
    negatives in ``past_exposure`` give the usual rate. E. S. Page, Biometrika 41 (1954) 100-115;
    J. M. Lucas, Technometrics 27 (1985). The threshold is the 99th percentile of the highest sum
    in simulated periods of the same exposure, the usual rate itself drawn from what the past
    leaves open (a Gamma with Jeffreys' prior), so the false-alarm rate is the one stated.
    """
    import numpy as np

    if past_exposure <= 0 or past < 1 or not len(negatives):
        return Alarm(False, None, 0.0, None)
    chance = np.random.default_rng(SEED)
    days = np.asarray(exposure, dtype=float)
    step = past / past_exposure * intervals.log_ratio_step(RISE) * days
    rates = chance.gamma(past + 0.5, 1 / past_exposure, size=(RUNS, 1))
    simulated = chance.poisson(rates * days) - step
    threshold = float(np.quantile(_sums(simulated).max(axis=1), 1 - FALSE_ALARMS, method="higher"))
    sums = _sums(np.asarray([negatives]) - step)[0]
    over = np.flatnonzero(sums > threshold)
    first = int(over[0]) if len(over) else None
    return Alarm(first is not None, first, float(sums.max()), threshold)


def _sums(excess: NDArray[Any]) -> NDArray[Any]:
    """The sums that never fall below zero, a row a period."""
    import numpy as np

    total = np.cumsum(excess, axis=1)
    return np.asarray(total - np.minimum.accumulate(np.minimum(total, 0), axis=1))
