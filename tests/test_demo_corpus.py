"""What Maison Lumen's customers wrote, and how time shapes it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from monitor.demo import corpus, customers
from monitor.demo.scene import AlreadyAnsweredError, Scene
from monitor.store.tables import Base, CustomerDay, Order

TODAY = date(2026, 11, 22)
OPENED = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
BAD_WEEK = range(38, 47)


class Hands:
    """A clock that is moved by hand."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture(scope="module")
def written() -> list[corpus.Written]:
    return corpus.corpus(TODAY)


def share(of: list[corpus.Written], wanted: Callable[[corpus.Written], bool]) -> float:
    return sum(wanted(one) for one in of) / len(of)


def age(review: corpus.Written) -> int:
    """Days, in Paris."""
    return (TODAY - review.written_at.astimezone(corpus.PARIS).date()).days


def test_the_same_day_and_seed_give_the_same_reviews(written: list[corpus.Written]) -> None:
    assert corpus.corpus(TODAY) == written
    assert corpus.corpus(TODAY, seed=1) != written


def test_there_are_several_hundred_reviews_and_none_twice(written: list[corpus.Written]) -> None:
    everything = written + corpus.live(OPENED)
    texts = [one.text for one in everything if one.text]
    answers = [one.answer.text for one in everything if one.answer]
    assert len(written) >= 320
    assert len({one.id for one in everything}) == len(everything)
    assert len({one.author for one in everything}) == len(everything)
    assert len(set(texts)) == len(texts)
    assert len(set(answers)) == len(answers)


def test_ids_survive_another_day(written: list[corpus.Written]) -> None:
    tomorrow = corpus.corpus(TODAY + timedelta(days=1))
    assert {one.id for one in tomorrow} == {one.id for one in written}


def test_languages_and_stars_are_mixed_as_on_a_real_page(written: list[corpus.Written]) -> None:
    languages = Counter(one.language for one in written)
    stars = Counter(one.stars for one in written)
    assert 0.70 < languages["fr"] / len(written) < 0.82
    assert 0.09 < languages["en"] / len(written) < 0.15
    assert min(languages[code] for code in ("de", "es", "it", "nl")) >= 8
    assert stars[5] > stars[1] > stars[4] > stars[3] > 20
    assert sum(not one.text for one in written) >= 15


def test_reviews_cover_seven_months_and_none_is_of_the_future(
    written: list[corpus.Written],
) -> None:
    midnight = datetime.combine(TODAY, datetime.min.time(), corpus.PARIS)
    ages = [age(one) for one in written]
    assert all(one.written_at.utcoffset() == timedelta(0) for one in written)
    assert all(one.written_at < midnight for one in written)
    assert min(ages) == 1
    assert 200 <= max(ages) <= 215
    at_night = share(written, lambda one: 2 <= one.written_at.astimezone(corpus.PARIS).hour <= 5)
    assert at_night == 0


def test_the_bad_week_is_bad(written: list[corpus.Written]) -> None:
    days = {
        one.id: (TODAY - one.written_at.astimezone(corpus.PARIS).date()).days for one in written
    }
    bad = [one for one in written if days[one.id] in BAD_WEEK]
    usual = [one for one in written if days[one.id] not in BAD_WEEK]
    assert share(bad, lambda one: one.stars <= 2) > 0.75
    assert share(usual, lambda one: one.stars <= 2) < 0.4
    assert len(bad) / len(BAD_WEEK) > 2 * len(usual) / (213 - len(BAD_WEEK))


def test_half_the_reviews_are_answered_in_hours_or_days(written: list[corpus.Written]) -> None:
    assert 0.5 < share(written, lambda one: one.answer is not None) < 0.62
    waits = [one.answer.published_at - one.written_at for one in written if one.answer]
    assert timedelta(hours=2) < min(waits) < timedelta(hours=12)
    assert timedelta(days=7) < max(waits) < timedelta(days=11)
    for one in written:
        if one.answer:
            at = one.answer.published_at.astimezone(corpus.PARIS)
            assert at.weekday() < 6
            assert 9 <= at.hour <= 18


def test_the_bad_week_has_reviews_that_nobody_answered(written: list[corpus.Written]) -> None:
    limit = datetime.combine(TODAY, datetime.min.time(), UTC) - timedelta(days=30)
    assert (
        sum(one.answer is None and one.stars == 1 for one in written if one.written_at < limit) > 5
    )


