"""A Business API that lies about replies: one reply of ours at most, and its words reach us."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from monitor.config import Replying, SourceConfig
from monitor.installation import Installation
from monitor.reply import approve
from monitor.store.tables import Draft, Person, Publication
from tests.platforms.server import Server
from tests.simulation.house import Time, a_config, installed, patiences, wait_for_answers, work
from tests.simulation.mortal import Reader
from tests.simulation.trustpilot import START, Simulation, settings, some


@dataclass
class Approved:
    """A house with one approved reply, on its way to the platform."""

    platform: Simulation
    here: Installation
    clock: Time

    def publish(self, minutes: float, replying: str) -> Publication:
        self.platform.replying = replying
        for patience in patiences("hang" in replying):
            wait_for_answers(self.here, patience)
            self.clock.wait(minutes=minutes)
            work(self.here, "publish")
            if self.publication().state != "waiting":
                break
        return self.publication()

    def publication(self) -> Publication:
        with self.here.session() as session:
            return session.scalars(select(Publication)).one()


@pytest.fixture
def approved(sqlite_template: Path, tmp_path: Path) -> Iterator[Approved]:
    path = tmp_path / "vigie.db"
    shutil.copy(sqlite_template, path)
    platform, clock = Simulation(some(1)), Time()
    clock.moved.append(platform)
    with Server(platform) as server:
        source = SourceConfig(
            name="avis", platform="trustpilot", settings=settings(server.url, "api")
        )
        config = a_config(source, replying=Replying(undo_minutes=0))
        with installed(config, path, clock) as here:
            here.__dict__["reader"] = Reader()
            work(here, "collect", "understand", "draft")
            with here.session() as session:
                ada = Person(email="ada@lumen.example", name="Ada", role="approver", made_at=START)
                session.add(ada)
                session.commit()
                draft = session.scalars(select(Draft)).one()
                approve.approve(session, clock(), draft.id, draft.edits, ada.id, config)
            yield Approved(platform, here, clock)
    assert platform.wrong == []


def test_a_reply_that_was_taken_before_the_time_out_is_found_and_not_sent_again(
    approved: Approved,
) -> None:
    assert approved.publish(1, "take and hang").state == "unsure"
    assert approved.publish(2, "take").state == "visible"
    assert approved.publish(60, "take").state == "visible"
    assert len(approved.platform.posted) == 1


def test_a_reply_that_never_arrived_is_sent_again_once_that_is_sure(approved: Approved) -> None:
    assert approved.publish(1, "hang").state == "unsure"
    assert approved.publish(2, "take").state == "unsure", "it may still land"
    assert approved.platform.posted == []
    assert approved.publish(15, "take").state == "visible"
    assert len(approved.platform.posted) == 1


def test_a_refusal_keeps_the_platforms_words_and_opens_the_draft(approved: Approved) -> None:
    refused = approved.publish(1, "refuse")
    assert refused.state == "failed"
    assert "must not hold a telephone number" in (refused.detail or "")
    with approved.here.session() as session:
        assert session.scalars(select(Draft)).one().state == "proposed"
    assert approved.publish(60, "take").state == "failed", "a person must approve again"
    assert approved.platform.posted == []


def test_a_platform_that_asks_for_patience_gets_it(approved: Approved) -> None:
    waiting = approved.publish(1, "throttle")
    assert (waiting.state, waiting.fault) == ("waiting", "throttled")
    assert approved.publish(0.5, "take").state == "waiting"
    assert approved.publish(1, "take").state == "visible"
    assert len(approved.platform.posted) == 1
