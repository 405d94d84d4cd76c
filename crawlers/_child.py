"""The child process of a crawl. Imported there only: Scrapy's reactor stays out of ours."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import AsyncIterator, Mapping
from typing import Any, BinaryIO, NoReturn
from urllib.parse import urlsplit

import scrapy
from scrapy import signals
from scrapy.crawler import Crawler, CrawlerProcess
from scrapy.exceptions import (
    CannotResolveHostError,
    DontCloseSpider,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    IgnoreRequest,
    UnsupportedURLSchemeError,
)
from scrapy.http import Request, Response, TextResponse
from twisted.internet.interfaces import IHostnameResolver, IResolutionReceiver
from zope.interface import directlyProvides  # type: ignore[import-untyped]  # has no stubs

from crawlers._address import REDIRECTS_AT_MOST, refuse_private
from crawlers._refusal import bare, refusal, shows_challenge
from crawlers.contract import Fault, SourceError
from crawlers.spider import Parsed, encode, named

ROBOTS = "dont_obey_robotstxt"
"""Scrapy's own mark on its requests for robots.txt."""
NETWORK_FAULTS: dict[type[Exception], tuple[Fault, str]] = {
    DownloadTimeoutError: (Fault.TIMED_OUT, "the platform did not answer in time"),
    CannotResolveHostError: (Fault.UNREACHABLE, "the host's name could not be resolved"),
    DownloadConnectionRefusedError: (Fault.UNREACHABLE, "no connection could be made"),
    DownloadCancelledError: (Fault.CHANGED, "the page is larger than is read"),
    UnsupportedURLSchemeError: (Fault.SETTINGS, "this is not an http or https address"),
}
NEVER_LEFT = (Fault.UNREACHABLE, Fault.SETTINGS)


def main() -> None:
    """Crawl what standard input asks for, writing JSON lines to what was standard output."""
    out = os.fdopen(os.dup(1), "wb")
    # Whatever a library prints must not mix with the lines.
    os.dup2(2, 1)
    job = json.loads(sys.stdin.buffer.readline())
    # The kernel ends this process even if Python hangs and the parent is gone.
    signal.setitimer(signal.ITIMER_REAL, job["whole"] + 5)
    process = CrawlerProcess(settings(job["manner"]))
    process.crawl(PagesSpider, job=job, out=out)
    process.start(install_signal_handlers=False)


def settings(manner: Mapping[str, Any]) -> dict[str, Any]:
    """Scrapy's settings for behaving as the HTTP client does."""
    return {
        "USER_AGENT": manner["user_agent"],
        "ROBOTSTXT_OBEY": True,
        "DOWNLOAD_DELAY": manner["pace"],
        "DOWNLOAD_DELAY_JITTER": 0,
        "DOWNLOAD_TIMEOUT": manner["timeout"],
        "DOWNLOAD_MAXSIZE": manner["max_bytes"],
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "DOWNLOAD_HANDLERS": dict.fromkeys(("data", "file", "ftp", "s3")),
        "DOWNLOADER_MIDDLEWARES": {RobotsMustBeReadable: 101},
        "TWISTED_DNS_RESOLVER": GuardedResolver,
        "ALLOW_PRIVATE": manner["allow_private"],
        "CONCURRENT_ITEMS": 1,
        "COOKIES_ENABLED": False,
        "HTTPERROR_ALLOW_ALL": True,
        "HTTPPROXY_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "REDIRECT_MAX_TIMES": REDIRECTS_AT_MOST,
        "REFERER_ENABLED": False,
        "RETRY_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "LOG_LEVEL": "ERROR",
    }


class PagesSpider(scrapy.Spider):
    """Fetches a page for each that is asked for; ends the process with its last word."""

    name = "pages"

    def __init__(self, job: Mapping[str, Any], out: BinaryIO) -> None:
        super().__init__()
        self._out = out
        self._parse_page = named(job["parse"])
        self._waiting = deque(job["starts"])
        self._asked_for = 0
        self._under_way = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> PagesSpider:
        """Scrapy's way to make a spider."""
        spider: PagesSpider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.stay, signals.spider_idle)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """Begin to listen; requests follow as they are asked for."""
        from twisted.internet import reactor

        if not isinstance(reactor.nameResolver, GuardedResolver):
            detail = "this Scrapy does not take our address guard; install scrapy 2.19 or newer"
            self._fault(SourceError(Fault.SETTINGS, detail, sent=False))
        threading.Thread(target=self._listen, daemon=True).start()
        nothing: tuple[Request, ...] = ()
        for request in nothing:
            yield request

    def stay(self) -> None:
        """Idle is not done: the parent decides when."""
        raise DontCloseSpider

    def _listen(self) -> NoReturn:
        from twisted.internet import reactor

        while sys.stdin.buffer.readline():
            reactor.callFromThread(self._one_more)
        os._exit(1)  # the parent closed the pipe or is gone

    def _one_more(self) -> None:
        self._asked_for += 1
        self._go_on()

    def _go_on(self) -> None:
        if not self._waiting and not self._under_way:
            self._end({"end": True})
        while self._asked_for and self._waiting:
            self._asked_for -= 1
            self._under_way += 1
            request = Request(
                self._waiting.popleft(), self.page, errback=self.failed, dont_filter=True
            )
            self.crawler.engine.crawl(request)

    def page(self, response: Response) -> None:
        """Read a page and hand it over, or end with its fault."""
        self._under_way -= 1
        try:
            parsed = self._read(response)
        except SourceError as error:
            self._fault(error)
        if parsed.next_url:
            self._waiting.append(parsed.next_url)
        self._say({"page": {"url": response.url, **encode(parsed)}})
        self._go_on()

    def _read(self, response: Response) -> Parsed:
        wrong = refusal(response.url, response.status, lowered(response), response.body)
        if wrong:
            raise wrong
        text = isinstance(response, TextResponse)
        page = response.text if text else response.body.decode("utf-8", "replace")
        try:
            return self._parse_page(page, response.url)
        except SourceError as error:
            if error.fault is Fault.CHANGED and shows_challenge(response.body):
                raise captcha(response) from error
            raise
        except Exception as error:
            self.logger.exception("the page could not be read")
            detail = f"the page could not be read ({type(error).__name__}: {error})"
            raise SourceError(Fault.CHANGED, detail, url=bare(response.url)) from error

    def failed(self, failure: Any) -> None:
        """End with the fault that a failed request stands for."""
        self._fault(fault_of(failure.value, failure.request.url))

    def _fault(self, error: SourceError) -> NoReturn:
        self._end(
            {
                "fault": {
                    "fault": error.fault,
                    "detail": error.detail,
                    "url": error.url,
                    "status": error.status,
                    "retry_after": error.retry_after,
                    "sent": error.sent,
                }
            }
        )

    def _end(self, message: Mapping[str, Any]) -> NoReturn:
        stats = self.crawler.stats.get_stats()
        told = {name: count for name, count in stats.items() if name.startswith("robotstxt/")}
        self._say({"robots": ", ".join(f"{name[10:]} {count}" for name, count in told.items())})
        self._say(message)
        os._exit(0)

    def _say(self, message: Mapping[str, Any]) -> None:
        self._out.write(json.dumps(message).encode() + b"\n")
        self._out.flush()


