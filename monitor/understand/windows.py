"""Long texts in windows that a model can take, and windows of like length together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

SHARED = 0.25
"""Part of a window that the next one reads again, so that no sentence is lost at an edge."""
MOST_WINDOWS = 48
"""Of a longer text this many windows are read, evenly from first to last: nobody writes such a
review, and a hostile one must not hold up the others."""

Window = tuple[int, list[int]]
"""Which text it is of, and its tokens."""


def windows(pieces: Sequence[int], size: int) -> Iterator[list[int]]:
    """A text's tokens in windows of at most ``size``; one window, if empty, of an empty text."""
    step = max(int(size * (1 - SHARED)), 1)
    last = max(len(pieces) - int(size * SHARED), 1)
    for start in spread(range(0, last, step), MOST_WINDOWS):
        yield list(pieces[start : start + size])


def spread(starts: range, most: int) -> Sequence[int]:
    """All of them, or so many of them at even distances, the first and the last included."""
    if len(starts) <= most:
        return starts
    return [starts[round(n * (len(starts) - 1) / (most - 1))] for n in range(most)]


def batches(every: Sequence[Window], tokens: int) -> Iterator[list[Window]]:
    """Windows of like length together, about so many tokens a batch, padding counted."""
    batch: list[Window] = []
    for window in sorted(every, key=lambda one: len(one[1])):
        if batch and (len(batch) + 1) * len(window[1]) > tokens:
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch
