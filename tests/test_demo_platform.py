"""The demonstration platform over HTTP: the real platform files read it and answer it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from crawlers import contract
from crawlers.contract import (
    FoundReview,
    PublishError,
    PublishOutcome,
    ReplyToPost,
    SourceError,
    Walk,
)
from crawlers.web import Web
from monitor import demo
from monitor.config import Brand, Config, SourceConfig
from monitor.demo import business_api, social
from monitor.demo.trustpilot_pages import BRAND, DOMAIN, UNIT

OPENED = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
NEXT_DATA = re.compile(r'<script id="__NEXT_DATA__"[^>]*>(.*?)</script>', re.DOTALL)
LINKED_DATA = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
HOSTILE = "Merci <script>alert(1)</script> & à bientôt </script>"


class Hands:
    """A clock that is moved by hand."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Hands:
    return Hands(OPENED)


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False) as client:
        yield client


@pytest.fixture
def running(tmp_path: Path, clock: Hands) -> Iterator[demo.Demo]:
    started = demo.start(tmp_path / "demonstration", clock, web_port=0, mail_port=0)
    yield started
    started.stop()


@pytest.fixture
def web() -> Iterator[Web]:
    with Web(user_agent="Vigie tests", allow_private=True, pace=0) as made:
        yield made


def shown_on(http: httpx.Client, running: demo.Demo, page: int) -> dict[str, Any]:
    query: dict[str, str | int] = {"languages": "all", "sort": "recency", "page": page}
    text = http.get(f"{running.address}/review/{DOMAIN}", params=query).raise_for_status().text
    match = NEXT_DATA.search(text)
    assert match is not None
    properties: dict[str, Any] = json.loads(match[1])["props"]["pageProps"]
    linked = LINKED_DATA.search(text)
    assert linked is not None
    nodes = json.loads(linked[1])["@graph"]
    assert [one["@id"].rsplit("/", 1)[1] for one in nodes if one["@type"] == "Review"] == [
        one["id"] for one in properties["reviews"]
    ]
    return properties


def trustpilot(running: demo.Demo, **given: Any) -> contract.PlatformSettings:
    settings = contract.load("trustpilot").settings
    return settings(domain=DOMAIN, base_url=running.address, **given)  # type: ignore[call-arg]  # its own fields


def business(running: demo.Demo, **given: Any) -> contract.PlatformSettings:
    keys = {
        "api_base_url": f"{running.address}/v1",
        "api_key": business_api.API_KEY,
        "api_secret": business_api.API_SECRET,
        "author_business_user_id": business_api.AUTHOR,
        "business_unit_id": UNIT,
    }
    return trustpilot(running, **(keys | given))


def walk(platform: str, settings: contract.PlatformSettings, web: Web) -> list[FoundReview]:
    pages = list(contract.load(platform).source(settings, web).pages({}, Walk.FULL))
    return [review for page in pages for review in page.reviews]


def reply_to(review: FoundReview, text: str) -> ReplyToPost:
    return ReplyToPost(
        review_id=review.external_id,
        text=text,
        idempotency_key=f"key-{review.external_id}",
        review_url=review.url,
        author_id=review.author_id,
    )