class RefusedRequest(IgnoreRequest):
    """A request that must not be made, and why."""

    def __init__(self, why: SourceError) -> None:
        super().__init__(str(why))
        self.why = why


class RobotsMustBeReadable:
    """While robots.txt cannot be read nothing is (RFC 9309, 2.3.1.4); Scrapy reads on."""

    def __init__(self) -> None:
        self._why: SourceError | None = None

    def process_request(self, request: Request) -> None:
        """Stop what Scrapy let through for want of a robots.txt."""
        if self._why and not request.meta.get(ROBOTS):
            raise RefusedRequest(self._why)

    def process_response(self, request: Request, response: Response) -> Response:
        """Note a robots.txt that was refused us for now."""
        if request.meta.get(ROBOTS) and (response.status >= 500 or response.status == 429):
            self._why = refusal(response.url, response.status, lowered(response), response.body)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Note a robots.txt that could not be reached."""
        if request.meta.get(ROBOTS):
            self._why = fault_of(exception, request.url)


class GuardedResolver:
    """Twisted's resolver, with every address checked before it is connected to."""

    refused: dict[str, SourceError] = {}  # noqa: RUF012 (one resolver a process)

    def __init__(self, reactor: Any, allow_private: bool) -> None:
        self._reactor = reactor
        self._resolver = reactor.nameResolver
        self._allow_private = allow_private

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> GuardedResolver:
        """Scrapy's way to make a resolver."""
        return cls(reactor, crawler.settings.getbool("ALLOW_PRIVATE"))

    def install_on_reactor(self) -> None:
        """Resolve every name of this process."""
        directlyProvides(self, IHostnameResolver)
        self._reactor.installNameResolver(self)

    def resolveHostName(self, receiver: Any, host: str, *args: Any, **kwargs: Any) -> Any:  # noqa: N802
        """Twisted's way to ask; addresses that are refused are not handed on."""
        checked = _Checked(receiver, host, self._allow_private)
        return self._resolver.resolveHostName(checked, host, *args, **kwargs)


class _Checked:
    """Hands on the addresses that may be connected to."""

    def __init__(self, receiver: Any, host: str, allow_private: bool) -> None:
        directlyProvides(self, IResolutionReceiver)
        self._host = host
        self._allow_private = allow_private
        self._receiver = receiver
        self.resolutionBegan = receiver.resolutionBegan
        self.resolutionComplete = receiver.resolutionComplete

    def addressResolved(self, address: Any) -> None:  # noqa: N802 (Twisted's name)
        try:
            refuse_private(self._host, address.host, allow_private=self._allow_private)
        except SourceError as error:
            GuardedResolver.refused[self._host] = error
        else:
            self._receiver.addressResolved(address)


def fault_of(exception: BaseException | None, url: str) -> SourceError:
    """What a request that failed before any answer stands for."""
    if isinstance(exception, RefusedRequest):
        return exception.why
    if isinstance(exception, IgnoreRequest):
        return _ignored(str(exception), url)
    host = urlsplit(url).hostname or ""
    if host in GuardedResolver.refused:
        return GuardedResolver.refused[host]
    for kind, (fault, detail) in NETWORK_FAULTS.items():
        if isinstance(exception, kind):
            return SourceError(fault, detail, url=bare(url), sent=fault not in NEVER_LEFT)
    detail = f"the connection was cut ({type(exception).__name__})"
    return SourceError(Fault.UNAVAILABLE, detail, url=bare(url))


def _ignored(reason: str, url: str) -> SourceError:
    if "robots.txt" in reason:
        detail = "robots.txt does not allow this page to be read"
        return SourceError(Fault.ROBOTS, detail, url=bare(url), sent=False)
    return SourceError(Fault.CHANGED, f"the request was given up: {reason}", url=bare(url))


def captcha(response: Response) -> SourceError:
    """The fault of a page that asks whether we are a person."""
    detail = "the platform asks for a captcha or a bot check; none is ever evaded"
    return SourceError(Fault.CAPTCHA, detail, url=bare(response.url), status=response.status)


def lowered(response: Response) -> dict[str, str]:
    """A response's headers by lower-case name."""
    found = response.headers.to_unicode_dict()
    return {str(name).lower(): value for name, value in found.items()}
