"""A process that runs jobs and kills itself: ``python -m tests.simulation.mortal``.

It reads an order a line (JSON), forks, and lets the fork run the jobs of the order; before and
after every commit, HTTP request and handed-over mail the fork counts a moment, and at the moment
``die_at`` it ends by SIGKILL. The answer, a line, says whether it died, and at which moment.
Forking spares each life the imports.
"""

from __future__ import annotations

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
from sqlalchemy.orm import Session

from crawlers import trustpilot
from monitor import jobs
from monitor.config import Config
from monitor.installation import Installation
from monitor.store.engine import open_engine
from monitor.understand import Reading, Text
from tests.simulation.direct import in_this_process


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

    def moment(self, name: str) -> None:
        """One more place where death may come."""
        os.write(self.pipe, f"{name}\n".encode())
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.left is not None:
            self.left -= 1

    def around(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The call with a moment before it and one after it."""

        def counted(*args: Any, **options: Any) -> Any:
            self.moment(f"before {name}")
            result = call(*args, **options)
            self.moment(f"after {name}")
            return result

        return counted


def live(order: dict[str, Any], life: Life) -> None:
    """Run the order's jobs, each until it finds nothing to do."""
    engine = open_engine(order["database"])
    config = Config.model_validate(order["config"])
    at = datetime.fromisoformat(order["now"])
    here = Installation(config, engine, lambda: at)
    here.__dict__["reader"] = Reader()
    event.listen(Engine, "commit", lambda _: life.moment("before a commit"))
    event.listen(Session, "after_commit", lambda _: life.moment("after a commit"))
    with (
        patch.object(trustpilot, "crawl", in_this_process),
        patch.object(httpx.Client, "send", life.around("a request", httpx.Client.send)),
        patch.object(smtplib.SMTP, "data", life.around("a mail", smtplib.SMTP.data)),
    ):
        for name in order["jobs"]:
            jobs.work_off(name, here)


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
    for line in sys.stdin:
        sys.stdout.write(json.dumps(obey(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
