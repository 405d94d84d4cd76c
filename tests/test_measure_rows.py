"""Measures read from rows, on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.config import Brand
from monitor.measure.change import NOTHING
from monitor.measure.counts import view_counts
from monitor.measure.coverage import coverage
from monitor.measure.customers import PerThousand, dissatisfied_authors, per_thousand
from monitor.measure.overview import overview
from monitor.measure.period import Period, Scope
from monitor.measure.rate import Withheld, as_published, dissatisfaction, wilson
from monitor.measure.response import attainment, response_time
from monitor.measure.series import weekly
from monitor.measure.stages import stages
from monitor.measure.topics import points
from monitor.measure.waits import waits
from monitor.store import standing
from monitor.store.queries_inbox import Filters, find
from monitor.store.tables import (
    Crawl,
    CustomerDay,
    OwnerReply,
    Review,
    SourceRow,
    Verdict,
)
from tests.rows import LATE, a_label, a_review, a_source, an_illegible_review

BRAND = Brand(key="lumen", name="Maison Lumen")
SCOPE = Scope("lumen")


@pytest.fixture
def period(now: datetime) -> Period:
    """The seven days of Paris that end with the tests' today."""
    return Period.last_days(7, now, BRAND.zone)


def visited(rows: Session, source: SourceRow, at: datetime, **values: Any) -> None:
    """A visit of the source that ended a minute after."""
    rows.add(
        Crawl(
            source_id=source.id,
            started_at=at,
            finished_at=at + timedelta(minutes=1),
            walk="new",
            **values,
        )
    )
    rows.commit()


def answer(rows: Session, review: Review, at: datetime) -> None:
    """An owner reply, seen on the platform."""
    rows.add(OwnerReply(review_id=review.id, text="Merci", hash="h", published_at=at, seen_at=at))
    standing.refresh(rows, [review.id])
    rows.commit()


def two_answered_and_one_waiting(rows: Session, now: datetime) -> None:
    """Answered after 2 h and after 10 h; waiting for 50 h."""
    for number, (hours, after) in enumerate(((20, 2), (30, 10))):
        review = a_review(rows, now, number, hours=hours)
        answer(rows, review, review.written_at + timedelta(hours=after))
    a_review(rows, now, 3, hours=50)


def test_a_rate_leaves_out_the_unread_and_keeps_the_removed(
    any_session: Session, now: datetime, period: Period
) -> None:
    for number, sentiment in enumerate(("negative", "negative", "positive", "neutral", None)):
        a_review(any_session, now, number, sentiment=sentiment)
    a_review(any_session, now, 9, sentiment="negative", hours=24 * 30)
    gone = a_review(any_session, now, 10, sentiment="negative", removed_at=now)
    assert gone.removed_at is not None
    # 3 negatives of 5 read; one of the negatives is no longer published: 2 of 4
    assert dissatisfaction(any_session, SCOPE, period) == wilson(3, 5)
    assert as_published(any_session, SCOPE, period) == wilson(2, 4)
    assert dissatisfaction(any_session, Scope("other"), period) == wilson(0, 0)


def test_what_nobody_could_read_is_in_no_rate_until_a_person_has_said_what_it_is(
    any_session: Session, now: datetime, period: Period
) -> None:
    a_review(any_session, now, 1, sentiment="negative")
    a_review(any_session, now, 2, sentiment="positive")
    a_review(any_session, now, 3, sentiment=None)
    review = an_illegible_review(any_session, now, 4)
    found = overview(any_session, BRAND, period, now)
    assert (found.volume.received, found.volume.unread, found.volume.illegible) == (4, 1, 1)
    assert dissatisfaction(any_session, SCOPE, period) == wilson(1, 2)
    assert found.weeks[-1].rate == wilson(1, 2)
    a_label(any_session, now, review.version_id, "sentiment", "negative")
    found = overview(any_session, BRAND, period, now)
    assert (found.volume.unread, found.volume.illegible) == (1, 0)
    assert dissatisfaction(any_session, SCOPE, period) == wilson(2, 3)


