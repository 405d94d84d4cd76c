"""Kaplan-Meier: how soon something happens when for some it has not happened yet.

The product-limit estimate on arrays of grouped durations, with the log-log interval of
``scipy.stats.ecdf`` (a test holds the two equal): importing scipy.stats takes 1.9 s and 75 MB,
more than the whole dashboard may. E. L. Kaplan and P. Meier, JASA 53 (1958) 457-481; variance
by M. Greenwood (1926).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from monitor.measure.intervals import Z, wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Survival:
    """At each of ``times``, the share still waiting, with interval. All arrays of one length."""

    times: NDArray[Any]
    waiting: NDArray[Any]
    low: NDArray[Any]
    high: NDArray[Any]
    n: int

    def at(self, time: float) -> tuple[float, float, float] | None:
        """Share to whom it has happened by ``time``, low and high.

        None beyond the longest wait seen: nobody knows yet.
        """
        import numpy as np

        place = int(np.searchsorted(self.times, time, side="right")) - 1
        if not len(self.times) or (time > self.times[-1] and self.waiting[-1] > 0):
            return None
        if place < 0:
            return 0.0, 0.0, _share_at_most(int(self.n))
        return (
            float(1 - self.waiting[place]),
            float(1 - self.high[place]),
            float(1 - self.low[place]),
        )

    def median(self) -> tuple[float | None, float | None, float | None]:
        """Time by which it has happened to half, low and high; None where it is not reached."""
        return _falls(self, self.waiting), _falls(self, self.low), _falls(self, self.high)


def _falls(survival: Survival, line: NDArray[Any]) -> float | None:
    import numpy as np

    under = np.flatnonzero(line <= 0.5 + 1e-12)
    return float(survival.times[under[0]]) if len(under) else None


def kaplan_meier(durations: NDArray[Any], happened: NDArray[Any]) -> Survival:
    """``durations`` of any unit; where ``happened`` is false the wait was only seen so far."""
    import numpy as np

    times, place = np.unique(durations, return_inverse=True)
    events = np.bincount(place, weights=happened.astype(float), minlength=len(times))
    leaving = np.bincount(place, minlength=len(times))
    at_risk = len(durations) - np.concatenate(([0], np.cumsum(leaving)[:-1]))
    waiting = np.cumprod(1 - events / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.cumsum(events / (at_risk * (at_risk - events)))
        width = Z * np.sqrt(spread) / np.log(waiting)
        low, high = waiting ** np.exp(-width), waiting ** np.exp(width)
    # the log-log interval has no width before the first event nor after the last: Wilson's has
    low = np.where(waiting >= 1, [1 - _share_at_most(int(left)) for left in at_risk], low)
    low = np.where(waiting <= 0, 0.0, low)
    high = np.where(waiting <= 0, _share_at_most(len(durations)), high)
    high = np.where(waiting >= 1, 1.0, high)
    return Survival(times, waiting, low, high, len(durations))


def _share_at_most(n: int) -> float:
    """The most that a share may be when none of ``n`` shows it."""
    found = wilson(0, n)
    return 1.0 if found is None else found[1]
