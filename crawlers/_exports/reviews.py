"""A row of an export as a review."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

from crawlers._exports.cells import Cell, DateReader, Scale, in_zone, stars, truth
from crawlers._exports.columns import Field, letter, plain
from crawlers._exports.row import Row
from crawlers.contract import FoundReply, FoundReview

T = TypeVar("T")

LANGUAGES: Mapping[str, str] = {
    "francais": "fr",
    "french": "fr",
    "anglais": "en",
    "english": "en",
    "allemand": "de",
    "german": "de",
    "espagnol": "es",
    "spanish": "es",
    "italien": "it",
    "italian": "it",
    "neerlandais": "nl",
    "dutch": "nl",
}


@dataclass(frozen=True, slots=True)
class RowReader:
    """Turns the rows of one file into reviews; ValueError tells what is wrong with a row."""

    header: Sequence[str]
    columns: Mapping[Field, int]
    dates: DateReader
    zone: ZoneInfo
    scale: Scale

    def review(self, row: Row, twins: Counter[str]) -> FoundReview:
        """The review of a row; ``twins`` counts the identical rows that have no id."""
        self._check(row)
        written_at = self._moment(row, "written_at")
        if written_at is None:
            raise ValueError(f"it has no date in column {self._heading('written_at')}")
        text, given = self._text(row, "text"), self._text(row, "stars")
        if not text and not given:
            raise ValueError("it has neither text nor stars")
        edited_at = self._moment(row, "edited_at")
        author = self._text(row, "author")
        return FoundReview(
            external_id=self._text(row, "external_id") or _made_id(author, written_at, text, twins),
            written_at=written_at,
            url=_web_address(self._text(row, "url")),
            author=author or None,
            title=self._text(row, "title") or None,
            text=text,
            language=_language(self._text(row, "language")),
            stars=self._read("stars", given, self._stars) if given else None,
            edited_at=edited_at if edited_at and edited_at > written_at else None,
            verified=truth(self._text(row, "verified")),
            location=self._text(row, "location") or None,
            reply=self._reply(row),
            raw=self._raw(row),
        )

    def _check(self, row: Row) -> None:
        if row.broken:
            raise ValueError(row.broken)
        for column, reason in row.faults:
            if column in self.columns.values():
                raise ValueError(reason)
        beyond = [cell for cell in row.cells[len(self.header) :] if cell]
        if self.header and beyond:
            raise ValueError(
                f"it has {len(row.cells)} cells where the header has {len(self.header)}"
            )

    def _cell(self, row: Row, name: Field) -> Cell:
        column = self.columns.get(name)
        return "" if column is None or column >= len(row.cells) else row.cells[column]

    def _text(self, row: Row, name: Field) -> str:
        return _written(self._cell(row, name))

    def _moment(self, row: Row, name: Field) -> datetime | None:
        cell = self._cell(row, name)
        if not cell:
            return None
        if isinstance(cell, str):
            cell = self._read(name, cell, self._date)
        says_utc = "utc" in plain(self._heading(name)).split()
        try:
            return in_zone(cell, UTC if says_utc else self.zone)
        except OverflowError as error:
            raise ValueError(f"column {self._heading(name)}: “{cell}” is no date") from error

    def _date(self, text: str) -> datetime:
        try:
            return self.dates(text)
        except ValueError as error:
            raise ValueError(f"“{text[:60]}” is no date of the expected form") from error

    def _stars(self, text: str) -> int:
        return stars(text, self.scale)

    def _read(self, name: Field, text: str, reading: Callable[[str], T]) -> T:
        try:
            return reading(text)
        except ValueError as error:
            raise ValueError(f"column {self._heading(name)}: {error}") from error

    def _reply(self, row: Row) -> FoundReply | None:
        text = self._text(row, "reply_text")
        if not text:
            return None
        return FoundReply(text=text, published_at=self._moment(row, "reply_at"))

    def _raw(self, row: Row) -> dict[str, str]:
        names = [cell or letter(i) for i, cell in enumerate(self.header)]
        names += [letter(i) for i in range(len(names), len(row.cells))]
        return {n: _written(cell) for n, cell in zip(names, row.cells, strict=False) if cell}

    def _heading(self, name: Field) -> str:
        column = self.columns[name]
        return f"“{self.header[column]}”" if column < len(self.header) else letter(column)


def _written(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell.isoformat()


def _made_id(author: str, written_at: datetime, text: str, twins: Counter[str]) -> str:
    """The id of a row that has none: the same at every reading of the same row."""
    parts = "\x1f".join((author, written_at.astimezone(UTC).isoformat(), text))
    made = "row-" + hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:24]
    twins[made] += 1
    return made if twins[made] == 1 else f"{made}-{twins[made]}"


def _web_address(text: str) -> str | None:
    return text if re.match(r"https?://\S+$", text, re.IGNORECASE) else None


@lru_cache(1024)
def _language(text: str) -> str | None:
    if found := re.fullmatch(r"([a-z]{2,3})(?:[-_]\w+)*", text.casefold()):
        return found[1]
    return LANGUAGES.get(plain(text))
