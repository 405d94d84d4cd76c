"""The one HTTP client: polite, guarded, and never silent about a failure.

One try a request; trying again is the daemon's business. Environment proxies are not used:
behind one, the address that is connected to could not be checked.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http import HTTPStatus
from typing import Any, Self

import httpx

from crawlers._address import REDIRECTS_AT_MOST, resolve
from crawlers._refusal import bare, refusal, shows_challenge
from crawlers.contract import Fault, SourceError

ROBOTS_KEPT = 86_400.0
"""Seconds a robots.txt may be relied on (RFC 9309, 2.4)."""
WHOLE_ANSWER = 6
"""An answer that trickles in may take this many time-outs in all."""
SECRET_HEADERS = frozenset({"authorization", "apikey", "x-api-key", "cookie", "x-csrf-token"})
SHORTEST_SECRET = 6
NEVER_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.LocalProtocolError,
)

Params = Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """A successful answer of a platform."""

    status: int
    url: str
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """The JSON it holds. SourceError CHANGED when it is not whole JSON, HTML included."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise self._not_json() from error

    def _not_json(self) -> SourceError:
        page = self.body.lstrip()[:1] == b"<"
        if page and shows_challenge(self.body):
            detail = "the platform asks for a captcha or a bot check; none is ever evaded"
            return SourceError(Fault.CAPTCHA, detail, url=bare(self.url), status=self.status)
        what = "an HTML page" if page else f"{len(self.body)} bytes that are not whole JSON"
        detail = f"the platform sent {what} where JSON was due"
        return SourceError(Fault.CHANGED, detail, url=bare(self.url), status=self.status)

    @property
    def text(self) -> str:
        """The body as text, in the character set it declares, else UTF-8."""
        declared = Message()
        declared["content-type"] = self.headers.get("content-type", "")
        try:
            return self.body.decode(declared.get_content_charset() or "utf-8", "replace")
        except LookupError:
            return self.body.decode("utf-8", "replace")


class GuardedTransport(httpx.BaseTransport):
    """Connects only to addresses that were checked, and to exactly those (no DNS rebinding)."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._context = httpx.create_ssl_context()
        # One pool a host: two names at one address must not share a TLS connection.
        self._pools: dict[str, httpx.HTTPTransport] = {}
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request to the first checked address that can be connected to."""
        url = request.url
        port = url.port or (443 if url.scheme == "https" else 80)
        addresses = resolve(url.host, port, allow_private=self._allow_private)
        request.extensions = {**request.extensions, "sni_hostname": url.host}
        for address in addresses[:-1]:
            try:
                return self._send(request, url.copy_with(host=address), url.host)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return self._send(request, url.copy_with(host=addresses[-1]), url.host)

    def _send(self, request: httpx.Request, url: httpx.URL, host: str) -> httpx.Response:
        with self._lock:
            pool = self._pools.setdefault(host, httpx.HTTPTransport(verify=self._context))
        # The Host header was set when the request was built and keeps the name.
        request.url = url
        return pool.handle_request(request)

    def close(self) -> None:
        """Close every connection."""
        for pool in self._pools.values():
            pool.close()


@dataclass(frozen=True)
class _Robots:
    rules: Any
    """Protego's rules; None when there is no robots.txt."""
    until: float