def test_a_persons_label_counts_before_the_verdict(
    any_session: Session, now: datetime, period: Period
) -> None:
    review = a_review(any_session, now, sentiment="negative")
    a_label(any_session, now, review.version_id, "sentiment", "positive")
    assert dissatisfaction(any_session, SCOPE, period) == wilson(0, 1)


def test_response_time_counts_the_unanswered_and_stops_at_a_removal(
    any_session: Session, now: datetime, period: Period
) -> None:
    # answered after 2 h and 10 h; waiting for 50 h; removed unanswered after 5 h:
    # S(2) = 3/4; the removal leaves at 5; S(10) = 3/4 · 1/2 = 3/8, so the median is 10 h
    two_answered_and_one_waiting(any_session, now)
    a_review(any_session, now, 4, hours=40, removed_at=now - timedelta(hours=35))
    found = response_time(any_session, SCOPE, period, now)
    assert (found.n, found.answered, found.waiting) == (4, 2, 1)
    assert found.median == 10
    day = found.within[24]
    assert day is not None
    assert day.share == pytest.approx(5 / 8)
    assert day.low < day.share < day.high
    assert found.within[72] is None, "nobody has waited three days"
    assert response_time(any_session, Scope("other"), period, now).n == 0


def test_what_a_person_settled_no_longer_waits_and_was_not_answered(
    any_session: Session, now: datetime, period: Period
) -> None:
    # answered after 2 h and 10 h; waiting for 50 h; settled after 5 h; settled after 1 h and
    # answered all the same after 12 h: S(2) = 4/5; at 5 one leaves; S(10) = 4/5 · 2/3 = 8/15,
    # S(12) = 4/5 · 1/3 = 4/15
    two_answered_and_one_waiting(any_session, now)
    a_review(any_session, now, 4, hours=40, settled_at=now - timedelta(hours=35))
    late = a_review(any_session, now, 5, hours=40, settled_at=now - timedelta(hours=39))
    answer(any_session, late, late.written_at + timedelta(hours=12))
    found = response_time(any_session, SCOPE, period, now)
    assert (found.n, found.answered, found.waiting, found.settled) == (5, 3, 1, 1)
    assert found.median == 12
    day = found.within[24]
    assert day is not None
    assert day.share == pytest.approx(11 / 15)


def test_a_promise_is_missed_by_what_was_settled_late_and_not_by_what_was_settled_in_time(
    session: Session, now: datetime, period: Period
) -> None:
    # critical: owed within 4 h; settled after 1 h and after 10 h, removed after 1 h, waiting for 5
    soon = now - timedelta(hours=19)
    a_review(session, now, 1, severity="critical", hours=20, settled_at=soon)
    a_review(session, now, 2, severity="critical", hours=20, removed_at=soon)
    a_review(session, now, 3, severity="critical", hours=20, settled_at=now - timedelta(hours=10))
    a_review(session, now, 4, severity="critical", hours=5)
    (critical, _, _) = attainment(waits(session, SCOPE, period, now), BRAND.responding)
    assert (critical.owed, critical.kept) == (2, 0)


