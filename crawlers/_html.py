"""HTML of a post or review as the text a person reads."""

from __future__ import annotations

import re
from html.parser import HTMLParser

BLOCKS = frozenset(
    {"p", "div", "blockquote", "ul", "ol", "pre", "h1", "h2", "h3", "h4", "h5", "h6"}
)
UNSEEN = frozenset({"script", "style", "template", "head"})
NAMING = frozenset({"mention", "hashtag"})


def text_of(html: str) -> str:
    """Paragraphs are set apart by an empty line; links are restored to their whole address.

    Mastodon shortens a link with "invisible" and "ellipsis" spans; a link whose words say
    something else is followed by its address in brackets. What a "quote-inline" paragraph holds
    (the fallback for a quoted post) is left out: it is not the author's text.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.text()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._unseen: list[str] = []
        self._link: tuple[str, int] | None = None
        """Address of the open link, and where in the parts its words begin."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        classes = set((given.get("class") or "").split())
        if tag in UNSEEN or self._unseen or "quote-inline" in classes:
            if tag not in ("br", "img", "hr", "wbr", "input", "meta", "link"):
                self._unseen.append(tag)
        elif tag == "br":
            self._parts.append("\n")
        elif tag == "li":
            self._parts.append("\n- ")
        elif tag in BLOCKS:
            self._parts.append("\n\n")
        elif tag == "img":
            self._parts.append(given.get("alt") or "")
        elif tag == "a" and not classes & NAMING:
            self._link = (given.get("href") or "", len(self._parts))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("br", "img"):
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._unseen:
            if tag in self._unseen:
                while self._unseen.pop() != tag:
                    pass
        elif tag == "a":
            self._end_link()
        elif tag in BLOCKS:
            self._parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._parts.append(re.sub(r"[ \t\r\n]+", " ", data))

    def _end_link(self) -> None:
        if self._link is None:
            return
        address, start = self._link
        self._link = None
        words = "".join(self._parts[start:]).strip()
        if not address.lower().startswith(("http://", "https://")) or words == address:
            return
        shortened = words.rstrip("…").removesuffix("...")
        if not words or (shortened and shortened in address):
            self._parts[start:] = [address]
        else:
            self._parts.append(f" ({address})")

    def text(self) -> str:
        joined = "".join(self._parts).replace("\xa0", " ").replace("\u200b", "")
        lines = "\n".join(line.strip() for line in joined.split("\n"))
        return re.sub(r"\n{3,}", "\n\n", lines).strip()
