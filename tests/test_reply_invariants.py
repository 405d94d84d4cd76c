"""Invariants 2 and 3 under any order of events, a lying platform, and death at any commit.

2: nothing is published that a named person did not approve, for the very version it answers.
3: at most one reply of ours a review, even where the platform does not honour the key.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session

from crawlers.contract import (
    Fault,
    FoundReply,
    Posted,
    PublishError,
    PublishOutcome,
    ReplyLimit,
    ReplyToPost,
    SourceError,
)
from monitor.reply import approve, check, draft, publish
from monitor.reply.approve import Refused
from monitor.reply.refusal import APPROVERS
from monitor.reply.states import LIVE
from monitor.store import audit
from monitor.store.engine import open_engine, readers, sessions
from monitor.store.tables import Approval, Draft, Person, Publication, Review, Version
from monitor.store.texts import approval_hash
from tests.conftest import migrated_once
from tests.reply_house import TEMPLATES, a_config, a_house, a_review, a_version

START = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)
REPLIES = (
    "Bonjour,\n\nMerci de votre message. Notre équipe vous lit.",
    "Bonjour,\n\nMerci de nous avoir écrit. Nous vous écoutons.",
)
BAD_REPLY = "Bonjour, nous vous rembourserons."
REVIEWS = ("Colis jamais arrivé.", "Toujours rien reçu.", "Finalement reçu.")
MODES = (
    "post",
    "moderate",
    "post, then time out",
    "time out, land later",
    "time out",
    "refuse",
    "throttle",
    "die before",
    "post, then die",
)


class DeathError(BaseException):
    """kill -9, as far as the rows can tell."""


@dataclass
class Liar:
    """A platform that posts and says it did not, or dies on us; it ignores idempotency keys."""

    engine: Engine
    now: datetime = START
    mode: str = "post"
    readable: bool = True
    posts: list[str] = field(default_factory=list)
    on_their_way: list[tuple[datetime, str]] = field(default_factory=list)

    def limit(self) -> ReplyLimit:
        return ReplyLimit(1000)

    def publish(self, reply: ReplyToPost) -> Posted:
        self.demand_a_valid_approval(reply)
        if self.mode in {"post", "moderate", "post, then time out", "post, then die"}:
            self.posts.append(reply.text)
        if self.mode == "time out, land later":
            self.on_their_way.append((self.now + timedelta(minutes=8), reply.text))
        if "die" in self.mode:
            raise DeathError
        if "time out" in self.mode:
            raise PublishError(PublishOutcome.UNSURE, "timed out", fault=Fault.TIMED_OUT)
        if self.mode == "refuse":
            raise PublishError(PublishOutcome.REJECTED, "no")
        if self.mode == "throttle":
            raise PublishError(PublishOutcome.NOT_POSTED, "later", retry_after=60)
        return Posted(visible=self.mode == "post")

    def find(self, reply: ReplyToPost) -> FoundReply | None:
        if not self.readable:
            raise SourceError(Fault.UNAVAILABLE, "down")
        return FoundReply(text=self.posts[0]) if self.posts else None

    def pass_time(self, now: datetime) -> None:
        """What was on its way arrives."""
        self.now = now
        self.posts += [text for at, text in self.on_their_way if at <= now]
        self.on_their_way = [(at, text) for at, text in self.on_their_way if at > now]

    def demand_a_valid_approval(self, reply: ReplyToPost) -> None:
        """Invariant 2, as another process sees the rows at the moment of the request."""
        with readers(self.engine)() as other:
            query = select(Publication).where(Publication.idempotency_key == reply.idempotency_key)
            publication = other.scalars(query).one()
            approval = other.get_one(Approval, publication.approval_id)
            review = other.get_one(Review, approval.review_id)
            version = other.get_one(Version, approval.version_id)
            person = other.get_one(Person, approval.person_id)
            assert (publication.state, publication.sent_at) == ("sending", self.now)
            assert approval.voided_at is None
            assert person.role in APPROVERS
            assert approval.text == reply.text != BAD_REPLY
            assert review.version_id == approval.version_id
            bound = approval_hash(version.hash, reply.text, check.RULES_VERSION)
            assert approval.hash == bound


class Replying(RuleBasedStateMachine):
    """Customers, colleagues, the daemon and the platform, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="vigie-reply-"))
        path = self.folder / "vigie.db"
        shutil.copy(migrated_once(), path)
        self.engine = open_engine(f"sqlite:///{path}")
        self.liar = Liar(self.engine)
        self.commits_left: int | None = None
        session = self.fresh_session()
        config = a_config(undo_minutes=1)
        self.house = a_house(session, START, config=config, platform=self.liar)
        a_review(self.house)

    def fresh_session(self) -> Session:
        session = sessions(self.engine)()
        event.listen(session, "before_commit", self.count_commit)
        return session

    def count_commit(self, session: Session) -> None:
        if self.commits_left is not None:
            self.commits_left -= 1
            if self.commits_left < 0:
                raise DeathError

    def do(self, act: Any, dies_at: int | None = None) -> None:
        """Do it; when death comes, start again with nothing but the rows."""
        self.commits_left = dies_at
        try:
            with suppress(Refused):
                act()
        except DeathError:
            self.commits_left = None
            self.house.session.close()
            self.house.session = self.fresh_session()
        finally:
            self.commits_left = None

    def newest(self, table: type[Any]) -> Any:
        query = select(table).order_by(table.id.desc()).limit(1)
        return self.house.session.scalars(query.execution_options(populate_existing=True)).first()

    @rule(text=st.sampled_from(REVIEWS))
    def the_customer_edits(self, text: str) -> None:
        a_version(self.house, self.house.review(), text, 1)

    @rule(dies_at=st.none() | st.integers(0, 3))
    def drafts_are_made(self, dies_at: int | None) -> None:
        house = self.house
        run = (house.session, house.now, house.config, TEMPLATES)
        self.do(lambda: draft.run_one(*run) and draft.run_one(*run), dies_at)

    @precondition(lambda self: self.newest(Draft) is not None)
    @rule(
        text=st.sampled_from((*REPLIES, BAD_REPLY)),
        late=st.sampled_from((False, False, True)),
        dies=st.booleans(),
    )
    def a_writer_edits(self, text: str, late: bool, dies: bool) -> None:
        one = self.newest(Draft)
        edits = max(0, one.edits - late)
        args = (self.house.session, self.house.now, one.id, text, edits)
        who = self.house.people["wim"]
        self.do(lambda: approve.save(*args, who, self.house.config), 0 if dies else None)

    @precondition(lambda self: self.newest(Draft) is not None)
    @rule(
        who=st.sampled_from(("ada", "app", "ada", "wim")),
        late=st.sampled_from((False, False, True)),
        dies=st.booleans(),
    )
    def somebody_approves(self, who: str, late: bool, dies: bool) -> None:
        one = self.newest(Draft)
        args = (self.house.session, self.house.now, one.id, max(0, one.edits - late))
        person = self.house.people[who]
        self.do(lambda: approve.approve(*args, person, self.house.config), 0 if dies else None)

    @precondition(lambda self: self.newest(Publication) is not None)
    @rule(dies=st.booleans())
    def somebody_takes_back(self, dies: bool) -> None:
        args = (self.house.session, self.house.now, self.newest(Publication).id)
        self.do(lambda: approve.take_back(*args, self.house.people["app"]), 0 if dies else None)

    @precondition(lambda self: self.newest(Draft) is not None)
    @rule()
    def somebody_asks_for_other_words(self) -> None:
        one = self.newest(Draft)
        args = (self.house.session, self.house.now, one.review_id, self.house.people["wim"])
        self.do(lambda: approve.redraft(*args, self.house.config, TEMPLATES))

    @precondition(lambda self: not self.liar.on_their_way)
    @rule()
    def somebody_looks_and_resolves(self) -> None:
        publication = self.newest(Publication)
        if publication is not None:
            args = (self.house.session, self.house.now, publication.id, self.house.people["app"])
            self.do(lambda: publish.resolve(*args, bool(self.liar.posts)))

    @rule(
        mode=st.sampled_from(MODES),
        readable=st.booleans(),
        dies_at=st.none() | st.integers(0, 6),
        minutes=st.sampled_from((0, 2, 11)),
    )
    def replies_are_published(
        self, mode: str, readable: bool, dies_at: int | None, minutes: int
    ) -> None:
        self.pass_time(minutes)
        self.liar.mode, self.liar.readable = mode, readable
        run = (self.house.session, self.house.now, self.house.publisher_of)
        self.do(lambda: publish.run_one(*run), dies_at)

    @initialize(mode=st.sampled_from(MODES))
    def a_first_reply_leaves(self, mode: str) -> None:
        """Every story begins with one, so that each lie and each death is met early."""
        self.a_reply_is_drafted_approved_and_sent(mode, dies_at=None, edited=None)

    @rule(
        mode=st.sampled_from(MODES),
        dies_at=st.none() | st.integers(0, 6),
        edited=st.none() | st.sampled_from(REVIEWS),
    )
    def a_reply_is_drafted_approved_and_sent(
        self, mode: str, dies_at: int | None, edited: str | None
    ) -> None:
        """The usual road, so that what follows often finds something on the platform."""
        self.drafts_are_made(None)
        if self.newest(Draft) is not None:
            self.somebody_approves("ada", late=False, dies=False)
        if edited is not None:
            self.the_customer_edits(edited)
        for _ in range(3):
            self.replies_are_published(mode, readable=True, dies_at=dies_at, minutes=2)

    @rule(minutes=st.sampled_from((1, 6, 30)))
    def pass_time(self, minutes: int) -> None:
        self.house.now += timedelta(minutes=minutes)
        self.liar.pass_time(self.house.now)

    @invariant()
    def at_most_one_reply(self) -> None:
        assert len(self.liar.posts) <= 1

    @invariant()
    def one_live_row_of_each(self) -> None:
        with readers(self.engine)() as other:
            drafts = select(func.count()).where(Draft.state.in_(draft.OPEN))
            publications = select(func.count()).where(Publication.state.in_(LIVE))
            assert (other.scalar(drafts) or 0) <= 1
            assert (other.scalar(publications) or 0) <= 1

    @invariant()
    def approved_drafts_and_publications_agree(self) -> None:
        with readers(self.engine)() as other:
            for publication in other.scalars(select(Publication)):
                approval = other.get_one(Approval, publication.approval_id)
                voided = publication.state in ("withdrawn", "failed")
                assert voided == (approval.voided_at is not None)

    def teardown(self) -> None:
        """Left alone with an honest platform, everything comes to rest, and nothing is doubled."""
        self.liar.mode, self.liar.readable = "post", True
        for _ in range(12):
            self.pass_time(60)
            self.house.publish(minutes=0)
        states = {row.state for row in self.house.session.scalars(select(Publication))}
        assert not states & {"sending", "unsure", "waiting"}
        self.at_most_one_reply()
        answered = self.house.review().answered_at is not None
        posted_by_us = states & {"published", "visible"}
        assert answered == bool(posted_by_us)
        assert not posted_by_us or self.liar.posts
        assert audit.first_broken(self.house.session) is None
        self.house.session.close()
        self.engine.dispose()
        shutil.rmtree(self.folder)


@pytest.mark.parametrize("edited", [None, REVIEWS[1]])
@pytest.mark.parametrize("mode", MODES)
def test_each_lie_and_death_once(mode: str, edited: str | None) -> None:
    story = Replying()
    story.a_reply_is_drafted_approved_and_sent(mode, None, edited)
    story.teardown()


TestReplying = Replying.TestCase
TestReplying.settings = settings(
    max_examples=12,
    stateful_step_count=8,
    deadline=None,
    derandomize=True,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
