"""While a new model reads the reviews again: the panel, the dashed weeks, no hasty conclusion."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import select

from monitor.store.tables import Review
from tests.test_models_read import RULES, eight_weeks, read_again
from tests.web.conftest import Site
from tests.web.people import Visitor

Window = Callable[..., Page]
Visit = Callable[..., Visitor]


@pytest.fixture
def halfway(site: Site) -> Site:
    """Eight weeks of four reviews, the newer half read again by another model."""
    with site.rows() as rows:
        read_again(rows, site.now, eight_weeks(rows, site.now)[:16])
    return site


def finish(site: Site) -> None:
    """The other half is read again too."""
    with site.rows() as rows:
        reviews = rows.scalars(select(Review).order_by(Review.id)).all()
        read_again(rows, site.now, reviews[16:])


def test_the_panel_says_how_far_it_is_and_goes_by_itself(
    halfway: Site, alice: Visitor, window: Window
) -> None:
    page = window(alice)
    page.clock.install()
    page.goto("/dashboard")
    panel = page.locator("#rereading")
    expect(panel).to_contain_text("Un nouveau modèle relit vos avis : 16 sur 32")
    expect(panel).to_contain_text("les chiffres mêlent deux lectures")
    expect(panel.get_by_role("progressbar")).to_have_attribute("value", "16")
    finish(halfway)
    page.clock.run_for(6_000)
    expect(panel).to_have_count(0)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(panel).to_have_count(0)
    expect(page.locator(".series-break")).to_have_count(0)


def test_there_is_no_panel_for_a_first_reading(site: Site, alice: Visitor) -> None:
    with site.rows() as rows:
        eight_weeks(rows, site.now)
        rows.execute(Review.__table__.update().where(Review.id == 1).values(sentiment=None))  # type: ignore[attr-defined]  # a table
        rows.commit()
    assert 'id="rereading"' not in alice.get("/dashboard").text
    assert alice.get("/rereading").text.strip() == ""


def test_the_break_is_told_under_the_chart_and_nothing_is_concluded(
    halfway: Site, visit: Visit
) -> None:
    french = visit("alice", "reader").get("/dashboard?days=28").text
    french = french.replace("\N{NO-BREAK SPACE}", " ")
    assert "En pointillé, avant le 26 octobre : avis lus par un autre modèle." in french
    assert "pas de conclusion : les deux périodes ont été lues différemment" in french
    assert "non comparable" in french
    english = visit("dora", "reader", "en").get("/dashboard?days=28").text
    assert "A new model is reading your reviews again: 16 of 32" in english
    assert "Dashed, before 26 October: reviews read by another model." in english


def test_new_rules_are_told_as_such(halfway: Site, alice: Visitor) -> None:
    finish(halfway)
    with halfway.rows() as rows:
        reviews = rows.scalars(select(Review).order_by(Review.id)).all()
        read_again(rows, halfway.now, reviews[:4], RULES)
    told = "Vos avis sont relus avec de nouvelles règles\N{NO-BREAK SPACE}: 4 sur 32"
    assert told in alice.get("/rereading").text


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_panel_is_accessible_and_fits(
    halfway: Site, alice: Visitor, window: Window, width: int, theme: str
) -> None:
    page = window(alice, width=width, theme=theme)
    page.goto("/dashboard")
    expect(page.locator("#rereading")).to_be_visible()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
