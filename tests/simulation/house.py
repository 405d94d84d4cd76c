"""An installation over a temporary database, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor import jobs
from monitor.collect import register
from monitor.config import Brand, Collecting, Config, SourceConfig, Telling
from monitor.installation import Installation
from monitor.store.engine import open_engine
from monitor.store.tables import SourceRow
from tests.simulation.trustpilot import START

PATIENCE = 5.0
"""Seconds that an honest answer may take on a busy machine."""
GIVES_UP = (0.4, 2.0, 10.0)
"""Seconds that one try after the other waits, where what is waited for never comes."""


@dataclass
class Time:
    """The clock of an installation; nothing sleeps."""

    now: datetime = START
    moved: list[Any] = field(default_factory=list)
    """What else is told the time: anything with a ``now``."""

    def __call__(self) -> datetime:
        return self.now

    def wait(self, **units: float) -> None:
        """Let time pass, for those who were named, too."""
        self.now += timedelta(**units)
        for other in self.moved:
            other.now = self.now


def a_config(*sources: SourceConfig, **values: Any) -> Config:
    """One brand with the sources, on loopback, nobody to write to."""
    brand = Brand(key="lumen", name="Maison Lumen", telling=Telling(), sources=sources)
    collecting = Collecting(allow_private_hosts=True, pace_seconds=0, timeout_seconds=PATIENCE)
    return Config(**({"brands": (brand,), "collecting": collecting} | values))


@contextmanager
def installed(config: Config, path: Path, clock: Time) -> Iterator[Installation]:
    """The installation over a migrated database file, its sources registered."""
    here = Installation(config, open_engine(f"sqlite:///{path}"), clock)
    with here.session() as session:
        register(session, clock(), config)
    try:
        yield here
    finally:
        if "web" in vars(here):
            here.web.close()
        here.close()


def patiences(silent: bool) -> tuple[float, ...]:
    """How long to wait for answers, try by try. Who gives up on a silent platform soon has perhaps
    given up on an honest answer before, on a busy machine: then the next try waits longer."""
    return GIVES_UP if silent else (PATIENCE,)


def wait_for_answers(here: Installation, seconds: float) -> None:
    """From now on platforms have so long to answer."""
    if "web" in vars(here):
        vars(here).pop("web").close()
    collecting = here.config.collecting.model_copy(update={"timeout_seconds": seconds})
    here.config = here.config.model_copy(update={"collecting": collecting})


def the_source(session: Session) -> SourceRow:
    """The only source, as it stands now."""
    return session.scalars(select(SourceRow).execution_options(populate_existing=True)).one()


def work(here: Installation, *names: str) -> None:
    """Run jobs by name until each finds nothing to do."""
    for name in names:
        jobs.work_off(name, here)