def test_every_review_is_on_one_page_once_newest_first(
    http: httpx.Client, running: demo.Demo
) -> None:
    first = shown_on(http, running, 1)
    paging = first["filters"]["pagination"]
    reviews = [
        one
        for page in range(1, paging["totalPages"] + 1)
        for one in shown_on(http, running, page)["reviews"]
    ]
    dates = [one["dates"]["publishedDate"] for one in reviews]
    assert [one["id"] for one in reviews] == [s.review.id for s in running.scene.reviews()]
    assert dates == sorted(dates, reverse=True)
    assert paging == {
        "currentPage": 1,
        "perPage": 20,
        "totalCount": len(reviews),
        "totalPages": -(-len(reviews) // 20),
    }
    assert first["businessUnit"]["numberOfReviews"] == len(reviews)
    beyond = f"{running.reviews_url[:-1]}{paging['totalPages'] + 1}"
    assert http.get(beyond).status_code == 404


def test_without_languages_all_only_french_is_shown(http: httpx.Client, running: demo.Demo) -> None:
    text = http.get(f"{running.address}/review/{DOMAIN}").raise_for_status().text
    match = NEXT_DATA.search(text)
    assert match is not None
    filters = json.loads(match[1])["props"]["pageProps"]["filters"]
    assert filters["selected"]["languages"] == "fr"
    assert filters["pagination"]["totalCount"] < filters["totalNumberOfReviews"]


def test_the_real_crawler_collects_every_field(running: demo.Demo, web: Web) -> None:
    pages = list(contract.load("trustpilot").source(trustpilot(running), web).pages({}, Walk.FULL))
    found = {one.external_id: one for page in pages for one in page.reviews}
    shown = running.scene.reviews()
    assert sum(len(page.reviews) for page in pages) == len(found) == len(shown)
    assert pages[-1].complete
    assert {page.expected for page in pages} == {len(shown)}
    for one in shown:
        review = found[one.review.id]
        assert abs(review.written_at - one.review.written_at) < timedelta(seconds=1)
        assert (review.text, review.stars, review.title) == (one.text, one.stars, one.title)
        assert (review.author, review.language) == (one.review.author, one.review.language)
        assert (review.verified, review.invited) == (one.review.verified, one.review.invited)
        assert review.location == one.review.location
        assert (review.edited_at is None) == (one.edited_at is None)
        assert (review.reply.text if review.reply else None) == (
            one.reply.text if one.reply else None
        )


def test_a_posted_reply_appears_on_the_page_escaped(
    http: httpx.Client, running: demo.Demo, web: Web
) -> None:
    platform = contract.load("trustpilot")
    waiting = next(one for one in walk("trustpilot", business(running), web) if not one.reply)
    publisher = platform.publisher(business(running), web)
    assert publisher is not None
    asked = reply_to(waiting, HOSTILE)
    assert publisher.find(asked) is None
    assert publisher.publish(asked).visible
    found = publisher.find(asked)
    assert found is not None
    assert found.text == HOSTILE
    assert waiting.url is not None
    for address in (waiting.url, running.reviews_url):
        page = http.get(address).text
        assert "Merci &lt;script&gt;alert(1)&lt;/script&gt; &amp; à bientôt" in page
        assert "<script>alert" not in page
    review = next(
        one for one in shown_on(http, running, 1)["reviews"] if one["id"] == asked.review_id
    )
    assert review["reply"]["message"] == HOSTILE


def test_a_second_reply_is_refused(http: httpx.Client, running: demo.Demo) -> None:
    waiting = next(one for one in running.scene.reviews() if one.reply is None)
    address = f"{running.address}/v1/private/reviews/{waiting.review.id}/reply"
    headers = {"Authorization": f"Bearer {business_api.ACCESS_TOKEN}"}
    body = {"authorBusinessUserId": business_api.AUTHOR, "message": "Merci."}
    assert http.post(address, headers=headers, json=body).status_code == 201
    assert http.post(address, headers=headers, json=body).status_code == 409
    assert http.delete(address, headers=headers).status_code == 204
    assert http.delete(address, headers=headers).status_code == 404
    assert http.post(address, headers=headers, json=body).status_code == 201


def test_who_may_not_reply_is_refused_and_who_may_is_not(
    http: httpx.Client, running: demo.Demo
) -> None:
    waiting = next(one for one in running.scene.reviews() if one.reply is None)
    address = f"{running.address}/v1/private/reviews/{waiting.review.id}/reply"
    good = {"Authorization": f"Bearer {business_api.ACCESS_TOKEN}"}
    body = {"authorBusinessUserId": business_api.AUTHOR, "message": "Merci."}
    wrong = [
        ({}, body, 401),
        ({"Authorization": "Bearer another"}, body, 401),
        (good, {"authorBusinessUserId": business_api.AUTHOR, "message": "  "}, 400),
        (good, {"authorBusinessUserId": "somebody", "message": "Merci."}, 400),
        (good, ["message"], 400),
    ]
    for headers, content, status in wrong:
        assert http.post(address, headers=headers, json=content).status_code == status
    assert running.scene.review(waiting.review.id) == waiting
    assert http.post(address, headers=good, json=body).status_code == 201


def test_wrong_keys_are_a_refusal_and_not_an_empty_list(running: demo.Demo, web: Web) -> None:
    settings = business(running, api_secret="wrong")
    with pytest.raises(SourceError, match="refused"):
        walk("trustpilot", settings, web)
    publisher = contract.load("trustpilot").publisher(settings, web)
    assert publisher is not None
    with pytest.raises(PublishError) as refused:
        publisher.publish(ReplyToPost(review_id="x", text="Merci.", idempotency_key="k"))
    assert refused.value.outcome is not PublishOutcome.UNSURE


def test_tokens_are_given_for_the_demonstrations_own_credentials(
    http: httpx.Client, running: demo.Demo
) -> None:
    address = f"{running.address}{business_api.OAUTH}/accesstoken"
    pair = (business_api.API_KEY, business_api.API_SECRET)
    person = {"username": business_api.USERNAME, "password": business_api.PASSWORD}
    given = http.post(address, auth=pair, data={"grant_type": "password", **person})
    assert given.json()["access_token"] == business_api.ACCESS_TOKEN
    assert http.post(address, auth=pair, data={"grant_type": "password"}).status_code == 400
    assert http.post(address, data={"grant_type": "client_credentials"}).status_code == 401
    again = http.post(
        f"{running.address}{business_api.OAUTH}/refresh",
        auth=pair,
        data={"grant_type": "refresh_token", "refresh_token": business_api.REFRESH_TOKEN},
    )
    assert again.json()["access_token"] == business_api.ACCESS_TOKEN


def test_the_api_filters_as_it_is_asked(http: httpx.Client, running: demo.Demo) -> None:
    address = f"{running.address}/v1/private/business-units/{UNIT}/reviews"
    headers = {"Authorization": f"Bearer {business_api.ACCESS_TOKEN}"}
    since = OPENED - timedelta(days=20)
    query: dict[str, str | int] = {
        "perPage": 100,
        "responded": "false",
        "stars": "1,2",
        "startDateTime": since.isoformat(),
    }
    got = http.get(address, params=query, headers=headers).json()["reviews"]
    wanted = [
        one.review.id
        for one in running.scene.reviews()
        if one.reply is None and one.stars <= 2 and one.review.written_at >= since
    ]
    assert [one["id"] for one in got] == wanted[:100]
    assert wanted
    assert http.get(address, params={"perPage": 101}, headers=headers).status_code == 400
    assert http.get(address).status_code == 401


def test_a_mention_is_read_and_answered_on_the_social_network(
    http: httpx.Client, running: demo.Demo, web: Web, clock: Hands
) -> None:
    platform = contract.load("mastodon")
    clock.at = OPENED + timedelta(minutes=30)
    settings = platform.settings(  # type: ignore[call-arg]  # its own fields
        base_url=running.address,
        access_token=SecretStr(social.TOKEN),
        hashtags=("maisonlumen",),
        mentions=True,
        history_days=250,
    )
    found = {one.external_id: one for one in walk("mastodon", settings, web)}
    assert found.keys() == {post.id for post in running.scene.posts()}
    newest = next(one for one in found.values() if "boutique de Lille" in one.text)
    publisher = platform.publisher(settings, web)
    assert publisher is not None
    asked = reply_to(newest, "Bonjour, oui, avec la facture. Thibault, pour Maison Lumen")
    first = publisher.publish(asked)
    assert publisher.publish(asked).external_id == first.external_id, "the key makes it one post"
    again = {one.external_id: one for one in walk("mastodon", settings, web)}
    seen = again[newest.external_id].reply
    assert seen is not None
    assert seen.text == asked.text
    assert newest.url is not None
    assert "Thibault, pour Maison Lumen" in http.get(newest.url).text
    with pytest.raises(PublishError) as refused:
        publisher.publish(reply_to(newest, "x" * 501))
    assert refused.value.outcome is PublishOutcome.REJECTED


def test_a_wrong_token_is_refused_by_the_social_network(
    http: httpx.Client, running: demo.Demo
) -> None:
    for path in ("/api/v1/notifications", "/api/v2/search?q=lampe"):
        wrong = {"Authorization": "Bearer another"}
        right = {"Authorization": f"Bearer {social.TOKEN}"}
        assert http.get(running.address + path, headers=wrong).status_code == 401
        assert http.get(running.address + path, headers=right).status_code == 200


def test_the_survey_is_read_and_its_bad_line_is_named(running: demo.Demo, web: Web) -> None:
    platform = contract.load("spreadsheet")
    settings = platform.settings(  # type: ignore[call-arg]  # its own fields
        path=running.survey, columns=demo.SURVEY_MAPPING, time_zone="Europe/Paris"
    )
    pages = list(platform.source(settings, web).pages({}, Walk.FULL))
    reviews = [one for page in pages for one in page.reviews]
    rejected = [one for page in pages for one in page.rejected]
    lines = list(csv.reader(io.StringIO(running.survey.read_text("utf-8-sig")), delimiter=";"))
    assert len(reviews) == len(lines) - 2
    assert [one.place for one in rejected] == ["enquetes.csv, line 12"]
    assert {one.location for one in reviews} >= {"Lyon", "Bordeaux", "Lille", "Nantes"}


def test_the_pages_are_for_people_too(http: httpx.Client, running: demo.Demo) -> None:
    page = http.get(running.address, follow_redirects=True).raise_for_status().text
    assert "rien ne part dans le monde" in page
    assert f"Réponse de {BRAND}" in http.get(f"{running.reviews_url[:-1]}3").text
    assert "#maisonlumen" in http.get(f"{running.address}/tags/maisonlumen").text
    assert "Disallow: /courrier" in http.get(f"{running.address}/robots.txt").text
    for path in ("/reviews/none", "/@nobody/1", "/elsewhere", f"/review/{DOMAIN}?page=x"):
        assert http.get(running.address + path).status_code == 404


def test_a_taken_port_is_replaced_and_the_configuration_follows(
    http: httpx.Client, running: demo.Demo, tmp_path: Path, clock: Hands
) -> None:
    taken = int(running.address.rsplit(":", 1)[1])
    second = demo.start(tmp_path / "second", clock, web_port=taken, mail_port=running.mail_port)
    try:
        assert second.address != running.address
        assert second.mail_port != running.mail_port
        assert http.get(f"{second.address}/robots.txt").status_code == 200
        usual = {
            "base_url": demo.USUAL_ADDRESS,
            "api_base_url": f"{demo.USUAL_ADDRESS}/v1",
            "hashtags": ["maisonlumen"],
        }
        survey = {"path": demo.USUAL_SURVEY}
        elsewhere = {"base_url": "https://www.trustpilot.com"}
        sources = tuple(
            SourceConfig(name=name, platform="trustpilot", settings=settings)
            for name, settings in (("usual", usual), ("survey", survey), ("other", elsewhere))
        )
        config = Config(brands=(Brand(key="maison-lumen", name=BRAND, sources=sources),))
        adapted = second.adapt(config)
        assert [one.settings for _, one in adapted.sources()] == [
            {
                "base_url": second.address,
                "api_base_url": f"{second.address}/v1",
                "hashtags": ["maisonlumen"],
            },
            {"path": str(second.survey)},
            elsewhere,
        ]
        mail = adapted.mail
        assert (mail.host, mail.port, mail.security) == ("127.0.0.1", second.mail_port, "none")
    finally:
        second.stop()
