"""Rows of a CSV file, streamed, each with its true line."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterator, Sequence

from crawlers._exports.cells import tidy
from crawlers._exports.row import Row
from crawlers.contract import Fault, SourceError

DELIMITERS = (";", ",", "\t", "|")
SNIFFED = 65_536
"""Characters that are looked at to find the delimiter."""
LINES_A_ROW = 500
"""A row of more lines than this is taken for a quotation mark that was never closed."""


def csv_rows(file: io.TextIOBase, name: str, encoding: str, delimiter: str | None) -> Iterator[Row]:
    """Every row of an open file. SourceError when it is not text of that encoding."""
    lines = _Lines(file)
    try:
        mark = delimiter or sniff(lines.peek(SNIFFED))
        yield from _parsed(lines, mark)
    except UnicodeError as error:
        detail = f"{name} is not {encoding} text near line {lines.number + 1}: set its encoding"
        raise SourceError(Fault.CHANGED, detail) from error


def sniff(sample: Sequence[str]) -> str:
    """The delimiter that splits the first row into most cells, and the rows most evenly."""

    def fitness(mark: str) -> tuple[float, int]:
        counts = [len(row) for row in csv.reader(sample, delimiter=mark) if any(row)][:50]
        if not counts or counts[0] < 2:
            return (0.0, 0)
        return (sum(count == counts[0] for count in counts) / len(counts), counts[0])

    best = {mark: fitness(mark) for mark in DELIMITERS}
    even = max(best[mark][0] for mark in DELIMITERS)
    # A comma in every text may split rows evenly too: more cells win among the even ones.
    likely = [mark for mark in DELIMITERS if best[mark][0] >= even * 0.8]
    return max(likely, key=lambda mark: best[mark][1]) if even else ","


class _Lines:
    """Physical lines with their count, able to take some back."""

    def __init__(self, file: io.TextIOBase) -> None:
        self._file = file
        self._ahead: deque[str] = deque()
        self.number = 0
        self.row: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if len(self.row) >= LINES_A_ROW:
            raise csv.Error("a quotation mark is opened and not closed")
        line = self._ahead.popleft() if self._ahead else self._file.readline()
        if not line:
            raise StopIteration
        if not self.number:
            line = line.removeprefix("\ufeff")
        self.number += 1
        self.row.append(line)
        return line

    def start_row(self) -> int:
        """Forget the lines of the row before; the number of the line that comes next."""
        self.row.clear()
        return self.number + 1

    def give_back(self) -> None:
        """Take back all lines of the row but its first."""
        self._ahead.extendleft(reversed(self.row[1:]))
        self.number -= len(self.row) - 1

    def peek(self, characters: int) -> list[str]:
        """The first lines, without consuming them."""
        while characters > 0 and (line := self._file.readline()):
            self._ahead.append(line)
            characters -= len(line)
        return list(self._ahead)


def _parsed(lines: _Lines, delimiter: str) -> Iterator[Row]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = lines.start_row()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(line, broken=f"its quotation marks are not balanced ({error})")
            lines.give_back()
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
            continue
        yield Row(line, [tidy(cell) for cell in cells])
