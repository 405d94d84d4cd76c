"""Mastodon and servers that speak its API: posts found by search, hashtag and mention.

API facts: docs.joinmastodon.org (4.6). A deleted post answers 404; an edited one carries
``edited_at``; every answer tells how many requests are left (300 in five minutes by default).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, StringConstraints, field_validator, model_validator

from crawlers._mastodon.instance import ASKED_AT_ONCE, Instance, Json
from crawlers._mastodon.position import Position, Standing
from crawlers._mastodon.posts import author, identity, is_public, moment, parent, review
from crawlers._mastodon.replies import MastodonPublisher
from crawlers._mastodon.streams import Hashtag, Mentions, OwnPosts, Search, Stream
from crawlers.contract import Cursor, FoundReview, Kind, Page, PlatformSettings, Walk
from crawlers.web import Web

LABEL = "Mastodon"
KIND: Kind = "posts"

OVERLAP = timedelta(days=1)
"""How far behind the newest known post a visit reads: posts of other servers arrive late."""
OWN_PAGES = 50
"""Pages of our own posts that are read for replies; older posts' threads are asked one by one."""
NOTE = (
    "posts are found by search, hashtag and mention: one that is not found is not thereby gone; "
    "a deletion is known by the server's 404"
)

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Settings(PlatformSettings):
    """What to look for on which server, and as whom."""

    base_url: str
    """The server: "https://mastodon.example"."""
    access_token: SecretStr | None = None
    """Needed to search, to read mentions and to reply (scopes read, write:statuses)."""
    search: tuple[Words, ...] = ()
    hashtags: tuple[Words, ...] = ()
    mentions: bool = False
    own_account: Words | None = None
    """Our account, whose posts are not reviews; the token's own when left out."""
    languages: tuple[Words, ...] = ()
    """Only posts in these languages ("fr"), and those that state none; all when empty."""
    reply_visibility: Literal["public", "unlisted", "private", "direct"] = "public"
    history_days: int = Field(default=90, ge=1)
    """How far back the first visit and a full walk read."""
    reread_days: int = Field(default=7, ge=0)
    """How long a post is asked for again, to see its edits and its deletion."""

    @field_validator("base_url")
    @classmethod
    def _address(cls, url: str) -> str:
        whole = url if "://" in url else f"https://{url}"
        if not whole.lower().startswith(("http://", "https://")):
            raise ValueError("expected the server's address, like https://mastodon.example")
        return whole.rstrip("/")

    @field_validator("hashtags")
    @classmethod
    def _bare_tags(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(tag.removeprefix("#").strip() for tag in tags))

    @field_validator("own_account")
    @classmethod
    def _bare_account(cls, acct: str | None) -> str | None:
        return acct and acct.removeprefix("@")

    @model_validator(mode="after")
    def _looks_for_something(self) -> Self:
        if not (self.search or self.hashtags or self.mentions):
            raise ValueError("nothing to look for: set search, hashtags or mentions")
        if (self.search or self.mentions) and self.access_token is None:
            raise ValueError("search and mentions need an access_token of the server")
        return self

    def streams(self) -> list[Stream]:
        """Every way posts are looked for."""
        mentions: list[Stream] = [Mentions()] if self.mentions else []
        return [*mentions, *map(Hashtag, self.hashtags), *map(Search, self.search)]


def source(settings: Settings, web: Web) -> MastodonSource:
    """The reader of one server."""
    return MastodonSource(settings, _instance(settings, web))


def publisher(settings: Settings, web: Web) -> MastodonPublisher | None:
    """The poster of replies; None without a token."""
    if settings.access_token is None:
        return None
    return MastodonPublisher(_instance(settings, web), settings.reply_visibility)


def _instance(settings: Settings, web: Web) -> Instance:
    return Instance(web, settings.base_url, settings.access_token)


