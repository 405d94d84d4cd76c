"""Reviews from CSV and XLSX exports: a file, or every file of a folder."""

from __future__ import annotations

import codecs
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field as Setting
from pydantic import PositiveInt, field_validator

from crawlers._exports.cells import DateReader, Scale, date_reader, day_comes_first, strptime_form
from crawlers._exports.columns import Field, by_position, find_columns
from crawlers._exports.reviews import RowReader
from crawlers._exports.row import Row
from crawlers._exports.table import ENDINGS, Content, Table, inspect, open_table
from crawlers.contract import (
    Cursor,
    Fault,
    FoundReview,
    Kind,
    Page,
    PlatformSettings,
    RejectedRow,
    SourceError,
    Walk,
)
from crawlers.web import Web

LABEL = "Spreadsheet"
KIND: Kind = "file"

ROWS_A_PAGE = 500
ROWS_LOOKED_AT = 1000
"""How many rows are looked at to tell 03/04 (April) from 03/04 (March)."""


class Settings(PlatformSettings):
    """Where the exports are and how they are written; what is left out is worked out."""

    path: Path
    """A .csv, .tsv, .txt or .xlsx file, or a folder of them."""
    columns: Mapping[Field, str | PositiveInt] = Setting(default_factory=dict)
    """Our field: the file's heading, or the column's number from 1 (or its letter when the
    file has no header). Common French and English headings are recognised without."""
    date_format: str | None = None
    """"dd/mm/yyyy hh:mm", "jj/mm/aaaa", "iso", or a strptime form."""
    time_zone: str = "UTC"
    """The zone of dates that carry none: "Europe/Paris"."""
    stars_scale: Scale = 5
    """What the best rating is, or "words"."""
    sheet: str | None = None
    delimiter: str | None = Setting(default=None, min_length=1, max_length=1)
    encoding: str | None = None
    has_header: bool = True
    complete_export: bool = False
    """True when every export holds all reviews, so that one missing from it is gone."""

    @field_validator("path")
    @classmethod
    def _home(cls, path: Path) -> Path:
        return path.expanduser()

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"“{name}” is no time zone; expected one like Europe/Paris") from error
        return name

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, name: str | None) -> str | None:
        try:
            return None if name is None else codecs.lookup(name).name
        except LookupError as error:
            raise ValueError(f"“{name}” is no encoding; expected one like utf-8") from error

    @field_validator("date_format")
    @classmethod
    def _readable_form(cls, form: str | None) -> str | None:
        if form is not None and form.casefold() != "iso":
            strptime_form(form)
        return form

    def digest(self) -> str:
        """Changes when the same file would be read differently."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]


def source(settings: Settings, web: Web | None = None) -> SpreadsheetSource:
    """The reader of one file or folder; nothing is asked of the network."""
    return SpreadsheetSource(settings)


def read(path: Path, settings: Settings) -> Iterator[Page]:
    """Every review of a file or folder, whatever was read before. Raises SourceError."""
    return SpreadsheetSource(settings.model_copy(update={"path": path})).pages({}, Walk.FULL)


class SpreadsheetSource:
    """The exports as a Source; an unchanged file costs one look at its size and date."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def pages(self, cursor: Cursor, walk: Walk) -> Iterator[Page]:
        """Yield the rows of every changed file (of every file on a FULL walk)."""
        position = _Position.of(cursor, self._settings.digest())
        files, notes = _files(self._settings.path)
        failures: list[SourceError] = []
        for path in files:
            try:
                yield from self._file(path, position, notes, unchanged=walk is Walk.NEW)
            except SourceError as error:
                failures.append(error)
        if failures:
            yield Page(reviews=(), cursor=position.cursor())
            raise _together(failures)
        position.keep_only({path.name for path in files})
        if walk is Walk.FULL and not self._settings.complete_export:
            notes.append("an export may hold a part of the reviews (complete_export is not set)")
        yield Page(
            reviews=(),
            cursor=position.cursor(),
            complete=walk is Walk.FULL and self._settings.complete_export,
            note="; ".join(notes) or None,
        )

    def _file(
        self, path: Path, position: _Position, notes: list[str], *, unchanged: bool
    ) -> Iterator[Page]:
        """The pages of one file; ``unchanged`` True passes over one that was read before."""
        try:
            before = _look(path)
            if unchanged and position.has_read(path.name, before):
                return
            content = inspect(path)
            if not (unchanged and position.has_read(path.name, content.digest)):
                yield from self._rows(path, content, position, notes)
            if _look(path) != before:
                raise SourceError(Fault.UNAVAILABLE, f"{path.name} changed while it was read")
        except OSError as error:
            detail = f"{path.name} cannot be read: {error.strerror}"
            raise SourceError(Fault.MISSING, detail) from error
        position.finish(path.name, before, content.digest)

    def _rows(
        self, path: Path, content: Content, position: _Position, notes: list[str]
    ) -> Iterator[Page]:
        settings = self._settings
        done = position.rows_done(path.name, content.digest)
        with open_table(
            path,
            encoding=settings.encoding or content.encoding,
            delimiter=settings.delimiter,
            sheet=settings.sheet,
            said=settings.encoding is not None,
        ) as table:
            if table.note:
                notes.append(table.note)
            results = _results(table, path.name, settings)
            for count, batch in _batches(results):
                if count <= done:
                    continue
                position.reach(path.name, content.digest, count)
                yield Page(
                    reviews=tuple(one for one in batch if isinstance(one, FoundReview)),
                    rejected=tuple(one for one in batch if isinstance(one, RejectedRow)),
                    cursor=position.cursor(),
                )


Result = FoundReview | RejectedRow


