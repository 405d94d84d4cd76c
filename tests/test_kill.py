"""SIGKILL before every commit, request and mail of each stage; start again.

Nothing is lost and nothing happens twice.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crawlers.contract import FoundReply
from monitor.collect import register
from monitor.config import Config, Mail, Replying, SourceConfig
from monitor.reply import approve, draft
from monitor.store import audit
from monitor.store.engine import open_engine, sessions
from monitor.store.tables import (
    Draft,
    Evaluation,
    Message,
    Person,
    Publication,
    Report,
    Review,
    SourceRow,
    Verdict,
    Version,
)
from monitor.tell import outbox
from monitor.tell.outbox import Letter
from tests.conftest import ROOT
from tests.platforms.server import Server
from tests.simulation.house import a_config
from tests.simulation.mailbox import Mailbox, receiving
from tests.simulation.trustpilot import START, Simulation, settings, some

KILLED = -signal.SIGKILL
RECIPIENTS = ("marketing@lumen.example", "boutique@lumen.example")


@pytest.fixture(scope="module")
def mortal() -> Iterator[subprocess.Popen[str]]:
    """The process whose forks die."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.simulation.mortal"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
    )
    with process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


@dataclass
class Life:
    """An installation's database, and lives lived over it."""

    mortal: subprocess.Popen[str]
    path: Path
    config: Config
    now: Any = START
    moments: list[str] = field(default_factory=list)

    def live(self, *jobs: str, die_at: int | None = None, after: Sequence[float] = (0,)) -> int:
        """Run the jobs in a process of their own, so many minutes later each; its exit status."""
        times = []
        for minutes in after:
            self.now += timedelta(minutes=minutes)
            times.append(self.now.isoformat())
        order = {
            "database": f"sqlite:///{self.path}",
            "config": self.config.model_dump(mode="json", exclude={"database", "secret_key"}),
            "times": times,
            "jobs": jobs,
            "die_at": die_at,
        }
        assert self.mortal.stdin is not None
        assert self.mortal.stdout is not None
        self.mortal.stdin.write(json.dumps(order) + "\n")
        self.mortal.stdin.flush()
        answer = json.loads(self.mortal.stdout.readline())
        self.moments = answer["moments"]
        assert answer["status"] in (0, KILLED), "a job failed in another way than it was told to"
        return int(answer["status"])

    @contextmanager
    def rows(self) -> Iterator[Session]:
        """A session of the test's own; the file is whole again at its end."""
        engine = open_engine(f"sqlite:///{self.path}")
        with sessions(engine)() as session:
            yield session
        engine.dispose()


@dataclass
class Deaths:
    """Prepares a database once, and gives a copy of it for each death."""

    mortal: subprocess.Popen[str]
    folder: Path
    empty: Path

    def prepared(self, config: Config, prepare: Callable[[Life], object]) -> Life:
        path = self.folder / "prepared.db"
        shutil.copy(self.empty, path)
        life = Life(self.mortal, path, config)
        with life.rows() as rows:
            register(rows, START, config)
        prepare(life)
        with life.rows() as rows:
            # copies are made of the file alone
            rows.connection().exec_driver_sql("PRAGMA user_version").all()
        assert not path.with_name(f"{path.name}-wal").exists()
        return life

    def each(self, prepared: Life, *jobs: str) -> Iterator[tuple[Life, str]]:
        """A life a moment, each killed at its moment; until one comes through."""
        for die_at in range(200):
            path = self.folder / f"{die_at}.db"
            shutil.copy(prepared.path, path)
            life = Life(self.mortal, path, prepared.config, prepared.now)
            if life.live(*jobs, die_at=die_at) == 0:
                assert die_at > 0, "there was nothing to die in"
                return
            yield life, life.moments[-1]
            path.unlink()
        raise AssertionError("the job never comes to an end")


@pytest.fixture
def deaths(mortal: subprocess.Popen[str], sqlite_template: Path, tmp_path: Path) -> Deaths:
    return Deaths(mortal, tmp_path, sqlite_template)


