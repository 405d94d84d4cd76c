"""The one shape of a benchmark's answer: what was measured, and what it stands beside.

A benchmark is a module ``bench_<name>`` of this folder with ``lines(options) -> Iterator[Line]``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Goal:
    """What a figure was meant to reach: at least ``value``, or at most."""

    value: float
    at_most: bool = False

    def is_met(self, figure: float) -> bool:
        """Whether the figure, as it is measured and not as it is rounded, reaches it."""
        return figure <= self.value if self.at_most else figure >= self.value


@dataclass(frozen=True)
class Line:
    """``ours`` beside ``other``, both in ``unit``; ``beside`` says what the other one is.

    ``detail`` is what else the measurement told, such as the 95th percentile.
    """

    what: str
    ours: float
    unit: str
    other: float | None = None
    beside: str = ""
    detail: str = ""
    goal: Goal | None = None

    @property
    def ratio(self) -> float | None:
        """Ours over the other: the more the better of a speed, the less of a time or a size."""
        return self.ours / self.other if self.other else None


@dataclass(frozen=True)
class Options:
    """What the command line asks of every benchmark."""

    rows: int | None = None
    """How much to do it with; None is the benchmark's own size."""
    cache: Path = Path("var/benchmarks")
    """Where what takes long to build is kept."""