def test_how_many_wait_is_what_the_inbox_counts_even_of_a_sample(
    session: Session, now: datetime, period: Period, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.measure.waits.MOST", 3)
    for number in range(4):
        a_review(session, now, 3 * number)
        a_review(session, now, 3 * number + 1, removed_at=now)
        a_review(session, now, 3 * number + 2, settled_at=now)
    found = response_time(session, SCOPE, period, now)
    assert found.sample == 3
    inbox = view_counts(session, {"lumen": BRAND.responding}, now)
    assert found.waiting == inbox.to_answer == 4


def test_an_answer_that_comes_later_is_not_known_yet(
    session: Session, now: datetime, period: Period
) -> None:
    review = a_review(session, now, hours=20)
    answer(session, review, now + timedelta(hours=1))
    assert response_time(session, SCOPE, period, now).answered == 0


def test_one_author_of_three_complaints_is_one_dissatisfied_customer(
    any_session: Session, now: datetime, period: Period
) -> None:
    for number in range(3):
        review = a_review(any_session, now, number)
        review.author_id = "one"
    a_review(any_session, now, 5)
    a_review(any_session, now, 6, sentiment="positive")
    nameless = [a_review(any_session, now, number) for number in (7, 8)]
    for review in nameless:
        review.author = None
    any_session.commit()
    # "one", Camille 5, and two whom the platform does not name
    assert dissatisfied_authors(any_session, SCOPE, period) == 4


def test_per_thousand_needs_a_denominator(session: Session, now: datetime, period: Period) -> None:
    for number in range(5):
        a_review(session, now, number)
    assert per_thousand(session, BRAND, period) is None
    first = period.start.astimezone(BRAND.zone).date()
    for day in range(6):
        session.add(CustomerDay(brand="lumen", day=first + timedelta(days=day), customers=100))
    session.commit()
    assert per_thousand(session, BRAND, period) is None, "a day is missing"
    session.add(CustomerDay(brand="lumen", day=first + timedelta(days=6), customers=400))
    session.commit()
    found = per_thousand(session, BRAND, period, wilson(5, 5))
    assert found is not None
    # 5 authors of 1,000 customers; Garwood for 5: 1.62 to 11.67; reviews say 100 %, customers 0.5 %
    assert (found.authors, found.customers, found.value) == (5, 1000, 5.0)
    assert (found.low, found.high) == pytest.approx((1.623, 11.668), abs=1e-3)
    assert found.magnifying == pytest.approx(200)


def test_customers_to_come_are_not_counted(session: Session, now: datetime, period: Period) -> None:
    # 700 a week, 100 a day; of the seven days six and 11.5 hours have passed
    brand = BRAND.model_copy(update={"customers_per_week": 700})
    a_review(session, now)
    visited(session, a_source(session, now), now - timedelta(hours=1))
    found = overview(session, brand, period, now).per_thousand
    assert isinstance(found, PerThousand)
    assert (found.customers, found.known_by) == (round(100 * (6 + 11.5 / 24)), "estimate")
    first = period.start.astimezone(BRAND.zone).date()
    for day in range(6):
        session.add(CustomerDay(brand="lumen", day=first + timedelta(days=day), customers=50))
    session.commit()
    a_review(session, now, 2, hours=30)
    found = overview(session, brand, period, now).per_thousand
    assert isinstance(found, PerThousand)
    # today has no count yet: neither its customers nor its author
    assert (found.customers, found.authors, found.known_by) == (300, 1, "days")


def test_a_morning_is_compared_with_a_morning(
    session: Session, now: datetime, period: Period
) -> None:
    # 11:30 in Paris; the period before ends seven days ago, at 11:30 too
    week = 7 * 24
    for number, hours in enumerate((1, week + 1, *(week - later for later in range(1, 13)))):
        a_review(session, now, number, hours=hours)
    found = overview(session, BRAND, period, now).volume
    assert (found.before, found.change.word) == (1, "no conclusion")
    ended = overview(session, BRAND, period, period.end)
    assert ended.volume.before == 13, "whole days when they are over"


@pytest.mark.parametrize(
    ("hours_ago", "values", "state", "reason"),
    [
        (1, {"held": 99, "expected": 100}, "complete", None),
        (1, {"held": 50, "expected": 100}, "partial", "fewer"),
        (1, {"rejected_count": 2}, "partial", "rejected"),
        (20, {}, "partial", "fault"),
        (60, {}, "broken", "fault"),
        (1, {"fault": "refused"}, "broken", "never"),
    ],
)
def test_coverage_says_how_far_a_source_was_read(
    session: Session,
    now: datetime,
    period: Period,
    hours_ago: int,
    values: dict[str, Any],
    state: str,
    reason: str | None,
) -> None:
    source = a_source(session, now)
    visited(session, source, now - timedelta(hours=hours_ago), **values)
    (found,) = coverage(session, BRAND, period, now)
    assert (found.state, found.reason) == (state, reason)


def test_over_broken_coverage_the_rate_is_withheld_and_not_zero(
    session: Session, now: datetime, period: Period
) -> None:
    source = a_source(session, now)
    visited(session, source, now - timedelta(hours=70))
    found = overview(session, BRAND, period, now)
    assert found.dissatisfaction == Withheld(("lumen-trustpilot",))
    assert found.dissatisfaction_change == NOTHING
    assert found.channels[0].rate == Withheld(("lumen-trustpilot",))
    other = a_source(session, now, "lumen-mastodon", "mastodon")
    visited(session, other, now - timedelta(hours=1))
    review = a_review(session, now)
    review.source_id = other.id
    session.commit()
    assert overview(session, BRAND, period, now).readable == wilson(1, 1)
    visited(session, source, now - timedelta(minutes=5))
    assert overview(session, BRAND, period, now).dissatisfaction == wilson(1, 1)


def test_points_of_non_quality_come_with_a_quote(
    any_session: Session, now: datetime, period: Period
) -> None:
    for number in range(3):
        a_review(any_session, now, number)
    a_review(any_session, now, 4, text="Abat-jour fendu.")
    (point,) = points(any_session, SCOPE, period, period.before(BRAND.zone))
    assert (point.topic, point.mentions, point.rate) == ("delivery_time", 3, wilson(3, 4))
    assert point.quote is not None
    assert point.quote.text == LATE


def test_weeks_are_the_brands_own_across_a_clock_change(session: Session, now: datetime) -> None:
    # Monday 26 October 2026 00:30 in Paris is Sunday 23:30 UTC: the new week already
    edge = datetime.fromisoformat("2026-10-25T23:30:00+00:00")
    a_review(session, now, 1, hours=(now - edge) / timedelta(hours=1))
    found = {week.name: week.received for week in weekly(session, SCOPE, now, BRAND.zone, weeks=5)}
    assert found == {"2026-W43": 0, "2026-W44": 1, "2026-W45": 0, "2026-W46": 0, "2026-W47": 0}


def test_views_are_counted(any_session: Session, now: datetime) -> None:
    a_review(any_session, now, 1, severity="critical", hours=5)  # owed within 4 h: late
    a_review(any_session, now, 2, hours=5)
    a_review(any_session, now, 3, sentiment="positive", hours=100)  # owed within 72 h: late
    answer(any_session, a_review(any_session, now, 4), now)
    found = view_counts(any_session, {"lumen": BRAND.responding}, now)
    assert (found.to_answer, found.critical, found.late, found.praise, found.all) == (3, 1, 2, 1, 4)


def test_an_overview_is_plain_json_and_says_no_data_for_nothing(
    any_session: Session, now: datetime, period: Period
) -> None:
    empty = overview(any_session, BRAND, period, now).to_json()
    assert json.loads(json.dumps(empty)) == empty
    assert empty["dissatisfaction"]["share"] is None
    assert empty["response"]["median"] is None
    assert [stage["n"] for stage in empty["stages"]] == [0] * 5
    visited(any_session, a_source(any_session, now), now - timedelta(hours=1))
    a_review(any_session, now)
    full = overview(any_session, BRAND, period, now).to_json()
    assert full["dissatisfaction"]["share"] == 1
    assert full["weeks"][-1]["received"] == 1
    assert stages(any_session, SCOPE, period)[0].median is None


def test_a_point_counts_the_reviews_that_its_list_holds(
    any_session: Session, now: datetime, period: Period
) -> None:
    for number, polarity in enumerate(("negative", "negative", "positive", "neutral")):
        review = a_review(any_session, now, number)
        verdict = any_session.scalars(
            select(Verdict).where(Verdict.version_id == review.version_id)
        ).one()
        verdict.topics = [
            {"topic": "delivery_time", "polarity": polarity, "words": '"polarity": "negative"'},
            {"topic": "staff", "polarity": "negative", "words": "accueil"},
        ]
        standing.refresh(any_session, [review.id])
    any_session.commit()
    found = points(any_session, SCOPE, period, period.before(BRAND.zone))
    assert {point.topic: point.mentions for point in found} == {"staff": 4, "delivery_time": 2}
    for point in found:
        ill = Filters(brand="lumen", topic=point.topic, polarity="negative")
        assert len(find(any_session, ill, [], worst_first=False).rows) == point.mentions
    wide = Filters(brand="lumen", topic="delivery_time")
    assert len(find(any_session, wide, [], worst_first=False).rows) == 4
    alone = Filters(brand="lumen", polarity="positive")
    assert len(find(any_session, alone, [], worst_first=False).rows) == 4, "of no topic"
