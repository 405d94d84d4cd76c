"""HTML of a post or review as the text a person reads."""

from __future__ import annotations

import re
from typing import Any

BLOCKS = frozenset(["p", "div", "blockquote", "ul", "ol", "pre", *(f"h{n}" for n in range(1, 7))])
UNSEEN = frozenset({"script", "style", "template", "head"})
NAMING = frozenset({"mention", "hashtag"})


def text_of(html: str) -> str:
    """Paragraphs are set apart by an empty line; links are restored to their whole address.

    Mastodon shortens a link with "invisible" and "ellipsis" spans; a link whose words say
    something else is followed by its address in brackets. What a "quote-inline" paragraph holds
    (the fallback for a quoted post) is left out: it is not the author's text.
    """
    # parsel (libxml2), for html.parser takes minutes over some hostile texts and fails on others
    from parsel import Selector

    whole = html.encode("utf-8", "replace").decode()
    return _Reading().text(Selector(text=whole, type="html").root)


class _Reading:
    """A walk through the tree without recursion: hostile texts nest deeply."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._links: list[int] = []
        """Where in the parts the words of each open link begin."""

    def text(self, root: Any) -> str:
        ahead: list[tuple[Any, bool]] = [(root, True)]
        while ahead:
            node, opens = ahead.pop()
            if not opens:
                self._close(node)
            elif _is_seen(node):
                self._open(node)
                ahead.append((node, False))
                ahead.extend((child, True) for child in reversed(node))
            else:
                self._say(node.tail)
        joined = "".join(self._parts).replace("\xa0", " ").replace("\u200b", "")
        lines = "\n".join(line.strip() for line in joined.split("\n"))
        return re.sub(r"\n{3,}", "\n\n", lines).strip()

    def _open(self, node: Any) -> None:
        if node.tag == "br":
            self._parts.append("\n")
        elif node.tag == "li":
            self._parts.append("\n- ")
        elif node.tag in BLOCKS:
            self._parts.append("\n\n")
        elif node.tag == "img":
            self._parts.append(node.get("alt") or "")
        elif node.tag == "a":
            self._links.append(len(self._parts))
        self._say(node.text)

    def _close(self, node: Any) -> None:
        if node.tag == "a":
            self._end_link(node)
        elif node.tag in BLOCKS:
            self._parts.append("\n\n")
        self._say(node.tail)

    def _say(self, text: str | None) -> None:
        if text:
            self._parts.append(re.sub(r"[ \t\r\n]+", " ", text))

    def _end_link(self, node: Any) -> None:
        start, address = self._links.pop(), (node.get("href") or "").strip()
        if _classes(node) & NAMING or not address.lower().startswith(("http://", "https://")):
            return
        words = "".join(self._parts[start:]).strip()
        shown = words.rstrip("…").removesuffix("...")
        if not words or (shown and shown in address):
            self._parts[start:] = [address]
        else:
            self._parts.append(f" ({address})")


def _is_seen(node: Any) -> bool:
    # a comment's tag is no string
    return (
        isinstance(node.tag, str)
        and node.tag not in UNSEEN
        and "quote-inline" not in _classes(node)
    )


def _classes(node: Any) -> set[str]:
    return set((node.get("class") or "").split())
