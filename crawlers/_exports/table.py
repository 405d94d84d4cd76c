"""An export as rows, whatever kind of file it is; and what its bytes tell."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from crawlers._exports.csv_rows import csv_rows
from crawlers._exports.row import Row
from crawlers._exports.xlsx_rows import open_xlsx

CSV_ENDINGS = frozenset({".csv", ".tsv", ".tab", ".txt"})
XLSX_ENDINGS = frozenset({".xlsx", ".xlsm"})
ENDINGS = CSV_ENDINGS | XLSX_ENDINGS
BLOCK = 1_048_576


@dataclass(frozen=True, slots=True)
class Table:
    """An open file: its rows, and what there is to say about how it was read."""

    rows: Iterator[Row]
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What one pass over the bytes of a file tells."""

    digest: str
    encoding: str
    """For CSV: "utf-8-sig", "utf-16" or "cp1252", as the bytes show."""


def inspect(path: Path) -> Content:
    """Fingerprint of a file, and its encoding; one pass, a block at a time."""
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    utf8, head = True, b""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            head = head or block[:4096]
            digest.update(block)
            utf8 = utf8 and _decodes(decoder, block)
    utf8 = utf8 and _decodes(decoder, b"", final=True)
    return Content(digest.hexdigest(), _encoding(head, utf8=utf8))


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def _encoding(head: bytes, *, utf8: bool) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head[1::2].count(0) > len(head) // 4:
        return "utf-16-le"
    if head[::2].count(0) > len(head) // 4:
        return "utf-16-be"
    return "utf-8-sig" if utf8 else "cp1252"


@contextmanager
def open_table(
    path: Path, *, encoding: str, delimiter: str | None, sheet: str | None, said: bool = False
) -> Iterator[Table]:
    """The rows of a file. ``said`` is True when a person chose the encoding.

    Raises SourceError, also while the rows are read.
    """
    if path.suffix.lower() in XLSX_ENDINGS:
        with open_xlsx(path, sheet) as rows:
            yield Table(rows)
        return
    note = None
    if encoding == "cp1252" and not said:
        note = f"{path.name} is not UTF-8: it was read as Windows-1252"
    with path.open(encoding=encoding, newline="") as file:
        yield Table(csv_rows(file, path.name, encoding, delimiter), note)