@pytest.fixture
def platform() -> Simulation:
    """Three pages, one review answered."""
    platform = Simulation(some(7))
    platform.change(4, reply=FoundReply(text="Merci à vous.", published_at=START))
    return platform


@pytest.fixture
def url(platform: Simulation) -> Iterator[str]:
    with Server(platform) as server:
        yield server.url


def a_house(url: str, mail: Mail | None = None, read: str = "pages") -> Config:
    """One source on the simulation; mails to two addresses where there is a server."""
    source = SourceConfig(name="avis", platform="trustpilot", settings=settings(url, read))
    config = a_config(source, mail=mail or Mail(), replying=Replying(undo_minutes=0))
    told = config.brands[0].telling.model_copy(update={"recipients": RECIPIENTS})
    return config.model_copy(
        update={"brands": (config.brands[0].model_copy(update={"telling": told}),)}
    )


def said(rows: Session) -> list[tuple[str, str, int | None]]:
    """Every version in the store."""
    query = select(Review.external_id, Version.text, Version.stars)
    joined = query.join(Version, Version.review_id == Review.id)
    return [(key, text, stars) for key, text, stars in rows.execute(joined)]


def test_collect_killed_anywhere_holds_the_truth_once(
    deaths: Deaths, platform: Simulation, url: str
) -> None:
    truth = sorted((one.external_id, one.text, one.stars) for one in platform.reviews)
    died = []
    prepared = deaths.prepared(a_house(url), lambda life: None)
    for life, moment in deaths.each(prepared, "collect"):
        died.append(moment)
        with life.rows() as rows:
            claimed = rows.scalars(select(SourceRow.claimed_until)).one() is not None
        life.live("collect", after=[5])
        if claimed:
            assert "a request" not in life.moments, "the claim of the dead still stands"
        life.live("collect", after=[11])
        with life.rows() as rows:
            assert sorted(said(rows)) == truth
            source = rows.scalars(select(SourceRow)).one()
            assert (source.health, source.walk, source.fault) == ("healthy", None, None)
            assert source.full_walk_at is not None
            answered = [one for one in rows.scalars(select(Review)) if one.answered_at]
            assert len(answered) == 1
    assert died.count("a request") >= 3


def test_understand_killed_anywhere_gives_one_verdict_a_version(deaths: Deaths, url: str) -> None:
    prepared = deaths.prepared(a_house(url), lambda life: life.live("collect"))
    for life, _ in deaths.each(prepared, "understand"):
        life.live("understand", after=[11])
        with life.rows() as rows:
            verdicts = Counter(rows.scalars(select(Verdict.version_id)))
            assert verdicts == dict.fromkeys(rows.scalars(select(Version.id)), 1)
            assert None not in set(rows.scalars(select(Review.sentiment)))
            assert all(rows.scalars(select(Version.understood_by)))


def test_evaluate_killed_anywhere_measures_the_model_once(deaths: Deaths, url: str) -> None:
    prepared = deaths.prepared(a_house(url), lambda life: life.live("collect", "understand"))
    for life, _ in deaths.each(prepared, "evaluate"):
        life.live("evaluate", "evaluate", after=[11, 22])
        with life.rows() as rows:
            assert [row.part for row in rows.scalars(select(Evaluation))] == ["test"]


def test_draft_killed_anywhere_leaves_one_live_draft_a_review(deaths: Deaths, url: str) -> None:
    prepared = deaths.prepared(
        a_house(url), lambda life: life.live("collect", "understand") and None
    )
    for life, _ in deaths.each(prepared, "draft"):
        life.live("draft", after=[1])
        with life.rows() as rows:
            drafts = rows.scalars(select(Draft)).all()
            assert [one.state for one in drafts] == ["proposed"] * 6
            assert len({one.review_id for one in drafts}) == 6


def approve_one(life: Life) -> None:
    """Collected, understood, drafted, and one reply approved by a named person."""
    life.live("collect", "understand", "draft")
    with life.rows() as rows:
        ada = Person(email="ada@lumen.example", name="Ada", role="approver", made_at=life.now)
        rows.add(ada)
        rows.commit()
        review_id = rows.scalars(
            select(Review.id).where(Review.answered_at.is_(None)).order_by(Review.id)
        ).first()
        assert review_id is not None
        proposed = draft.live(rows, review_id)
        assert proposed is not None
        approve.approve(rows, life.now, proposed.id, proposed.edits, ada.id, life.config)


