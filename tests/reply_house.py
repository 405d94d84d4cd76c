"""A house with a team, a review and a platform: what the tests of replies play with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crawlers.contract import (
    Fault,
    FoundReply,
    Posted,
    Publisher,
    PublishError,
    PublishOutcome,
    ReplyLimit,
    ReplyToPost,
    SourceError,
)
from monitor.config import Brand, Config, CustomerService, Replying, SourceConfig
from monitor.places import template_folders
from monitor.reply import approve, draft, publish
from monitor.reply.wording import environment
from monitor.store import standing
from monitor.store.tables import (
    Audit,
    Draft,
    Person,
    Publication,
    Review,
    SourceRow,
    Verdict,
    Version,
)
from monitor.store.texts import version_hash

TEMPLATES = environment(template_folders(None))
MINUTE = timedelta(minutes=1)
LIMIT = ReplyLimit(600, "characters")


def a_config(**replying: Any) -> Config:
    brand = Brand(
        key="lenoir",
        name="Maison Lenoir",
        customer_service=CustomerService(email="service@lenoir.example"),
        good_faith={"fr": ("Nos colis partent d'un atelier de Tours.",)},
        sources=(SourceConfig(name="avis", platform="test-platform"),),
    )
    return Config(brands=(brand,), replying=Replying(**replying))


CONFIG = a_config()


@dataclass
class Platform:
    """A platform in a few lines: it answers what ``answers`` says, in that order."""

    answers: list[Exception | str] = field(default_factory=list)
    posts: dict[str, str] = field(default_factory=dict)
    """Idempotency key to text."""
    asked: int = 0
    unreadable: bool = False
    visible: bool = True

    def limit(self) -> ReplyLimit:
        return LIMIT

    def publish(self, reply: ReplyToPost) -> Posted:
        self.asked += 1
        answer = self.answers.pop(0) if self.answers else "post"
        if answer == "post" or answer == "post, then time out":
            self.posts[reply.idempotency_key] = reply.text
        if answer == "post, then time out":
            raise PublishError(PublishOutcome.UNSURE, "timed out", fault=Fault.TIMED_OUT)
        if isinstance(answer, Exception):
            raise answer
        return Posted(external_id="r1", url="https://x.example/r1", visible=self.visible)

    def find(self, reply: ReplyToPost) -> FoundReply | None:
        if self.unreadable:
            raise SourceError(Fault.UNAVAILABLE, "down")
        text = next(iter(self.posts.values()), None)
        return None if text is None else FoundReply(text=text)


@dataclass
class House:
    """A session with a team, a source and the moves of the story."""

    session: Session
    now: datetime
    config: Config = CONFIG
    platform: Publisher | None = field(default_factory=Platform)
    people: dict[str, int] = field(default_factory=dict)
    source_id: int = 0

    def publisher_of(self, source: SourceRow) -> Publisher | None:
        return self.platform

    def publish(self, minutes: float = 3) -> None:
        self.now += minutes * MINUTE
        for _ in range(20):
            if not publish.run_one(self.session, self.now, self.publisher_of):
                return
        raise AssertionError("publish never came to rest")

    def draft(self) -> Draft:
        while draft.run_one(self.session, self.now, self.config, TEMPLATES):
            pass
        found = draft.live(self.session, self.session.scalars(select(Review.id)).one())
        assert found is not None
        return found

    def approve(self, one: Draft, who: str = "ada") -> Publication:
        return approve.approve(
            self.session, self.now, one.id, one.edits, self.people[who], self.config
        )

    def save(self, one: Draft, text: str, who: str = "wim") -> Draft:
        return approve.save(
            self.session, self.now, one.id, text, one.edits, self.people[who], self.config
        )

    def review(self) -> Review:
        return self.session.scalars(select(Review).execution_options(populate_existing=True)).one()

    def publication(self) -> Publication:
        query = select(Publication).order_by(Publication.id.desc()).limit(1)
        return self.session.scalars(query.execution_options(populate_existing=True)).one()

    def actions(self) -> list[str]:
        return list(self.session.scalars(select(Audit.action).order_by(Audit.id)))


def a_house(session: Session, now: datetime, **values: Any) -> House:
    house = House(session, now, **values)
    for name, role in (
        ("ada", "admin"),
        ("app", "approver"),
        ("wim", "writer"),
        ("rea", "reader"),
    ):
        person = Person(email=f"{name}@x.example", name=name, role=role, made_at=now)
        session.add(person)
        session.flush()
        house.people[name] = person.id
    source = SourceRow(name="avis", brand="lenoir", platform="test-platform", due_at=now)
    session.add(source)
    session.flush()
    house.source_id = source.id
    session.commit()
    return house


def a_review(house: House, **values: Any) -> Review:
    session, now = house.session, house.now
    usual: dict[str, Any] = {
        "source_id": house.source_id,
        "external_id": "e1",
        "brand": "lenoir",
        "platform": "test-platform",
        "kind": "reviews",
        "author": "Marie D.",
        "written_at": now - timedelta(hours=5),
        "seen_at": now - timedelta(hours=4),
        "last_seen_at": now - timedelta(hours=4),
    }
    review = Review(**(usual | values))
    session.add(review)
    session.flush()
    a_version(house, review, "Colis jamais arrivé, commande LN-20417.", 1)
    return review


def a_version(house: House, review: Review, text: str, stars: int | None, **verdict: Any) -> None:
    session, now = house.session, house.now
    number = 1 + (
        session.scalar(
            select(func.count()).select_from(Version).where(Version.review_id == review.id)
        )
        or 0
    )
    version = Version(
        review_id=review.id,
        number=number,
        text=text,
        stars=stars,
        seen_at=now,
        hash=version_hash(None, text, stars),
        understood_by="m@1",
    )
    session.add(version)
    session.flush()
    review.version_id, review.version_count = version.id, number
    usual: dict[str, Any] = {
        "language": "fr",
        "sentiment": "negative",
        "severity": "normal",
        "topics": [{"topic": "delivery_time", "polarity": "negative", "words": "jamais arrivé"}],
    }
    session.add(
        Verdict(
            version_id=version.id,
            model="m@1",
            confidence=0.9,
            probabilities={},
            stars=stars or 1,
            made_at=now,
            **(usual | verdict),
        )
    )
    standing.refresh(session, [review.id])
    session.commit()
