"""What somebody must see is brought into view, on a phone as on a desk."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from monitor.store.tables import Message
from monitor.tell import digest
from monitor.tell.templates import environment
from tests.rows import a_review
from tests.web.conftest import Site
from tests.web.people import Visitor

pytestmark = pytest.mark.browser
Window = Callable[..., Page]


def test_on_a_phone_a_refusal_is_in_view_and_a_finding_is_no_wider_than_the_page(
    where: str, alice: Visitor, window: Window
) -> None:
    page = window(alice, width=390, height=640)
    page.goto(where)
    page.locator("#text").fill("Bonjour, merci, écrivez à " + "x" * 60)
    page.get_by_role("button", name="Approuver").click()
    trouble = page.get_by_role("alert")
    expect(trouble).to_contain_text("corrigez d’abord")
    expect(trouble).to_be_in_viewport(ratio=1)
    expect(trouble).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_on_a_phone_the_view_that_is_open_is_seen_among_the_views(
    alice: Visitor, window: Window
) -> None:
    page = window(alice, width=390, height=640)
    page.goto("/?view=sample")
    expect(page.get_by_role("link", name="Échantillon")).to_be_in_viewport(ratio=1)


def test_a_panel_comes_into_view_when_it_opens(where: str, alice: Visitor, window: Window) -> None:
    page = window(alice, width=1280, height=500)
    page.goto(where)
    settle = page.locator("summary", has_text="Classer sans réponse")
    settle.focus()
    settle.press("Enter")
    expect(page.get_by_role("button", name="Classer", exact=True)).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("width", [390, 1280])
def test_a_page_is_no_wider_than_the_window_whatever_a_customer_is_called(
    site: Site, alice: Visitor, window: Window, width: int
) -> None:
    endless = "Donaudampfschifffahrtsgesellschaft" * 4
    with site.rows() as rows:
        review = a_review(rows, site.now, text=endless, location=endless)
        review.author = endless
        rows.commit()
        key = review.id
    page = window(alice, width=width)
    for path in ("/", f"/reviews/{key}"):
        page.goto(path)
        assert endless in page.content()
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path


def test_a_mail_is_no_wider_than_a_phone_whatever_a_customer_wrote(
    site: Site, alice: Visitor, window: Window
) -> None:
    brand = site.config.brands[0]
    with site.rows() as rows:
        a_review(rows, site.now, text="https://shop.example/" + "x" * 80, severity="critical")
        templates = environment(None)
        digest.write(rows, site.now, site.config, brand, "2026-11-18", templates)
        mail = rows.scalars(select(Message)).one().html
    page = window(width=390)
    page.set_content(mail)
    expect(page.get_by_text("https://shop.example/")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
