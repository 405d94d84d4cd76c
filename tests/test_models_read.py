"""A change of model: how far the re-reading is, and which figures compare."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from monitor.config import Brand
from monitor.measure import models_read
from monitor.measure.change import READ_OTHERWISE
from monitor.measure.models_read import Models, Rereading
from monitor.measure.overview import overview
from monitor.measure.period import Period, Scope
from monitor.speech import Speech
from monitor.store.tables import Crawl, Review, Version
from monitor.tell import report as telling
from monitor.tell.charts import weekly
from monitor.tell.frozen import changes_of_method, freeze
from monitor.tell.readings import read_otherwise, series_break
from monitor.tell.report import letter
from monitor.tell.said import change_said, sentence
from monitor.tell.templates import environment
from tests.rows import a_review, a_source, a_verdict

BRAND = Brand(key="lumen", name="Maison Lumen")
SCOPE = Scope("lumen")
OLD, NEW, RULES = "test@1", "test@2", "test@2+rules"


def read_again(rows: Session, now: datetime, reviews: Iterable[Review], model: str = NEW) -> None:
    """Another model reads the current versions of these reviews, and says the same."""
    for review in reviews:
        version = rows.get_one(Version, review.version_id)
        verdict = a_verdict(version, now, str(review.sentiment), "normal")
        verdict.model = version.understood_by = model
        rows.add(verdict)
    rows.commit()


def eight_weeks(rows: Session, now: datetime) -> list[Review]:
    """Four reviews a week, the newest first: none negative at first, then every one."""
    source = a_source(rows, now)
    rows.add(
        Crawl(source_id=source.id, started_at=now, finished_at=now, walk="full", complete=True)
    )
    return [
        a_review(
            rows,
            now,
            number,
            hours=1 + 24 * 7 * (number // 4),
            sentiment="negative" if number < 16 else "positive",
        )
        for number in range(32)
    ]


def week_figures(rows: Session, now: datetime) -> dict[str, Any]:
    """The 28 days that end today, where the 28 before were all positive."""
    return overview(rows, BRAND, Period.last_days(28, now, BRAND.zone), now, weeks=8).to_json()


def test_a_first_reading_is_no_rereading(any_session: Session, now: datetime) -> None:
    assert models_read.models(any_session) == Models(None, ())
    a_review(any_session, now, 1, sentiment=None)
    assert models_read.rereading(any_session) is None
    a_review(any_session, now, 2)
    assert models_read.rereading(any_session) is None
    assert models_read.models(any_session) == Models(OLD, (OLD,))


def test_a_rereading_counts_what_is_read_until_nothing_is_left(
    any_session: Session, now: datetime
) -> None:
    reviews = [a_review(any_session, now, number) for number in range(5)]
    a_review(any_session, now, 9, sentiment=None)
    read_again(any_session, now, reviews[:2])
    assert models_read.rereading(any_session) == Rereading(NEW, 2, 5, new_model=True)
    read_again(any_session, now, reviews[2:])
    assert models_read.rereading(any_session) is None


def test_other_rules_are_told_from_another_model(session: Session, now: datetime) -> None:
    first, second = (a_review(session, now, number) for number in range(2))
    read_again(session, now, (first,), NEW)
    read_again(session, now, (second,), RULES)
    assert models_read.rereading(session) == Rereading(RULES, 1, 2, new_model=False)


def test_a_change_between_two_models_is_no_conclusion(any_session: Session, now: datetime) -> None:
    reviews = eight_weeks(any_session, now)
    before = week_figures(any_session, now)
    assert before["dissatisfaction_change"]["word"] == "worse"
    assert before["sudden"]["alarm"]["threshold"] is None, "the past had no negative"
    read_again(any_session, now, reviews[:16])
    figures = week_figures(any_session, now)
    assert figures["dissatisfaction_change"] == {
        "difference": None,
        "low": None,
        "high": None,
        "word": "no conclusion",
        "reason": "models",
    }
    assert [channel["change"]["reason"] for channel in figures["channels"]] == ["models"]
    # volume and response do not depend on who read
    assert figures["volume"]["change"]["reason"] is None
    assert figures["response_change"]["reason"] is None
    speech = Speech("fr", BRAND.zone)
    said = change_said(figures["dissatisfaction_change"], speech)
    assert said == "pas de conclusion : les deux périodes ont été lues différemment"
    assert "n’a pas été lue par le même modèle" in sentence(figures, speech)
    assert "Semaine calme" not in sentence(figures, speech)
    read_again(any_session, now, reviews[16:])
    assert week_figures(any_session, now)["dissatisfaction_change"]["word"] == "worse"


def test_one_period_read_by_two_models_does_not_compare(session: Session, now: datetime) -> None:
    reviews = eight_weeks(session, now)
    read_again(session, now, reviews[:3])
    found = overview(session, BRAND, Period.last_days(28, now, BRAND.zone), now)
    assert (found.model, found.read_by) == (NEW, (OLD, NEW))
    assert found.dissatisfaction_change == READ_OTHERWISE
    assert found.corrected is None


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (NEW, "En pointillé, avant le 26 octobre : avis lus par un autre modèle."),
        (RULES, "En pointillé, avant le 26 octobre : avis lus avec d’autres règles."),
    ],
)
def test_weeks_read_otherwise_are_dashed(
    session: Session, now: datetime, model: str, said: str
) -> None:
    reviews = eight_weeks(session, now)
    speech = Speech("fr", BRAND.zone)
    if model == RULES:
        read_again(session, now, reviews, NEW)
    plain = week_figures(session, now)
    assert series_break(plain, speech) == ""
    assert "stroke-dasharray" not in weekly(plain, speech).svg()
    read_again(session, now, reviews[:16], model)
    figures = week_figures(session, now)
    assert read_otherwise(figures) == [True] * 4 + [False] * 4
    assert series_break(figures, speech).startswith(said)
    assert "stroke-dasharray" in weekly(figures, speech).svg()


def test_weeks_read_otherwise_here_and_there_are_told_without_a_date(
    session: Session, now: datetime
) -> None:
    reviews = eight_weeks(session, now)
    read_again(session, now, reviews[8:])
    figures = week_figures(session, now)
    assert read_otherwise(figures) == [False] * 6 + [True] * 2
    assert series_break(figures, Speech("en", BRAND.zone)).startswith("Dashed, weeks read wholly")


def test_figures_frozen_before_models_were_kept_have_no_break() -> None:
    weeks = [{"start": "2026-11-08T23:00:00+00:00"}]
    assert series_break({"weeks": weeks}, Speech("fr")) == ""


def test_a_report_says_that_the_one_before_was_read_by_another_model(
    session: Session, now: datetime
) -> None:
    reviews = eight_weeks(session, now)
    earlier = freeze(session, now, BRAND, "2026-W45")
    read_again(session, now, reviews)
    report = freeze(session, now, BRAND, "2026-W46")
    assert (earlier.model, report.model) == (OLD, NEW)
    changes = changes_of_method(session, report)
    assert changes == ["model"]
    speech, templates = Speech("fr", BRAND.zone), environment(None)
    page = telling.render(report, [], speech, templates, changes=changes)
    text = letter(report, [], speech, templates, "https://vigie.example", changes).text
    for shown in (page, text):
        assert "La semaine d’avant a été relue par le nouveau" in re.sub(r"\s+", " ", shown)


def test_a_report_over_two_models_gives_no_change(session: Session, now: datetime) -> None:
    reviews = eight_weeks(session, now)
    freeze(session, now, BRAND, "2026-W45")
    read_again(session, now, reviews[:8])
    report = freeze(session, now, BRAND, "2026-W46")
    speech, templates = Speech("fr", BRAND.zone), environment(None)
    changes = changes_of_method(session, report)
    page = telling.render(report, [], speech, templates, changes=changes)
    assert "l’évolution n’est donc pas donnée" in page
    assert "lues différemment" in page
    assert "En pointillé, avant le 9 novembre" in page


def test_many_reviews_are_sampled_and_one_model_asks_for_nothing(
    session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviews = eight_weeks(session, now)
    period = Period(now - timedelta(weeks=9), now)
    asked: list[str] = []

    @event.listens_for(session.get_bind(), "before_cursor_execute")
    def note(*arguments: Any) -> None:
        asked.append(str(arguments[2]))

    known = models_read.models(session)
    asked.clear()
    assert models_read.read_by(session, SCOPE, period, 32, known) == (OLD,)
    assert models_read.read_by(session, SCOPE, period, 0, known) == ()
    assert asked == []
    read_again(session, now, reviews[::2])
    known = models_read.models(session)
    assert models_read.read_by(session, SCOPE, period, 32, known) == (OLD, NEW)
    monkeypatch.setattr(models_read, "SAMPLED", 8)
    assert models_read.read_by(session, SCOPE, period, 32, known) == (OLD,), "every fourth"
    assert "%" in asked[-1]


def test_counting_stays_within_the_index(session: Session, now: datetime) -> None:
    asked: list[tuple[str, Any]] = []

    @event.listens_for(session.get_bind(), "before_cursor_execute")
    def note(*arguments: Any) -> None:
        asked.append((str(arguments[2]), arguments[3]))

    reviews = [a_review(session, now, number) for number in range(3)]
    read_again(session, now, reviews[:1])
    asked.clear()
    assert models_read.rereading(session) is not None
    for statement, values in asked[:]:
        if "FROM version" in statement:
            plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            (step,) = (row[-1] for row in plan)
            assert step.startswith("SEARCH version USING COVERING INDEX ix_version_understood_by")
