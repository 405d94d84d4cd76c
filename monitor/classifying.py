"""``vigie classify``: standard input to standard output, with a clean end whoever ends it."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, cast

from monitor.installation import open_model
from monitor.progress import bar
from monitor.understand.stream import Progress, classify_stream

if TYPE_CHECKING:
    from io import BufferedReader

    from monitor.config import Loaded


class Stopped(Exception):  # noqa: N818
    """The run ended early: by Ctrl+C, because nobody reads the answers any more, or because they
    cannot be written or the lines not be read."""

    def __init__(self, said: str, status: int) -> None:
        super().__init__(said)
        self.status = status


def classify(loaded: Loaded) -> Progress:
    """Answer every line of standard input. Raises ModelError, Stopped."""
    done = Progress()
    try:
        _run(loaded, done)
    except KeyboardInterrupt as asked:
        with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
            sys.stdout.flush()
        _leave_standard_output()
        raise Stopped(f"stopped; {done.lines} lines are answered", 130) from asked
    except BrokenPipeError as gone:
        _leave_standard_output()
        raise Stopped("", 141) from gone
    except OSError as wrong:
        _leave_standard_output()
        raise Stopped(f"stopped: {wrong.strerror or wrong}", 1) from wrong
    return done


def _run(loaded: Loaded, done: Progress) -> None:
    if sys.stdin is None or sys.stdout is None:
        raise Stopped("standard input and standard output must be open", 2)
    reader = open_model(loaded.config, loaded.place)
    sys.stdout.reconfigure(  # type: ignore[union-attr]
        encoding="utf-8", errors="replace", newline="\n", line_buffering=False
    )
    source = cast("BufferedReader", sys.stdin.buffer)
    with bar(source) as show:

        def told(done: Progress) -> None:
            sys.stdout.flush()
            show(done)

        classify_stream(source, sys.stdout.write, reader, done, told)


def _leave_standard_output() -> None:
    """What the interpreter still writes at its end goes nowhere, and fails no more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
