"""A share of some, with Wilson's interval."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from monitor.measure.intervals import wilson


@dataclass(frozen=True)
class Share:
    """``hits`` of ``n``; share and 95 % interval are None when n is 0."""

    hits: int
    n: int
    share: float | None
    low: float | None
    high: float | None


def share(hits: int, n: int) -> Share:
    """The share of ``hits`` in ``n``. ValueError for more hits than there are."""
    found = wilson(hits, n)
    if found is None:
        return Share(hits, n, None, None, None)
    return Share(hits, n, hits / n, *found)


def share_of(outcomes: Iterable[bool]) -> Share:
    """The share of what is true."""
    told = list(outcomes)
    return share(sum(told), len(told))
