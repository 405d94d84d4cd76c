"""The daemon: the job table on a ticker, the pages beside it, and a clean stop.

APScheduler is a mere ticker here: due times are rows. A job that is still running when its next
tick comes is left alone (max_instances=1), and missed ticks are one tick (coalesce).
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from types import FrameType
from typing import TYPE_CHECKING, Any

import structlog

from monitor import jobs
from monitor.installation import Installation

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI

GRACE = 25.0
"""Seconds that running jobs get to end at a stop; a kill after that loses nothing."""

LONGEST_REST = timedelta(minutes=5)

log = structlog.get_logger(__name__)


class Ticker:
    """Runs every job of the table in its own rhythm until told to stop."""

    def __init__(self, here: Installation) -> None:
        self.here = here
        self.stopping = threading.Event()
        here.stopping = self.stopping.is_set
        self._running = 0
        self._changed = threading.Condition()
        self._scheduler: Any = None
        self._failures: dict[str, int] = {}
        self._rests_until: dict[str, datetime] = {}

    def start(self, after: timedelta = timedelta()) -> None:
        """Begin ticking after a while; returns at once."""
        from apscheduler.executors.pool import ThreadPoolExecutor
        from apscheduler.schedulers.background import BackgroundScheduler

        threads = sum(job.lanes for job in jobs.JOBS.values())
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(threads)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone="UTC",
        )
        for name, job in jobs.JOBS.items():
            for lane in range(job.lanes):
                self._scheduler.add_job(
                    self.tick,
                    "interval",
                    seconds=job.every.total_seconds(),
                    args=[name],
                    id=f"{name}-{lane}",
                    next_run_time=self.here.clock() + after + job.first,
                )
        self._scheduler.start()

    def tick(self, name: str) -> None:
        """Do all of one job's work that waits; a job that fails is tried again, ever later."""
        if self._rests_until.get(name, self.here.clock()) > self.here.clock():
            return
        with self._changed:
            self._running += 1
        try:
            jobs.work_off(name, self.here, self.stopping.is_set)
            self._failures.pop(name, None)
        except Exception:
            log.exception("job failed", job=name)
            self._rest(name)
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def _rest(self, name: str) -> None:
        """A failing job rests for a doubling while, five minutes at most."""
        failures = self._failures[name] = self._failures.get(name, 0) + 1
        rest = min(timedelta(seconds=5 << min(failures, 6)), LONGEST_REST)
        self._rests_until[name] = self.here.clock() + rest

    def wake(self, name: str) -> None:
        """Let a job look for work now: a person has just given it some."""
        if self._scheduler is not None and not self.stopping.is_set():
            with contextlib.suppress(LookupError):
                self._scheduler.modify_job(f"{name}-0", next_run_time=self.here.clock())

    def stop(self, grace: float = GRACE) -> bool:
        """Stop ticking and wait for what runs; False when something would not end in time."""
        self.stopping.set()
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
        ends = time.monotonic() + grace
        with self._changed:
            while self._running and time.monotonic() < ends:
                self._changed.wait(ends - time.monotonic())
            return self._running == 0


class Stop:
    """SIGTERM and SIGINT as an event; the second signal is left to the system's own way."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.server: uvicorn.Server | None = None

    def install(self) -> None:
        """Take the signals; main thread only."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._take)

    def _take(self, number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        self.asked.set()
        if self.server is not None:
            self.server.should_exit = True


def serve(app: FastAPI, host: str, port: int, stop: Stop, *, trust_proxy: bool) -> None:
    """Serve the pages until asked to stop."""
    import uvicorn

    class Server(uvicorn.Server):
        # uvicorn would raise the signal again at the end, and the exit status would be 143
        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    stop.server = Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            proxy_headers=trust_proxy,
            server_header=False,
            timeout_graceful_shutdown=5,
        )
    )
    if not stop.asked.is_set():
        stop.server.run()


def end(clean: bool) -> None:
    """Leave the process; with work that will not end, at once: rows are the queue."""
    if not clean:
        log.warning("a job did not end in time; it will be taken up at the next start")
        os._exit(0)
