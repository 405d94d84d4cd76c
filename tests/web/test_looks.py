"""Every page of the table, by axe in light and dark, narrow and wide; keyboard; sentences."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from babel.messages.extract import extract
from playwright.sync_api import Page, expect

from monitor.speech import catalogue
from monitor.web.routes import ROUTES, Route
from tests.conftest import ROOT
from tests.web.conftest import Site
from tests.web.examples import EXAMPLES
from tests.web.people import Visitor

pytestmark = pytest.mark.browser
Window = Callable[..., Page]
SHOWN = [
    route
    for route in ROUTES
    if route.method == "GET"
    and route.name in EXAMPLES
    and route.name != "health.alive"
    and not EXAMPLES[route.name].piece
]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def path_of(route: Route, site: Site) -> str:
    with site.rows() as rows:
        path = route.path.format(**EXAMPLES[route.name].rows(rows))
        rows.commit()
        return path


def visitor_for(route: Route, alice: Visitor) -> Visitor | None:
    return None if route.permission == "everyone" else alice


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {[node['html'][:160] for node in one['nodes']]}" for one in found]


@pytest.mark.parametrize("route", SHOWN, ids=lambda route: route.name)
def test_a_page_is_accessible_in_light_and_dark(
    route: Route, site: Site, alice: Visitor, window: Window
) -> None:
    page = window(visitor_for(route, alice))
    page.goto(path_of(route, site))
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page) == []


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("route", SHOWN, ids=lambda route: route.name)
def test_a_page_fits_a_phone_in_the_readers_language(
    route: Route,
    language: str,
    site: Site,
    visit: Callable[..., Visitor],
    window: Window,
) -> None:
    alice = visit("alice", "admin", language)
    page = window(visitor_for(route, alice), width=390, height=844, language=language)
    page.goto(path_of(route, site))
    expect(page.locator("html")).to_have_attribute("lang", language)
    ours = page.locator("main").evaluate(
        """main => {
           main.querySelectorAll("[lang], .review-words, .row-text").forEach(x => x.remove());
           return main.textContent }"""
    )
    assert not re.search(r"\S [:;!?»%](?!\w)|« ", ours), "a French mark may begin a line"
    too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert too_wide <= 0
    small = page.evaluate(
        """[...document.querySelectorAll("button, .button, .places a, summary")]
           .filter(node => node.checkVisibility() && !node.matches(".is-link"))
           .filter(node => node.getBoundingClientRect().height < 24)
           .map(node => node.outerHTML.slice(0, 120))"""
    )
    assert small == [], "a thumb does not meet these"


def test_the_keyboard_reaches_everything(site: Site, alice: Visitor, window: Window) -> None:
    page = window(alice)
    page.goto("/team")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Aller au contenu")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Raccourcis clavier")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.locator(".top-me summary").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Mon compte")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Mon compte")).to_be_hidden()
    expect(page.locator(".top-me summary")).to_be_focused()


def test_open_menus_and_panels_are_accessible_too(
    site: Site, alice: Visitor, bob: Visitor, window: Window
) -> None:
    page = window(alice)
    page.goto("/team")
    page.get_by_text("Retirer l’accès").first.click()
    assert violations(page) == []
    page.locator(".top-me summary").click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert violations(page) == []


def test_theme_and_language_are_chosen_from_the_menu_and_kept(
    site: Site, alice: Visitor, window: Window
) -> None:
    page = window(alice)
    page.goto("/team?brand=verrier")
    light = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    page.locator(".top-me summary").click()
    page.get_by_role("button", name="Sombre").click()
    page.wait_for_url("**/team?brand=verrier")
    dark = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert light != dark
    page.locator(".top-me summary").click()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Team", exact=True)).to_be_visible()
    page.goto("/sources")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_every_french_sentence_of_the_pages_has_its_english_one() -> None:
    english = catalogue("en")
    missing = []
    for path, method in said_in():
        with path.open("rb") as file:
            found = extract(method, file, keywords=KEYWORDS, options=OPTIONS)
            for line, message, _, _ in found:
                one = message if isinstance(message, str) else message[0]
                if one not in english:
                    missing.append(f"{path.name}:{line}: {one}")
    assert missing == []


def test_every_english_sentence_says_the_same_values() -> None:
    holes = re.compile(r"%\((\w+)\)s")
    for french, given in catalogue("en").items():
        for english in (given,) if isinstance(given, str) else given:
            # a French singular may say its one in words
            assert set(holes.findall(french)) | {"count"} >= set(holes.findall(english)), french
            assert set(holes.findall(french)) <= set(holes.findall(english)) | {"count"}, french


KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
OPTIONS = {"extensions": "jinja2.ext.do"}


def said_in() -> list[tuple[Path, str]]:
    """Every file of the pages and the way to read its sentences."""
    templates = sorted((ROOT / "templates" / "web").rglob("*.html"))
    code = sorted((ROOT / "monitor" / "web").rglob("*.py"))
    return [(path, "jinja2.ext:babel_extract") for path in templates] + [
        (path, "python") for path in code
    ]
