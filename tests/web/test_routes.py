"""Every route of the table: refused to charlie and to each role below, open to its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from monitor.people import ROLES
from monitor.web.guard import EVERYONE
from monitor.web.routes import ROUTES, Route
from tests.web.conftest import Site
from tests.web.examples import EXAMPLES
from tests.web.people import Visitor

Visit = Callable[..., Visitor]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_route_is_open_to_its_role_and_to_no_lesser_one(
    route: Route, site: Site, visit: Visit
) -> None:
    assert route.name in EXAMPLES, f"tests/web/examples.py lacks {route.name}"
    example = EXAMPLES[route.name]
    with site.rows() as rows:
        path = route.path.format(**example.rows(rows))
        rows.commit()

    def ask(visitor: Visitor) -> int:
        if route.method == "GET":
            return visitor.get(path).status_code
        return visitor.post(path, **example.form).status_code

    if route.permission == EVERYONE:
        charlie = visit()
        charlie.csrf = _form_token(charlie)
        assert ask(charlie) == example.answer
        return
    charlie = visit()
    refused = charlie.get(path) if route.method == "GET" else charlie.post(path, **example.form)
    if route.method == "GET":
        assert refused.status_code == 303
        assert refused.headers["location"].startswith("/sign-in?next=")
    else:
        assert refused.status_code == 401
    for role in ROLES[: ROLES.index(route.permission)]:
        assert ask(visit(f"bob-{role}", role)) == 403
    assert ask(visit("alice", route.permission)) == example.answer


def test_every_example_belongs_to_a_route() -> None:
    assert set(EXAMPLES) == {route.name for route in ROUTES}


def test_a_post_needs_the_form_token_of_its_own_session(site: Site, visit: Visit) -> None:
    bob, other = visit("bob"), visit("other")
    sent = bob.http.post("/sign-out", data={})
    assert sent.status_code == 419
    sent = bob.http.post("/sign-out", data={"csrf": other.csrf})
    assert sent.status_code == 419
    assert bob.get("/sign-in").status_code == 303, "still signed in"
    sent = bob.http.post("/sign-out", headers={"X-CSRF-Token": bob.csrf})
    assert sent.status_code == 303
    assert bob.get("/sign-in").status_code == 200, "signed out"


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("origin", "https://elsewhere.example"),
        ("origin", "null"),
        ("referer", "https://elsewhere.example/page"),
        ("sec-fetch-site", "cross-site"),
    ],
)
def test_a_form_sent_from_elsewhere_is_refused(
    bob: Visitor, site: Site, header: str, value: str
) -> None:
    sent = bob.http.post("/sign-out", data={"csrf": bob.csrf}, headers={header: value})
    assert sent.status_code == 403
    assert "vient d’ailleurs" in sent.text
    sent = bob.http.post("/sign-out", data={"csrf": bob.csrf}, headers={"origin": site.url})
    assert sent.status_code == 303


def _form_token(visitor: Visitor) -> str:
    page = visitor.get("/sign-in").text
    return page.split('name="csrf" value="', 1)[1].split('"', 1)[0]
