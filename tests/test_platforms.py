"""Every platform file keeps the promises of the contract (see tests/platforms/conformance.py)."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from crawlers import contract
from crawlers.contract import (
    Fault,
    Posted,
    Publisher,
    PublishError,
    PublishOutcome,
    ReplyLimit,
    SourceError,
    Walk,
)
from tests.platforms import conformance
from tests.platforms.conformance import RETRY_AFTER, Case, Publishing, due, plain, source, walk
from tests.platforms.server import Asked, Given, Serve, Server

Named = tuple[str, Case]
TITLED: dict[str, Named] = {
    f"{name} {title}": (name, case)
    for name in contract.names()
    for title, case in conformance.cases(name).items()
}
EVERY = list(TITLED.values())
NETWORK = [named for named in EVERY if named[1].serve]
FAILURES = [(named, title) for named in NETWORK for title in conformance.failures(named[1])]


def _title(value: Any) -> str | None:
    """How a case, or a case and its failure, is called in the test's name."""
    if isinstance(value, tuple) and isinstance(value[0], tuple):
        return f"{_title(value[0])} {value[1]}"
    return next((title for title, named in TITLED.items() if named is value), None)


def every(argument: str, values: list[Any]) -> pytest.MarkDecorator:
    """Parametrize with readable names."""
    return pytest.mark.parametrize(argument, values, ids=_title)


@pytest.fixture(autouse=True)
def _clients_are_closed() -> Iterator[None]:
    yield
    conformance.close_clients()


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Close the clients that a test made."""
    yield
    while conformance.CLIENTS:
        conformance.CLIENTS.pop().close()


@pytest.fixture
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of the served platform, or the folder a file is read from."""
    case = request.getfixturevalue("named")[1]
    if not case.serve:
        yield str(tmp_path)
        return
    with Server(case.serve()) as server:
        yield server.url


@pytest.mark.parametrize("name", contract.names())
def test_has_fixtures_and_offers_what_the_contract_asks(name: str) -> None:
    assert conformance.cases(name), f"tests/platforms/{name}/case.py is missing or has no CASES"
    platform = contract.load(name)
    assert platform.label
    assert platform.kind in ("reviews", "posts", "file")
    assert issubclass(platform.settings, contract.PlatformSettings)
    if platform.can_reply:
        assert any(case.publishing for case in conformance.cases(name).values()), (
            f"{name} has a publisher but no case with publishing"
        )


@every("named", EVERY)
def test_finds_every_field_of_everything(named: Named, where: str) -> None:
    name, case = named
    pages = walk(source(name, case.settings(where), conformance.web()), {}, Walk.FULL)
    assert plain(pages) == due(case, where)
    assert sum(len(page.rejected) for page in pages) == case.rejected
    assert pages[-1].complete is case.complete
    assert not any(page.complete for page in pages[:-1])
    assert case.complete or pages[-1].note
    assert (pages[-1].expected, pages[-1].rating) == (case.expected, case.rating)
    for review in (one for page in pages for one in page.reviews):
        assert json.loads(json.dumps(dict(review.raw))), "raw must be the platform's own answer"


@every("named", EVERY)
def test_reading_twice_gives_the_same(named: Named, where: str) -> None:
    name, case = named
    reader = source(name, case.settings(where), conformance.web())
    first = walk(reader, {}, Walk.NEW)
    assert plain(first) == due(case, where)
    again = walk(reader, _stored(first[-1].cursor), Walk.NEW)
    assert len(again) == case.again
    assert plain(first) | plain(again) == plain(first)
    assert plain(walk(reader, _stored(again[-1].cursor), Walk.FULL)) == plain(first)


