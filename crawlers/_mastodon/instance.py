"""One Mastodon server's API, within the number of requests it allows."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
from pydantic import SecretStr

from crawlers._refusal import retry_after
from crawlers.contract import Fault, SourceError
from crawlers.web import Answer, Web

LISTED_AT_MOST = 40
"""Posts a page: the most that timelines, notifications and search give."""
ASKED_AT_ONCE = 20
"""Ids of GET /api/v1/statuses, which later servers answer in one request."""
WINDOW = 300.0
"""Seconds of the rate-limit window where the server does not say when it ends."""

Json = Mapping[str, Any]


class Instance:
    """Asks a server, and stops before it has to refuse: remaining 0 is THROTTLED."""

    def __init__(
        self,
        web: Web,
        base_url: str,
        token: SecretStr | None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._web = web
        self._base_url = base_url
        self._token = token
        self._now = now
        self._free_at = 0.0

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Answer:
        """A successful answer; SourceError for every other."""
        wait = self._free_at - self._now()
        if wait > 0:
            detail = "the server's number of requests is used up"
            raise SourceError(Fault.THROTTLED, detail, retry_after=wait, sent=False)
        answer = self._web.get(self._base_url + path, params=params, headers=self._headers())
        self._count(answer)
        return answer

    def post(self, path: str, body: Json, headers: Mapping[str, str]) -> Answer:
        """Send something, once."""
        return self._web.send(
            "POST", self._base_url + path, json=body, headers=self._headers() | dict(headers)
        )

    def status(self, post_id: str) -> Json | None:
        """One post; None when the server says that there is none (any more)."""
        try:
            return mapping(self.get(f"/api/v1/statuses/{quote(post_id, safe='')}").json(), "a post")
        except SourceError as error:
            if error.fault is Fault.MISSING:
                return None
            raise

    def statuses(self, post_ids: list[str]) -> list[Json]:
        """Those of the posts that the server hands out together; the others prove nothing."""
        try:
            found = self.get("/api/v1/statuses", {"id[]": post_ids}).json()
        except SourceError as error:
            if error.status is not None and error.status in (400, 404, 405, 410, 422):
                return []
            raise
        return mappings(found, "the posts asked for")

    def replies_to(self, post_id: str) -> list[Json]:
        """The posts that answer a post directly, oldest first."""
        path = f"/api/v1/statuses/{quote(post_id, safe='')}/context"
        context = mapping(self.get(path).json(), "the thread of a post")
        below = mappings(context.get("descendants"), "“descendants” of a thread")
        direct = [one for one in below if str(one.get("in_reply_to_id")) == post_id]
        return sorted(direct, key=lambda one: str(one.get("created_at")))

    def account(self, acct: str | None) -> Json:
        """An account by its name, or the token's own without one."""
        if acct is None:
            found = self.get("/api/v1/accounts/verify_credentials")
            return mapping(found.json(), "our own account")
        try:
            return mapping(
                self.get("/api/v1/accounts/lookup", {"acct": acct}).json(), "our own account"
            )
        except SourceError as error:
            if error.fault is not Fault.MISSING:
                raise
            detail = f"own_account: the server knows no account “{acct}”"
            raise SourceError(Fault.SETTINGS, detail, url=error.url, status=404) from error

    def rules(self) -> Json:
        """What the server says of itself, in the newest form it knows; nothing if in none."""
        for version in ("v2", "v1"):
            try:
                found = self.get(f"/api/{version}/instance").json()
                return mapping(found, "the server's description")
            except SourceError as error:
                if error.fault is not Fault.MISSING:
                    raise
        return {}

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json"}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token.get_secret_value()}"
        return headers

    def _count(self, answer: Answer) -> None:
        if answer.headers.get("x-ratelimit-remaining", "").strip() == "0":
            asked = retry_after(answer.headers)
            self._free_at = self._now() + (WINDOW if asked is None else asked)


def older(answer: Answer) -> str | None:
    """Where the next, older page starts, by the Link header; None on the last page.

    Only the position is taken from the link: the token goes to no other address.
    """
    link = httpx.Response(200, headers={"link": answer.headers.get("link", "")}).links.get("next")
    found = parse_qs(urlsplit(link.get("url", "")).query).get("max_id") if link else None
    return found[0] if found else None


def mapping(value: Any, what: str) -> Json:
    """The value, which must be a JSON object; SourceError CHANGED."""
    if not isinstance(value, dict):
        raise SourceError(Fault.CHANGED, f"{what} should be a JSON object")
    return value


def mappings(value: Any, what: str) -> list[Json]:
    """The value, which must be a list of JSON objects; SourceError CHANGED."""
    if not isinstance(value, list):
        raise SourceError(Fault.CHANGED, f"{what} should be a list")
    return [mapping(one, f"each of {what}") for one in value]
