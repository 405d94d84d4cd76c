"""The door: signing in and out, sessions, one-time links, the limit on attempts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect
from pwdlib import PasswordHash
from sqlalchemy import func, select

from monitor import people
from monitor.store.browsers import ADDRESS, EMAIL, PAIR, Limit, note_attempt
from monitor.store.tables import Attempt, Audit, Person, Session
from monitor.web.cookies import own_path
from tests.conftest import NOW
from tests.web.conftest import Site
from tests.web.people import PASSWORD, Visitor, sign_in

Visit = Callable[..., Visitor]


def form_token(visitor: Visitor, path: str = "/sign-in") -> str:
    page = visitor.get(path).text
    return page.split('name="csrf" value="', 1)[1].split('"', 1)[0]


def knock(visitor: Visitor, email: str, password: str, **more: str) -> int:
    visitor.csrf = form_token(visitor)
    return visitor.post("/sign-in", email=email, password=password, **more).status_code


def test_the_right_password_opens_and_a_wrong_one_does_not(
    alice: Visitor, charlie: Visitor
) -> None:
    assert knock(charlie, "alice@example.org", "not the password") == 422
    assert charlie.get("/account").status_code == 303
    assert knock(charlie, " Alice@Example.org ", PASSWORD) == 303
    assert "alice@example.org" in charlie.get("/account").text


def test_an_unknown_address_is_told_what_a_wrong_password_is_told(
    alice: Visitor, charlie: Visitor
) -> None:
    charlie.csrf = form_token(charlie)
    answers = [
        charlie.post("/sign-in", email=email, password="wrong").text.replace(email, "")
        for email in ("alice@example.org", "nobody@example.org")
    ]
    assert answers[0] == answers[1]
    assert "ne vont pas ensemble" in answers[0]


def test_somebody_who_left_or_never_chose_a_password_stays_out(
    alice: Visitor, bob: Visitor, charlie: Visitor, site: Site
) -> None:
    with site.rows() as rows:
        people.invite(
            rows, site.now, email="d@example.org", name="D", role="reader", language="fr", by=None
        )
        rows.commit()
    assert knock(charlie, "d@example.org", "") == 422
    assert bob.person is not None
    alice.post(f"/team/{bob.person.id}/withdraw")
    assert knock(charlie, "bob@example.org", PASSWORD) == 422
    assert bob.get("/account").status_code == 303, "the open session is closed too"


def test_a_session_is_never_one_that_came_with_the_browser(
    alice: Visitor, charlie: Visitor, site: Site
) -> None:
    charlie.http.cookies.set("vigie", "planted", domain="127.0.0.1")
    assert knock(charlie, "alice@example.org", PASSWORD) == 303
    cookies = [one.value for one in charlie.http.cookies.jar if one.name == "vigie"]
    assert "planted" not in cookies[-1:]
    with site.rows() as rows:
        hashes = set(rows.scalars(select(Session.token_hash)))
        assert people.token_hash("planted") not in hashes
        assert people.token_hash(str(cookies[-1])) in hashes, "only the hash is kept"


def test_signing_in_again_closes_the_session_before(alice: Visitor, site: Site) -> None:
    old = alice.cookie
    charlie = Visitor(alice.http)
    alice.http.cookies.clear()
    knock(charlie, "alice@example.org", PASSWORD)
    first = alice.http.cookies["vigie"]
    page = alice.http.get("/account").text
    token = page.split('name="csrf" value="', 1)[1].split('"', 1)[0]
    sent = alice.http.post(
        "/sign-in", data={"csrf": token, "email": "alice@example.org", "password": PASSWORD}
    )
    assert sent.status_code == 303
    assert alice.http.cookies["vigie"] not in {first, old}
    with site.rows() as rows:
        hashes = set(rows.scalars(select(Session.token_hash)))
    assert people.token_hash(first) not in hashes
    assert people.token_hash(old) in hashes, "another browser of hers stays signed in"


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(
    alice: Visitor, charlie: Visitor
) -> None:
    charlie.csrf = form_token(charlie)
    sent = charlie.post("/sign-in", email="alice@example.org", password=PASSWORD)
    cookie = next(one for one in sent.headers.get_list("set-cookie") if one.startswith("vigie="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert len(cookie.split("=", 1)[1].split(";")[0]) >= 43


def test_too_many_failures_make_an_address_wait(
    alice: Visitor, charlie: Visitor, site: Site
) -> None:
    for _ in range(PAIR.tries):
        assert knock(charlie, "alice@example.org", "wrong") == 422
    assert knock(charlie, "alice@example.org", PASSWORD) == 429, "even with the right one"
    assert knock(charlie, "bob@example.org", "wrong") == 422, "another e-mail may still try"
    site.wait(minutes=16)
    assert knock(charlie, "alice@example.org", PASSWORD) == 303
    charlie.http.cookies.clear()
    site.wait(hours=2)
    knock(charlie, "x@example.org", "wrong")
    with site.rows() as rows:
        kept = rows.scalar(select(func.count()).select_from(Attempt))
    assert kept == 3, "after an hour nothing is known of a failure"


def test_a_stranger_elsewhere_does_not_keep_the_owner_out(
    alice: Visitor, charlie: Visitor, site: Site
) -> None:
    stranger = "203.0.113.9"
    with site.rows() as rows:
        for _ in range(PAIR.tries):
            assert note_attempt(rows, site.now, stranger, "alice@example.org") is None
    assert knock(charlie, "alice@example.org", "wrong") == 422
    assert knock(charlie, "alice@example.org", PASSWORD) == 303
    with site.rows() as rows:
        # her coming in is no new start for the stranger
        assert note_attempt(rows, site.now, stranger, "alice@example.org") == PAIR.window


@pytest.mark.parametrize(
    "address", ["198.51.{0}.{1}", "2001:db8:{0:x}:{1:x}::1"], ids=["ipv4", "ipv6"]
)
def test_a_flood_from_everywhere_on_one_e_mail_ends(
    address: str, alice: Visitor, charlie: Visitor, site: Site
) -> None:
    with site.rows() as rows:
        for number in range(EMAIL.tries):
            where = address.format(number, number)
            assert note_attempt(rows, site.now, where, "alice@example.org") is None
    assert knock(charlie, "alice@example.org", PASSWORD) == 429
    site.wait(hours=1, minutes=1)
    assert knock(charlie, "alice@example.org", PASSWORD) == 303


def test_the_addresses_of_one_ipv6_network_are_one_machine(site: Site) -> None:
    with site.rows() as rows:
        for number in range(PAIR.tries):
            where = f"2001:db8::{number:x}"
            assert note_attempt(rows, site.now, where, "alice@example.org") is None
        assert note_attempt(rows, site.now, "2001:db8::ffff:1", "alice@example.org")
        for other in ("2001:db8:0:1::1", "::ffff:198.51.100.7", "::ffff:198.51.100.8", "unknown"):
            assert note_attempt(rows, site.now, other, "alice@example.org") is None, other


def test_what_is_known_of_one_machine_stays_small(site: Site) -> None:
    with site.rows() as rows:
        for number in range(ADDRESS.tries * 2):
            note_attempt(rows, site.now, "203.0.113.9", f"{number}@example.org")
        kept = rows.scalar(select(func.count()).select_from(Attempt))
    assert kept == 3 * ADDRESS.tries


@pytest.mark.parametrize(
    ("tries", "address", "email", "french", "english"),
    [
        (PAIR, "127.0.0.1", "alice@example.org", "15 min", "15 min"),
        (EMAIL, "198.51.100.{0}", "alice@example.org", "1 h", "1 h"),
        (ADDRESS, "127.0.0.1", "{0}@example.org", "1 h", "1 h"),
    ],
    ids=["both", "e-mail", "address"],
)
def test_the_wait_that_is_named_is_enough(
    tries: Limit,
    address: str,
    email: str,
    french: str,
    english: str,
    alice: Visitor,
    charlie: Visitor,
    site: Site,
) -> None:
    with site.rows() as rows:
        for number in range(tries.tries):
            where, who = address.format(number), email.format(number)
            assert note_attempt(rows, site.now, where, who) is None
    said = {"email": "alice@example.org", "password": PASSWORD, "csrf": form_token(charlie)}
    assert f"Attendez {french}, ou demandez" in charlie.post("/sign-in", **said).text
    form = {"old": PASSWORD, "password": "a new long password", "again": "a new long password"}
    assert f"Attendez {french}.</p>" in alice.post("/account/password", **form).text
    alice.post("/account/language", language="en")
    assert f"Wait {english}.</p>" in alice.post("/account/password", **form).text
    site.now += tries.window
    assert knock(charlie, "alice@example.org", PASSWORD) == 303


def test_a_password_is_worked_out_for_an_unknown_address_too(
    alice: Visitor, charlie: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked_out: list[str] = []
    verify = PasswordHash.verify

    def counted(hasher: PasswordHash, password: str, kept: str) -> bool:
        worked_out.append(password)
        return verify(hasher, password, kept)

    monkeypatch.setattr(PasswordHash, "verify", counted)
    assert knock(charlie, "alice@example.org", "wrong, hers") == 422
    assert knock(charlie, "nobody@example.org", "wrong, nobody’s") == 422
    assert worked_out == ["wrong, hers", "wrong, nobody’s"]


def test_one_machine_cannot_try_every_e_mail(alice: Visitor, charlie: Visitor, site: Site) -> None:
    with site.rows() as rows:
        for number in range(ADDRESS.tries):
            assert note_attempt(rows, site.now, "127.0.0.1", f"{number}@example.org") is None
    assert knock(charlie, "alice@example.org", PASSWORD) == 429
    site.wait(hours=1, minutes=1)
    assert knock(charlie, "alice@example.org", PASSWORD) == 303


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "evil.example",
        "/a\r\nset-cookie: x=1",
    ],
)
def test_signing_in_never_leads_elsewhere(elsewhere: str, alice: Visitor, charlie: Visitor) -> None:
    assert own_path(elsewhere) == "/"
    charlie.csrf = form_token(charlie)
    sent = charlie.post("/sign-in", email="alice@example.org", password=PASSWORD, next=elsewhere)
    assert sent.headers["location"] == "/"
    assert charlie.get(f"/sign-in?next={quote(elsewhere, safe='')}").headers["location"] == "/"


def test_signing_in_leads_back_to_the_page_that_was_wanted(
    alice: Visitor, site: Site, window: Callable[..., Page]
) -> None:
    page = window()
    page.goto("/sources?brand=verrier")
    page.get_by_label("Adresse e-mail").fill("alice@example.org")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/sources?brand=verrier")
    expect(page.get_by_role("heading", name="Sources")).to_be_visible()


def test_a_session_lives_while_it_is_used_and_no_longer(bob: Visitor, site: Site) -> None:
    with site.rows() as rows:
        session = rows.scalar(select(Session))
        assert session is not None
        session.expires_at = site.now + timedelta(hours=site.config.pages.session_hours)
        rows.commit()
    for _ in range(4):
        site.wait(hours=site.config.pages.session_hours - 1)
        assert bob.get("/account").status_code == 200
    site.wait(hours=site.config.pages.session_hours, seconds=1)
    assert bob.get("/account").status_code == 303


def test_a_session_ends_after_a_month_however_much_it_is_used(bob: Visitor, site: Site) -> None:
    for _ in range(31 * 24 // 11):
        site.wait(hours=11)
        if bob.get("/account").status_code == 303:
            break
    else:
        pytest.fail("the session never ends")
    assert site.now >= NOW + timedelta(days=30)


def test_signing_out_everywhere_closes_every_browser(bob: Visitor, site: Site) -> None:
    assert bob.person is not None
    cookie, _ = sign_in(site.engine, site.now, bob.person)
    assert bob.post("/sign-out", everywhere="1").status_code == 303
    with site.rows() as rows:
        assert rows.scalars(select(Session)).all() == []
    bob.http.cookies.set("vigie", cookie, domain="127.0.0.1")
    assert bob.get("/account").status_code == 303


def test_the_first_administrator_comes_in_once(site: Site, visit: Visit) -> None:
    with site.rows() as rows:
        token = people.first_link(rows, site.now)
        rows.commit()
    assert token is not None
    form = {
        "name": "Alice",
        "email": "Alice@Example.org",
        "password": "un mot de passe long",
        "again": "un mot de passe long",
    }
    charlie, late = visit(), visit()
    for visitor in (charlie, late):
        visitor.csrf = form_token(visitor, f"/welcome/{token}")
    assert charlie.post(f"/welcome/{token}", **(form | {"again": "other"})).status_code == 422
    assert charlie.post(f"/welcome/{token}", **form).status_code == 303
    assert "alice@example.org" in charlie.get("/account").text
    assert late.post(f"/welcome/{token}", **form).status_code == 404, "a link works once"
    with site.rows() as rows:
        assert [person.role for person in rows.scalars(select(Person))] == ["admin"]
        assert people.first_link(rows, site.now) is None
        assert "person.joined" in set(rows.scalars(select(Audit.action)))


def test_a_newer_first_link_replaces_the_older(site: Site, charlie: Visitor) -> None:
    with site.rows() as rows:
        older, newer = people.first_link(rows, site.now), people.first_link(rows, site.now)
        rows.commit()
    assert charlie.get(f"/welcome/{older}").status_code == 404
    assert charlie.get(f"/welcome/{newer}").status_code == 200
    site.wait(days=3)
    assert charlie.get(f"/welcome/{newer}").status_code == 404, "it expires"


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("court", "au moins 12 caractères"),
        ("x" * 257, "trop long"),
        ("dora-petit@example.org", "ne peut pas être votre adresse"),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(
    password: str, said: str, site: Site, charlie: Visitor
) -> None:
    with site.rows() as rows:
        _, token = people.invite(
            rows,
            site.now,
            email="dora-petit@example.org",
            name="Dora",
            role="reader",
            language="fr",
            by=None,
        )
        rows.commit()
    charlie.csrf = form_token(charlie, f"/welcome/{token}")
    sent = charlie.post(f"/welcome/{token}", name="Dora", password=password, again=password)
    assert sent.status_code == 422
    assert said in sent.text
    good = {"password": "une phrase qui suffit", "again": "une phrase qui suffit"}
    assert charlie.post(f"/welcome/{token}", name="Dora", **good).status_code == 303


def test_a_changed_password_closes_the_other_browsers(bob: Visitor, site: Site) -> None:
    assert bob.person is not None
    other, _ = sign_in(site.engine, site.now, bob.person)
    new = {"password": "une autre phrase", "again": "une autre phrase"}
    assert bob.post("/account/password", old="wrong", **new).status_code == 422
    assert bob.post("/account/password", old=PASSWORD, **new).status_code == 303
    assert bob.get("/account").status_code == 200, "this browser goes on, with a new cookie"
    bob.http.cookies.clear()
    bob.http.cookies.set("vigie", other, domain="127.0.0.1")
    assert bob.get("/account").status_code == 303


def test_before_signing_in_the_page_speaks_the_browsers_language(charlie: Visitor) -> None:
    english = charlie.get("/sign-in", headers={"accept-language": "en-GB,en;q=0.9"}).text
    assert '<html lang="en"' in english
    assert "Sign in" in english
    french = charlie.get("/sign-in", headers={"accept-language": "pt-BR"}).text
    assert '<html lang="fr"' in french
    assert charlie.get("/sign-in?language=en").status_code == 303
    assert "E-mail address" in charlie.get("/sign-in").text, "the choice is kept"
