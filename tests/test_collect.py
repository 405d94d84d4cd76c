"""Collect: nothing seen is lost, a re-read is free, an outage is never "no news"."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crawlers.contract import (
    Cursor,
    Fault,
    FoundReply,
    FoundReview,
    Page,
    RejectedRow,
    SourceError,
    Walk,
)
from crawlers.web import Web
from monitor.collect import register, run_one
from monitor.config import Brand, Config, SourceConfig
from monitor.remedies import REMEDIES
from monitor.store import standing
from monitor.store.tables import Crawl, OwnerReply, Review, SourceRow, Version

START = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)


@dataclass
class Platform:
    """A platform of a few lines: what it holds, and what goes wrong at which page."""

    reviews: list[FoundReview] = field(default_factory=list)
    fails: dict[int, Exception] = field(default_factory=dict)
    page_size: int = 2
    complete: bool = True
    walks: list[Walk] = field(default_factory=list)
    rejected: tuple[RejectedRow, ...] = ()
    gone: tuple[str, ...] = ()

    def pages(self, cursor: Cursor, walk: Walk) -> Iterator[Page]:
        self.walks.append(walk)
        starts = range(int(cursor.get("next", 0)), max(1, len(self.reviews)), self.page_size)
        for start in starts:
            number = start // self.page_size + 1
            if number in self.fails:
                raise self.fails[number]
            last = start + self.page_size >= len(self.reviews)
            yield Page(
                reviews=tuple(self.reviews[start : start + self.page_size]),
                cursor={} if last else {"next": start + self.page_size},
                expected=len(self.reviews),
                complete=last and self.complete,
                rejected=self.rejected,
                gone=self.gone,
            )


@dataclass
class House:
    """Collect with a platform and a clock that the test moves."""

    session: Session
    platform: Platform
    config: Config
    now: datetime = START

    def visit(self) -> None:
        """Let a day pass, and collect until nothing is due."""
        self.now += timedelta(days=1)
        assert self.run(), "nothing was due"
        while self.run():
            pass

    def run(self) -> bool:
        return run_one(
            self.session,
            lambda: self.now,
            self.config,
            Web(user_agent="test"),
            worker="one",
            open_source=lambda settings, web: self.platform,
        )

    @property
    def source(self) -> SourceRow:
        self.session.expire_all()
        return self.session.scalars(select(SourceRow)).one()

    def count(self, table: type[Review] | type[Version] | type[OwnerReply]) -> int:
        return self.session.scalar(select(func.count()).select_from(table)) or 0

    def review(self, external_id: str) -> Review:
        self.session.expire_all()
        return self.session.scalars(select(Review).where(Review.external_id == external_id)).one()


def some(number: int, **values: object) -> FoundReview:
    """An anonymous review."""
    given = {
        "external_id": f"r{number}",
        "written_at": START - timedelta(days=number),
        "text": f"Texte {number}",
        "stars": 1 + number % 5,
        "author": f"Client {number}",
    }
    return FoundReview(**{**given, **values})  # type: ignore[arg-type]


MakeHouse = Callable[..., House]


@pytest.fixture
def house(any_session: Session) -> MakeHouse:
    def make(count: int = 5, **platform: object) -> House:
        source = SourceConfig(name="avis", platform="trustpilot", full_walk_days=1)
        config = Config(brands=(Brand(key="lumen", name="Maison Lumen", sources=(source,)),))
        register(any_session, START, config)
        reviews = [some(number) for number in range(count)]
        return House(any_session, Platform(reviews, **platform), config)  # type: ignore[arg-type]

    return make


def test_every_review_is_stored_and_a_second_read_adds_nothing(house: MakeHouse) -> None:
    here = house()
    here.visit()
    here.visit()
    assert here.count(Review) == here.count(Version) == 5
    assert here.source.health == "healthy"
    assert here.source.expected == 5
    last = here.session.scalars(select(Crawl).order_by(Crawl.id.desc())).first()
    assert last is not None
    assert (last.found, last.new, last.changed, last.held, last.complete) == (5, 0, 0, 5, True)


def test_an_edit_adds_a_version_and_keeps_the_old_words(house: MakeHouse) -> None:
    here = house()
    here.visit()
    here.platform.reviews[0] = replace(some(0), text="Finalement déçu", stars=1)
    here.visit()
    review = here.review("r0")
    versions = here.session.scalars(
        select(Version).where(Version.review_id == review.id).order_by(Version.number)
    ).all()
    assert [one.text for one in versions] == ["Texte 0", "Finalement déçu"]
    assert review.version_id == versions[1].id
    assert (review.stars, review.version_count) == (1, 2)


def test_a_review_is_removed_only_after_two_complete_walks_and_can_come_back(
    house: MakeHouse,
) -> None:
    here = house()
    here.visit()
    lost = here.platform.reviews.pop(0)
    here.visit()
    assert here.review("r0").removed_at is None
    here.platform.complete = False
    here.visit()
    assert here.review("r0").missed_walks == 1
    here.platform.complete = True
    here.visit()
    assert here.review("r0").removed_at is not None
    here.platform.reviews.insert(0, lost)
    here.visit()
    review = here.review("r0")
    assert (review.removed_at, review.missed_walks, review.version_count) == (None, 0, 1)


def test_a_platform_that_suddenly_shows_nothing_is_an_outage(house: MakeHouse) -> None:
    here = house()
    here.visit()
    here.platform.reviews = []
    here.visit()
    assert (here.source.health, here.source.fault) == ("broken", Fault.EMPTY.value)
    here.visit()
    here.visit()
    assert all(one is None for one in here.session.scalars(select(Review.removed_at))), (
        "an outage must not read as a purge"
    )


def test_a_failure_keeps_the_pages_before_it_and_goes_on_from_there(house: MakeHouse) -> None:
    here = house(fails={2: SourceError(Fault.UNAVAILABLE, "HTTP 500", status=500)})
    here.visit()
    source = here.source
    assert here.count(Review) == 2
    assert (source.health, source.fault) == ("broken", "unavailable")
    assert source.cursor == {"next": 2}
    assert source.due_at == here.now + timedelta(minutes=5)
    here.platform.fails = {}
    here.visit()
    assert here.count(Review) == 5
    assert (here.source.health, here.source.faults_in_a_row) == ("healthy", 0)


@pytest.mark.parametrize(("asked", "waited"), [(1800, 1800), (7 * 86400, 86400)])
def test_the_platform_says_when_to_come_back_within_a_day(
    house: MakeHouse, asked: float, waited: float
) -> None:
    here = house(fails={1: SourceError(Fault.THROTTLED, "HTTP 429", retry_after=asked)})
    here.visit()
    assert here.source.due_at == here.now + timedelta(seconds=waited)
    assert "un jour au plus" in REMEDIES["throttled"].do


def test_a_refusal_pauses_the_source(house: MakeHouse) -> None:
    here = house(fails={1: SourceError(Fault.REFUSED, "HTTP 403", status=403)})
    here.visit()
    assert here.source.health == "paused"
    here.now += timedelta(days=30)
    assert not here.run()


def test_a_fault_of_a_platform_file_is_told_and_nothing_is_lost(house: MakeHouse) -> None:
    here = house(fails={2: KeyError("reviews")})
    here.visit()
    assert (here.source.health, here.source.fault) == ("broken", "changed")
    assert here.count(Review) == 2


def test_owner_replies_come_change_and_go(house: MakeHouse) -> None:
    here = house(count=1)
    here.visit()
    assert here.review("r0").answered_at is None
    at = START + timedelta(hours=5)
    reply = FoundReply(text="Merci de votre avis.", published_at=at)
    here.platform.reviews[0] = replace(some(0), reply=reply)
    here.visit()
    assert here.review("r0").answered_at == at
    here.platform.reviews[0] = replace(some(0), reply=replace(reply, text="Merci  de votre avis. "))
    here.visit()
    assert here.count(OwnerReply) == 1, "white space alone is not another reply"
    here.platform.reviews[0] = replace(some(0), reply=replace(reply, text="Nous vous répondons."))
    here.visit()
    assert here.count(OwnerReply) == 2
    here.platform.reviews[0] = some(0)
    here.visit()
    assert here.review("r0").answered_at is None
    assert here.count(OwnerReply) == 2


def test_hostile_text_is_kept_without_what_no_database_keeps(house: MakeHouse) -> None:
    here = house(count=0)
    here.platform.reviews = [
        some(1, text="a\x00b\ud800c", author="x" * 900, raw={"a": "\x00"}, external_id="y" * 400)
    ]
    here.visit()
    here.visit()
    version = here.session.scalars(select(Version)).one()
    assert version.text == "abc"
    assert here.count(Review) == 1


def test_rejected_rows_are_told(house: MakeHouse) -> None:
    here = house(rejected=(RejectedRow(place="avis.csv, ligne 3", reason="pas de date"),))
    here.visit()
    crawl = here.session.scalars(select(Crawl)).one()
    assert crawl.rejected_count == 3
    assert crawl.rejected[0] == {"place": "avis.csv, ligne 3", "reason": "pas de date"}


def test_a_worker_that_lost_its_claim_writes_nothing_more(house: MakeHouse) -> None:
    here = house()
    pages = here.platform.pages

    def stolen(cursor: Cursor, walk: Walk) -> Iterator[Page]:
        for page in pages(cursor, walk):
            yield page
            here.session.connection().exec_driver_sql("UPDATE source SET claimed_by = 'two'")

    here.platform.pages = stolen  # type: ignore[method-assign]
    here.now += timedelta(days=1)
    assert here.run()
    assert here.count(Review) == 2


def test_new_settings_start_the_source_anew_and_keep_its_reviews(house: MakeHouse) -> None:
    here = house()
    here.visit()
    source = SourceConfig(name="avis", platform="trustpilot", settings={"domain": "autre.example"})
    brand = Brand(key="lumen", name="Maison Lumen", sources=(source,))
    register(here.session, here.now, Config(brands=(brand,)))
    assert (here.source.health, here.source.cursor) == ("new", {})
    assert here.count(Review) == 5
    register(here.session, here.now, Config(brands=(replace_sources(brand),)))
    assert here.source.present is False


def replace_sources(brand: Brand) -> Brand:
    return brand.model_copy(update={"sources": ()})


def test_a_new_review_has_the_standing_that_a_refresh_would_write(house: MakeHouse) -> None:
    here = house()
    told = FoundReply(text="Merci.", published_at=START - timedelta(hours=3))
    here.platform.reviews = [
        some(1, stars=2, language="français", reply=told),
        some(2, stars=None, reply=replace(told, published_at=None)),
        some(3),
    ]
    here.visit()

    def stood() -> list[tuple[Any, ...]]:
        names = ("stars", "language", "topics", "contradiction", "urgency", "answered_at")
        columns = [getattr(Review, name) for name in names]
        rows = here.session.execute(select(Review.id, *columns).order_by(Review.id)).all()
        return [tuple(row) for row in rows]

    stored = stood()
    assert [row[-1] for row in stored] == [told.published_at, here.now, None]
    standing.refresh(here.session, [row[0] for row in stored])
    assert stood() == stored