@pytest.mark.parametrize("kind", Walk)
@every("named", EVERY)
def test_a_walk_cut_short_is_taken_up_without_loss(named: Named, where: str, kind: Walk) -> None:
    name, case = named
    whole = walk(source(name, case.settings(where), conformance.web()), {}, kind)
    for cut in range(len(whole)):
        reader = source(name, case.settings(where), conformance.web())
        rest = walk(reader, _stored(whole[cut].cursor), kind)
        assert plain(whole[: cut + 1] + rest) == plain(whole), f"cut after page {cut + 1}"
        assert rest[-1].complete is whole[-1].complete


@every("named", EVERY)
def test_unknown_settings_are_errors_and_secrets_stay_secret(named: Named, where: str) -> None:
    name, case = named
    wanted = contract.load(name).settings
    given = case.settings(where)
    with pytest.raises(ValidationError, match="no_such_key"):
        wanted.model_validate(given | {"no_such_key": 1})
    settings = wanted.model_validate(given)
    assert all(value in _revealed(settings) for value in case.secrets)
    shown = repr(settings) + str(settings) + settings.model_dump_json()
    shown += repr(source(name, given, conformance.web()))
    assert not [secret for secret in case.secrets if secret in shown]


@every("failure", FAILURES)
def test_a_failure_is_told_and_never_taken_for_nothing(failure: tuple[Named, str]) -> None:
    (name, case), title = failure
    given, fault = conformance.failures(case)[title]
    assert case.serve
    with Server(conformance.failing(case.serve(), case, given)) as server:
        patience = 0.5 if given.hang else 5
        error = _fails(name, case.settings(server.url), timeout=patience)
    assert error.fault is fault, error
    assert error.retry_after == (RETRY_AFTER if title == "429" else None)
    assert not [secret for secret in case.secrets if secret in f"{error!r} {error} {error.url}"]


@every("named", [one for one in NETWORK if one[1].json])
def test_half_a_json_is_told(named: Named) -> None:
    name, case = named
    assert case.serve
    with Server(conformance.truncated(case.serve(), case)) as server:
        assert _fails(name, case.settings(server.url)).fault is Fault.CHANGED


@every("named", NETWORK)
def test_pages_before_a_failure_stand(named: Named) -> None:
    name, case = named
    assert case.serve
    with Server(case.serve()) as server:
        whole = walk(source(name, case.settings(server.url), conformance.web()), {}, Walk.FULL)
        wanted = sum(case.data(asked) for asked in server.asked)
    if wanted < 2:
        pytest.skip("a walk of one request")
    with Server(conformance.failing(case.serve(), case, Given(500), after=wanted - 1)) as server:
        pages = source(name, case.settings(server.url), conformance.web()).pages({}, Walk.FULL)
        kept: list[contract.Page] = []
        with pytest.raises(SourceError) as raised:
            kept.extend(pages)
        assert raised.value.fault is Fault.UNAVAILABLE
        assert plain(kept).keys() <= plain(whole).keys()
        assert not any(page.complete for page in kept)


@every("named", NETWORK)
def test_nothing_where_something_was_is_told(named: Named) -> None:
    name, case = named
    assert case.serve
    if not case.emptied:
        pytest.skip("here nothing may be the truth")
    with Server(case.serve()) as server:
        pages = walk(source(name, case.settings(server.url), conformance.web()), {}, Walk.NEW)
        server.serve = case.emptied()
        for cursor in ({}, _stored(pages[-1].cursor)):
            assert _fails(name, case.settings(server.url), cursor=cursor).fault is Fault.EMPTY


@every("named", NETWORK)
def test_a_change_of_layout_is_told(named: Named) -> None:
    name, case = named
    if not case.changed:
        pytest.skip("no change of layout is played")
    with Server(case.changed()) as server:
        assert _fails(name, case.settings(server.url)).fault is Fault.CHANGED


@every("named", NETWORK)
def test_a_private_address_is_refused_unless_allowed(named: Named) -> None:
    name, case = named
    assert case.serve
    with Server(case.serve()) as server:
        error = _fails(name, case.settings(server.url), allow_private=False)
        assert (error.fault, server.asked) == (Fault.PRIVATE_ADDRESS, [])
        assert walk(source(name, case.settings(server.url), conformance.web()), {}, Walk.NEW)


