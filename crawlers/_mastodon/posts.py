"""A Mastodon post as a review, or as our reply to one."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from crawlers._html import text_of
from crawlers._mastodon.instance import Json, mapping
from crawlers.contract import Fault, FoundReply, FoundReview, SourceError

MENTIONS = re.compile(r"^(?:@[\w.@-]+[\s,:]+)+")
PUBLIC = frozenset({"public", "unlisted"})


def identity(post: Json) -> str:
    """The id of a post on this server; SourceError CHANGED without one."""
    found = post.get("id")
    if not isinstance(found, str | int) or found == "":
        raise SourceError(Fault.CHANGED, "a post has no “id”")
    return str(found)


def moment(entity: Json, name: str = "created_at") -> datetime:
    """A time of a post or notification, in UTC; SourceError CHANGED without one."""
    try:
        when = datetime.fromisoformat(str(entity.get(name)))
    except ValueError as error:
        raise SourceError(Fault.CHANGED, f"a post's “{name}” is no time") from error
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)


def author(post: Json) -> Json:
    """The account that wrote a post."""
    return mapping(post.get("account"), "“account” of a post")


def parent(post: Json) -> str | None:
    """The id of the post it answers."""
    found = post.get("in_reply_to_id")
    return None if found is None else str(found)


def is_public(post: Json) -> bool:
    """False for messages to followers or to named people: those are not the public's."""
    return post.get("visibility", "public") in PUBLIC


def review(post: Json, reply: Json | None) -> FoundReview:
    """The post as a review, with our reply to it."""
    account = author(post)
    acct, name = str(account.get("acct") or ""), str(account.get("display_name") or "").strip()
    followers = account.get("followers_count")
    return FoundReview(
        external_id=identity(post),
        written_at=moment(post),
        url=_web_address(post.get("url")) or _web_address(post.get("uri")),
        author=(f"{name} (@{acct})" if name else f"@{acct}") if acct else name or None,
        author_id=acct or None,
        title=str(post.get("spoiler_text") or "").strip() or None,
        text=_text(post),
        language=str(post["language"]) if post.get("language") else None,
        edited_at=_edited_at(post),
        reach=followers if isinstance(followers, int) else None,
        reply=found_reply(reply) if reply else None,
        raw=post,
    )


def found_reply(post: Json) -> FoundReply:
    """Our post as a reply, without the mentions every reply starts with."""
    return FoundReply(
        text=without_mentions(_text(post)),
        published_at=moment(post),
        edited_at=_edited_at(post),
        external_id=identity(post),
    )


def without_mentions(text: str) -> str:
    """A reply without the "@name" it starts with."""
    return MENTIONS.sub("", text)


def _text(post: Json) -> str:
    content = post.get("content")
    if not isinstance(content, str):
        raise SourceError(Fault.CHANGED, "a post has no “content”")
    return text_of(content)


def _edited_at(post: Json) -> datetime | None:
    return moment(post, "edited_at") if post.get("edited_at") else None


def _web_address(value: object) -> str | None:
    text = str(value or "")
    return text if text.lower().startswith(("http://", "https://")) else None
