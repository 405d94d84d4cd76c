"""Whether a classifier is as often right as it says it is sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from monitor.measure.bootstrap import Estimate, estimate
from monitor.measure.shares import Share, share

if TYPE_CHECKING:
    from monitor.measure.bootstrap import Floats

BINS = 10

Answer = tuple[float, bool]
"""How sure the classifier was (0 to 1), and whether it was right."""


@dataclass(frozen=True)
class Bin:
    """Answers of a confidence above ``low`` (0: from 0 on) and up to ``high``."""

    low: float
    high: float
    confidence: float | None
    """Mean confidence of the answers; None without any."""
    right: Share


@dataclass(frozen=True)
class Calibration:
    """The expected calibration error, and the reliability diagram it sums up."""

    error: Estimate
    bins: list[Bin]


def calibration(answers: Sequence[Answer]) -> Calibration:
    """Expected calibration error over ten equal bins of the confidence.

    The mean, weighted by answers, of the distance between a bin's mean confidence and its share
    of right answers: M. P. Naeini, G. F. Cooper and M. Hauskrecht, "Obtaining well calibrated
    probabilities using Bayesian binning", AAAI (2015). Few answers make it larger than it is.
    """
    rows = [_row(sure, right) for sure, right in answers]
    places = [bin_of(sure) for sure, _ in answers]
    inside = [
        [one for one, place in zip(answers, places, strict=True) if place == number]
        for number in range(BINS)
    ]
    return Calibration(
        error=estimate(rows, _error),
        bins=[_bin(number, found) for number, found in enumerate(inside)],
    )


def bin_of(sure: float) -> int:
    """0 to 9; a bound belongs to the bin below it."""
    # 0.7 * 10 is a little more than 7
    return min(BINS - 1, max(0, ceil(round(sure * BINS, 9)) - 1))


def _row(sure: float, right: bool) -> list[float]:
    """How far the answer was surer than right, in its bin's column; and one answer."""
    row = [0.0] * (BINS + 1)
    row[bin_of(sure)] = sure - right
    row[BINS] = 1.0
    return row


def _error(sums: Floats) -> Floats:
    distances: Floats = abs(sums[:, :BINS]).sum(axis=1)
    return distances / sums[:, BINS]


def _bin(number: int, answers: Sequence[Answer]) -> Bin:
    n = len(answers)
    return Bin(
        low=number / BINS,
        high=(number + 1) / BINS,
        confidence=sum(sure for sure, _ in answers) / n if n else None,
        right=share(sum(right for _, right in answers), n),
    )
