"""``vigie classify``: JSON lines in, JSON lines out in the same order, in constant memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from monitor.understand.reading import Reader, Text

CHUNK = 64
"""Lines read together: enough to sort by length, few enough to answer at once."""
LONGEST_LINE = 2_000_000
"""Characters; a longer line is refused rather than held."""


def classify_lines(lines: Iterable[str], write: Callable[[str], object], reader: Reader) -> int:
    """Write a JSON line for every line read, and return how many were bad.

    A line is {"text", "title"?, "language"?, "stars"?}; a bad one gives {"error"} in its place.
    """
    bad = 0
    for chunk in _chunks(lines):
        parsed = [_parse(line) for line in chunk]
        readings = iter(reader.read([item for item in parsed if isinstance(item, Text)]))
        for item in parsed:
            bad += isinstance(item, str)
            answer = {"error": item} if isinstance(item, str) else next(readings).as_dict()
            write(json.dumps(answer, ensure_ascii=False) + "\n")
    return bad


def _chunks(lines: Iterable[str]) -> Iterator[list[str]]:
    every = iter(lines)
    while chunk := list(islice(every, CHUNK)):
        yield chunk


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
    for key in ("text", "title", "language"):
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
