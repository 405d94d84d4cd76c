"""Headers, sizes, errors as pages, and files."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from monitor.config import Config, Pages
from monitor.web.app import create_app
from monitor.web.house import static
from tests.web.brands import brands
from tests.web.conftest import Site, serve
from tests.web.people import Visitor

Visit = Callable[..., Visitor]


@pytest.mark.parametrize("path", ["/sign-in", "/account", "/nothing", "/healthz"])
def test_every_answer_carries_the_headers(path: str, bob: Visitor) -> None:
    headers = bob.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert "strict-transport-security" not in headers, "not over http"


def test_files_are_kept_by_browsers_under_an_address_that_changes_with_them(
    charlie: Visitor,
) -> None:
    answer = charlie.get(static("vigie.css"))
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert charlie.get("/static/vigie.css").headers["cache-control"] == "no-store"
    assert charlie.get("/static/../app.py").status_code == 404


def test_over_https_cookies_travel_by_nothing_else(site: Site) -> None:
    config = Config(brands=brands(), pages=Pages(public_url="https://vigie.example"))
    with serve(create_app(config, site.engine)) as url:
        answer = httpx.get(f"{url}/sign-in")
    assert "max-age" in answer.headers["strict-transport-security"]
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-vigie_form=")
    assert "Secure" in cookie


def test_too_much_is_refused_before_it_is_read(bob: Visitor) -> None:
    sent = bob.post("/account", name="x" * (3 * 1024 * 1024))
    assert sent.status_code == 413
    assert "trop volumineux" in sent.text
    assert bob.post("/account", name="Bob").status_code == 303


@pytest.mark.parametrize(
    ("language", "title"), [("fr", "Cette page n’existe pas"), ("en", "This page does not exist")]
)
@pytest.mark.parametrize("path", ["/nothing", "/sources/999", "/sources/soon"])
def test_what_is_not_there_is_a_calm_page(
    path: str, language: str, title: str, visit: Visit
) -> None:
    bob = visit("bob", "reader", language)
    bob.post("/account/language", language=language)
    answer = bob.get(path)
    assert answer.status_code == 404
    assert title in answer.text
    assert f'lang="{language}"' in answer.text


def test_a_failure_says_a_reference_and_nothing_of_the_inside(bob: Visitor, site: Site) -> None:
    with site.engine.begin() as connection:
        connection.execute(text("ALTER TABLE source RENAME TO source_away"))
    try:
        with capture_logs() as logged:
            answer = bob.get("/sources")
            piece = bob.get("/sources", headers={"hx-request": "true"})
    finally:
        with site.engine.begin() as connection:
            connection.execute(text("ALTER TABLE source_away RENAME TO source"))
    assert answer.status_code == 500
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "Référence" in answer.text
    assert "no such table" not in answer.text
    assert piece.headers["content-type"] == "application/json"
    reference = piece.json()["reference"]
    assert reference == logged[1]["reference"], "the log has it too"
    assert bob.get("/sources").status_code == 200


def test_a_piece_of_a_page_is_refused_in_json(bob: Visitor, charlie: Visitor) -> None:
    piece = {"hx-request": "true"}
    refused = bob.http.post("/team/invite", headers=piece | {"x-csrf-token": bob.csrf})
    assert refused.status_code == 403
    assert "rôle" not in refused.json()["error"]
    assert refused.json()["error"].startswith("Cette page ne vous est pas ouverte.")
    led = charlie.get("/sources", headers=piece)
    assert led.status_code == 401
    assert led.headers["hx-redirect"] == "/sign-in?next=%2Fsources"
    around = piece | {"hx-current-url": "http://vigie.example/reviews/5?view=all"}
    led = charlie.get("/reviews/5/publication", headers=around)
    # the page around the piece is what is wanted again
    assert led.headers["hx-redirect"] == "/sign-in?next=%2Freviews%2F5%3Fview%3Dall"


def test_a_sign_of_life_tells_nothing(charlie: Visitor, alice: Visitor) -> None:
    assert charlie.get("/healthz").json() == {"status": "ok"}
    assert alice.get("/healthz").json() == {"status": "ok"}


def test_the_address_is_believed_from_our_own_proxy_only(site: Site) -> None:
    from monitor.store.browsers import ADDRESS, note_attempt

    with site.rows() as rows:
        for number in range(ADDRESS.tries):
            note_attempt(rows, site.now, "203.0.113.9", f"{number}@example.org")

    def knock(trust: bool, forwarded: str) -> int:
        config = Config(brands=brands(), pages=Pages(trust_proxy=trust))
        app = create_app(config, site.engine, clock=lambda: site.now)
        with serve(app) as url, httpx.Client(base_url=url) as http:
            token = http.get("/sign-in").text.split('name="csrf" value="')[1].split('"')[0]
            form = {"csrf": token, "email": "a@example.org", "password": "wrong"}
            return http.post(
                "/sign-in", data=form, headers={"x-forwarded-for": forwarded}
            ).status_code

    assert knock(True, "198.51.100.1, 203.0.113.9") == 429
    assert knock(True, "203.0.113.9, 198.51.100.1") == 422, "only the last entry is the proxy's"
    assert knock(False, "203.0.113.9") == 422
