"""``vigie classify``: JSON lines in, JSON lines out in the same order, in constant memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

from monitor.understand.reading import Reading, Text

CHUNK = 128
"""Lines read together: enough to sort by length, few enough to answer at once."""
LONGEST_LINE = 2_000_000
"""Characters; a longer line is refused rather than held."""
ENOUGH = 4 * LONGEST_LINE + 4
"""Bytes that a line of so many characters cannot exceed; no more of a line is held."""
BLOCK = 65_536
"""Bytes asked for at once; what has arrived is taken, however little."""


class Reads(Protocol):
    """What a stream asks of a reader. ``model`` is its name and revision."""

    model: str

    def read(self, items: Sequence[Text]) -> list[Reading]:
        """A reading of each item, in order."""


class Bytes(Protocol):
    """What a stream asks of a file: ``read1`` of an open binary file."""

    def read1(self, size: int, /) -> bytes:
        """What has arrived, at most so many bytes; nothing at the end."""


@dataclass
class Progress:
    """How far a stream has come."""

    lines: int = 0
    bad: int = 0


def classify_stream(
    file: Bytes,
    write: Callable[[str], object],
    reader: Reads,
    done: Progress,
    told: Callable[[Progress], object],
) -> None:
    """Answer a file's lines as they arrive: what has arrived is answered before more is waited for.

    ``write`` is given an answer a time. ``done`` counts them; ``told`` is called with it after
    some, to flush and to show.
    """
    for lines in _arriving(file):
        texts = [line.decode("utf-8", "replace") for line in lines]
        if not done.lines:
            texts[0] = texts[0].removeprefix("\ufeff")  # what some editors write first
        _answer(texts, write, reader, done)
        told(done)


def classify_lines(lines: Iterable[str], write: Callable[[str], object], reader: Reads) -> int:
    """Write a JSON line for every line read, and return how many were bad.

    A line is {"text", "title"?, "language"?, "stars"?, "kind"?}; a bad one gives {"error"} in its
    place. Of a "post" what does not judge a business is neutral.
    """
    every = iter(lines)
    done = Progress()
    while chunk := list(islice(every, CHUNK)):
        _answer(chunk, write, reader, done)
    return done.bad


def _arriving(file: Bytes) -> Iterator[list[bytes]]:
    """Whole lines as they arrive, at most CHUNK together; an endless one is cut off."""
    rest = b""
    while block := file.read1(BLOCK):
        if len(rest) > ENOUGH:
            _, end, block = block.partition(b"\n")
            if not end:
                continue
            block = end + block
        *lines, rest = (rest + block).split(b"\n")
        for start in range(0, len(lines), CHUNK):
            yield lines[start : start + CHUNK]
    if rest:
        yield [rest]


def _answer(
    lines: Sequence[str], write: Callable[[str], object], reader: Reads, done: Progress
) -> None:
    """Read these lines together, and write an answer to each."""
    parsed = [_parse(line) for line in lines]
    readings = iter(reader.read([item for item in parsed if isinstance(item, Text)]))
    for item in parsed:
        answer = {"error": item} if isinstance(item, str) else _signed(next(readings), reader)
        done.lines += 1
        done.bad += isinstance(item, str)
        write(json.dumps(answer, ensure_ascii=False) + "\n")


def _signed(reading: Reading, reader: Reads) -> dict[str, Any]:
    return {**reading.as_dict(), "model": reader.model}


def _parse(line: str) -> Text | str:
    """What the line asks to be read, or what is wrong with it."""
    if len(line) > LONGEST_LINE:
        return f"the line is longer than {LONGEST_LINE} characters"
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as wrong:
        return f"not JSON: {wrong}"
    if not isinstance(row, dict):
        return 'expected an object such as {"text": "…"}'
    for key in ("text", "title", "language", "kind"):
        fault = _fault(row, key)
        if fault:
            return fault
    stars = row.get("stars")
    if stars is not None and not _are_stars(stars):
        return "“stars” must be a whole number from 1 to 5, or null"
    return Text(
        row["text"] or "",
        row.get("title"),
        row.get("language"),
        None if stars is None else int(stars),
        row.get("kind") in ("post", "posts"),
    )


def _fault(row: dict[str, Any], key: str) -> str | None:
    if key == "text" and key not in row:
        return "“text” is missing"
    if row.get(key) is not None and not isinstance(row[key], str):
        return f"“{key}” must be a string"
    return None


def _are_stars(value: object) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and value in (1, 2, 3, 4, 5)