def _batches(results: Iterator[Result]) -> Iterator[tuple[int, list[Result]]]:
    """Pages of rows with the count up to their end; SourceError when no row can be read."""
    count, first, read_one = 0, None, False
    while batch := list(islice(results, ROWS_A_PAGE)):
        first = first or batch[0]
        read_one = read_one or any(isinstance(one, FoundReview) for one in batch)
        if not read_one and isinstance(first, RejectedRow):
            detail = f"no row could be read; the first: {first.place}: {first.reason}"
            raise SourceError(Fault.SETTINGS, detail)
        count += len(batch)
        yield count, batch


def _results(table: Table, file: str, settings: Settings) -> Iterator[Result]:
    rows = (row for row in table.rows if not row.blank)
    header: Sequence[str] = ()
    if settings.has_header:
        head = next(rows, None)
        if head is None:
            raise SourceError(Fault.EMPTY, f"{file} is empty")
        if head.broken:
            raise SourceError(Fault.CHANGED, f"{file}, line {head.line}: {head.broken}")
        header = [str(cell) for cell in head.cells]
        columns = find_columns(header, settings.columns, file)
    else:
        columns = by_position(settings.columns, file)
    looked_at = list(islice(rows, ROWS_LOOKED_AT))
    if not looked_at:
        raise SourceError(Fault.EMPTY, f"{file} holds no row below its header")
    dates = _dates(looked_at, columns["written_at"], file, settings.date_format)
    reader = RowReader(header, columns, dates, ZoneInfo(settings.time_zone), settings.stars_scale)
    yield from _told(chain(looked_at, rows), reader, file)


def _told(rows: Iterator[Row], reader: RowReader, file: str) -> Iterator[Result]:
    lines: dict[str, int] = {}
    twins: Counter[str] = Counter()
    for row in rows:
        place = f"{file}, line {row.line}"
        try:
            found = reader.review(row, twins)
        except ValueError as error:
            yield RejectedRow(place=place, reason=str(error))
            continue
        if found.external_id in lines:
            before = lines[found.external_id]
            reason = f"its id “{found.external_id}” is already at line {before}"
            yield RejectedRow(place=place, reason=reason)
            continue
        lines[found.external_id] = row.line
        yield found


def _dates(rows: Sequence[Row], column: int, file: str, form: str | None) -> DateReader:
    if form is not None:
        return date_reader(form)
    cells = (row.cells[column] for row in rows if column < len(row.cells))
    day_first = day_comes_first(cell for cell in cells if isinstance(cell, str))
    if day_first is None:
        detail = (
            f"the dates of {file} can be read with the day or with the month first: "
            "set date_format to dd/mm/yyyy or mm/dd/yyyy"
        )
        raise SourceError(Fault.SETTINGS, detail)
    return date_reader(None, day_first=day_first)


Look = tuple[int, int]
"""Size in bytes and time of change in nanoseconds."""


def _look(path: Path) -> Look:
    seen = path.stat()
    return (seen.st_size, seen.st_mtime_ns)


@dataclass
class _Position:
    """The cursor, unfolded: what was read of which file, under which settings."""

    settings: str
    files: dict[str, dict[str, Any]]
    reading: dict[str, Any] | None

    @classmethod
    def of(cls, cursor: Cursor, settings: str) -> _Position:
        if cursor.get("settings") != settings:
            return cls(settings, {}, None)
        return cls(settings, dict(cursor.get("files", {})), cursor.get("reading"))

    def has_read(self, name: str, mark: Look | str) -> bool:
        known = self.files.get(name)
        if known is None:
            return False
        if isinstance(mark, str):
            return bool(known["digest"] == mark)
        return (known["size"], known["changed"]) == mark

    def rows_done(self, name: str, digest: str) -> int:
        """Rows that an interrupted reading of the same content has already handed over."""
        reading = self.reading or {}
        same = (reading.get("file"), reading.get("digest")) == (name, digest)
        return int(reading["rows"]) if same else 0

    def reach(self, name: str, digest: str, rows: int) -> None:
        self.reading = {"file": name, "digest": digest, "rows": rows}

    def finish(self, name: str, look: Look, digest: str) -> None:
        self.reading = None
        self.files[name] = {"size": look[0], "changed": look[1], "digest": digest}

    def keep_only(self, names: set[str]) -> None:
        self.files = {name: known for name, known in self.files.items() if name in names}

    def cursor(self) -> dict[str, Any]:
        made: dict[str, Any] = {"settings": self.settings, "files": dict(self.files)}
        return made | ({"reading": self.reading} if self.reading else {})


def _files(path: Path) -> tuple[list[Path], list[str]]:
    """The files to read, and notes on those that are left alone. Raises SourceError."""
    if path.is_file():
        if path.suffix.lower() in ENDINGS:
            return [path], []
        wanted = ", ".join(sorted(ENDINGS))
        raise SourceError(Fault.SETTINGS, f"{path.name} is not one of {wanted}: export it as .csv")
    if not path.is_dir():
        raise SourceError(Fault.MISSING, f"there is no file or folder “{path}”")
    found = [one for one in sorted(path.iterdir()) if one.is_file() and one.name[0] not in ".~"]
    files = [one for one in found if one.suffix.lower() in ENDINGS]
    if not files:
        raise SourceError(Fault.EMPTY, f"the folder “{path}” holds no .csv or .xlsx file")
    others = [one.name for one in found if one not in files]
    return files, [f"left alone: {', '.join(others[:10])}"] if others else []


def _together(failures: Sequence[SourceError]) -> SourceError:
    if len(failures) == 1:
        return failures[0]
    return SourceError(failures[0].fault, "; ".join(error.detail for error in failures))
