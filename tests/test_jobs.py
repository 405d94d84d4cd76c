"""The job table: a model is loaded when there is something to read, and rests when there is not."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from monitor import jobs
from monitor.config import Brand, Config
from monitor.installation import READER_RESTS, Installation
from monitor.store.tables import Evaluation
from tests.conftest import NOW
from tests.rows import a_review


class Clock:
    """A time that the test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def here(engine: Engine, clock: Clock) -> Installation:
    brand = Brand(key="lumen", name="Maison Lumen")
    return Installation(Config(brands=(brand,)), engine, clock)


def test_the_model_comes_with_work_and_goes_without(here: Installation, clock: Clock) -> None:
    assert jobs.work_off("understand", here) == 0
    assert "reader" not in vars(here)
    with here.session() as session:
        a_review(session, NOW, sentiment=None)
    assert jobs.work_off("understand", here) == 1
    assert "reader" in vars(here)
    clock.now += READER_RESTS - timedelta(seconds=1)
    jobs.work_off("understand", here)
    assert "reader" in vars(here)
    clock.now += timedelta(seconds=2)
    jobs.work_off("understand", here)
    assert "reader" not in vars(here)


@pytest.mark.parametrize("name", [name for name in jobs.JOBS if name not in {"digest", "report"}])
def test_a_job_without_work_says_so(here: Installation, name: str) -> None:
    assert jobs.work_off(name, here) == 0


def test_measuring_the_model_leaves_off_at_a_stop(here: Installation) -> None:
    with here.session() as session:
        a_review(session, NOW, sentiment=None)
    assert jobs.work_off("understand", here) == 1
    here.stopping = lambda: True
    assert jobs.work_off("evaluate", here) == 0
    with here.session() as session:
        assert session.scalars(select(Evaluation)).all() == []


def test_a_stop_is_heeded_between_two_pieces_of_work(here: Installation) -> None:
    with here.session() as session:
        for number in range(3):
            a_review(session, NOW, number, sentiment=None)
    assert jobs.work_off("understand", here, stopping=lambda: True) == 0