def test_life_goes_on_after_the_opening(tmp_path: Path) -> None:
    clock = Hands(OPENED)
    scene = Scene(tmp_path, clock)
    before = {one.review.id: one for one in scene.reviews()}
    clock.at = OPENED + timedelta(minutes=30)
    soon = {one.review.id: one for one in scene.reviews()}
    clock.at = OPENED + timedelta(minutes=90)
    later = {one.review.id: one for one in scene.reviews()}
    appeared = soon.keys() - before.keys()
    assert len(appeared) == 5
    assert len(appeared - later.keys()) == 1, "one review vanishes"
    edited = [name for name in appeared & later.keys() if later[name].edited_at]
    assert len(edited) == 1
    assert soon[edited[0]].edited_at is None
    assert (soon[edited[0]].stars, later[edited[0]].stars) == (3, 4)
    assert soon[edited[0]].text != later[edited[0]].text


def test_nothing_is_shown_before_its_time(tmp_path: Path) -> None:
    clock = Hands(OPENED)
    scene = Scene(tmp_path, clock)
    for one in scene.reviews():
        assert one.review.written_at <= clock.at
        assert one.edited_at is None or one.edited_at <= clock.at
        assert one.reply is None or one.reply.published_at <= clock.at
    assert all(post.written_at <= clock.at for post in scene.posts())


def test_a_restart_finds_what_was_there(tmp_path: Path) -> None:
    clock = Hands(OPENED)
    scene = Scene(tmp_path, clock)
    waiting = next(one.review.id for one in scene.reviews() if one.reply is None)
    answered = next(one.review.id for one in scene.reviews() if one.reply)
    scene.answer(waiting, "Merci.")
    scene.withdraw(answered)
    clock.at = OPENED + timedelta(days=3)
    again = Scene(tmp_path, clock)
    assert again.today == TODAY
    assert (found := again.review(waiting)) is not None
    assert found.reply is not None
    assert found.reply.text == "Merci."
    assert (found := again.review(answered)) is not None
    assert found.reply is None
    with pytest.raises(AlreadyAnsweredError):
        again.answer(waiting, "Encore.")


def test_a_broken_memory_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "kept.json").write_text("{")
    with pytest.raises(ValueError, match=r"kept\.json cannot be read: delete the folder"):
        Scene(tmp_path, Hands(OPENED))


def test_the_survey_has_a_mark_that_is_none(tmp_path: Path) -> None:
    rows = corpus.surveys(TODAY)
    assert len(rows) >= 30
    assert [row.answered_on for row in rows] == sorted(row.answered_on for row in rows)
    assert [row.stars for row in rows if not row.stars.isdigit()] == ["n/a"]


def test_about_1900_customers_a_week_and_one_order_in_fifty() -> None:
    served = [one for one in customers.customers(TODAY) if one.day < TODAY]
    weekly = sum(one.customers for one in served) / 30
    ordered = customers.orders(TODAY)
    on_the_web = sum(one.customers for one in served if not one.location)
    late = [one for one in ordered if one.delivered_at and one.delivered_at > one.promised_at]
    assert {one.day for one in served} == {TODAY - timedelta(days=ago) for ago in range(1, 211)}
    assert 1750 < weekly < 2050
    assert 0.015 < len(ordered) / on_the_web < 0.025
    assert 0.03 < len(late) / len(ordered) < 0.2
    assert customers.orders(TODAY) == ordered


def test_customers_are_imported_once() -> None:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        added = customers.fill(session, "maison-lumen", TODAY)
        session.commit()
        days = session.scalar(select(func.count(CustomerDay.id))) or 0
        orders = session.scalar(select(func.count(Order.id))) or 0
        assert added == days + orders > 1000
        assert customers.fill(session, "maison-lumen", TODAY) == 0
    engine.dispose()


def test_every_line_of_the_files_is_one_json_object_with_its_key() -> None:
    keys = []
    for path in sorted(corpus.FOLDER.glob("[a-z][a-z]-*.jsonl")):
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        assert all(row["language"] == path.name[:2] for row in rows), path.name
        keys += [row["key"] for row in rows]
    assert len(keys) == len(set(keys))
