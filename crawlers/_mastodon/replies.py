"""Replies on Mastodon: how long they may be, posting one, and finding ours again."""

from __future__ import annotations

import re
from dataclasses import dataclass

from crawlers._mastodon.instance import Instance, Json, mapping
from crawlers._mastodon.posts import (
    author,
    found_reply,
    identity,
    is_public,
    moment,
    without_mentions,
)
from crawlers._posting import looking_failed, posting_failed
from crawlers.contract import (
    FoundReply,
    Posted,
    PublishError,
    PublishOutcome,
    ReplyLimit,
    ReplyToPost,
    SourceError,
)

CHARACTERS = 500
"""What a Mastodon server allows that does not say otherwise."""
CHARACTERS_A_URL = 23
MENTION_ROOM = 32
"""For "@name " before the text: 30 characters of name are what Mastodon allows at home."""
URL = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)»”]", re.IGNORECASE)
FAR_MENTION = re.compile(r"(?<![\w/])@(\w(?:[\w.-]*\w)?)@[\w.-]+\w")


@dataclass(frozen=True, slots=True)
class CountedLimit(ReplyLimit):
    """Counts as Mastodon does: any URL as a fixed length, a mention without its server."""

    per_url: int = CHARACTERS_A_URL

    def length(self, text: str) -> int:
        """Length of a text as the server will count it."""
        counted = FAR_MENTION.sub(r"@\1", URL.sub("x" * self.per_url, text))
        # zero-argument super() does not work in a dataclass with slots
        return ReplyLimit.length(self, counted)


class MastodonPublisher:
    """Posts replies as the account of the token."""

    def __init__(self, instance: Instance, visibility: str) -> None:
        self._instance = instance
        self._visibility = visibility
        self._limit: CountedLimit | None = None
        self._own_id: str | None = None

    def limit(self) -> ReplyLimit:
        """The server's own limit, less the room for the mention that goes before the text."""
        if self._limit is None:
            self._limit = _limit_of(self._instance.rules())
        return self._limit

    def publish(self, reply: ReplyToPost) -> Posted:
        """Post the reply; the key makes the server answer a second asking with the first post."""
        body = {
            "status": self._addressed(reply),
            "in_reply_to_id": reply.review_id,
            "visibility": self._visibility,
        }
        if reply.language:
            body["language"] = reply.language
        try:
            answer = self._instance.post(
                "/api/v1/statuses", body, {"Idempotency-Key": reply.idempotency_key}
            )
        except SourceError as error:
            raise posting_failed(error) from error
        try:
            return _posted(mapping(answer.json(), "the new post"))
        except SourceError as error:
            raise PublishError(PublishOutcome.UNSURE, error.detail, fault=error.fault) from error

    def find(self, reply: ReplyToPost) -> FoundReply | None:
        """Our direct answer to the post: the one with this text if there are several."""
        if self._own_id is None:
            self._own_id = identity(self._instance.account(None))
        ours = [
            found_reply(post)
            for post in self._instance.replies_to(reply.review_id)
            if identity(author(post)) == self._own_id and is_public(post)
        ]
        wanted = _comparable(reply.text)
        return next(
            (one for one in ours if _comparable(one.text) == wanted), next(iter(ours), None)
        )

    def _addressed(self, reply: ReplyToPost) -> str:
        """The text after its author's name, without which nobody would be notified."""
        try:
            over = self.limit().exceeded_by(reply.text)
            acct = reply.author_id if over else reply.author_id or self._author(reply.review_id)
        except SourceError as error:
            raise looking_failed(error) from error
        if over:
            raise PublishError(PublishOutcome.REJECTED, f"the reply is {over} characters too long")
        mention = f"@{acct}"
        return reply.text if reply.text.startswith(mention) else f"{mention} {reply.text}"

    def _author(self, post_id: str) -> str:
        post = self._instance.status(post_id)
        if post is None:
            raise PublishError(PublishOutcome.REJECTED, "the post is no longer on the server")
        return str(author(post).get("acct"))


def _limit_of(rules: Json) -> CountedLimit:
    configuration = rules.get("configuration")
    counts = configuration.get("statuses") if isinstance(configuration, dict) else None
    told = counts if isinstance(counts, dict) else {}
    # older servers and relatives of Mastodon say it in one of these places
    most = told.get("max_characters") or rules.get("max_toot_chars") or CHARACTERS
    per_url = told.get("characters_reserved_per_url") or CHARACTERS_A_URL
    return CountedLimit(max(0, int(most) - MENTION_ROOM), "graphemes", int(per_url))


def _posted(post: Json) -> Posted:
    url = post.get("url")
    return Posted(external_id=identity(post), url=str(url) if url else None, posted_at=moment(post))


def _comparable(text: str) -> str:
    return " ".join(without_mentions(text).split())