@every("named", NETWORK)
def test_a_platform_that_is_not_there_is_told(named: Named) -> None:
    name, case = named
    with Server(lambda _: None) as server:
        gone = server.url
    assert _fails(name, case.settings(gone)).fault is Fault.UNREACHABLE


@every("named", [one for one in NETWORK if one[1].robots])
def test_robots_txt_is_obeyed(named: Named) -> None:
    name, case = named
    assert case.serve
    answer = case.serve()

    def forbid(asked: Asked) -> Given | None:
        return Given(200, "User-agent: *\nDisallow: /") if _is_robots(asked) else answer(asked)

    def broken(asked: Asked) -> Given | None:
        return Given(503) if _is_robots(asked) else answer(asked)

    with Server(forbid) as server:
        assert _fails(name, case.settings(server.url)).fault is Fault.ROBOTS
        server.serve = broken
        assert _fails(name, case.settings(server.url)).fault is Fault.UNAVAILABLE
        assert {asked.path for asked in server.asked} == {"/robots.txt"}


@every("named", [one for one in EVERY if not one[1].serve])
def test_a_broken_file_is_told(named: Named, where: str) -> None:
    name, case = named
    assert case.broken, "say what can be wrong with the file"
    for wrong, (settings, fault) in case.broken.items():
        assert _fails(name, settings(where)).fault is fault, wrong


# Replying


@every("named", [one for one in EVERY if one[1].publishing])
def test_a_reply_is_posted_once_and_found_again(named: Named) -> None:
    with _platform(named) as (server, posting):
        poster = _publisher(named, server)
        assert poster.find(posting.reply) is None
        assert isinstance(poster.limit(), ReplyLimit)
        assert isinstance(poster.publish(posting.reply), Posted)
        seen = poster.find(posting.reply)
        assert seen is not None
        assert seen.text == posting.reply.text
        assert isinstance(_publisher(named, server).publish(posting.reply), Posted)
        assert posting.replies(server.serve) == [posting.reply.text]


@every("named", [one for one in EVERY if one[1].publishing])
def test_a_refused_reply_comes_back_with_the_platforms_words(named: Named) -> None:
    posting = named[1].publishing
    assert posting
    error = _refused(named, posting.refusal)
    assert error.outcome is PublishOutcome.REJECTED
    assert posting.refusal_words in error.detail


@pytest.mark.parametrize("status", [401, 403])
@every("named", [one for one in EVERY if one[1].publishing])
def test_a_reply_without_the_right_is_not_posted(named: Named, status: int) -> None:
    error = _refused(named, Given(status, {"message": "no right"}))
    assert (error.outcome, error.fault) == (PublishOutcome.NOT_POSTED, Fault.REFUSED)


@every("named", [one for one in EVERY if one[1].publishing])
def test_a_throttled_reply_is_not_posted_and_waits(named: Named) -> None:
    error = _refused(named, Given(429, b"", {"Retry-After": str(RETRY_AFTER)}))
    assert (error.outcome, error.retry_after) == (PublishOutcome.NOT_POSTED, RETRY_AFTER)


@pytest.mark.parametrize("given", [Given(500), Given(hang=True)], ids=["500", "time-out"])
@every("named", [one for one in EVERY if one[1].publishing])
def test_a_reply_that_may_be_there_is_unsure_until_found(named: Named, given: Given) -> None:
    with _platform(named) as (server, posting):
        answer = server.serve

        def taken_but_not_told(asked: Asked) -> Given | None:
            told = answer(asked)
            return given if posting.posts(asked) else told

        server.serve = taken_but_not_told
        with pytest.raises(PublishError) as raised:
            _publisher(named, server, timeout=0.5).publish(posting.reply)
        assert raised.value.outcome is PublishOutcome.UNSURE
        server.serve = answer
        seen = _publisher(named, server).find(posting.reply)
        assert seen is not None
        assert seen.text == posting.reply.text


