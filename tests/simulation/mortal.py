"""A process that runs jobs and kills itself: ``python -m tests.simulation.mortal``.

It reads an order a line (JSON), forks, and lets the fork run the jobs of the order, at each of
its times; before every commit that writes, HTTP request and mail the fork counts a moment, and at
the moment ``die_at`` it ends by SIGKILL. The answer, a line, says how it ended and which moments
it met. Dying just after one of them is dying before the next: what was written since is undone.
Forking spares each life the imports.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import smtplib
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from unittest.mock import patch

import httpx
from sqlalchemy import Engine, event

from crawlers import trustpilot
from monitor import jobs
from monitor.config import Config
from monitor.installation import Installation
from monitor.store.engine import open_engine
from monitor.understand import Reading, Text
from tests.simulation.direct import in_this_process

WARM = (
    *("monitor.collect", "monitor.reply.draft", "monitor.reply.publish"),
    *("monitor.reply.wording", "monitor.tell.digest", "monitor.tell.mail", "monitor.tell.report"),
    *("matplotlib.figure", "matplotlib.backends.backend_agg", "scipy.stats"),
)
"""Imported before the first fork."""


class Reader:
    """Reads by the stars: what a reader says does not matter here."""

    model = "stars@1"

    def read(self, items: Sequence[Text]) -> list[Reading]:
        """A reading each."""
        return [self._one(item) for item in items]

    def _one(self, item: Text) -> Reading:
        bad = (item.stars or 3) < 3
        sentiment = "negative" if bad else "positive"
        chances = {"negative": float(bad), "neutral": 0.0, "positive": float(not bad)}
        return Reading("fr", sentiment, 1.0, chances, item.stars or 3, [], "normal", [], False)


class Life:
    """Counts moments; ends at the one it is given. ``pipe`` is told each moment's name."""

    def __init__(self, die_at: int | None, pipe: int) -> None:
        self.left = die_at
        self.pipe = pipe
        self.wrote = False

    def moment(self, name: str) -> None:
        """One more place where death may come."""
        os.write(self.pipe, f"{name}\n".encode())
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.left is not None:
            self.left -= 1

    def before(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The call with a moment before it."""

        def counted(*args: Any, **options: Any) -> Any:
            self.moment(name)
            return call(*args, **options)

        return counted

    def watch(self, engine: Engine) -> None:
        """Count the commits that write something."""
        event.listen(engine, "before_cursor_execute", self._executes)
        event.listen(engine, "commit", self._commits)

    def _executes(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.wrote = self.wrote or not statement.startswith(("SELECT", "BEGIN", "PRAGMA"))

    def _commits(self, _connection: Any) -> None:
        if self.wrote:
            self.moment("a commit")
        self.wrote = False


def live(order: dict[str, Any], life: Life) -> None:
    """Run the order's jobs at each of its times, each until it finds nothing to do."""
    engine = open_engine(order["database"])
    life.watch(engine)
    times = [datetime.fromisoformat(at) for at in order["times"]]
    here = Installation(Config.model_validate(order["config"]), engine, lambda: times[0])
    here.__dict__ |= {"reader": Reader(), "reader_name": Reader.model}
    with (
        patch.object(trustpilot, "crawl", in_this_process),
        patch.object(httpx.Client, "send", life.before("a request", httpx.Client.send)),
        patch.object(smtplib.SMTP, "data", life.before("a mail", smtplib.SMTP.data)),
    ):
        while times:
            for name in order["jobs"]:
                jobs.work_off(name, here)
            times.pop(0)


def obey(order: dict[str, Any]) -> dict[str, Any]:
    """Fork, let the fork live, and say how it ended."""
    told, tells = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(told)
        try:
            live(order, Life(order["die_at"], tells))
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)
    os.close(tells)
    with os.fdopen(told) as pipe:
        moments = pipe.read().splitlines()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return {"status": status, "moments": moments}


def main() -> None:
    """Obey orders until there are no more."""
    from monitor.logs import configure

    configure()
    for name in WARM:
        importlib.import_module(name)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(obey(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
