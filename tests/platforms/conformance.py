"""The promises that every platform file keeps, whatever it reads.

How to put a platform under them: make ``tests/platforms/<name>/case.py`` with ::

    CASES = {"any name": Case(...), ...}      # one for each way the platform is read

A case says how to serve the platform's answers on loopback and what must be found. Texts and
people in it are invented, in the platform's true shape. For a network platform::

    def serve() -> Serve:                     # a fresh platform; called once a test
        def answer(asked: Asked) -> Given | None:      # None is 404
            if asked.path == "/api/reviews":
                return Given(200, {"reviews": [...]})
            return None
        return answer

    CASES = {"reviews": Case(
        settings=lambda url: {"base_url": url, "token": "a-secret-token"},
        secrets=("a-secret-token",),
        serve=serve,
        found=(FoundReview(...), ...),        # all of it; ``raw`` is not compared
    )}

For a file (KIND "file") leave ``serve`` out: ``settings`` is given a folder to write into, and
``broken`` names settings that must fail, each with its fault. Network promises then do not apply.

``publishing`` puts the platform's ``publisher`` under the promises of replying. The object that
``serve`` returns may be any callable: give it state (a class with ``__call__``) to hold replies.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from crawlers import contract
from crawlers.contract import (
    Cursor,
    Fault,
    FoundReview,
    Page,
    ReplyToPost,
    Source,
    Walk,
)
from crawlers.web import Web
from tests.platforms.server import Asked, Given, Serve

HERE = Path(__file__).parent
RETRY_AFTER = 77
OPENED: list[Web] = []
CHALLENGE = "<html><title>Just a moment...</title><p>Verify you are a human (captcha)</p></html>"
CLIENTS: list[Web] = []
"""Every client a test made; closed after it."""
HTML = "<!doctype html><html><body><p>We are improving our site.</p></body></html>"


def carries_data(asked: Asked) -> bool:
    """The requests that failures are played on, unless a case says otherwise."""
    return asked.path != "/robots.txt"


@dataclass(frozen=True, kw_only=True)
class Publishing:
    """How replies are posted here."""

    settings: Callable[[str], dict[str, Any]]
    reply: ReplyToPost
    posts: Callable[[Asked], bool]
    """True for the one request that puts the reply on the platform."""
    replies: Callable[[Any], list[str]]
    """The texts of our replies that the served platform (what ``serve`` made) now holds."""
    refusal: Given
    """How the platform says no to a reply."""
    refusal_words: str
    """What of it must reach the person."""
    unconfigured: Callable[[str], dict[str, Any]] | None = None
    """Settings with which there is no publisher (None is returned)."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One way a platform is read, and what must come of it."""

    settings: Callable[[str], dict[str, Any]]
    """Settings as written in the YAML, given the server's URL (or a folder, for a file)."""
    found: tuple[FoundReview, ...]
    """Everything there is; a ``url`` that begins with "/" is on the served platform."""
    serve: Callable[[], Serve] | None = None
    data: Callable[[Asked], bool] = carries_data
    """True for the requests that carry reviews."""
    json: bool = True
    """True when the platform answers JSON: then HTML and half a JSON are played too."""
    robots: bool = False
    """True when robots.txt must be obeyed (public pages)."""
    secrets: tuple[str, ...] = ()
    expected: int | None = None
    rating: float | None = None
    rejected: int = 0
    complete: bool = True
    """Whether a FULL walk proves that everything was seen."""
    again: int = 1
    """Pages that a NEW walk still reads when nothing happened since the last."""
    emptied: Callable[[], Serve] | None = None
    """The platform with nothing where something was: Fault.EMPTY."""
    changed: Callable[[], Serve] | None = None
    """The platform after a change of its layout: Fault.CHANGED."""
    broken: Mapping[str, tuple[Callable[[str], dict[str, Any]], Fault]] = field(
        default_factory=dict
    )
    """For a file: what is wrong -> settings (given a folder), fault."""
    publishing: Publishing | None = None


def due(case: Case, where: str) -> dict[str, FoundReview]:
    """What must be found, by external id."""
    return {one.external_id: _at(one, where) for one in case.found}


def _at(review: FoundReview, where: str) -> FoundReview:
    served = review.url and review.url.startswith("/")
    return replace(review, url=f"{where}{review.url}") if served else review


def cases(name: str) -> dict[str, Case]:
    """The cases of a platform; none when its folder or its case.py is missing."""
    path = HERE / name / "case.py"
    if not path.exists():
        return {}
    found: dict[str, Case] = module(path).CASES
    return found


@cache
def module(path: Path) -> Any:
    """A case.py, imported from its file."""
    spec = importlib.util.spec_from_file_location(f"case_of_{path.parent.name}", path)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def web(**changed: Any) -> Web:
    """A client for loopback: no pace, and a time-out that a test can wait for."""
    given: dict[str, Any] = {
        "user_agent": "Vigie-tests",
        "allow_private": True,
        "pace": 0,
        "timeout": 5,
    }
    made = Web(**(given | changed))
    OPENED.append(made)
    return made


def close_clients() -> None:
    """Close every client that was handed out: an open socket is a warning, so an error."""
    while OPENED:
        OPENED.pop().close()


def source(name: str, settings: dict[str, Any], client: Web) -> Source:
    """The platform's source, its settings read as the configuration reads them."""
    platform = contract.load(name)
    return platform.source(platform.settings.model_validate(settings), client)


def walk(reader: Source, cursor: Cursor, kind: Walk) -> list[Page]:
    """A whole walk."""
    return list(reader.pages(cursor, kind))


def plain(pages: list[Page]) -> dict[str, FoundReview]:
    """Reviews by external id, without the platform's own answer; the last sight counts."""
    return {one.external_id: replace(one, raw={}) for page in pages for one in page.reviews}


def failing(serve: Serve, case: Case, given: Given, after: int = 0) -> Serve:
    """The platform, its data requests answered by ``given`` once ``after`` have gone well."""
    seen = 0

    def answer(asked: Asked) -> Given | None:
        nonlocal seen
        seen += case.data(asked)
        return given if case.data(asked) and seen > after else serve(asked)

    return answer


def truncated(serve: Serve, case: Case) -> Serve:
    """The platform, its JSON cut in the middle but the answer itself whole."""

    def answer(asked: Asked) -> Given | None:
        given = serve(asked)
        if given is None or not case.data(asked):
            return given
        body, kind = given.encoded()
        return Given(given.status, body[: len(body) // 2], {"Content-Type": kind})

    return answer


def failures(case: Case) -> dict[str, tuple[Given, Fault]]:
    """What is played on the data requests, and the fault each must come back as."""
    played = {
        "401": (Given(401, {"message": "no"}), Fault.REFUSED),
        "403": (Given(403, "<p>Forbidden</p>"), Fault.REFUSED),
        "429": (Given(429, b"", {"Retry-After": str(RETRY_AFTER)}), Fault.THROTTLED),
        "500": (Given(500, "<p>Oops</p>"), Fault.UNAVAILABLE),
        "captcha": (Given(403, CHALLENGE), Fault.CAPTCHA),
        "time-out": (Given(hang=True), Fault.TIMED_OUT),
        "cut": (Given(200, b"[" + b" " * 5000 + b"]", cut=True), Fault.UNAVAILABLE),
    }
    if case.json:
        played["html for json"] = (Given(200, HTML), Fault.CHANGED)
    return played
