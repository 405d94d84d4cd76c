"""A bar on standard error for a long stream, where standard error is a terminal."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from monitor.understand.stream import Progress

Tell = Callable[[Progress], object]


@contextmanager
def bar(file: BinaryIO) -> Iterator[Tell]:
    """Gives what shows the lines done, their rate, and the share of a file that is read."""
    # answers on the same terminal show by themselves how far it is
    if not sys.stderr.isatty() or sys.stdout.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn
    from rich.progress import Progress as Bar

    size = _size(file)
    columns = [TextColumn("{task.fields[lines]:,} lines, {task.fields[rate]:,.0f}/s"), BarColumn()]
    share = [] if size is None else [TaskProgressColumn()]
    with Bar(
        *columns,
        *share,
        console=Console(stderr=True),
        refresh_per_second=4,
        redirect_stdout=False,  # the answers are for somebody else
        redirect_stderr=False,
    ) as shown:
        task = shown.add_task("", total=size, lines=0, rate=0.0)
        began = time.monotonic()

        def tell(done: Progress) -> None:
            rate = done.lines / max(time.monotonic() - began, 1e-3)
            place = None if size is None else file.tell()
            shown.update(task, completed=place, lines=done.lines, rate=rate)

        yield tell


def _size(file: BinaryIO) -> int | None:
    """Bytes of a regular file; None of what has no known end."""
    facts = os.fstat(file.fileno())
    return facts.st_size if stat.S_ISREG(facts.st_mode) and file.seekable() else None
