"""What is Trustpilot's own: cut titles, caps, languages, counters, the high-water mark."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from crawlers._trustpilot.page import own_title
from crawlers.contract import (
    Fault,
    FoundReview,
    Page,
    PublishError,
    PublishOutcome,
    SourceError,
    Walk,
)
from crawlers.trustpilot import Settings, publisher
from tests.platforms import conformance
from tests.platforms.conformance import plain, source, walk, web
from tests.platforms.server import Asked, Given, Serve, Server

CASE_FILE = conformance.HERE / "trustpilot" / "case.py"
case = conformance.module(CASE_FILE)
FOUND: tuple[FoundReview, ...] = case.FOUND


def site(reviews: tuple[FoundReview, ...] = FOUND, **selected: Any) -> Serve:
    """The public site holding these reviews."""

    def answer(asked: Asked) -> Given | None:
        if asked.path == "/robots.txt":
            return None
        number = int(asked.query.get("page", 1))
        return Given(200, case.html(case.page(reviews, number, **selected)))

    return answer


def read(serve: Serve, kind: Walk = Walk.FULL, cursor: Any = None) -> list[Page]:
    """A walk over a served site; the client and the site are gone afterwards."""
    with Server(serve) as server, web() as client:
        given = {"domain": case.DOMAIN, "base_url": server.url}
        return walk(source("trustpilot", given, client), cursor or {}, kind)


def only_first(serve: Serve) -> Serve:
    """The site as it is when ?page is ignored."""
    return lambda asked: serve(replace(asked, query=asked.query | {"page": "1"}))


@pytest.mark.parametrize(
    ("title", "text", "kept"),
    [
        ("Colis perdu", "Je n'ai rien reçu.", "Colis perdu"),
        ("Je n'ai rien reçu de…", "Je n'ai rien reçu de ce site.", None),
        ("Deux  espaces dans le…", "Deux espaces dans le texte", None),
        ("Très bien", "Très bien\n", None),
        ("Très bien", "Très bien, et rapide", "Très bien"),
        ("Hum…", "Rien à redire", "Hum…"),
        ("", "Rien", None),
        (None, "Rien", None),
    ],
)
def test_a_title_cut_from_the_text_is_no_title(
    title: str | None, text: str, kept: str | None
) -> None:
    assert own_title(title, text) == kept


def test_a_site_that_ignores_the_page_number_ends_the_walk_and_says_so() -> None:
    pages = read(only_first(site()))
    assert len(pages) == 2
    assert (pages[-1].complete, "repeats" in (pages[-1].note or "")) == (False, True)


def test_a_cap_ends_the_walk_and_says_so() -> None:
    whole = site()
    pages = read(lambda asked: None if asked.query.get("page") == "3" else whole(asked))
    assert [len(page.reviews) for page in pages] == [3, 3, 0]
    assert (pages[-1].complete, "no page 3" in (pages[-1].note or "")) == (False, True)
    assert "walk" not in pages[-1].cursor


def test_a_site_that_keeps_to_one_language_is_never_complete() -> None:
    pages = read(site(languages="en"))
    assert (pages[-1].complete, "'en' only" in (pages[-1].note or "")) == (False, True)
    assert len(plain(pages)) == len(FOUND)


def test_by_relevance_nothing_tells_that_the_rest_is_known() -> None:
    known = read(site(sort="relevance"), Walk.NEW)[-1].cursor
    assert len(read(site(), Walk.NEW, known)) == 2
    assert len(read(site(sort="relevance"), Walk.NEW, known)) == 3


def test_a_brand_without_reviews_is_read_as_that() -> None:
    [page] = read(site(()))
    assert (page.reviews, page.expected, page.complete) == ((), 0, True)


def test_reviews_that_all_vanish_are_an_error_and_not_news() -> None:
    known = read(site(), Walk.NEW)[-1].cursor
    with pytest.raises(SourceError) as raised:
        read(site(()), Walk.NEW, known)
    assert raised.value.fault is Fault.EMPTY


def test_a_review_that_cannot_be_read_is_listed_and_the_others_stand() -> None:
    data = case.page(FOUND, 1)
    del data["reviews"][1]["dates"]["publishedDate"]
    data["filters"]["pagination"]["totalPages"] = 1
    pages = read(lambda asked: Given(200, case.html(data)))
    assert [row.place for row in pages[0].rejected] == ["page 1, review 2"]
    assert "publishedDate" in pages[0].rejected[0].reason
    assert (len(pages[0].reviews), pages[-1].complete) == (2, False)


@pytest.mark.parametrize("wrong", ["no data", "no reviews", "none readable", "not json"])
def test_a_page_without_its_data_is_told_and_json_ld_is_no_substitute(wrong: str) -> None:
    data = case.page(FOUND, 1)
    page = case.html(data)
    if wrong == "no data":
        page = page.replace("__NEXT_DATA__", "__MOVED__")
    elif wrong == "no reviews":
        page = case.html(data).replace('"reviews": [{', '"reviews": [], "moved": [{')
    elif wrong == "none readable":
        page = case.html(data | {"reviews": [{"uuid": 1}, {"uuid": 2}]})
    else:
        page = page.replace('{"props"', "{props")
    with pytest.raises(SourceError) as raised:
        read(lambda asked: Given(200, page))
    assert raised.value.fault is Fault.CHANGED


def test_the_mark_moves_only_when_the_walk_ends_and_new_reviews_are_not_lost() -> None:
    known = read(site(), Walk.NEW)[-1].cursor
    fresh = tuple(
        replace(FOUND[0], external_id=f"77{n:022x}", written_at=case.NEWEST + timedelta(days=n))
        for n in range(40, 35, -1)
    )
    with Server(site(fresh + FOUND)) as server, web() as client:
        reader = source("trustpilot", {"domain": case.DOMAIN, "base_url": server.url}, client)
        pages = reader.pages(known, Walk.NEW)
        cut = next(pages)
        pages.close()  # type: ignore[attr-defined]  # an iterator by contract, a generator here
        assert cut.cursor["newest"] == known["newest"]
        server.serve = site((replace(fresh[0], external_id="88" * 12), *fresh, *FOUND))
        rest = walk(reader, cut.cursor, Walk.NEW)
    assert {one.external_id for one in fresh} <= plain([cut, *rest]).keys()
    assert rest[-1].cursor["newest"] > known["newest"]


def test_settings_that_cannot_work_say_so() -> None:
    for wrong in ({"api_key": "k"}, {"access_token": "t"}, {"domain": "a b"}, {"domain": "a/b"}):
        with pytest.raises(ValidationError):
            Settings.model_validate({"domain": "a.example"} | wrong)


def test_a_token_is_kept_until_it_is_no_longer_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    api = case.BusinessApi(case.MANY)
    with Server(api) as server, web() as client:
        settings = case.CASES["business api"].settings(server.url)
        walk(source("trustpilot", settings, client), {}, Walk.FULL)
        walk(source("trustpilot", settings, client), {}, Walk.FULL)
        asked = [one for one in server.asked if one.path.startswith("/v1/oauth/")]
        assert len(asked) == 1
        assert base64.b64decode(asked[0].headers["authorization"].partition(" ")[2])
        monkeypatch.setattr(case, "TOKEN", "bearer-of-tomorrow")
        walk(source("trustpilot", settings, client), {}, Walk.FULL)
        assert len([one for one in server.asked if one.path.startswith("/v1/oauth/")]) == 2


def test_a_review_answered_by_somebody_else_is_left_alone() -> None:
    api = case.BusinessApi(case.MANY)
    posting = case.CASES["business api"].publishing
    with Server(api) as server, web() as client:
        poster = publisher(Settings.model_validate(posting.settings(server.url)), client)
        assert poster is not None
        with pytest.raises(PublishError) as raised:
            poster.publish(replace(posting.reply, review_id=FOUND[2].external_id))
        assert raised.value.outcome is PublishOutcome.REJECTED
        assert "already answered" in raised.value.detail
        with pytest.raises(PublishError) as raised:
            poster.publish(replace(posting.reply, review_id="no-such-review"))
        assert raised.value.outcome is PublishOutcome.REJECTED
    assert api.posted == {}