class Web:
    """The HTTP client that every platform file is given.

    ``timeout`` is in seconds of silence, ``max_bytes`` bounds a body, ``pace`` is the least
    number of seconds between two requests to one host. ``transport`` replaces the guarded
    network by a fake in tests.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        allow_private: bool = False,
        timeout: float = 20.0,
        max_bytes: int = 20_000_000,
        pace: float = 1.0,
        transport: httpx.BaseTransport | None = None,
        wait: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._user_agent = user_agent
        self._allow_private = allow_private
        self._timeout = timeout
        self._max_bytes = max_bytes
        self._pace = pace
        self._wait = wait
        self._now = now
        self._client = httpx.Client(
            transport=transport or GuardedTransport(allow_private=allow_private),
            headers={"User-Agent": user_agent},
            timeout=timeout,
            trust_env=False,
        )
        self._lock = threading.Lock()
        self._free_at: dict[str, float] = {}
        self._robots: dict[str, _Robots] = {}

    def get(
        self,
        url: str,
        *,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
        robots: bool = False,
    ) -> Answer:
        """A page. Raises SourceError for everything but a success; redirects are followed."""
        request = self._build("GET", url, params=params, headers=headers)
        secrets = _secrets(request, headers, params)
        for _ in range(REDIRECTS_AT_MOST + 1):
            if robots:
                self._obey_robots(str(request.url))
            answer = self._ask(request, secrets, redirects=True)
            if answer.status < 300:
                return answer
            request = self._redirected(request, answer, headers)
        detail = f"more than {REDIRECTS_AT_MOST} redirects"
        raise SourceError(Fault.CHANGED, detail, url=bare(url))

    def get_json(
        self,
        url: str,
        *,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
        robots: bool = False,
    ) -> Any:
        """The JSON at a URL; SourceError CHANGED when something else is there."""
        wanted = {"Accept": "application/json", **(headers or {})}
        return self.get(url, params=params, headers=wanted, robots=robots).json()

    def send(
        self,
        method: str,
        url: str,
        *,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Send something, once; redirects are not followed.

        Raises SourceError for everything but a 2xx. Its ``status`` is what the platform
        answered (None: nothing came back), its ``detail`` holds the platform's own words, and
        ``sent`` is False only when the request certainly never reached it.
        """
        request = self._build(method, url, params=params, headers=headers, json=json, data=data)
        secrets = _secrets(request, headers, params, data)
        return self._ask(request, secrets, redirects=False)

    def robots_allow(self, url: str) -> bool:
        """Whether robots.txt lets us read this URL; False also while it cannot be read."""
        try:
            self._obey_robots(url)
        except SourceError:
            return False
        return True

    def child(self) -> dict[str, Any]:
        """What a child process needs to behave like this client; plain JSON values."""
        return {
            "user_agent": self._user_agent,
            "allow_private": self._allow_private,
            "timeout": self._timeout,
            "max_bytes": self._max_bytes,
            "pace": self._pace,
        }

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _build(self, method: str, url: str, **content: Any) -> httpx.Request:
        try:
            request = self._client.build_request(method, url, **content)
        except (httpx.InvalidURL, TypeError, ValueError) as error:
            detail = f"{bare(url)!r} is not a request that can be made"
            raise SourceError(Fault.SETTINGS, detail, sent=False) from error
        if request.url.scheme not in ("http", "https") or not request.url.host:
            detail = f"{bare(url)!r} is not an http or https address"
            raise SourceError(Fault.SETTINGS, detail, sent=False)
        return request

    def _ask(self, request: httpx.Request, secrets: list[str], *, redirects: bool) -> Answer:
        url = str(request.url)
        self._keep_pace(request.url.host)
        try:
            answer = self._exchange(request, url)
        except httpx.HTTPError as error:
            raise _network_error(error, url) from error
        finally:
            # Nothing is remembered of a visit: sources must not share a session.
            self._client.cookies.clear()
        if redirects and answer.status < 400 and answer.headers.get("location"):
            return answer
        wrong = refusal(url, answer.status, answer.headers, answer.body, secrets)
        if wrong:
            raise wrong
        return answer

    def _exchange(self, request: httpx.Request, url: str) -> Answer:
        last = self._now() + WHOLE_ANSWER * self._timeout
        response = self._client.send(request, stream=True)
        try:
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > self._max_bytes:
                    detail = f"the answer is larger than {self._max_bytes} bytes"
                    raise SourceError(Fault.CHANGED, detail, url=bare(url))
                if self._now() > last:
                    raise httpx.ReadTimeout("the answer trickled in for too long")
        finally:
            response.close()
        return Answer(response.status_code, url, response.headers, bytes(body))

    def _keep_pace(self, host: str) -> None:
        with self._lock:
            now = self._now()
            start = max(now, self._free_at.get(host, now))
            self._free_at[host] = start + self._pace
        if start > now:
            self._wait(start - now)

    def _redirected(
        self, request: httpx.Request, answer: Answer, headers: Mapping[str, str] | None
    ) -> httpx.Request:
        before = httpx.URL(answer.url)
        after = before.join(answer.headers["location"])
        # Headers may carry a key: they go to the host they were meant for and no other.
        same = (before.scheme, before.host, before.port) == (after.scheme, after.host, after.port)
        return self._build("GET", str(after), headers=headers if same else None)

    def _obey_robots(self, url: str) -> None:
        """Raise SourceError: ROBOTS when forbidden, another fault when it cannot be read."""
        rules = self._robots_of(httpx.URL(url))
        if rules is not None and not rules.can_fetch(url, self._user_agent):
            detail = "robots.txt does not allow this page to be read"
            raise SourceError(Fault.ROBOTS, detail, url=bare(url), sent=False)

    def _robots_of(self, url: httpx.URL) -> Any:
        home = f"{url.scheme}://{url.netloc.decode()}"
        known = self._robots.get(home)
        if known is None or known.until < self._now():
            known = _Robots(self._read_robots(home), self._now() + ROBOTS_KEPT)
            self._robots[home] = known
        return known.rules

    def _read_robots(self, home: str) -> Any:
        from protego import Protego

        try:
            return Protego.parse(self.get(f"{home}/robots.txt").text)
        except SourceError as error:
            status = error.status or 0
            if 400 <= status < 500 and status != HTTPStatus.TOO_MANY_REQUESTS:
                return None
            raise


def _secrets(
    request: httpx.Request, headers: Mapping[str, str] | None, *contents: Params | None
) -> list[str]:
    """Values of a request that must not show in an error, should the platform echo them."""
    found = [value for name, value in (headers or {}).items() if name.lower() in SECRET_HEADERS]
    found += [value.partition(" ")[2] for value in found]
    found += [str(value) for content in contents for value in (content or {}).values()]
    found += [request.url.password, *request.url.params.values()]
    return [value for value in found if len(value) >= SHORTEST_SECRET]


def _network_error(error: httpx.HTTPError, url: str) -> SourceError:
    never_left = isinstance(error, NEVER_LEFT)
    if isinstance(error, httpx.LocalProtocolError):
        fault, detail = Fault.SETTINGS, "a header cannot be sent; is a key or token mistyped?"
    elif isinstance(error, httpx.TimeoutException):
        fault, detail = Fault.TIMED_OUT, "the platform did not answer in time"
    elif isinstance(error, httpx.ConnectError):
        fault, detail = Fault.UNREACHABLE, f"no connection could be made ({error})"
    elif isinstance(error, httpx.DecodingError):
        fault, detail = Fault.CHANGED, "the answer could not be decompressed"
    else:
        fault, detail = Fault.UNAVAILABLE, "the connection was cut before the whole answer"
    return SourceError(fault, detail, url=bare(url), sent=not never_left)
