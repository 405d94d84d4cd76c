"""Windows over a long text: nothing is left out, and none is read that adds nothing."""

from __future__ import annotations

import pytest

from monitor.understand.windows import starts, windows


@pytest.mark.parametrize(
    ("count", "begin"),
    [
        (0, [0]),
        (1, [0]),
        (125, [0]),
        (126, [0]),
        (127, [0, 94]),
        (220, [0, 94]),
        (221, [0, 94, 188]),
    ],
)
def test_a_text_that_fits_is_one_window(count: int, begin: list[int]) -> None:
    assert list(starts(count, 126)) == begin


@pytest.mark.parametrize("size", [1, 2, 3, 7, 126, 510])
def test_every_piece_is_read_and_no_window_is_needless(size: int) -> None:
    for count in range(1, 5 * size):
        read = list(windows(range(count), size))
        assert {piece for window in read for piece in window} == set(range(count))
        assert count - 1 not in {piece for window in read[:-1] for piece in window}
