"""Intervals for figures that are no plain share: the rows drawn again, with a fixed seed.

B. Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7 (1979) 1-26;
the interval is the percentile one, widened where it must be to hold the figure itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.measure.intervals import LEVEL

if TYPE_CHECKING:
    import numpy as np
    from numpy.random import Generator
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DRAWS = 1000
SEED = 1979
HELD = 500_000
"""Most rows drawn and held at once."""


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval; all None without a row to go by."""

    value: float | None
    low: float | None
    high: float | None


UNKNOWN = Estimate(None, None, None)


def estimate(rows: Sequence[Sequence[float]], figure: Callable[[Floats], Floats]) -> Estimate:
    """The figure of all rows, and its interval over samples drawn from them.

    ``figure`` takes column sums, shaped (samples, columns), and gives one number a sample.
    """
    import numpy as np

    if not rows:
        return UNKNOWN
    table = np.asarray(rows, dtype=np.float64)
    value = float(figure(table.sum(axis=0, keepdims=True))[0])
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(figure(_sums(table)), [tail, 1 - tail])
    return Estimate(value, min(value, float(low)), max(value, float(high)))


def _sums(table: Floats) -> Floats:
    """Column sums of DRAWS samples, each of as many rows as there are, drawn with replacement."""
    import numpy as np

    chance, n = np.random.default_rng(SEED), len(table)
    at_once = max(1, HELD // n)
    sizes = [min(at_once, DRAWS - start) for start in range(0, DRAWS, at_once)]
    return np.concatenate([_times_drawn(chance, size, n) @ table for size in sizes])


def _times_drawn(chance: Generator, samples: int, n: int) -> Floats:
    """How often each of n rows is in each sample, shaped (samples, n)."""
    import numpy as np

    rows = chance.integers(n, size=(samples, n)) + n * np.arange(samples)[:, None]
    times: Floats = np.bincount(rows.ravel(), minlength=samples * n).astype(np.float64)
    return times.reshape(samples, n)
