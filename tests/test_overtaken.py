"""A new reading and what becomes of the proposal for the old one: both, or neither."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from monitor.reply.overtaken import following
from monitor.store.engine import sessions
from monitor.store.tables import Audit, Draft, Review, Verdict, Version
from monitor.understand import CLAIM, run_one
from tests.conftest import NOW
from tests.rows import a_draft, a_review
from tests.simulation.mortal import Reader

READER: Any = Reader()


class DeadError(Exception):
    """The process ends here."""


@contextmanager
def dying(session: Session, now: datetime, review_ids: Collection[int]) -> Iterator[None]:
    """Follow, and be killed before the commit."""
    with following(session, now, review_ids):
        yield
    raise DeadError


def found(engine: Engine) -> tuple[str | None, str, int, int]:
    """The review's sentiment, its draft's state, how many verdicts and rows of audit."""
    with sessions(engine)() as rows:
        sentiment = rows.scalars(select(Review.sentiment)).one()
        state = rows.scalars(select(Draft.state)).one()
        verdicts, story = (len(rows.scalars(select(one.id)).all()) for one in (Verdict, Audit))
        return sentiment, state, verdicts, story


def test_a_new_reading_and_the_end_of_the_proposal_are_one_step(any_engine: Engine) -> None:
    with sessions(any_engine)() as rows:
        review = a_review(rows, NOW, stars=1, sentiment="positive")
        a_draft(rows, NOW, review).template = "fr/neutral"
        rows.commit()
    before = found(any_engine)
    with sessions(any_engine)() as rows, pytest.raises(DeadError):
        run_one(rows, NOW, READER, follow=dying)
    assert found(any_engine) == before == ("positive", "proposed", 1, 0)
    with sessions(any_engine)() as rows:
        assert run_one(rows, NOW + CLAIM, READER, follow=following)
    assert found(any_engine) == ("negative", "void", 2, 1)


@pytest.mark.postgresql
@pytest.mark.parametrize("any_engine", ["postgresql"], indirect=True)
def test_an_approval_need_not_wait_for_a_reading(any_engine: Engine) -> None:
    """It holds the review and refers to its version; the reading holds the version first."""
    with sessions(any_engine)() as rows:
        a_review(rows, NOW)
        rows.commit()

    @contextmanager
    def beside(session: Session, now: datetime, review_ids: Collection[int]) -> Iterator[None]:
        with sessions(any_engine)() as other:
            referring = select(Version.id).with_for_update(nowait=True, read=True, key_share=True)
            assert len(other.scalars(referring).all()) == 1
        yield

    with sessions(any_engine)() as rows:
        assert run_one(rows, NOW, READER, follow=beside)
