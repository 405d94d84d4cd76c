"""The spider: a child process a crawl, guarded, polite, and never an orphan."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crawlers.contract import Fault, FoundReply, FoundReview, SourceError
from crawlers.spider import Crawled, Parsed, crawl, decode, encode
from tests.platforms import parsing
from tests.platforms.conformance import CHALLENGE, web
from tests.platforms.server import Asked, Given, Serve, Server

CHECKOUT = Path(__file__).parents[2]
PAGES = 6


def numbered(asked: Asked) -> Given | None:
    """Pages /1 to /6."""
    return Given(200, f"{asked.path[1:]}/{PAGES}") if asked.path[1:].isdecimal() else None


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(numbered) as served:
        yield served


def pages(start: str, parse: Any = parsing.numbered, **changed: Any) -> list[Crawled]:
    """A whole crawl."""
    whole = changed.pop("whole", 60)
    with web(**changed) as client:
        return list(crawl([start], parse, client, whole=whole))


def fault(start: str, parse: Any = parsing.numbered, **changed: Any) -> SourceError:
    """The error a crawl ends with."""
    with pytest.raises(SourceError) as raised:
        pages(start, parse, **changed)
    return raised.value


def eventually(true: Callable[[], bool], seconds: float = 10) -> bool:
    """Wait for something that another process does."""
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        time.sleep(0.02)
    return true()


def is_gone(pid: int) -> bool:
    """True when no such process runs."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


def test_follows_pages_and_asks_only_for_what_is_wanted(server: Server) -> None:
    reactors = {"scrapy", "twisted"} & set(sys.modules)
    with web() as client, closing_crawl(server.url, client) as crawled:
        assert next(crawled).parsed.facts == {"number": 1}
        time.sleep(0.2)
        assert [asked.path for asked in server.asked] == ["/robots.txt", "/1"]
        assert [page.parsed.facts["number"] for page in crawled] == [2, 3, 4, 5, 6]
    assert {asked.headers["user-agent"] for asked in server.asked} == {"Vigie-tests"}
    assert {"scrapy", "twisted"} & set(sys.modules) == reactors, "the reactor is the child's"


def closing_crawl(url: str, client: Any, parse: Any = parsing.numbered) -> closing[Any]:
    return closing(crawl([f"{url}/1"], parse, client))


def test_many_starts_run_ahead_as_told(server: Server) -> None:
    server.serve = lambda asked: Given(200, "1/1") if asked.path != "/robots.txt" else None
    starts = [f"{server.url}/{number}" for number in range(20)]
    with web() as client:
        crawled = list(crawl(starts, parsing.numbered, client, ahead=4))
    assert {page.url for page in crawled} == set(starts)


def test_the_pace_of_a_host_is_kept(server: Server) -> None:
    started = time.monotonic()
    pages(f"{server.url}/{PAGES - 1}", pace=0.4)
    assert time.monotonic() - started >= 2 * 0.4


def test_the_child_dies_with_the_iterator_and_sees_no_secret(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIE_TOKEN", "a-secret")
    with web() as client:
        with closing_crawl(server.url, client, parsing.environment) as crawled:
            facts = next(crawled).parsed.facts
            assert not is_gone(facts["pid"])
        assert is_gone(facts["pid"])
    assert "PATH" in facts["names"]
    assert "VIGIE_TOKEN" not in facts["names"]


def test_the_child_dies_when_the_parent_is_killed(server: Server) -> None:
    script = (
        "import sys, time\n"
        "from crawlers.spider import crawl\n"
        "from tests.platforms import parsing\n"
        "from tests.platforms.conformance import web\n"
        "pages = crawl([sys.argv[1]], parsing.environment, web())\n"
        "print(next(pages).parsed.facts['pid'], flush=True)\n"
        "time.sleep(60)\n"
    )
    command = [sys.executable, "-c", script, f"{server.url}/1"]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        assert not is_gone(child)
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    assert eventually(lambda: is_gone(child))


def test_a_child_that_dies_is_told_with_its_last_words(server: Server) -> None:
    error = fault(f"{server.url}/1", parsing.crashing)
    assert error.fault is Fault.UNAVAILABLE
    assert "exit -9" in error.detail
    assert "out of memory, or so" in error.detail


def test_a_child_that_hangs_is_ended(server: Server) -> None:
    started = time.monotonic()
    error = fault(f"{server.url}/1", parsing.hanging, whole=4)
    assert error.fault is Fault.TIMED_OUT
    assert time.monotonic() - started < 8


def test_a_page_that_cannot_be_parsed_has_changed(server: Server) -> None:
    error = fault(f"{server.url}/1", parsing.broken)
    assert (error.fault, error.url) == (Fault.CHANGED, f"{server.url}/1")
    assert "KeyError" in error.detail


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (Given(200, b"1/1" + b" " * 60_000), Fault.CHANGED),
        (Given(302, b"", {"Location": "/elsewhere"}), Fault.CHANGED),
        (Given(302, b"", {"Location": "file:///etc/hostname"}), Fault.CHANGED),
        (Given(200, "1/6", {"cf-mitigated": "challenge"}), Fault.CAPTCHA),
        (Given(200, CHALLENGE), Fault.CHANGED),
        (Given(404), Fault.MISSING),
        (Given(503, b"", {"Retry-After": "30"}), Fault.UNAVAILABLE),
    ],
    ids=["too large", "redirects for ever", "a file", "challenge", "no number", "404", "503"],
)
def test_what_cannot_be_read_is_told(server: Server, given: Given, expected: Fault) -> None:
    server.serve = lambda asked: None if asked.path == "/robots.txt" else given
    error = fault(f"{server.url}/1?token=secret", max_bytes=50_000)
    assert error.fault is expected, error
    assert error.retry_after == (30 if given.status == 503 else None)
    assert "secret" not in f"{error!r} {error.url}"


def test_a_redirect_to_a_private_address_is_refused(server: Server) -> None:
    """In the child 127.0.0.2 alone counts as private (see parsing.py)."""
    inside = server.url.replace("127.0.0.1", parsing.PRIVATE_HERE)
    server.serve = redirecting(f"{inside}/1")
    error = fault(f"{server.url}/away", allow_private=False)
    assert error.fault is Fault.PRIVATE_ADDRESS
    assert parsing.PRIVATE_HERE in error.detail


def redirecting(to: str) -> Serve:
    def answer(asked: Asked) -> Given | None:
        away = asked.path == "/away"
        return Given(302, b"", {"Location": to}) if away else numbered(asked)

    return answer


def test_what_crosses_the_pipe_arrives_as_it_was() -> None:
    at = datetime(2025, 5, 1, 12, tzinfo=UTC)
    review = FoundReview(
        external_id="1",
        written_at=at,
        stars=4,
        text="é\n\u2028",
        reply=FoundReply(text="Merci", published_at=at),
        raw={"id": 1},
    )
    parsed = Parsed(reviews=(review,), next_url="https://a.example/2", facts={"pages": 2})
    assert decode(encode(parsed)) == parsed