def test_publish_killed_anywhere_puts_one_reply_on_the_platform(
    deaths: Deaths, platform: Simulation, url: str
) -> None:
    prepared = deaths.prepared(a_house(url), approve_one)
    honest = list(platform.reviews)
    taken_unseen = 0
    for life, _ in deaths.each(prepared, "publish"):
        posted_before_death = len(platform.posted)
        life.live("publish", after=(6, 8, 60))
        with life.rows() as rows:
            (publication,) = rows.scalars(select(Publication)).all()
            assert publication.state in ("published", "visible")
            assert len(platform.posted) == 1
            taken_unseen += posted_before_death
            review = rows.get_one(Review, publication.review_id)
            assert (review.external_id, review.answered_at is not None) == (
                platform.posted[0][0],
                True,
            )
            assert audit.first_broken(rows) is None
        platform.reviews, platform.posted = list(honest), []
    assert taken_unseen >= 1, "it died after the platform took the reply, before we knew"
    assert platform.wrong == []


@pytest.fixture
def post() -> Iterator[tuple[Mailbox, Mail]]:
    with receiving() as both:
        yield both


def received(mailbox: Mailbox) -> Counter[tuple[str, str]]:
    """How often each address got each mail."""
    return Counter((mail["To"], mail["Subject"]) for mail in mailbox.mails)


def lay_mails(life: Life) -> None:
    """A digest and a report in the outbox, for two people."""
    letter = Letter(subject="", text="Bonjour", html="<p>Bonjour</p>")
    with life.rows() as rows:
        for kind in ("digest", "report"):
            for address in RECIPIENTS:
                one = Letter(subject=kind, text=letter.text, html=letter.html)
                said = {"kind": kind, "recipient": address, "language": "fr"}
                outbox.put(rows, life.now, one, **said, brand="lumen", period="2026-W46")
        rows.commit()


def test_mail_killed_anywhere_reaches_nobody_twice_and_tells_of_the_unsure(
    deaths: Deaths, post: tuple[Mailbox, Mail]
) -> None:
    mailbox, mail = post
    prepared = deaths.prepared(a_house("http://127.0.0.1:9", mail), lay_mails)
    arrived_unsure = 0
    for life, _ in deaths.each(prepared, "mail"):
        life.live("mail", after=[6])
        got = received(mailbox)
        with life.rows() as rows:
            states = Counter(rows.scalars(select(Message.state)))
            lost = [one for one in rows.scalars(select(Message)) if one.state == "failed"]
        assert max(got.values()) == 1
        assert states["sent"] + states["failed"] == 4
        assert len(lost) <= 1
        assert all("unsure" in (one.error or "") for one in lost)
        arrived_unsure += len(got) - states["sent"]
        mailbox.mails.clear()
    assert arrived_unsure >= 4, "it died after the server took a mail, before we knew"


@pytest.mark.parametrize(
    ("job", "later"), [("digest", timedelta(0)), ("report", timedelta(days=7, hours=8))]
)
def test_telling_killed_anywhere_lays_each_mail_once(
    deaths: Deaths, url: str, job: str, later: timedelta
) -> None:
    def read_it(life: Life) -> None:
        life.live("collect", "understand", after=[60])
        life.live("collect", "understand", after=[later / timedelta(minutes=1)])

    prepared = deaths.prepared(a_house(url), read_it)
    hashes = set()
    for life, _ in deaths.each(prepared, job):
        life.live(job, after=(6, 6))
        with life.rows() as rows:
            mails = rows.scalars(select(Message)).all()
            assert sorted(one.recipient for one in mails) == sorted(RECIPIENTS)
            assert {(one.kind, one.state) for one in mails} == {(job, "waiting")}
            reports = rows.scalars(select(Report)).all()
            assert len(reports) == (job == "report")
            hashes |= {one.figures["volume"]["received"] for one in reports}
    assert len(hashes) <= 1
