"""The dashboard and the reports: figures with their interval, or why there is none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from sqlalchemy import select

from monitor.store.tables import Crawl, Evaluation, OwnerReply, SourceRow
from monitor.tell.frozen import freeze
from tests.rows import a_review
from tests.web.conftest import Site
from tests.web.people import Visitor

Window = Callable[..., Page]
WEEK = "2026-W46"


def fill(site: Site, *, broken: bool = False) -> None:
    """Ten reviews over the last fortnight, four of them negative, three answered."""
    with site.rows() as rows:
        for number in range(1, 11):
            poor = number <= 4
            review = a_review(
                rows,
                site.now,
                number,
                stars=1 if poor else 5,
                sentiment="negative" if poor else "positive",
                hours=30 * number,
                location="Lyon" if number % 2 else None,
            )
            if number > 7:
                reply = OwnerReply(review_id=review.id, text="Merci.", hash=str(number))
                reply.seen_at = reply.published_at = site.now - timedelta(hours=1)
                rows.add(reply)
        source = rows.scalars(select(SourceRow)).one()
        visited(source, site.now, broken=broken)
        rows.add(
            Crawl(
                source_id=source.id,
                started_at=site.now - timedelta(hours=1),
                finished_at=site.now,
                walk="full",
                complete=not broken,
                found=10,
                held=10,
                expected=10,
                fault="unavailable" if broken else None,
            )
        )
        rows.commit()


def visited(source: SourceRow, now: datetime, *, broken: bool) -> None:
    """The source was read a moment ago, or has been failing for a month."""
    source.visited_at = now
    source.expected = 10
    if broken:
        source.health, source.fault = "broken", "unavailable"
        source.failing_since = source.succeeded_at = now - timedelta(days=30)
    else:
        source.health, source.succeeded_at, source.full_walk_at = "healthy", now, now


def test_the_rate_is_shown_with_its_interval_and_its_n(site: Site, alice: Visitor) -> None:
    fill(site)
    page = alice.get("/dashboard?days=28").text
    # Wilson for 4 of 10: 16.8 % to 68.7 %
    for said in ("40,0\N{NO-BREAK SPACE}%", "16,8\N{NO-BREAK SPACE}%", "68,7\N{NO-BREAK SPACE}%"):
        assert said in page
    assert "10 avis lus" in page
    assert "lue en entier" in page


def test_over_broken_coverage_the_rate_is_withheld_not_zero(site: Site, alice: Visitor) -> None:
    fill(site, broken=True)
    page = alice.get("/dashboard").text
    assert "Non donnée" in page
    assert "non lue" in page
    assert "40,0\N{NO-BREAK SPACE}%" not in page


def test_no_median_is_given_while_more_than_half_wait(site: Site, alice: Visitor) -> None:
    fill(site)
    page = alice.get("/dashboard").text
    assert "plus de la moitié attendent" in page
    assert "0 réponse, 10 avis attendent encore" in page


def test_without_reviews_there_is_no_rate_either(site: Site, alice: Visitor) -> None:
    page = alice.get("/dashboard").text
    assert "Pas de données." in page
    assert "0,0\N{NO-BREAK SPACE}%" not in page


def test_the_models_own_error_is_said_once_it_is_known(site: Site, alice: Visitor) -> None:
    fill(site)
    assert "avis d’essai" not in alice.get("/dashboard").text
    recall = {"share": 0.95, "low": 0.93, "high": 0.97}
    figures = {"total": {"sentiment": {"n": 992}, "negative_recall": recall}}
    with site.rows() as rows:
        rows.add(Evaluation(model="test@1", made_at=site.now, part="test", n=992, figures=figures))
        rows.commit()
    page = alice.get("/dashboard").text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Le modèle test@1 trouve 95 % des avis négatifs" in page
    assert "(de 93 % à 97 %), mesuré sur 992 avis d’essai le 18 novembre 2026." in page


def test_what_is_shown_leads_to_its_reviews(site: Site, alice: Visitor, window: Window) -> None:
    fill(site)
    page = window(alice)
    page.goto("/dashboard")
    page.get_by_role("link", name="Lyon").click()
    page.wait_for_url("**/?view=all&location=Lyon")
    assert page.locator("[data-row]").count() == 5


def test_reports_are_listed_and_shown_as_they_were_sent(site: Site, alice: Visitor) -> None:
    assert "Aucun rapport" in alice.get("/reports").text
    fill(site)
    with site.rows() as rows:
        freeze(rows, site.now, site.config.brands[0], WEEK)
    listed = alice.get("/reports").text
    assert f'<a href="/reports/{WEEK}">Semaine 46, 9–15 nov. 2026</a>' in listed
    page = alice.get(f"/reports/{WEEK}").text
    assert "Empreinte" in page
    printed = alice.get(f"/reports/{WEEK}/print")
    assert printed.headers["content-disposition"].startswith("attachment")
    for missing in ("2020-W01", "2026-W99", "nonsense"):
        assert alice.get(f"/reports/{missing}").status_code == 404


@pytest.mark.browser
@pytest.mark.parametrize(("width", "theme"), [(390, "light")])
def test_pages_are_accessible(
    site: Site, alice: Visitor, window: Window, width: int, theme: str
) -> None:
    fill(site)
    with site.rows() as rows:
        freeze(rows, site.now, site.config.brands[0], WEEK)
    page = window(alice, width=width, theme=theme)
    for path in ("/dashboard", "/reports", f"/reports/{WEEK}"):
        page.goto(path)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{path} scrolls sideways at {width}"


def test_the_week_of_the_tests_has_ended(site: Site) -> None:
    assert site.now > datetime(2026, 11, 15, 23, tzinfo=UTC)
