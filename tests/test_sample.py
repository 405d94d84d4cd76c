"""The sample: what people check without choosing is what the model's error is learnt from."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from monitor.clock import start_of_day
from monitor.config import Brand
from monitor.measure import sample
from monitor.measure.corrected import Corrected, corrected
from monitor.measure.period import Period, Scope
from monitor.store import standing
from monitor.store.tables import Label, Person, Review
from tests.rows import a_review, an_illegible_review

BRAND = Brand(key="lumen", name="Maison Lumen")


def filled(rows: Session, now: datetime, checked: int) -> Person:
    """Eighty reviews of the sample, newest first, every second one called negative; so many of them
    checked. Of each ten the model was wrong about the first, which it called negative."""
    person = Person(name="Bob", email="bob@lumen.example", role="writer", made_at=now)
    rows.add(person)
    rows.flush()
    for number in range(80):
        found = "negative" if number % 2 == 0 else "positive"
        review = a_review(rows, now, number, id=20 * (number + 1), sentiment=found, hours=number)
        if number < checked:
            right = "positive" if number % 10 == 0 else found
            say(rows, now, person, review.version_id, right)
    rows.commit()
    return person


def say(rows: Session, now: datetime, person: Person, version_id: int | None, what: str) -> None:
    """A person's word on a sentiment."""
    label = Label(version_id=version_id, field="sentiment", value=what, made_at=now)
    label.person_id = person.id
    rows.add(label)


def rate(rows: Session, now: datetime) -> Corrected | None:
    """The corrected rate of the last 28 days."""
    period = Period.last_days(28, now, BRAND.zone)
    assert period.start <= start_of_day(now.date(), BRAND.zone)
    return corrected(rows, Scope(BRAND.key), period)


def test_the_rate_is_corrected_from_a_sample_that_is_checked(
    any_session: Session, now: datetime
) -> None:
    filled(any_session, now, checked=80)
    found = rate(any_session, now)
    assert found is not None
    # 40 called negative, 8 of them wrongly: all 32 true ones found, 40 of 48 others spared
    assert (found.labels, found.sensitivity) == (80, 1.0)
    assert found.specificity == pytest.approx(40 / 48)
    assert found.share == pytest.approx(32 / 80)


def test_what_the_model_could_not_read_is_no_error_of_its(
    any_session: Session, now: datetime
) -> None:
    person = filled(any_session, now, checked=80)
    before = rate(any_session, now)
    for number in range(100, 140):
        review = an_illegible_review(any_session, now, number, id=20 * number, hours=40)
        if number % 2:
            say(any_session, now, person, review.version_id, "negative")
            any_session.flush()
            standing.refresh(any_session, [review.id])
    any_session.commit()
    assert rate(any_session, now) == before
    assert before is not None


def test_what_only_looked_wrong_corrects_nothing(any_session: Session, now: datetime) -> None:
    person = filled(any_session, now, checked=0)
    for number in range(80):
        found = "negative" if number % 2 else "positive"
        review = a_review(any_session, now, 100 + number, id=20 * number + 7, sentiment=found)
        say(any_session, now, person, review.version_id, "positive" if number % 2 else "negative")
    any_session.commit()
    assert rate(any_session, now) is None


def test_a_sample_checked_here_and_there_says_nothing(session: Session, now: datetime) -> None:
    person = filled(session, now, checked=0)
    reviews = [20 * (number + 1) for number in range(80)]
    for number, review_id in enumerate(reviews):
        if number % 4:
            say(session, now, person, version_of(session, review_id), "negative")
    session.commit()
    assert sample.checked(session, "test@1") is None, "60 of the 79 from the first to the last"
    for review_id in reviews[4:20:4]:
        say(session, now, person, version_of(session, review_id), "positive")
    session.commit()
    assert len(sample.checked(session, "test@1") or ()) == 64


def test_one_old_review_that_somebody_corrects_does_not_undo_the_sample(
    any_session: Session, now: datetime
) -> None:
    person = filled(any_session, now, checked=80)
    before = sample.checked(any_session, "test@1")
    # nobody was ever asked about these
    for number in range(100, 140):
        old = a_review(any_session, now, number, id=20 * number, hours=24 * number)
    say(any_session, now, person, old.version_id, "positive")
    any_session.commit()
    assert before is not None
    assert sample.checked(any_session, "test@1") == before


def version_of(rows: Session, review_id: int) -> int | None:
    """The current version of a review."""
    return rows.get_one(Review, review_id).version_id
