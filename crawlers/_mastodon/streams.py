"""The three ways posts are found: a hashtag's timeline, our mentions, a search."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import quote

from crawlers._mastodon.instance import (
    LISTED_AT_MOST,
    Instance,
    Json,
    mapping,
    mappings,
    older,
)
from crawlers._mastodon.posts import moment


@dataclass(frozen=True, slots=True)
class Entry:
    """A post and the time it is listed by (a mention may be told of late)."""

    listed_at: datetime
    post: Json


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a stream, newest first, and where the older ones start."""

    entries: list[Entry]
    below: str | None


class Stream(Protocol):
    """A list of posts, newest first, read page by page."""

    @property
    def key(self) -> str:
        """Its name in the cursor."""
        ...

    def page(self, instance: Instance, below: str | None) -> Listing:
        """The page that starts below a position; None is the newest."""
        ...


@dataclass(frozen=True, slots=True)
class Hashtag:
    """The timeline of a hashtag, as far as this server knows it."""

    tag: str

    @property
    def key(self) -> str:
        return f"tag {self.tag}"

    def page(self, instance: Instance, below: str | None) -> Listing:
        path = f"/api/v1/timelines/tag/{quote(self.tag, safe='')}"
        answer = instance.get(path, _params(below))
        posts = mappings(answer.json(), "a hashtag's timeline")
        return Listing([Entry(moment(post), post) for post in posts], older(answer))


@dataclass(frozen=True, slots=True)
class Mentions:
    """The posts that name the token's account."""

    key: str = "mentions"

    def page(self, instance: Instance, below: str | None) -> Listing:
        params = _params(below) | {"types[]": "mention"}
        answer = instance.get("/api/v1/notifications", params)
        told = mappings(answer.json(), "the notifications")
        found = [
            Entry(moment(one), mapping(one.get("status"), "“status” of a mention"))
            for one in told
            if one.get("type") == "mention"
        ]
        return Listing(found, older(answer) if told else None)


@dataclass(frozen=True, slots=True)
class Search:
    """A search in the texts; some servers index few of them, or none."""

    query: str

    @property
    def key(self) -> str:
        return f"search {self.query}"

    def page(self, instance: Instance, below: str | None) -> Listing:
        start = int(below or 0)
        params = {"q": self.query, "type": "statuses", "limit": LISTED_AT_MOST, "offset": start}
        answer = mapping(instance.get("/api/v2/search", params).json(), "the search results")
        posts = mappings(answer.get("statuses"), "“statuses” of the search results")
        below = str(start + LISTED_AT_MOST) if posts else None
        return Listing([Entry(moment(post), post) for post in posts], below)


@dataclass(frozen=True, slots=True)
class OwnPosts:
    """What our own account posted: its replies are in it."""

    account_id: str
    key: str = "own posts"

    def page(self, instance: Instance, below: str | None) -> Listing:
        path = f"/api/v1/accounts/{quote(self.account_id, safe='')}/statuses"
        answer = instance.get(path, _params(below) | {"exclude_reblogs": "true"})
        posts = mappings(answer.json(), "our own posts")
        return Listing([Entry(moment(post), post) for post in posts], older(answer))


def _params(below: str | None) -> dict[str, str | int]:
    return {"limit": LISTED_AT_MOST} | ({"max_id": below} if below else {})
