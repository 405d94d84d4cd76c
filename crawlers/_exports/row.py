"""One row of an export, whatever kind of file it stands in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crawlers._exports.cells import Cell


@dataclass(frozen=True, slots=True)
class Row:
    """One row; ``line`` is where it starts in the file. ``broken`` tells why it has no cells."""

    line: int
    cells: Sequence[Cell] = ()
    broken: str | None = None
    faults: tuple[tuple[int, str], ...] = ()
    """(column, reason) of cells that hold an error instead of a value."""

    @property
    def blank(self) -> bool:
        """True when there is nothing in it."""
        return not (self.broken or self.faults or any(self.cells))
