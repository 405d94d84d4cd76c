"""A platform that lies: each lie is told on the sources page, none reads as "no reviews"."""

from __future__ import annotations

import html
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from crawlers.contract import Fault
from monitor.config import SourceConfig
from monitor.installation import Installation
from monitor.remedies import REMEDIES
from monitor.speech import Speech
from monitor.spoken import tight
from monitor.store.tables import Crawl, Report, Review, SourceRow
from monitor.web.app import create_app
from tests.platforms.server import Server
from tests.simulation.house import (
    Time,
    a_config,
    installed,
    patiences,
    the_source,
    wait_for_answers,
    work,
)
from tests.simulation.trustpilot import RETRY_AFTER, START, Simulation, settings, some
from tests.web import people
from tests.web.conftest import serve

HELD = 7
FAULTS = {
    ("pages", "403"): Fault.REFUSED,
    ("pages", "429"): Fault.THROTTLED,
    ("pages", "500"): Fault.UNAVAILABLE,
    ("pages", "time-out"): Fault.TIMED_OUT,
    ("pages", "cut"): Fault.UNAVAILABLE,
    ("pages", "captcha"): Fault.CAPTCHA,
    ("pages", "truncated data"): Fault.CHANGED,
    ("pages", "page without data"): Fault.CHANGED,
    ("pages", "other layout"): Fault.CHANGED,
    ("pages", "empty page"): Fault.EMPTY,
    ("api", "html for json"): Fault.CHANGED,
    ("api", "truncated json"): Fault.CHANGED,
    ("api", "empty list"): Fault.EMPTY,
    ("api", "500"): Fault.UNAVAILABLE,
}


@dataclass
class Watched:
    """A platform that was read whole once, and the installation that read it."""

    platform: Simulation
    here: Installation
    clock: Time

    def source(self) -> SourceRow:
        with self.here.session() as session:
            return the_source(session)

    def meet_the_lie(self) -> None:
        """Visit until the lie was told: a visit that gave up on robots.txt has not met it."""
        for patience in patiences(self.platform.lie == "time-out"):
            wait_for_answers(self.here, patience)
            self.clock.wait(hours=2)
            work(self.here, "collect")
            if self.platform.lied:
                return

    def sources_page(self) -> str:
        """The sources page as a French reader has it on the screen."""
        app = create_app(self.here.config, self.here.engine, clock=self.clock)
        reader = people.add(self.here.engine, self.clock(), "rea", "reader")
        cookie, _ = people.sign_in(self.here.engine, self.clock(), reader)
        with serve(app) as url:
            shown = httpx.get(f"{url}/sources", cookies={"vigie": cookie})
        assert shown.status_code == 200
        return html.unescape(shown.text)


@dataclass
class Served:
    """The platform's server, and the database of an installation that has read it, a way."""

    server: Server
    read: dict[str, Path]

    def config(self, way: str) -> SourceConfig:
        return SourceConfig(name="avis", platform="trustpilot", settings=settings(self.url, way))

    @property
    def url(self) -> str:
        return self.server.url


@pytest.fixture(scope="module")
def served(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("simulation")
    with Server(Simulation(some(HELD))) as server:
        made = Served(server, {})
        for way in ("pages", "api"):
            path = made.read[way] = folder / f"{way}.db"
            shutil.copy(sqlite_template, path)
            with installed(a_config(made.config(way)), path, Time()) as here:
                work(here, "collect")
        yield made


@pytest.fixture
def watched(served: Served, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Watched]:
    way, lie = request.param
    path = tmp_path / "vigie.db"
    shutil.copy(served.read[way], path)
    platform = Simulation(some(HELD), lie=lie)
    served.server.serve = platform
    clock = Time()
    with installed(a_config(served.config(way)), path, clock) as here:
        yield Watched(platform, here, clock)


@pytest.mark.parametrize("watched", FAULTS, indirect=True, ids="-".join)
def test_a_lie_is_a_fault_with_its_remedy_and_never_no_reviews(
    watched: Watched, request: pytest.FixtureRequest
) -> None:
    fault = FAULTS[request.node.callspec.params["watched"]]
    assert watched.source().health == "healthy", "the truth was read before the lie"
    watched.meet_the_lie()
    assert watched.platform.lied
    source = watched.source()
    assert source.fault == fault
    assert source.health in ("broken", "paused")
    page = watched.sources_page()
    for sentence in (REMEDIES[fault].what, REMEDIES[fault].do):
        assert tight(sentence, Speech("fr")) in page
    with watched.here.session() as session:
        crawl = session.scalars(select(Crawl).order_by(Crawl.id.desc())).first()
        assert crawl is not None
        assert (crawl.fault, crawl.complete, crawl.held) == (fault, False, HELD)
        gone = select(func.count()).where(Review.removed_at.is_not(None))
        assert session.scalar(gone) == 0


@pytest.mark.parametrize("watched", [("api", "500"), ("pages", "403")], indirect=True, ids="-".join)
def test_the_report_over_an_outage_withholds_the_rate(watched: Watched) -> None:
    for _ in range(7):
        watched.clock.wait(days=1)
        work(watched.here, "collect")
    watched.clock.wait(hours=6)
    assert watched.clock() == START + timedelta(days=7, hours=6)
    work(watched.here, "report")
    with watched.here.session() as session:
        report = session.scalars(select(Report)).one()
    assert report.week == "2026-W46"
    assert report.figures["dissatisfaction"] == {"sources": ["avis"], "withheld": True}
    assert [one["state"] for one in report.figures["coverage"]] == ["broken"]


@pytest.mark.parametrize("watched", [("pages", "429")], indirect=True, ids="-".join)
def test_the_platform_is_left_alone_as_long_as_it_asks_and_then_read_again(
    watched: Watched,
) -> None:
    watched.clock.wait(hours=2)
    work(watched.here, "collect")
    assert watched.source().due_at == watched.clock() + timedelta(seconds=RETRY_AFTER)
    asked = watched.platform.lied
    watched.clock.wait(seconds=RETRY_AFTER - 1)
    work(watched.here, "collect")
    assert watched.platform.lied == asked
    watched.platform.lie = None
    watched.clock.wait(seconds=1)
    work(watched.here, "collect")
    source = watched.source()
    assert (source.health, source.fault, source.faults_in_a_row) == ("healthy", None, 0)