class MastodonSource:
    """One server as a Source."""

    def __init__(
        self,
        settings: Settings,
        instance: Instance,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._settings = settings
        self._instance = instance
        self._clock = clock

    def pages(self, cursor: Cursor, walk: Walk) -> Iterator[Page]:
        """Every stream down to what is known, then the recent posts that none of them showed."""
        yield from _Visit(
            self._settings, self._instance, Position.of(cursor), walk, self._clock()
        ).pages()


class _Visit:
    """One walk through all streams; a post found in two of them is handed over once."""

    def __init__(
        self,
        settings: Settings,
        instance: Instance,
        position: Position,
        walk: Walk,
        now: datetime,
    ) -> None:
        self._settings = settings
        self._instance = instance
        self._position = position
        self._walk = walk
        self._now = now
        self._streams = settings.streams()
        self._reread_from = now - timedelta(days=settings.reread_days)
        self._seen: set[str] = set()
        self._found_nothing: list[str] = []
        self._own_id: str | None = None
        self._replies: dict[str, Json] = {}
        self._replies_from = now
        """Replies to posts written since are all in ``_replies``."""

    def pages(self) -> Iterator[Page]:
        self._read_own_posts()
        for stream in self._streams:
            yield from self._descend(stream)
        yield from self._reread()
        self._position.end_walk({stream.key for stream in self._streams}, self._reread_from)
        note = "; ".join([NOTE, *self._found_nothing]) if self._walk is Walk.FULL else None
        yield Page(reviews=(), cursor=self._position.cursor(), note=note)

    def _floor(self, standing: Standing) -> datetime:
        """How far back a stream is read."""
        if self._walk is Walk.FULL or standing.through is None:
            return self._now - timedelta(days=self._settings.history_days)
        return min(standing.through, self._now) - OVERLAP

    def _standing(self, stream: Stream) -> Standing:
        return self._position.streams.setdefault(stream.key, Standing())

    def _descend(self, stream: Stream) -> Iterator[Page]:
        standing = self._standing(stream)
        floor, listed = self._floor(standing), set[str]()
        from_the_top = not (standing.done or standing.below)
        while not standing.done:
            listing = stream.page(self._instance, standing.below)
            recent = [one for one in listing.entries if one.listed_at >= floor]
            for entry in recent:
                standing.meet(entry.listed_at, self._now)
            ids = {identity(entry.post) for entry in listing.entries}
            # a server that ignores the position gives the same page for ever
            at_end = listing.below is None or not recent or ids <= listed
            listed |= ids
            standing.below = listing.below
            if at_end:
                standing.finish()
            reviews = self._reviews([entry.post for entry in recent])
            yield Page(reviews=reviews, cursor=self._position.cursor())
        if isinstance(stream, Search) and from_the_top and not listed:
            self._found_nothing.append(
                f"“{stream.query}” found nothing: this server may not search in texts"
            )

    def _reviews(self, posts: list[Json]) -> tuple[FoundReview, ...]:
        """Those of the posts that are about us, wanted, and not handed over before."""
        found = []
        for post in posts:
            post_id = identity(post)
            if post_id not in self._seen and self._wanted(post):
                self._seen.add(post_id)
                found.append(self._review(post))
        return tuple(found)

    def _wanted(self, post: Json) -> bool:
        languages, language = self._settings.languages, post.get("language")
        if post.get("reblog") is not None or not is_public(post):
            return False
        if identity(author(post)) == self._own_id:
            return False
        return not (languages and language) or str(language).split("-")[0] in languages

    def _review(self, post: Json) -> FoundReview:
        post_id, written_at = identity(post), moment(post)
        if written_at >= self._reread_from:
            self._position.recent[post_id] = written_at
        self._position.missing.discard(post_id)
        return review(post, self._reply(post, post_id, written_at))

    def _reply(self, post: Json, post_id: str, written_at: datetime) -> Json | None:
        if written_at >= self._replies_from or post_id in self._replies:
            return self._replies.get(post_id)
        if self._own_id is None or not post.get("replies_count"):
            return None
        answers = self._instance.replies_to(post_id)
        return next((one for one in answers if self._is_ours(one)), None)

    def _is_ours(self, post: Json) -> bool:
        return identity(author(post)) == self._own_id and is_public(post)

    def _read_own_posts(self) -> None:
        """Our replies, oldest last kept: the first answer to a post is the one that counts."""
        if self._settings.own_account is None and self._settings.access_token is None:
            return
        self._own_id = identity(self._instance.account(self._settings.own_account))
        wanted = min([self._reread_from, *map(self._floor, map(self._standing, self._streams))])
        own, below, reached = OwnPosts(self._own_id), None, self._now
        for _ in range(OWN_PAGES):
            listing = own.page(self._instance, below)
            for entry in listing.entries:
                reached = min(reached, entry.listed_at)
                if (answered := parent(entry.post)) and is_public(entry.post):
                    self._replies[answered] = entry.post
            below = listing.below
            if below is None or reached < wanted:
                self._replies_from = wanted
                return
        self._replies_from = reached

    def _reread(self) -> Iterator[Page]:
        """The recent posts that no stream showed: edited, answered, or gone."""
        unseen = iter(
            [
                post_id
                for post_id, written_at in self._position.recent.items()
                if post_id not in self._seen and written_at >= self._reread_from
            ]
        )
        while batch := list(islice(unseen, ASKED_AT_ONCE)):
            together = {identity(post): post for post in self._instance.statuses(batch)}
            found = {one: together.get(one) or self._instance.status(one) for one in batch}
            gone = tuple(post_id for post_id, post in found.items() if post is None)
            posts = [post for post in found.values() if post is not None]
            reviews = self._reviews(posts)
            self._note_gone(gone)
            yield Page(reviews=reviews, gone=gone, cursor=self._position.cursor())

    def _note_gone(self, gone: tuple[str, ...]) -> None:
        """A post is told gone at two visits, so that one error of the server removes nothing."""
        for post_id in gone:
            if post_id in self._position.missing:
                self._position.missing.discard(post_id)
                del self._position.recent[post_id]
            else:
                self._position.missing.add(post_id)
