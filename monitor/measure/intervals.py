"""Intervals at 95 %: for a share, for a count, for the difference of two figures."""

from __future__ import annotations

from math import log1p, sqrt
from statistics import NormalDist

LEVEL = 0.95
Z = NormalDist().inv_cdf((1 + LEVEL) / 2)
Interval = tuple[float, float]


def wilson(k: int, n: int) -> Interval | None:
    """Score interval for ``k`` of ``n``; None for nothing of nothing.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    JASA 22 (1927) 209-212.
    """
    if not 0 <= k <= n:
        raise ValueError(f"{k} of {n}")
    if n == 0:
        return None
    share = k / n
    centre = share + Z * Z / (2 * n)
    half = Z * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    scale = 1 + Z * Z / n
    # rounding must not put the share itself outside
    low = 0.0 if k == 0 else min(share, (centre - half) / scale)
    high = 1.0 if k == n else max(share, (centre + half) / scale)
    return low, high


def poisson(k: int) -> Interval:
    """Exact interval for the mean of a Poisson count (zero: 0 to 3.69).

    F. Garwood, "Fiducial limits for the Poisson distribution", Biometrika 28 (1936) 437-442:
    half the chi-square quantiles at 2k and 2k + 2 degrees of freedom.
    """
    from scipy.special import gammaincinv

    tail = (1 - LEVEL) / 2
    low = float(gammaincinv(k, tail)) if k else 0.0
    return low, float(gammaincinv(k + 1, 1 - tail))


def difference(before: float, around: Interval, after: float, about: Interval) -> Interval:
    """Interval of ``after - before`` from the intervals of the two.

    With Wilson intervals: method 10 of R. G. Newcombe, "Interval estimation for the difference
    between independent proportions", Statistics in Medicine 17 (1998) 873-890. With any other:
    G. Y. Zou and A. Donner, ibid. 27 (2008) 1693-1702.
    """
    gap = after - before
    low = gap - sqrt((after - about[0]) ** 2 + (around[1] - before) ** 2)
    high = gap + sqrt((about[1] - after) ** 2 + (before - around[0]) ** 2)
    return low, high


def log_ratio_step(ratio: float) -> float:
    """Reference value of a Poisson CUSUM, a unit of expected count, for a rise by ``ratio``.

    J. M. Lucas, "Counted data CUSUM's", Technometrics 27 (1985) 129-144.
    """
    return (ratio - 1) / log1p(ratio - 1)
