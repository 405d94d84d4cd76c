"""The HTTP client: what it refuses, how it waits, and what it calls each failure."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from crawlers import _address
from crawlers._address import REDIRECTS_AT_MOST, is_public
from crawlers._refusal import retry_after
from crawlers.contract import Fault, SourceError
from crawlers.web import ROBOTS_KEPT, Answer, Web
from tests.platforms.server import Asked, Given, Server

SITE = "https://platform.example"


class Clock:
    """Time that passes only by waiting."""

    def __init__(self) -> None:
        self.now = 1000.0

    def wait(self, seconds: float) -> None:
        self.now += seconds


def client(answer: Callable[[httpx.Request], httpx.Response], **changed: Any) -> Web:
    """A client on a network that is one function."""
    clock = changed.pop("clock", Clock())
    given: dict[str, Any] = {
        "user_agent": "Vigie-tests (+https://brand.example)",
        "transport": httpx.MockTransport(answer),
        "wait": clock.wait,
        "now": lambda: clock.now,
    }
    return Web(**(given | changed))


def fault(call: Callable[[], object]) -> SourceError:
    with pytest.raises(SourceError) as raised:
        call()
    return raised.value


def answering(status: int, content: bytes = b"", headers: Mapping[str, str] | None = None) -> Web:
    return client(lambda _: httpx.Response(status, content=content, headers=headers))


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (301, Fault.CHANGED),
        (400, Fault.CHANGED),
        (401, Fault.REFUSED),
        (403, Fault.REFUSED),
        (404, Fault.MISSING),
        (410, Fault.MISSING),
        (422, Fault.CHANGED),
        (429, Fault.THROTTLED),
        (500, Fault.UNAVAILABLE),
        (503, Fault.UNAVAILABLE),
        (599, Fault.UNAVAILABLE),
    ],
)
def test_every_answer_but_a_success_is_an_error_by_name(status: int, expected: Fault) -> None:
    for call in (answering(status).get, lambda url: answering(status).send("POST", url)):
        error = fault(lambda call=call: call(f"{SITE}/a"))  # type: ignore[misc]  # bound at once
        assert (error.fault, error.status, error.sent) == (expected, status, True)
    assert answering(204).get(f"{SITE}/a").status == 204


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "120"}, 120),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Sun, 22 Nov 2026 10:02:00 GMT"}, 120),
        ({"x-ratelimit-reset": "90", "x-ratelimit-remaining": "0"}, 90),
        ({"x-ratelimit-reset": "1795341660"}, 60),
        ({"x-ratelimit-reset": "2026-11-22T10:05:00.000Z"}, 300),
        ({"x-ratelimit-reset": "2026-11-22T09:00:00Z"}, 0),
        ({"x-ratelimit-reset": "90", "x-ratelimit-remaining": "12"}, None),
        ({"retry-after": "5", "x-ratelimit-reset": "90"}, 5),
    ],
)
def test_the_wait_a_platform_asks_for(headers: dict[str, str], seconds: float | None) -> None:
    date = {"date": "Sun, 22 Nov 2026 10:00:00 GMT"}
    assert retry_after(httpx.Headers(date | headers)) == seconds
    error = fault(lambda: answering(429, headers=date | headers).get(SITE))
    assert error.retry_after == seconds


@pytest.mark.parametrize(
    ("status", "page", "headers"),
    [
        (403, b"<html><title>Just a moment...</title>", {}),
        (429, b"<p>Please solve the CAPTCHA</p>", {"content-type": "text/html"}),
        (200, b"<html></html>", {"cf-mitigated": "challenge"}),
        (202, b"", {"x-amzn-waf-action": "challenge"}),
    ],
)
def test_a_bot_check_is_recognised(status: int, page: bytes, headers: dict[str, str]) -> None:
    assert fault(lambda: answering(status, page, headers).get(SITE)).fault is Fault.CAPTCHA


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"a": [1, 2', Fault.CHANGED),
        (b"", Fault.CHANGED),
        (b"<html><p>Welcome</p></html>", Fault.CHANGED),
        (b"[" * 100_000, Fault.CHANGED),
        (b"<html><p>Are you a robot?</p></html>", Fault.CAPTCHA),
    ],
)
def test_what_is_not_json_is_told(body: bytes, expected: Fault) -> None:
    assert fault(lambda: answering(200, body).get_json(SITE)).fault is expected


def test_text_is_read_in_the_character_set_it_declares() -> None:
    def answer(kind: str) -> Answer:
        headers = httpx.Headers({"content-type": kind})
        return Answer(200, SITE, headers, "né".encode("latin-1" if "8859" in kind else "utf-8"))

    for kind in ("text/html; charset=ISO-8859-1", "text/html", "text/html; charset=klingon"):
        assert answer(kind).text == "né"


@pytest.mark.parametrize(
    ("raised", "expected", "sent"),
    [
        (httpx.ConnectTimeout("x"), Fault.TIMED_OUT, False),
        (httpx.ReadTimeout("x"), Fault.TIMED_OUT, True),
        (httpx.WriteTimeout("x"), Fault.TIMED_OUT, True),
        (httpx.ConnectError("x"), Fault.UNREACHABLE, False),
        (httpx.ReadError("x"), Fault.UNAVAILABLE, True),
        (httpx.RemoteProtocolError("x"), Fault.UNAVAILABLE, True),
        (httpx.LocalProtocolError("x"), Fault.SETTINGS, False),
    ],
)
def test_a_network_failure_says_whether_it_may_have_arrived(
    raised: httpx.HTTPError, expected: Fault, sent: bool
) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise raised

    error = fault(lambda: client(fail).send("POST", SITE, json={}))
    assert (error.fault, error.status, error.sent) == (expected, None, sent)


def test_secrets_are_in_no_error() -> None:
    secrets = ("in-the-query", "in-the-header", "in-the-form", "in-the-url")

    def echo(request: httpx.Request) -> httpx.Response:
        told = f"{request.url} {request.headers} {request.content.decode()}"
        return httpx.Response(400, json={"message": told})

    error = fault(
        lambda: client(echo).send(
            "POST",
            "https://user:in-the-url@platform.example/path",
            params={"token": secrets[0]},
            headers={"Authorization": f"Bearer {secrets[1]}"},
            data={"password": secrets[2]},
        )
    )
    assert error.url == f"{SITE}/path"
    shown = f"{error} {error!r} {error.url}"
    assert not [secret for secret in secrets if secret in shown]
    answer = answering(200, b'{"token": "in-the-body"}').get(f"{SITE}")
    assert "in-the-body" not in repr(answer)


def test_the_platforms_own_words_reach_the_error() -> None:
    for body in (
        {"error": "Text is too long"},
        {"errors": [{"detail": "Text is too long"}]},
        {"error": {"code": 3, "message": "Text is too\nlong"}},
    ):
        error = fault(
            lambda body=body: answering(422, json.dumps(body).encode()).get(SITE)  # type: ignore[misc]  # bound at once
        )
        assert error.detail.endswith("Text is too long")
    assert "<b>" not in fault(lambda: answering(400, b"<b>Bad</b>").get(SITE)).detail


def test_the_pace_of_each_host_is_kept() -> None:
    clock = Clock()
    paced = client(lambda _: httpx.Response(200), pace=2.0, clock=clock)
    for url in (SITE, f"{SITE}/b", "https://other.example"):
        paced.get(url)
    assert clock.now == 1002.0
    clock.now += 10
    paced.get(SITE)
    assert clock.now == 1012.0


def test_redirects_keep_headers_to_their_host_and_end() -> None:
    seen: list[tuple[str, str | None]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.url.host, request.headers.get("apikey")))
        where = {"/a": "/b", "/b": "https://other.example/c"}.get(request.url.path)
        return httpx.Response(302, headers={"location": where}) if where else httpx.Response(200)

    assert client(answer).get(f"{SITE}/a", headers={"apikey": "k"}).url.endswith("/c")
    assert seen == [("platform.example", "k"), ("platform.example", "k"), ("other.example", None)]

    def for_ever(request: httpx.Request) -> httpx.Response:
        seen.append(("", None))
        return httpx.Response(302, headers={"location": "/again"})

    seen.clear()
    assert fault(lambda: client(for_ever).get(SITE)).fault is Fault.CHANGED
    assert len(seen) == REDIRECTS_AT_MOST + 1
    seen.clear()
    assert fault(lambda: client(for_ever).send("POST", SITE)).fault is Fault.CHANGED
    assert len(seen) == 1


def test_an_answer_that_is_too_large_is_not_read_to_its_end() -> None:
    error = fault(
        lambda: client(lambda _: httpx.Response(200, content=b"a" * 2000), max_bytes=999).get(SITE)
    )
    assert error.fault is Fault.CHANGED


def test_an_answer_that_trickles_in_is_given_up() -> None:
    clock = Clock()

    class Trickle(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            while True:
                clock.now += 5
                yield b"a"

    slow = client(lambda _: httpx.Response(200, stream=Trickle()), timeout=10, clock=clock)
    assert fault(lambda: slow.get(SITE)).fault is Fault.TIMED_OUT


def test_sources_share_no_cookies() -> None:
    seen: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("cookie"))
        return httpx.Response(200, headers={"set-cookie": "session=1"})

    with client(answer) as web:
        web.get(SITE)
        web.get(SITE)
    assert seen == [None, None]


# robots.txt


def test_robots_txt_is_obeyed_and_kept() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(200, text="User-agent: vigie-tests\nDisallow: /private/*.html$\n")

    clock = Clock()
    web = client(answer, clock=clock, pace=0)
    assert web.robots_allow(f"{SITE}/private/a.txt")
    assert not web.robots_allow(f"{SITE}/private/a.html")
    error = fault(lambda: web.get(f"{SITE}/private/a.html", robots=True))
    assert (error.fault, error.sent, error.url) == (Fault.ROBOTS, False, f"{SITE}/private/a.html")
    assert asked == ["/robots.txt"]
    clock.now += ROBOTS_KEPT + 1
    web.get(f"{SITE}/a", robots=True)
    assert asked == ["/robots.txt", "/robots.txt", "/a"]


@pytest.mark.parametrize(
    ("status", "allowed", "expected"),
    [
        (404, True, None),
        (403, True, None),
        (429, False, Fault.THROTTLED),
        (503, False, Fault.UNAVAILABLE),
    ],
)
def test_robots_txt_that_is_not_there(status: int, allowed: bool, expected: Fault | None) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status if request.url.path == "/robots.txt" else 200)

    web = client(answer)
    assert web.robots_allow(f"{SITE}/a") is allowed
    if expected:
        assert fault(lambda: web.get(f"{SITE}/a", robots=True)).fault is expected
    else:
        assert web.get(f"{SITE}/a", robots=True).status == 200


def test_robots_txt_is_asked_again_where_a_redirect_leads() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/robots.txt":
            closed = request.url.host == "other.example"
            return httpx.Response(200, text="User-agent: *\nDisallow: /" if closed else "")
        return httpx.Response(302, headers={"location": "https://other.example/b"})

    assert fault(lambda: client(answer).get(f"{SITE}/a", robots=True)).fault is Fault.ROBOTS


# Addresses


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"),
        *("100.64.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "198.18.0.1"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::"),
    ],
)
def test_an_address_that_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:4700::1111", "::ffff:93.184.215.14"])
def test_an_address_that_is_public(address: str) -> None:
    assert is_public(address)


def guarded(**changed: Any) -> Web:
    """A client on the real network, kept off private addresses."""
    given: dict[str, Any] = {"user_agent": "Vigie-tests", "pace": 0, "timeout": 5}
    return Web(**(given | changed))


def numbers(asked: Asked) -> Given | None:
    return Given(200, {"host": asked.headers["host"]})


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "[::ffff:127.0.0.1]", "0x7f.1", "127.1"]
)
def test_the_own_network_is_out_of_reach_unless_allowed(host: str) -> None:
    with Server(numbers) as server, guarded() as web:
        url = server.url.replace("127.0.0.1", host)
        error = fault(lambda: web.get(url))
        assert (error.fault, error.sent, server.asked) == (Fault.PRIVATE_ADDRESS, False, [])
        with guarded(allow_private=True) as allowed:
            assert allowed.get_json(server.url.replace("127.0.0.1", "localhost"))
        assert len(server.asked) == 1


def test_a_redirect_into_the_own_network_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_address, "is_public", lambda address: address != "127.0.0.2")
    with Server(numbers) as server, guarded() as web:
        inside = server.url.replace("127.0.0.1", "127.0.0.2")
        server.serve = lambda _: Given(302, b"", {"Location": inside})
        assert fault(lambda: web.get(server.url)).fault is Fault.PRIVATE_ADDRESS
        assert len(server.asked) == 1


def test_the_address_that_was_checked_is_the_one_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name that answers a public address first and a private one later (DNS rebinding)."""
    answers = iter(["127.0.0.1", "127.0.0.2"])
    asked: list[str] = []

    def rebind(host: str, port: int, **_: object) -> list[Any]:
        asked.append(host)
        return [(0, 0, 0, "", (next(answers), port))]

    monkeypatch.setattr(_address, "is_public", lambda address: address == "127.0.0.1")
    with Server(numbers) as server, guarded() as web:
        port = server.url.rpartition(":")[2]
        resolver = SimpleNamespace(getaddrinfo=rebind, SOCK_STREAM=socket.SOCK_STREAM)
        monkeypatch.setattr(_address, "socket", resolver)
        answer = web.get_json(f"http://rebinding.example:{port}/")
        error = fault(lambda: web.get(f"http://rebinding.example:{port}/"))
    assert answer == {"host": f"rebinding.example:{port}"}
    assert asked == ["rebinding.example"] * 2
    assert error.fault is Fault.PRIVATE_ADDRESS


@pytest.mark.parametrize(
    "url", ["ftp://a.example", "file:///etc/passwd", "a.example", "http://", ""]
)
def test_only_http_addresses_are_asked(url: str) -> None:
    error = fault(lambda: guarded().get(url))
    assert (error.fault, error.sent) == (Fault.SETTINGS, False)


def test_nobody_there() -> None:
    with Server(numbers) as server:
        gone = server.url
    with guarded(allow_private=True) as web:
        assert fault(lambda: web.get(gone)).fault is Fault.UNREACHABLE
        error = fault(lambda: web.get("http://no-such-host.invalid"))
        assert (error.fault, error.sent) == (Fault.UNREACHABLE, False)


def test_a_child_gets_the_same_manner() -> None:
    manner = guarded(allow_private=True, max_bytes=7).child()
    assert json.loads(json.dumps(manner)) == {
        "user_agent": "Vigie-tests",
        "allow_private": True,
        "timeout": 5,
        "max_bytes": 7,
        "pace": 0,
    }
