"""Crawling without the child process, where a test walks often or must count what happens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crawlers.spider import Crawled, Parse
from crawlers.web import Web


def in_this_process(
    starts: Sequence[str], parse: Parse, web: Web, **_: object
) -> Iterator[Crawled]:
    """What crawlers.spider.crawl promises: a page is fetched when it is asked for."""
    url: str | None = starts[0]
    while url is not None:
        parsed = parse(web.get(url, robots=True).text, url)
        yield Crawled(url, parsed)
        url = parsed.next_url
