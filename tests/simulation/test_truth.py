"""Invariant 1 under any order of changes and failures: nothing seen is lost, nothing is doubled.

The real trustpilot file walks the simulation; only the child process it fetches through is left
out (tests/simulation/test_faults.py has it), so that many walks take seconds.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl

import httpx
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import func, select

from crawlers import trustpilot
from crawlers.contract import FoundReply, Walk
from crawlers.web import Web
from monitor.collect import register, run_one
from monitor.config import SourceConfig
from monitor.store import sources
from monitor.store.engine import open_engine, sessions
from monitor.store.tables import Crawl, OwnerReply, Review, Version
from tests.conftest import migrated_once
from tests.platforms.server import Asked
from tests.simulation import trustpilot as simulated
from tests.simulation.direct import in_this_process
from tests.simulation.house import Time, a_config, the_source
from tests.simulation.trustpilot import LIES, START, Simulation, review, some

URL = "https://simulation.example"
CONFIG = a_config(
    SourceConfig(
        name="avis",
        platform="trustpilot",
        every_minutes=60,
        full_walk_days=2,
        settings=simulated.settings(URL) | {"reread_days": 3},
    )
)
FEWEST, MOST = 2, 10
WORDS = ("Colis jamais arrivé.", "Finalement reçu.", "Très déçu.")


def on_the_wire(simulation: Simulation) -> httpx.MockTransport:
    """The simulation as a network."""

    def answer(request: httpx.Request) -> httpx.Response:
        query = dict(parse_qsl(request.url.query.decode()))
        given = simulation(Asked(request.method, request.url.path, query, {}, b""))
        if given is None:
            return httpx.Response(404)
        if given.hang:
            raise httpx.ReadTimeout("nothing comes", request=request)
        if given.cut:
            raise httpx.RemoteProtocolError("the connection broke", request=request)
        body, kind = given.encoded()
        headers = {"Content-Type": kind, **given.headers}
        return httpx.Response(given.status, content=body, headers=headers)

    return httpx.MockTransport(answer)


class Collecting(RuleBasedStateMachine):
    """Customers, the brand, a platform that lies, and visits, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="vigie-truth-"))
        shutil.copy(migrated_once(), self.folder / "vigie.db")
        self.engine = open_engine(f"sqlite:///{self.folder / 'vigie.db'}")
        self.session = sessions(self.engine)()
        self.clock = Time()
        self.platform = Simulation(some(5))
        self.web = Web(user_agent="test", pace=0, transport=on_the_wire(self.platform))
        self.written = len(self.platform.reviews)
        self.missed: dict[str, int] = {}
        """What the rule of two complete walks says, worked out beside the product."""
        register(self.session, START, CONFIG)

    # what happens on the platform

    def new_one(self) -> None:
        self.written += 1
        self.platform.write(review(self.written, self.clock()))

    def gone_one(self, place: int) -> None:
        if len(self.platform.reviews) > FEWEST:
            del self.platform.reviews[place % len(self.platform.reviews)]

    @precondition(lambda self: len(self.platform.reviews) < MOST)
    @rule()
    def somebody_writes(self) -> None:
        self.clock.wait(minutes=1)
        self.new_one()

    @rule(place=st.integers(0, MOST), text=st.sampled_from(WORDS), stars=st.integers(1, 5))
    def somebody_edits(self, place: int, text: str, stars: int) -> None:
        at = place % len(self.platform.reviews)
        self.platform.change(at, text=text, stars=stars, edited_at=self.clock())

    @rule(place=st.integers(0, MOST))
    def somebody_deletes(self, place: int) -> None:
        self.gone_one(place)

    @rule(place=st.integers(0, MOST), text=st.none() | st.sampled_from(WORDS))
    def the_brand_answers(self, place: int, text: str | None) -> None:
        reply = FoundReply(text=text, published_at=self.clock()) if text else None
        self.platform.change(place % len(self.platform.reviews), reply=reply)

    # visits

    @rule(days=st.sampled_from((0, 1, 3)), repeats=st.booleans())
    def a_visit(self, days: int, repeats: bool) -> None:
        self.platform.lie, self.platform.repeats = None, repeats
        self.visit(days)
        assert self.source.fault is None

    @rule(
        days=st.sampled_from((0, 1, 3)),
        lie=st.sampled_from(sorted(LIES)),
        lies_from=st.integers(1, 3),
    )
    def a_visit_that_is_lied_to(self, days: int, lie: str, lies_from: int) -> None:
        self.platform.lie, self.platform.lies_from = lie, lies_from
        lied = self.platform.lied
        self.visit(days)
        crawl = self.last_crawl()
        if self.platform.lied == lied:
            assert self.source.fault is None
        else:
            told = crawl.fault if lie != "empty page" or lies_from == 1 else crawl.note
            assert told, "an outage that nobody is told of"
            assert not crawl.complete

    @rule(
        days=st.sampled_from((0, 3)),
        number=st.integers(1, 2),
        act=st.sampled_from(("writes", "deletes")),
        place=st.integers(0, MOST),
    )
    def a_visit_while_pages_shift(self, days: int, number: int, act: str, place: int) -> None:
        self.platform.lie = None
        shift: Callable[[], None] = (
            self.new_one if act == "writes" else lambda: self.gone_one(place)
        )
        self.platform.after_page = {number: shift}
        self.visit(days)
        self.platform.after_page = {}

    def visit(self, days: int) -> None:
        """Let time pass; resume what a refusal stopped; visit, once."""
        self.clock.wait(days=days, hours=25)
        if self.source.health == "paused":
            sources.resume(self.session, self.clock(), self.source.id, None)
            self.session.commit()
        begins = self.source.walk is None
        if begins:
            self.platform.walks.append(set())
        before = set(self.platform.walks[-1])
        with patch.object(trustpilot, "crawl", in_this_process):
            assert run_one(self.session, self.clock, CONFIG, self.web, worker="one")
        self.count_misses(self.platform.walks[-1], before)

    def count_misses(self, walk: set[str], before: set[str]) -> None:
        crawl = self.last_crawl()
        for key in walk - before if before else walk:
            self.missed[key] = 0
        if crawl.complete:
            assert crawl.walk == Walk.FULL
            for key in self.missed.keys() - walk:
                self.missed[key] += 1

    @property
    def source(self) -> Any:
        return the_source(self.session)

    def last_crawl(self) -> Crawl:
        query = select(Crawl).order_by(Crawl.id.desc()).limit(1)
        return self.session.scalars(query.execution_options(populate_existing=True)).one()

    # what must hold

    @invariant()
    def every_version_ever_shown_is_in_the_store_once(self) -> None:
        query = select(Review.external_id, Version.title, Version.text, Version.stars)
        rows = self.session.execute(
            query.join(Version, Version.review_id == Review.id).order_by(
                Version.review_id, Version.number
            )
        )
        held = [tuple(row) for row in rows]
        assert set(held) == self.platform.shown
        doubled = [one for one, two in pairwise(held) if one == two]
        assert doubled == [], "a re-read is free"

    @invariant()
    def every_review_once_pointing_at_its_newest_words(self) -> None:
        self.session.expire_all()
        reviews = self.session.scalars(select(Review)).all()
        assert len({one.external_id for one in reviews}) == len(reviews)
        for one in reviews:
            query = select(Version.id).where(Version.review_id == one.id)
            ids = self.session.scalars(query.order_by(Version.number)).all()
            assert (one.version_id, one.version_count) == (ids[-1], len(ids))

    @invariant()
    def only_what_two_complete_walks_missed_is_removed(self) -> None:
        query = select(Review.external_id).where(Review.removed_at.is_not(None))
        due = {key for key, count in self.missed.items() if count >= 2}
        assert set(self.session.scalars(query)) == due

    def teardown(self) -> None:
        """Left alone with an honest platform, the store comes to hold its truth."""
        self.platform.lie, self.platform.repeats = None, False
        for _ in range(3):
            self.visit(days=3)
        self.every_version_ever_shown_is_in_the_store_once()
        truth = {one.external_id: one for one in self.platform.reviews}
        live = select(Review).where(Review.removed_at.is_(None))
        held = {one.external_id: one for one in self.session.scalars(live)}
        assert held.keys() == truth.keys()
        for key, one in held.items():
            reply = truth[key].reply
            assert (one.answered_at is None) == (reply is None)
            if reply and reply.published_at and one.answered_at:
                assert one.answered_at <= reply.published_at, "the first reply counts"
            shown = select(func.count()).where(
                OwnerReply.review_id == one.id, OwnerReply.gone_at.is_(None)
            )
            assert self.session.scalar(shown) == (reply is not None)
        self.session.close()
        self.web.close()
        self.engine.dispose()
        shutil.rmtree(self.folder)


TestCollecting = Collecting.TestCase
TestCollecting.settings = settings(
    max_examples=15,
    stateful_step_count=12,
    deadline=None,
    derandomize=True,
    phases=(Phase.generate,),  # examples are short: shrinking them would take minutes
    suppress_health_check=list(HealthCheck),
)
