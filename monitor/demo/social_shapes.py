"""Posts and accounts in Mastodon's JSON (docs.joinmastodon.org/entities)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from monitor.demo.corpus import Post
from monitor.demo.scene import Posted, Scene
from monitor.demo.trustpilot_pages import BRAND, iso

ACCOUNT = "maisonlumen"
FOLLOWERS = 1284
LINKED = re.compile(r"(?<!\w)([#@])(\w+)")


def tags_of(text: str) -> set[str]:
    """The hashtags of a post, in lower case and without their sign."""
    return {name.lower() for sign, name in LINKED.findall(text) if sign == "#"}


def mentions_brand(text: str) -> bool:
    """True when the brand's account is named."""
    return any(sign == "@" and name.lower() == ACCOUNT for sign, name in LINKED.findall(text))


def account_id(name: str) -> str:
    """An account's number."""
    return str(int.from_bytes(name.encode()[:7], "big"))


class Shapes:
    """What the network says of a scene; ``home`` is its address without a slash at its end."""

    def __init__(self, scene: Scene, home: str) -> None:
        self._scene = scene
        self._home = home

    def brand(self) -> dict[str, Any]:
        """The brand's account."""
        return self.account(ACCOUNT, BRAND, FOLLOWERS)

    def account(self, name: str, shown: str, followers: int) -> dict[str, Any]:
        """An account of the network."""
        return {
            "id": account_id(name),
            "username": name,
            "acct": name,
            "display_name": shown,
            "bot": False,
            "url": f"{self._home}/@{name}",
            "followers_count": followers,
            "following_count": 0,
            "statuses_count": 0,
            "emojis": [],
            "fields": [],
        }

    def status(self, name: str) -> dict[str, Any] | None:
        """The post of that id, a customer's or the brand's."""
        for post in self._scene.posts():
            if post.id == name:
                return self.theirs(post)
        for own in self._scene.posted():
            if own.id == name:
                return self.ours(own)
        return None

    def theirs(self, post: Post) -> dict[str, Any]:
        """A customer's post."""
        answers = [one for one in self._scene.posted() if one.in_reply_to == post.id]
        return {
            **self._post(post.account, post.id, post.written_at, post.text),
            "language": post.language,
            "in_reply_to_id": None,
            "in_reply_to_account_id": None,
            "replies_count": len(answers),
            "account": self.account(post.account, post.name, post.followers),
        }

    def ours(self, own: Posted) -> dict[str, Any]:
        """A post of the brand."""
        return {
            **self._post(ACCOUNT, own.id, own.posted_at, own.text),
            "language": own.language,
            "in_reply_to_id": own.in_reply_to or None,
            "in_reply_to_account_id": None,
            "replies_count": 0,
            "account": self.brand(),
        }

    def mention(self, post: Post) -> dict[str, Any]:
        """The notification of a post that names the brand."""
        return {
            "id": post.id,
            "type": "mention",
            "created_at": iso(post.written_at),
            "account": self.account(post.account, post.name, post.followers),
            "status": self.theirs(post),
        }

    def _post(self, account: str, name: str, at: datetime, text: str) -> dict[str, Any]:
        return {
            "id": name,
            "url": f"{self._home}/@{account}/{name}",
            "uri": f"{self._home}/users/{account}/statuses/{name}",
            "created_at": iso(at),
            "edited_at": None,
            "visibility": "public",
            "sensitive": False,
            "spoiler_text": "",
            "content": self._content(text),
            "media_attachments": [],
            "mentions": self._mentions(text),
            "tags": self._tags(sorted(tags_of(text))),
            "emojis": [],
            "card": None,
            "poll": None,
            "reblog": None,
            "reblogs_count": 0,
            "favourites_count": 0,
        }

    def _tags(self, names: Iterable[str]) -> list[dict[str, str]]:
        return [{"name": name, "url": f"{self._home}/tags/{name}"} for name in names]

    def _mentions(self, text: str) -> list[dict[str, Any]]:
        if not mentions_brand(text):
            return []
        account = self.brand()
        return [{name: account[name] for name in ("id", "username", "acct", "url")}]

    def _content(self, text: str) -> str:
        """A post's text as the network's HTML."""
        linked = LINKED.sub(self._link, html.escape(text, quote=False))
        paragraphs = linked.split("\n\n")
        return "".join("<p>" + part.replace("\n", "<br />") + "</p>" for part in paragraphs)

    def _link(self, match: re.Match[str]) -> str:
        sign, name = match.groups()
        path, css = (f"tags/{name.lower()}", "hashtag") if sign == "#" else (f"@{name}", "u-url")
        return f'<a href="{self._home}/{path}" class="mention {css}">{sign}<span>{name}</span></a>'
