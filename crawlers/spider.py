"""Public pages through Scrapy, in a child process that never outlives its crawl.

A reactor cannot be started twice in one process, and a leak or a hang must die with its crawl:
so each crawl is ``python -m crawlers.spider``. It hands back one JSON line a page and fetches
the next page only when that is asked for; when its standard input closes, it ends.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import logging
import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from crawlers.contract import Fault, FoundReply, FoundReview, SourceError

if TYPE_CHECKING:  # the child fetches by Scrapy and need not load httpx
    from crawlers.web import Web

START_UP = 20.0
"""Seconds a child may need before its first request."""
WHOLE_CRAWL = 7200.0
"""Seconds after which a crawl is ended whatever it does."""
LAST_WORDS = 1500
"""Characters of a crashed child's log that are told."""
KEPT_ENVIRONMENT = (
    *("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "SYSTEMROOT"),
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a platform file reads from one page."""

    reviews: tuple[FoundReview, ...] = ()
    next_url: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What the page says besides: counters, page numbers; plain JSON values."""


Parse = Callable[[str, str], Parsed]
"""``parse(page, url)``: a pure, top-level function; SourceError CHANGED when it cannot read."""


@dataclass(frozen=True, slots=True)
class Crawled:
    """One page as it was fetched and read."""

    url: str
    parsed: Parsed


def crawl(
    starts: Sequence[str],
    parse: Parse,
    web: Web,
    *,
    ahead: int = 1,
    whole: float = WHOLE_CRAWL,
) -> Iterator[Crawled]:
    """Fetch the start URLs and every next_url, obeying robots.txt; yield pages as they come.

    ``ahead`` pages at most are fetched before they are asked for (1: a page is fetched when the
    iterator is advanced). Raises SourceError; the child is dead when the iterator is.
    """
    manner = web.child()
    job = {
        "manner": manner,
        "starts": list(starts),
        "parse": f"{parse.__module__}:{parse.__qualname__}",
        "whole": whole,
    }
    with tempfile.TemporaryFile() as words, _Child(job, words) as child:
        silence = START_UP + manner["pace"] + 2 * manner["timeout"]
        child.ask(ahead)
        for message in child.messages(silence=silence, whole=whole):
            if "page" in message:
                yield Crawled(message["page"]["url"], decode(message["page"]))
                child.ask(1)
            elif "fault" in message:
                raise SourceError(Fault(message["fault"].pop("fault")), **message["fault"])
            elif "robots" in message:
                log.info("robots.txt: %s", message["robots"])
            else:
                return


class _Child:
    """The process of one crawl; killed when the ``with`` ends, however it ends."""

    def __init__(self, job: Mapping[str, Any], words: IO[bytes]) -> None:
        self._words = words
        self._process = subprocess.Popen(
            [sys.executable, "-m", "crawlers.spider"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=words,
            # Not the caller's folder, which might hold a crawlers/ or a json.py of its own.
            cwd=Path(__file__).parents[1],
            # Not the environment, which holds the operator's secrets.
            env={name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ},
            start_new_session=True,
        )
        self._in = cast(IO[bytes], self._process.stdin)
        self._out = cast(IO[bytes], self._process.stdout)
        self._write(json.dumps(job).encode() + b"\n")

    def __enter__(self) -> _Child:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._out.close()
        with contextlib.suppress(BrokenPipeError):
            self._in.close()

    def ask(self, pages: int) -> None:
        """Let the child fetch that many more pages."""
        self._write(b"\n" * pages)

    def _write(self, line: bytes) -> None:
        # A child that is gone is told by what it said last, not by this pipe.
        with contextlib.suppress(BrokenPipeError):
            self._in.write(line)
            self._in.flush()

    def messages(self, *, silence: float, whole: float) -> Iterator[dict[str, Any]]:
        """The child's lines. SourceError when it is silent or busy too long, or dies."""
        pipe = self._out.fileno()
        ends = time.monotonic() + whole
        buffer = b""
        with selectors.DefaultSelector() as ready:
            ready.register(pipe, selectors.EVENT_READ)
            while True:
                *lines, buffer = buffer.split(b"\n")
                yield from map(json.loads, lines)
                left = min(silence, ends - time.monotonic())
                if left <= 0 or not ready.select(left):
                    raise SourceError(Fault.TIMED_OUT, "the crawl took too long and was ended")
                chunk = os.read(pipe, 1 << 20)
                if not chunk:
                    raise self._died()
                buffer += chunk

    def _died(self) -> SourceError:
        code = self._process.wait()
        size = self._words.seek(0, os.SEEK_END)
        self._words.seek(max(0, size - LAST_WORDS))
        words = self._words.read().decode("utf-8", "replace").strip()
        detail = f"the crawl ended unexpectedly (exit {code}); its last words: {words or 'none'}"
        return SourceError(Fault.UNAVAILABLE, detail)


def encode(parsed: Parsed) -> dict[str, Any]:
    """A page as plain JSON values."""
    return {
        "reviews": [_plain(review) for review in parsed.reviews],
        "next_url": parsed.next_url,
        "facts": dict(parsed.facts),
    }


def decode(page: Mapping[str, Any]) -> Parsed:
    """The page that ``encode`` wrote."""
    return Parsed(
        reviews=tuple(_review(given) for given in page["reviews"]),
        next_url=page["next_url"],
        facts=page["facts"],
    )


def _plain(found: FoundReview | FoundReply) -> dict[str, Any]:
    return {one.name: _plain_value(getattr(found, one.name)) for one in fields(found)}


def _plain_value(value: Any) -> Any:
    if isinstance(value, FoundReply):
        return _plain(value)
    return value.isoformat() if isinstance(value, datetime) else value


def _review(given: Mapping[str, Any]) -> FoundReview:
    reply = given["reply"] and FoundReply(**_timed(given["reply"]))
    return FoundReview(**{**_timed(given), "reply": reply})


def _timed(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value) if value and name.endswith("_at") else value
        for name, value in given.items()
    }


def named(parse: str) -> Parse:
    """The function that ``module:name`` stands for."""
    module, _, name = parse.partition(":")
    return cast(Parse, getattr(importlib.import_module(module), name))


if __name__ == "__main__":
    from crawlers._child import main

    main()
