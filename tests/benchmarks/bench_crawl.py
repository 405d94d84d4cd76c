"""Pages a second on loopback: our spider (child process, JSON lines, robots.txt, guarded
addresses, every review read) against bare Scrapy (its defaults, the same parse function).
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from crawlers._trustpilot.page import page_url, parse_page
from crawlers.spider import crawl
from tests.benchmarks.line import Line, Options
from tests.platforms import conformance
from tests.platforms.server import Asked, Given, Server

PAGES = 300
REVIEWS_A_PAGE = 20
REPLIED = 3
"""One review in so many has an owner reply."""
MODULE = "tests.benchmarks.bench_crawl"


def made_page() -> str:
    """A page of the true shape: 20 reviews, some replied to; ``fade`` stands for its number."""
    case = conformance.module(conformance.HERE / "trustpilot" / "case.py")
    first = case.FOUND[2]
    reviews = tuple(
        replace(
            first,
            external_id=f"66aa{number:016x}fade",
            written_at=case.NEWEST - timedelta(hours=number),
            text=" ".join(["Le vase est arrivé fêlé, sans un mot."] * 8),
            reply=first.reply if number % REPLIED == 0 else None,
        )
        for number in range(REVIEWS_A_PAGE)
    )
    case.PER_PAGE = REVIEWS_A_PAGE
    page: str = case.html(case.page(reviews, 1))
    return page


def serve(pages: int) -> None:
    """Serve until standard input closes; prints the URL."""
    page = made_page().replace('"totalPages": 1', f'"totalPages": {pages}')

    def answer(asked: Asked) -> Given | None:
        number = int(asked.query.get("page", 1))
        return (
            None
            if asked.path == "/robots.txt"
            else Given(200, page.replace("fade", f"{number:04}"))
        )

    with Server(answer) as server:
        print(server.url, flush=True)
        sys.stdin.read()


def bare(starts: list[str], follow: bool) -> None:
    """Scrapy by itself; prints pages, reviews and seconds since its first request."""
    import scrapy
    from scrapy.crawler import CrawlerProcess

    class Bare(scrapy.Spider):
        name = "bare"
        start_urls = starts
        reviews = pages = 0
        began = time.monotonic()

        def parse(self, response: Any) -> Iterator[Any]:
            parsed = parse_page(response.text, response.url)
            Bare.pages += 1
            Bare.reviews += len(parsed.reviews)
            yield {"reviews": parsed.reviews}
            if follow and parsed.next_url:
                yield scrapy.Request(parsed.next_url)

    process = CrawlerProcess({"LOG_ENABLED": False, "TELNETCONSOLE_ENABLED": False})
    process.crawl(Bare)
    Bare.began = time.monotonic()
    process.start()
    print(Bare.pages, Bare.reviews, time.monotonic() - Bare.began)


@contextmanager
def served(pages: int) -> Iterator[str]:
    """The site in a process of its own."""
    command = [sys.executable, "-m", MODULE, "serve", str(pages)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as site:
        assert site.stdout
        assert site.stdin
        yield site.stdout.readline().strip()
        site.stdin.close()


def ours(starts: list[str], ahead: int) -> tuple[int, int, float]:
    """Pages, reviews and seconds from the first page on: start-up is left out of both."""
    pages = reviews = 0
    began = time.monotonic()
    with conformance.web() as client:
        for crawled in crawl(starts, parse_page, client, ahead=ahead):
            if not pages:
                began = time.monotonic()
            pages += 1
            reviews += len(crawled.parsed.reviews)
    return pages, reviews, time.monotonic() - began


def bare_in_a_process(how: str, url: str, pages: int) -> tuple[int, int, float]:
    """Bare Scrapy, in a process as ours is."""
    command = [sys.executable, "-m", MODULE, how, url, str(pages)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return int(told[0]), int(told[1]), float(told[2])


def lines(options: Options) -> Iterator[Line]:
    """Page after page, then separate lists, each against bare Scrapy; ``rows`` are reviews."""
    pages = max(2, options.rows // REVIEWS_A_PAGE) if options.rows else PAGES
    with served(pages) as url:
        first = page_url(f"{url}/review/a", 1)
        peer = bare_in_a_process("follow", url, pages)
        yield line("pages crawled, one after another", ours([first], 1), peer)
    with served(1) as url:
        starts = [page_url(f"{url}/review/{number}", 1) for number in range(pages)]
        peer = bare_in_a_process("starts", url, pages)
        yield line("pages crawled, lists at once", ours(starts, 16), peer)


def line(what: str, mine: tuple[int, int, float], peer: tuple[int, int, float]) -> Line:
    """Pages a second of both; they must have read the same."""
    assert mine[:2] == peer[:2], f"{what}: ours read {mine[:2]}, bare Scrapy {peer[:2]}"
    read = f"{mine[0]} pages, {mine[1]} reviews"
    return Line(what, mine[0] / mine[2], "/s", peer[0] / peer[2], "bare Scrapy", read)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(int(sys.argv[2]))
    elif sys.argv[1:2] == ["follow"]:
        bare([page_url(f"{sys.argv[2]}/review/a", 1)], follow=True)
    elif sys.argv[1:2] == ["starts"]:
        lists = range(int(sys.argv[3]))
        bare([page_url(f"{sys.argv[2]}/review/{number}", 1) for number in lists], follow=False)
