"""Long texts in windows that a model can take, and windows of like length together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

SHARED = 0.25
"""Part of a window that the next one reads again, so that no sentence is lost at an edge."""
MOST_WINDOWS = 128
"""Some 50,000 characters, more than a platform takes (Reddit, the most of them: 40,000). Of a
longer text so many are read, evenly from first to last: it must not hold up the others."""

AWindow = TypeVar("AWindow")
Window = tuple[int, list[int]]
"""Which text it is of, and its tokens."""


def starts(count: int, size: int) -> Sequence[int]:
    """Where the windows of a text of ``count`` tokens begin; one, if empty, of an empty text."""
    step = max(int(size * (1 - SHARED)), 1)
    return spread(range(0, max(count - size + step, 1), step), MOST_WINDOWS)


def windows(pieces: Sequence[int], size: int) -> Iterator[list[int]]:
    """A text's tokens in windows of at most ``size``."""
    for start in starts(len(pieces), size):
        yield list(pieces[start : start + size])


def spread(starts: range, most: int) -> Sequence[int]:
    """All of them, or so many of them at even distances, the first and the last included."""
    if len(starts) <= most:
        return starts
    return [starts[round(n * (len(starts) - 1) / (most - 1))] for n in range(most)]


def slices(texts: Sequence[str], letters: int) -> Iterator[Sequence[str]]:
    """The texts in order, so many characters together, a longer text alone."""
    start = held = 0
    for number, text in enumerate(texts):
        if number > start and held + len(text) > letters:
            yield texts[start:number]
            start, held = number, 0
        held += len(text)
    if start < len(texts):
        yield texts[start:]


def batches(
    every: Sequence[AWindow], tokens: int, length: Callable[[AWindow], int]
) -> Iterator[list[AWindow]]:
    """Windows of like length together, about so many tokens a batch, padding counted."""
    batch: list[AWindow] = []
    for window in sorted(every, key=length):
        if batch and (len(batch) + 1) * length(window) > tokens:
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch
