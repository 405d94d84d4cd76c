"""Mastodon: against a small server of our own, recorded sessions, and a mock server's process."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from crawlers._html import text_of
from crawlers._mastodon.instance import Instance
from crawlers._mastodon.replies import CountedLimit
from crawlers.contract import (
    Fault,
    FoundReview,
    Page,
    PublishError,
    PublishOutcome,
    ReplyToPost,
    SourceError,
    Walk,
)
from crawlers.mastodon import MastodonSource, Settings, publisher, source
from crawlers.web import Web
from tests.platforms.conformance import cases, plain
from tests.platforms.mastodon.mock import OWN_TOKEN, MockServer, mastodon_mock
from tests.platforms.server import Asked, Given, Serve
from tests.platforms.server import Server as Served

SMALL = cases("mastodon")["mentions, a hashtag and a search"]
NOW = datetime(2026, 11, 13, 9, 0, tzinfo=UTC)
REPLY = ReplyToPost(
    review_id="15", text="Merci Marie.", idempotency_key="k1", author_id="marie", language="fr"
)


@pytest.fixture
def web() -> Iterator[Web]:
    with Web(user_agent="Vigie-tests", allow_private=True, pace=0, timeout=5) as client:
        yield client


@pytest.fixture(scope="module")
def mock() -> Iterator[MockServer]:
    with mastodon_mock() as server:
        yield server


def serve() -> Any:
    assert SMALL.serve
    return SMALL.serve()


def reader(web: Web, url: str, now: datetime = NOW, **changed: Any) -> MastodonSource:
    settings = Settings.model_validate(SMALL.settings(url) | changed)
    return MastodonSource(
        settings, Instance(web, settings.base_url, settings.access_token), lambda: now
    )


def walk(reading: MastodonSource, cursor: Any = None, kind: Walk = Walk.NEW) -> list[Page]:
    return list(reading.pages(json.loads(json.dumps(cursor or {})), kind))


def gone(pages: list[Page]) -> list[str]:
    return [one for page in pages for one in page.gone]


def find(pages: list[Page], words: str) -> list[FoundReview]:
    return [one for page in pages for one in page.reviews if words in one.text]


# Texts

SHORTENED = (
    '<p><a href="https://a.example/very/long/path"><span class="invisible">https://</span>'
    '<span class="ellipsis">a.example/very/lo</span><span class="invisible">ng/path</span></a></p>'
)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Un</p><p>Deux<br>Trois<br/>Quatre</p>", "Un\n\nDeux\nTrois\nQuatre"),
        ("plain &amp; simple &lt;3 &#39;x&#39;", "plain & simple <3 'x'"),
        (
            SHORTENED,
            "https://a.example/very/long/path",
        ),
        (
            '<a href="https://a.example/very/long/path">a.example/very/lo…</a> !',
            "https://a.example/very/long/path !",
        ),
        ('voir <a href="https://a.example/">ici</a>', "voir ici (https://a.example/)"),
        ('<a href="javascript:alert(1)">ici</a>', "ici"),
        ('<a href="https://a.example/@m" class="u-url mention">@<span>m</span></a> ok', "@m ok"),
        ("<p>a</p><script>alert('x')</script><style>p{}</style><p>b</p>", "a\n\nb"),
        ('<p class="quote-inline">RE: <a href="https://a.example">x</a></p><p>Oui</p>', "Oui"),
        ("<ul><li>un</li><li>deux</li></ul><p>fin</p>", "- un\n- deux\n\nfin"),
        ('<p>Bien <img class="emoji" alt=":coeur:" src="x"></p>', "Bien :coeur:"),
        ("<p>pas fermé <b>gras", "pas fermé gras"),
        ("<p>a\n  b&nbsp;c</p>", "a b c"),
        ("", ""),
    ],
)
def test_html_becomes_the_text_a_person_reads(html: str, text: str) -> None:
    assert text_of(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<![foo[x]]>a", "a"),
        ("\ud800a\x00b", "?ab"),
        ("<!-- <p> -->a", "a"),
        ("<!" * 50_000 + "a", ""),
        ("<b><i>" * 50_000, ""),
        ("&" * 50_000, "&" * 50_000),
        ("J'ai <3 et 1 < 2", "J'ai <3 et 1 < 2"),
    ],
    ids=["section", "surrogate", "comment", "declarations", "nested", "ampersands", "signs"],
)
def test_hostile_html_is_read_in_no_time(html: str, text: str) -> None:
    started = time.monotonic()
    assert text_of(html) == text
    assert time.monotonic() - started < 5, "html.parser takes minutes"


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_categories=["C", "Z"]) | st.sampled_from(" <>&'\"#;")))
def test_escaped_text_comes_back_whole(text: str) -> None:
    assert text_of(f"<p>{escape(text)}</p>") == re.sub(" +", " ", text).strip()


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("Bonjour", 7),
        ("👩‍👩‍👧 été", 5),
        ("https://a.example/" + "x" * 200, 23),
        ("voir https://a.example/x, merci", 5 + 23 + 7),
        ("@paul@ailleurs.example merci", len("@paul merci")),
        ("ecrire@boutique.example", len("ecrire@boutique.example")),
    ],
)
def test_a_text_is_as_long_as_the_server_counts_it(text: str, length: int) -> None:
    assert CountedLimit(468, "graphemes").length(text) == length


# Settings


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "nothing to look for"),
        ({"search": ["x"]}, "need an access_token"),
        ({"mentions": True}, "need an access_token"),
        ({"hashtags": ["x"], "base_url": "ftp://a.example"}, "the server's address"),
        ({"hashtags": ["x"], "reply_visibility": "secret"}, "reply_visibility"),
    ],
)
def test_settings_say_what_is_missing(given: Any, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Settings.model_validate({"base_url": "a.example"} | given)


def test_settings_are_forgiving_about_signs() -> None:
    settings = Settings(
        base_url="a.example/",
        hashtags=("#un", "un"),
        own_account="@us",
        access_token=SecretStr("s"),
    )
    assert (settings.base_url, settings.hashtags) == ("https://a.example", ("un",))
    assert settings.own_account == "us"


# Reading


def test_a_visit_reads_back_to_what_is_known_and_a_day_more(web: Web) -> None:
    with Served(serve()) as server:
        first = walk(reader(web, server.url, search=[], mentions=False))
        asked = len(server.asked)
        again = walk(reader(web, server.url, search=[], mentions=False), first[-1].cursor)
        timeline = [one for one in server.asked[asked:] if "/timelines/" in one.path]
    assert set(plain(first)) == {"15", "12"}
    # 13 and 12 are more than a day older than the newest: the page that shows them is the last
    assert [one.query.get("max_id") for one in timeline] == [None, "15"]
    assert set(plain(again)) == {"15", "12"}


def test_history_ends_where_it_was_told_to(web: Web) -> None:
    with Served(serve()) as server:
        near = walk(reader(web, server.url, history_days=2), kind=Walk.FULL)
        far = walk(reader(web, server.url, history_days=30), kind=Walk.FULL)
    assert set(plain(near)) == {"17", "15"}
    assert set(plain(far)) == {"17", "15", "12", "11"}


def test_posts_in_other_languages_are_left_out_and_unstated_ones_kept(web: Web) -> None:
    platform = serve()
    platform.posts[4] |= {"language": "de"}
    with Served(platform) as server:
        found = plain(walk(reader(web, server.url, languages=["fr"])))
    assert set(found) == {"17", "12", "11"}


def test_an_edit_and_a_later_answer_are_seen_again(web: Web) -> None:
    platform = serve()
    with Served(platform) as server:
        first = walk(reader(web, server.url))
        edited = next(one for one in platform.posts if one["id"] == "11")
        edited |= {"content": "<p>boutique rouverte</p>", "edited_at": "2026-11-13T08:30:00.000Z"}
        platform.posts.insert(0, _answer_to(platform, "12"))
        found = plain(walk(reader(web, server.url), first[-1].cursor))
    assert found["11"].text == "boutique rouverte"
    assert found["11"].edited_at == datetime(2026, 11, 13, 8, 30, tzinfo=UTC)
    assert found["12"].reply is not None
    assert found["12"].reply.text == "Désolés, Marie."


def test_a_deleted_post_is_told_twice_and_then_forgotten(web: Web) -> None:
    platform = serve()
    with Served(platform) as server:
        pages = walk(reader(web, server.url))
        platform.posts = [one for one in platform.posts if one["id"] != "15"]
        told = []
        for _ in range(3):
            pages = walk(reader(web, server.url), pages[-1].cursor)
            told.append(gone(pages))
    assert told == [["15"], ["15"], []]


def test_a_post_older_than_the_reread_window_is_no_longer_asked_for(web: Web) -> None:
    with Served(serve()) as server:
        first = walk(reader(web, server.url, reread_days=1))
        later = NOW + timedelta(days=40)
        asked = len(server.asked)
        walk(reader(web, server.url, later, reread_days=1), first[-1].cursor)
        single = [one.path for one in server.asked[asked:] if "/api/v1/statuses" in one.path]
    assert single == []


def test_a_post_dated_in_the_future_hides_none_that_come_before(web: Web) -> None:
    platform = serve()
    platform.posts[4] |= {"created_at": "2031-01-01T00:00:00.000Z"}
    with Served(platform) as server:
        first = walk(reader(web, server.url, search=[], mentions=False))
        late = _own_post(platform, "40") | {"account": platform.posts[4]["account"]}
        platform.posts.insert(0, late)
        again = walk(reader(web, server.url, search=[], mentions=False), first[-1].cursor)
    assert "40" in plain(again)


def test_only_recent_posts_are_remembered(web: Web) -> None:
    with Served(serve()) as server:
        pages = walk(reader(web, server.url, reread_days=2), kind=Walk.FULL)
    assert {key for page in pages for key in page.cursor["recent"]} == {"17", "15"}


def test_replies_older_than_our_recent_posts_are_looked_for_in_the_thread(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = serve()
    with Served(platform) as server:
        whole = plain(walk(reader(web, server.url)))
        for n in range(4):
            platform.posts.insert(0, _own_post(platform, str(30 + n)))
        monkeypatch.setattr("crawlers.mastodon.OWN_PAGES", 1)
        found = plain(walk(reader(web, server.url)))
        assert [one for one in server.asked if one.path.endswith("/17/context")]
    assert found["17"] == whole["17"]
    assert found["17"].reply is not None


def test_the_allowed_number_of_requests_is_never_overrun(web: Web) -> None:
    platform = serve()
    reset = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2099-01-01T00:00:00.000Z"}

    def spent(asked: Asked) -> Given | None:
        given: Given | None = platform(asked)
        last = given is not None and "/timelines/" in asked.path
        return replace(given, headers={**given.headers, **reset}) if last and given else given

    with Served(spent) as server:
        pages = reader(web, server.url, mentions=False).pages({}, Walk.NEW)
        kept = [next(pages)]
        with pytest.raises(SourceError) as raised:
            kept.extend(pages)
        assert "/timelines/" in server.asked[-1].path, "nothing was asked once it was used up"
        assert (raised.value.fault, raised.value.sent) == (Fault.THROTTLED, False)
        assert raised.value.retry_after is not None
        assert raised.value.retry_after > 1e6
        server.serve = platform
        rest = walk(reader(web, server.url, mentions=False), kept[-1].cursor)
        assert set(plain(kept + rest)) == {"17", "15", "12", "11"}


def test_an_unknown_own_account_is_a_fault_of_the_settings(web: Web) -> None:
    with Served(serve()) as server, pytest.raises(SourceError) as raised:
        walk(reader(web, server.url, own_account="nobody"))
    assert raised.value.fault is Fault.SETTINGS
    assert "nobody" in raised.value.detail


@pytest.mark.parametrize(
    "listing",
    [
        {"error": "no"},
        ["15"],
        [{"created_at": "2026-11-12T10:00:00Z", "content": "", "account": {"id": "1"}}],
        [{"id": "1", "created_at": "hier", "content": "", "account": {"id": "1"}}],
        [{"id": "1", "created_at": "2026-11-12T10:00:00Z", "content": "<p>x</p>"}],
        [{"id": "1", "created_at": "2026-11-12T10:00:00Z", "account": {"id": "1", "acct": "a"}}],
    ],
)
def test_another_shape_than_expected_is_told(web: Web, listing: Any) -> None:
    platform = serve()

    def other(asked: Asked) -> Given | None:
        return Given(200, listing) if "/timelines/" in asked.path else platform(asked)

    with Served(other) as server, pytest.raises(SourceError) as raised:
        walk(reader(web, server.url, mentions=False))
    assert raised.value.fault is Fault.CHANGED


def test_a_search_that_finds_nothing_is_said(web: Web) -> None:
    with Served(serve()) as server:
        pages = walk(reader(web, server.url, search=["introuvable"]), kind=Walk.FULL)
    assert "“introuvable” found nothing" in str(pages[-1].note)


def _own_post(platform: Any, post_id: str) -> dict[str, Any]:
    template: dict[str, Any] = next(one for one in platform.posts if one["id"] == "13")
    return template | {"id": post_id, "created_at": "2026-11-13T08:40:00.000Z"}


def _answer_to(platform: Any, post_id: str) -> dict[str, Any]:
    content = "<p>@marie Désolés, Marie.</p>"
    return _own_post(platform, "20") | {"in_reply_to_id": post_id, "content": content}


# Replying


def _answering(status: int, body: Any) -> Serve:
    platform = serve()
    return lambda asked: Given(status, body) if asked.method == "POST" else platform(asked)


def test_the_limit_is_the_servers_own_less_the_mention(web: Web) -> None:
    platform = serve()

    def described(v2: Any, v1: Any) -> Serve:
        given = {"/api/v2/instance": v2, "/api/v1/instance": v1}
        return lambda asked: (
            (Given(200, given[asked.path]) if given[asked.path] else None)
            if asked.path in given
            else platform(asked)
        )

    found = []
    new = {"configuration": {"statuses": {"max_characters": 1000}}}
    for described_as in [(new, None), (None, new), (None, {"max_toot_chars": 5000}), (None, None)]:
        with Served(described(*described_as)) as server:
            poster = publisher(Settings.model_validate(SMALL.settings(server.url)), web)
            assert poster
            found.append(poster.limit().most)
    assert found == [968, 968, 4968, 468]


def test_a_reply_names_its_author_even_when_only_the_post_is_known(web: Web) -> None:
    platform = serve()
    with Served(platform) as server:
        poster = publisher(
            Settings.model_validate(SMALL.settings(server.url) | {"reply_visibility": "unlisted"}),
            web,
        )
        assert poster
        poster.publish(replace(REPLY, review_id="17", author_id=None))
        (posted,) = [one.json for one in server.asked if one.method == "POST"]
        with pytest.raises(PublishError, match="no longer") as raised:
            poster.publish(replace(REPLY, review_id="404", author_id=None))
    assert posted == {
        "status": "@paul@ailleurs.example Merci Marie.",
        "in_reply_to_id": "17",
        "visibility": "unlisted",
        "language": "fr",
    }
    assert raised.value.outcome is PublishOutcome.REJECTED


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (404, {"error": "Record not found"}, PublishOutcome.REJECTED),
        (503, {"error": "busy"}, PublishOutcome.UNSURE),
        (408, "", PublishOutcome.UNSURE),
        (200, "<p>hello</p>", PublishOutcome.UNSURE),
        (200, {"scheduled": True}, PublishOutcome.UNSURE),
    ],
)
def test_what_is_known_of_a_reply_after_an_odd_answer(
    web: Web, status: int, body: Any, outcome: PublishOutcome
) -> None:
    with Served(_answering(status, body)) as server:
        poster = publisher(Settings.model_validate(SMALL.settings(server.url)), web)
        assert poster
        with pytest.raises(PublishError) as raised:
            poster.publish(REPLY)
    assert raised.value.outcome is outcome


def test_of_several_answers_of_ours_the_one_asked_for_is_found(web: Web) -> None:
    with Served(serve()) as server:
        poster = publisher(Settings.model_validate(SMALL.settings(server.url)), web)
        assert poster
        second = poster.find(replace(REPLY, review_id="17", text="Il est  retrouvé."))
        other = poster.find(replace(REPLY, review_id="17", text="autre"))
    assert (second and second.external_id, other and other.external_id) == ("19", "18")


# A server in a process of its own


def _on(mock: MockServer, **wanted: Any) -> Settings:
    return Settings(base_url=mock.url, access_token=SecretStr(OWN_TOKEN), **wanted)


def test_a_live_server_is_searched_followed_and_read_again(web: Web, mock: MockServer) -> None:
    paul = mock.customer("paul")
    searched = paul.post("La MaisonVigie m'a envoyé un colis vide\n\nVraiment vide")
    tagged = paul.post("Déçu par #maisonvigie https://a.example/?a=1&b=2")
    named = paul.post("@testuser où est ma commande ?")
    private = paul.post("@testuser en privé", visibility="direct")
    paul.reblog(named)
    settings = _on(mock, search=("MaisonVigie",), hashtags=("MaisonVigie",), mentions=True)
    first = walk(source(settings, web))
    found = plain(first)
    assert set(found) == {searched, tagged, named}
    assert sum(len(page.reviews) for page in first) == 3, "two ways to a post give it once"
    assert private not in found
    assert found[searched].text == "La MaisonVigie m'a envoyé un colis vide\n\nVraiment vide"
    assert found[tagged].text == "Déçu par #maisonvigie https://a.example/?a=1&b=2"
    assert found[named].author_id == "paul"

    paul.edit(searched, "La MaisonVigie a tout remboursé")
    paul.delete(tagged)
    mock.own.post("@paul on vous répond par ici", in_reply_to_id=named)
    again = walk(source(settings, web), first[-1].cursor)
    assert gone(again) == [tagged]
    after = plain(again)
    assert after[searched].text == "La MaisonVigie a tout remboursé"
    assert after[searched].edited_at is not None
    reply = after[named].reply
    assert reply is not None
    assert reply.text == "on vous répond par ici"


def test_a_live_server_takes_a_reply_once(web: Web, mock: MockServer) -> None:
    claire = mock.customer("claire")
    post_id = claire.post("@testuser ma commande est arrivée cassée")
    settings = _on(mock, mentions=True)
    poster = publisher(settings, web)
    assert poster
    text = "Bonjour Claire,\n\nnous vous renvoyons un colis : https://a.example/suivi?c=1&d=2"
    reply = ReplyToPost(
        review_id=post_id, text=text, idempotency_key="only-once", author_id="claire", language="fr"
    )
    assert poster.find(reply) is None
    posted = poster.publish(reply)
    assert poster.publish(reply) == posted
    (answer,) = claire.answers(post_id)
    assert (answer["id"], answer["visibility"]) == (posted.external_id, "public")
    assert answer["content"].startswith("<p>@claire Bonjour Claire,</p>")
    found = poster.find(reply)
    assert found is not None
    assert (found.text, found.external_id) == (text, posted.external_id)
    seen = plain(walk(source(settings, web)))[post_id].reply
    assert seen == found


def test_a_live_server_refuses_501_characters(web: Web, mock: MockServer) -> None:
    denis = mock.customer("denis")
    post_id = denis.post("@testuser trop long ?")
    poster = publisher(_on(mock, mentions=True), web)
    assert poster
    assert poster.limit().most == 468
    mention = "@denis "
    reply = ReplyToPost(
        review_id=post_id, text="x" * 469, idempotency_key="long", author_id="denis"
    )
    with pytest.raises(PublishError, match="1 characters too long") as early:
        poster.publish(reply)
    assert early.value.outcome is PublishOutcome.REJECTED
    # 468 of ours and a longer name than any at home: only the server can tell
    far = "d" * 33
    text = "x" * 468
    assert len(f"@{far} {text}") > 501 > len(mention + text)
    with pytest.raises(PublishError, match="too long") as late:
        poster.publish(replace(reply, text=text, author_id=far))
    assert late.value.outcome is PublishOutcome.REJECTED
    assert denis.answers(post_id) == []
    assert poster.publish(replace(reply, text=text, idempotency_key="fits")).external_id


def test_a_live_servers_failures_are_told(web: Web, mock: MockServer) -> None:
    settings = _on(mock, hashtags=("panne",))
    path = "/api/v1/timelines/tag/panne"
    mock.fail(path, effect={"type": "ratelimit"})
    with pytest.raises(SourceError) as raised:
        walk(source(settings, web))
    assert (raised.value.fault, raised.value.retry_after) == (Fault.THROTTLED, 300)
    mock.fail(path, effect={"type": "malformed"})
    with pytest.raises(SourceError) as raised:
        walk(source(settings, web))
    assert raised.value.fault is Fault.CHANGED
    assert walk(source(settings, web))


# Recorded sessions of a real server


def _recorded(samples: Path, name: str) -> list[dict[str, Any]]:
    path = samples / "mastodon" / f"{name}.yaml"
    if not path.exists():
        pytest.skip(f"no recorded session {path.name} in the samples' folder")
    found: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))["interactions"]
    return found


def _replayed(interactions: list[dict[str, Any]], **more: Any) -> Web:
    """A client that is given the recorded answers, each by its method and path."""
    answers = {
        (one["request"]["method"], httpx.URL(one["request"]["uri"]).path.rstrip("/")): one
        for one in interactions
    }

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.params.get("max_id"):
            return httpx.Response(200, json=[])
        if request.url.path in more:
            return httpx.Response(200, json=more[request.url.path])
        one = answers.get((request.method, request.url.path))
        if one is None:
            return httpx.Response(404, json={"error": "Record not found"})
        told = one["response"]
        link = told["headers"].get("link", [""])[0]
        return httpx.Response(
            told["status"]["code"], headers={"link": link}, content=told["body"]["string"].encode()
        )

    return Web(user_agent="t", transport=httpx.MockTransport(answer), pace=0)


def _told(interactions: list[dict[str, Any]], method: str, path: str) -> Any:
    return next(
        json.loads(one["response"]["body"]["string"])
        for one in interactions
        if one["request"]["method"] == method and one["request"]["uri"].endswith(path)
    )


URL = "http://recorded.example"


@pytest.mark.samples
def test_a_recorded_hashtag_is_read(samples: Path) -> None:
    session = _recorded(samples, "test_hashtag_tl")
    (recorded,) = _told(session, "GET", "/timelines/tag/hoot")
    settings = Settings(base_url=URL, hashtags=("hoot",), history_days=36_500)
    with _replayed(session) as web:
        (found,) = plain(walk(source(settings, web))).values()
    assert found.external_id == recorded["id"]
    assert found.url == recorded["url"]
    assert found.written_at == datetime.fromisoformat(recorded["created_at"])
    assert found.text == "#hoot (hashtag toot)"
    assert (found.language, found.reach, found.author) == ("ja", 0, "@mastodonpy_test_2")


@pytest.mark.samples
@pytest.mark.parametrize("name", ["test_notifications", "test_notifications_mentions_only"])
def test_recorded_mentions_are_read(samples: Path, name: str) -> None:
    session = _recorded(samples, name)
    own = {"/api/v1/accounts/verify_credentials": {"id": "1"}, "/api/v1/accounts/1/statuses": []}
    settings = Settings(
        base_url=URL, mentions=True, access_token=SecretStr("x"), history_days=36_500
    )
    with _replayed(session, **own) as web:
        (found,) = plain(walk(source(settings, web))).values()
    assert found.text == "@mastodonpy_test hello!"
    assert found.author_id == "admin"
    assert found.reach == 1


@pytest.mark.samples
def test_a_recorded_search_without_results_is_no_error(samples: Path) -> None:
    session = _recorded(samples, "test_search")
    own = {"/api/v1/accounts/verify_credentials": {"id": "1"}, "/api/v1/accounts/1/statuses": []}
    settings = Settings(base_url=URL, search=("mastodonpy_test",), access_token=SecretStr("x"))
    with _replayed(session, **own) as web:
        pages = walk(source(settings, web), kind=Walk.FULL)
    assert not plain(pages)
    assert "found nothing" in str(pages[-1].note)


@pytest.mark.samples
def test_a_recorded_edit_is_seen_when_the_post_is_asked_for_again(samples: Path) -> None:
    session = _recorded(samples, "test_status_edit")
    before = _told(session, "POST", "/api/v1/statuses")
    settings = Settings(base_url=URL, hashtags=("kate",), history_days=36_500, reread_days=36_500)
    with _replayed(session, **{"/api/v1/timelines/tag/kate": [before]}) as web:
        first = walk(source(settings, web))
    with _replayed(session, **{"/api/v1/timelines/tag/kate": []}) as web:
        again = walk(source(settings, web), first[-1].cursor)
    (old,), (new,) = plain(first).values(), plain(again).values()
    assert old.external_id == new.external_id
    assert "VS Code" in old.text
    assert "Kate" in new.text
    assert new.edited_at == datetime(2026, 8, 1, 13, 54, 0, 695_000, tzinfo=UTC)


@pytest.mark.samples
def test_a_recorded_reply_is_posted_and_read(samples: Path) -> None:
    session = _recorded(samples, "test_status_reply")
    posts = [one for one in session if one["request"]["method"] == "POST"]
    answer = json.loads(posts[1]["response"]["body"]["string"])
    thread = {"ancestors": [], "descendants": [answer]}
    context = f"/api/v1/statuses/{answer['in_reply_to_id']}/context"
    settings = Settings(base_url=URL, hashtags=("x",), access_token=SecretStr("x"))
    reply = ReplyToPost(
        review_id=answer["in_reply_to_id"],
        text="same!",
        idempotency_key="k",
        author_id="mastodonpy_test_2",
    )
    with _replayed([*session, posts[1]], **{context: thread}) as web:
        poster = publisher(settings, web)
        assert poster
        posted, found = poster.publish(reply), poster.find(reply)
    assert (posted.external_id, posted.url) == (answer["id"], answer["url"])
    assert found is not None
    assert (found.text, found.external_id) == ("same!", answer["id"])