@every("named", [one for one in EVERY if one[1].publishing])
def test_a_reply_to_a_platform_that_is_not_there_is_not_posted(named: Named) -> None:
    with _platform(named) as (server, posting):
        poster = _publisher(named, server)
    with pytest.raises(PublishError) as raised:
        poster.publish(posting.reply)
    assert raised.value.outcome is PublishOutcome.NOT_POSTED


@every("named", [one for one in EVERY if one[1].publishing])
def test_a_reply_that_is_too_long_is_not_sent(named: Named) -> None:
    with _platform(named) as (server, posting):
        poster = _publisher(named, server)
        most = poster.limit().most
        if most is None:
            pytest.skip("no limit is known")
        long = contract.ReplyToPost(
            review_id=posting.reply.review_id, text="a" * (most + 1), idempotency_key="long"
        )
        with pytest.raises(PublishError) as raised:
            poster.publish(long)
        assert raised.value.outcome is PublishOutcome.REJECTED
        assert not [asked for asked in server.asked if posting.posts(asked)]


@every("named", [one for one in EVERY if one[1].publishing])
def test_without_credentials_there_is_no_publisher(named: Named) -> None:
    name, case = named
    assert case.publishing
    if not case.publishing.unconfigured:
        pytest.skip("replying needs no credentials of its own")
    platform = contract.load(name)
    given = case.publishing.unconfigured("https://platform.example")
    assert platform.publisher(platform.settings.model_validate(given), conformance.web()) is None


class _platform:  # noqa: N801 (reads as a word in a with statement)
    """The served platform of a case that publishes, and how it does."""

    def __init__(self, named: Named) -> None:
        case = named[1]
        assert case.serve
        assert case.publishing
        self._posting = case.publishing
        self._server = Server(case.serve())

    def __enter__(self) -> tuple[Server, Publishing]:
        return self._server.__enter__(), self._posting

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()


def _refused(named: Named, given: Given) -> PublishError:
    """Post while the posting request is answered by ``given``; nothing may be on the platform."""
    with _platform(named) as (server, posting):
        answer: Serve = server.serve
        server.serve = lambda asked: given if posting.posts(asked) else answer(asked)
        with pytest.raises(PublishError) as raised:
            _publisher(named, server).publish(posting.reply)
        assert posting.replies(answer) == []
    shown = f"{raised.value!r} {raised.value}"
    assert not [secret for secret in named[1].secrets if secret in shown]
    return raised.value


def _publisher(named: Named, server: Server, **web: Any) -> Publisher:
    name, case = named
    assert case.publishing
    platform = contract.load(name)
    settings = platform.settings.model_validate(case.publishing.settings(server.url))
    poster = platform.publisher(settings, conformance.web(**web))
    assert poster is not None
    return poster


def _fails(
    name: str, settings: dict[str, Any], cursor: contract.Cursor | None = None, **web: Any
) -> SourceError:
    """The error a NEW walk ends with; no page may come before it."""
    started = time.monotonic()
    pages = source(name, settings, conformance.web(**web)).pages(cursor or {}, Walk.NEW)
    with pytest.raises(SourceError) as raised:
        assert list(pages) == []
    assert time.monotonic() - started < 15
    return raised.value


def _is_robots(asked: Asked) -> bool:
    return asked.path == "/robots.txt"


def _revealed(settings: contract.PlatformSettings) -> str:
    """Everything the settings hold, secrets too."""
    values = (getattr(settings, name) for name in type(settings).model_fields)
    return " ".join(
        value.get_secret_value() if isinstance(value, SecretStr) else str(value) for value in values
    )


def _stored(cursor: contract.Cursor) -> dict[str, Any]:
    """The cursor after a stay in the database."""
    kept: dict[str, Any] = json.loads(json.dumps(dict(cursor)))
    return kept
