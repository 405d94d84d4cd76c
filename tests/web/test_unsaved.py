"""A reply that could not be saved, because its form came too late, is shown again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from playwright.sync_api import Page, expect

from monitor.store.browsers import LONGEST
from monitor.web.errors import LONGEST_TEXT
from tests.web.conftest import Site
from tests.web.people import Visitor, sign_in

TEXT = "\nBonjour,\n\n</textarea><script>alert('é')</script> & merci"


def end_session(site: Site, visitor: Visitor) -> None:
    """Wait until it is over."""
    site.wait(seconds=(LONGEST + timedelta(days=1)).total_seconds())


def sign_in_anew(site: Site, visitor: Visitor) -> None:
    """As in another tab: the browser's session is another, the form still holds the old token."""
    assert visitor.person is not None
    cookie, _ = sign_in(site.engine, site.now, visitor.person)
    visitor.http.cookies.set("vigie", cookie, domain="127.0.0.1")


def shown(page: str) -> str:
    """What the page's text area holds, as a browser reads it."""
    inside = page.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0]
    return unescape(inside.removeprefix("\n"))


@pytest.mark.parametrize("deed", ["save", "approve"])
@pytest.mark.parametrize(
    ("late", "status", "way_on"),
    [(end_session, 401, "/sign-in?next={0}"), (sign_in_anew, 419, "{0}")],
)
def test_a_text_that_comes_too_late_is_shown_again(
    site: Site,
    alice: Visitor,
    where: str,
    deed: str,
    late: Callable[[Site, Visitor], None],
    status: int,
    way_on: str,
) -> None:
    late(site, alice)
    answer = alice.post(f"{where}/{deed}", text=TEXT, edits="0", draft="secret <b>")
    assert answer.status_code == status
    assert shown(answer.text) == TEXT
    assert "alert('é')" not in answer.text, "it is escaped"
    assert "secret" not in answer.text, "no other field is shown"
    assert "Copiez votre texte" in answer.text
    assert "rechargez" not in answer.text
    assert f'href="{way_on.format(where)}"' in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_the_text_is_no_longer_than_a_reply_can_be(site: Site, alice: Visitor, where: str) -> None:
    sign_in_anew(site, alice)
    answer = alice.post(f"{where}/save", text="é" * (LONGEST_TEXT + 1))
    assert shown(answer.text) == "é" * LONGEST_TEXT


def test_a_form_without_a_text_shows_none(site: Site, alice: Visitor, where: str) -> None:
    sign_in_anew(site, alice)
    page = alice.post(f"{where}/settle", reason="Hors sujet").text
    assert "Ouvrez la page de nouveau" in page
    assert "Hors sujet" not in page
    assert "<textarea" not in page


def test_a_form_of_another_site_shows_nothing_here(site: Site, alice: Visitor, where: str) -> None:
    end_session(site, alice)
    foreign = {"origin": "https://evil.example"}
    answer = alice.http.post(f"{where}/save", data={"text": "Payez ici"}, headers=foreign)
    assert answer.status_code == 401
    assert "Payez ici" not in answer.text


def test_the_text_can_be_copied(
    site: Site, alice: Visitor, where: str, window: Callable[..., Page]
) -> None:
    page = window(alice)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(where)
    page.locator("#text").fill("Bonjour,\n\nmerci.")
    end_session(site, alice)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_label("Votre texte, non enregistré")).to_have_value("Bonjour,\n\nmerci.")
    page.get_by_role("button", name="Copier le texte").click()
    expect(page.locator(".toast")).to_contain_text("Texte copié.")
    assert page.evaluate("navigator.clipboard.readText()") == "Bonjour,\n\nmerci."
