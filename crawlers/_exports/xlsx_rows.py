"""Rows of an XLSX sheet, streamed; a formula is read as its stored value."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime, time
from itertools import zip_longest
from pathlib import Path
from typing import Any

from crawlers._exports.cells import Cell, tidy
from crawlers._exports.columns import letter
from crawlers._exports.row import Row
from crawlers.contract import Fault, SourceError

BLOCK = 1_048_576
UNPACKED_AT_MOST = 1_000_000_000
"""Bytes: a small file may unpack to more than the machine has (texts are held in memory)."""
OLD_EXCEL = b"\xd0\xcf\x11\xe0"


@contextmanager
def open_xlsx(path: Path, sheet: str | None) -> Iterator[Iterator[Row]]:
    """The rows of a sheet, the first visible one by default. Raises SourceError."""
    with path.open("rb") as file:
        if file.read(4) == OLD_EXCEL:
            detail = f"{path.name} is an old or password-protected Excel file: save it as .xlsx"
            raise SourceError(Fault.SETTINGS, detail)
    if _unpacked(path) > UNPACKED_AT_MOST:
        raise SourceError(Fault.SETTINGS, f"{path.name} is too large unpacked: export it as .csv")
    # Formulas are only looked for when there are some: a second reading doubles the work.
    books = [_workbook(path, values=True)]
    with closing(books[0]):
        name = _sheet_name(books[0], sheet, path.name)
        if not _has_formulas(path):
            yield _xlsx_rows(books[0][name], None, path.name)
            return
        with closing(_workbook(path, values=False)) as formulas:
            yield _xlsx_rows(books[0][name], formulas[name], path.name)


def _unpacked(path: Path) -> int:
    try:
        with zipfile.ZipFile(path) as archive:
            return sum(part.file_size for part in archive.infolist())
    except zipfile.BadZipFile as error:
        raise SourceError(Fault.CHANGED, f"{path.name} is not a whole .xlsx file") from error


def _workbook(path: Path, *, values: bool) -> Any:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return load_workbook(path, read_only=True, data_only=values, keep_links=False)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, SyntaxError) as error:
        detail = f"{path.name} is not a whole .xlsx file"
        raise SourceError(Fault.CHANGED, detail) from error


def _sheet_name(book: Any, sheet: str | None, file: str) -> str:
    names = [str(found.title) for found in book.worksheets]
    if sheet is None and names:
        shown = (str(s.title) for s in book.worksheets if s.sheet_state == "visible")
        return next(shown, names[0])
    if sheet in names:
        return str(sheet)
    listed = ", ".join(f"“{name}”" for name in names) or "none"
    raise SourceError(Fault.SETTINGS, f"{file} has no sheet “{sheet}”; it has: {listed}")


def _has_formulas(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        return any(_mentions_formula(archive, name) for name in sheets)


def _mentions_formula(archive: zipfile.ZipFile, name: str) -> bool:
    tail = b""
    with archive.open(name) as part:
        while block := part.read(BLOCK):
            seen = tail + block
            if b"<f>" in seen or b"<f " in seen or b"<f/>" in seen:
                return True
            tail = block[-3:]
    return False


def _xlsx_rows(values: Any, formulas: Any | None, file: str) -> Iterator[Row]:
    # Some writers state a wrong size of the sheet: believe the rows.
    for part in (values, formulas):
        if part is not None:
            part.reset_dimensions()
    pairs = zip_longest(values.rows, formulas.rows if formulas is not None else (), fillvalue=())
    try:
        for line, (row, written) in enumerate(pairs, start=1):
            cells = [_cell(cell.value) for cell in row]
            yield Row(line, cells, faults=tuple(_faults(row, written, line)))
    except (zipfile.BadZipFile, KeyError, ValueError, SyntaxError, EOFError) as error:
        raise SourceError(Fault.CHANGED, f"{file} is damaged and cannot be read on") from error


def _faults(row: Sequence[Any], written: Sequence[Any], line: int) -> Iterator[tuple[int, str]]:
    for column, cell in enumerate(row):
        if cell.data_type == "e":
            yield column, f"cell {letter(column)}{line} holds the error {cell.value}"
        elif cell.value is None and column < len(written) and written[column].data_type == "f":
            yield (
                column,
                (
                    f"cell {letter(column)}{line} is a formula whose value was never stored: "
                    "open the file in a spreadsheet program and save it"
                ),
            )


def _cell(value: Any) -> Cell:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        # The zone of the file is added where the cell is read.
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, time):
        return value.isoformat()
    return "" if value is None else tidy(str(value))
