"""Trustpilot's Business API v1 (developers.trustpilot.com): reviews with their reply, replying.

Private calls carry a bearer token. With key and secret it is asked for by the client
credentials grant; such a token lasts 100 hours and cannot be refreshed, only asked for anew,
and not more often than needed. So one is kept a client until the platform no longer takes it.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from crawlers._trustpilot.page import (
    invited,
    moment,
    moment_or_none,
    own_title,
    place_name,
    review_url,
    stars,
)
from crawlers.contract import Fault, FoundReply, FoundReview, SourceError
from crawlers.web import Answer, Web

TOKEN_PATH = "oauth/oauth-business-users-for-applications/accesstoken"  # noqa: S105 (a path)
PER_PAGE = 100
UNAUTHORIZED = 401

_TOKENS: WeakKeyDictionary[Web, dict[str, str]] = WeakKeyDictionary()


class Api:
    """Calls of one application; ``base_url`` without a slash at its end."""

    def __init__(
        self, web: Web, base_url: str, *, key: str | None, secret: str | None, token: str | None
    ) -> None:
        self._web = web
        self._base_url = base_url
        self._key = key
        self._secret = secret
        self._token = token

    def unit_id(self, domain: str) -> str:
        """The business unit of a domain."""
        url = f"{self._base_url}/business-units/find"
        found = self._web.get_json(url, params={"name": domain}, headers=self._by_key())
        return str(_field(found, "id"))

    def unit(self, unit_id: str) -> tuple[int | None, float | None]:
        """Trustpilot's own counter of reviews and its TrustScore; needs the key."""
        if not self._key:
            return None, None
        url = f"{self._base_url}/business-units/{unit_id}"
        told = self._web.get_json(url, headers=self._by_key())
        numbers, score = told.get("numberOfReviews"), told.get("score") or {}
        total = numbers.get("total") if isinstance(numbers, dict) else numbers
        return total, score.get("trustScore", told.get("trustScore"))

    def reviews(self, unit_id: str, number: int) -> list[Any]:
        """One page, newest first; fewer than PER_PAGE on the last."""
        url = f"{self._base_url}/private/business-units/{unit_id}/reviews"
        params = {"page": number, "perPage": PER_PAGE, "orderBy": "createdat.desc"}
        found = self._with_token(lambda by: self._web.get(url, params=params, headers=by)).json()
        reviews = _field(found, "reviews")
        if not isinstance(reviews, list):
            raise SourceError(Fault.CHANGED, "Trustpilot's API answered without a list of reviews")
        return reviews

    def review(self, review_id: str) -> Mapping[str, Any]:
        """One review with the reply it has now."""
        url = f"{self._base_url}/private/reviews/{review_id}"
        found: Mapping[str, Any] = self._with_token(
            lambda by: self._web.get(url, headers=by)
        ).json()
        _field(found, "id")
        return found

    def reply(self, review_id: str, message: str, author_id: str | None) -> None:
        """Put a reply on the platform."""
        url = f"{self._base_url}/private/reviews/{review_id}/reply"
        body = {"message": message} | ({"authorBusinessUserId": author_id} if author_id else {})
        self._with_token(lambda by: self._web.send("POST", url, headers=by, json=body))

    def _with_token(self, call: Callable[[dict[str, str]], Answer]) -> Answer:
        try:
            return call(self._bearer())
        except SourceError as error:
            if error.status != UNAUTHORIZED or not self._forget_token():
                raise
        return call(self._bearer())

    def _bearer(self) -> dict[str, str]:
        token = self._token or self._kept().get(self._place()) or self._new_token()
        return {"Authorization": f"Bearer {token}"}

    def _new_token(self) -> str:
        pair = base64.b64encode(f"{self._key}:{self._secret}".encode()).decode()
        answer = self._web.send(
            "POST",
            f"{self._base_url}/{TOKEN_PATH}",
            headers={"Authorization": f"Basic {pair}"},
            data={"grant_type": "client_credentials"},
        )
        token = str(_field(answer.json(), "access_token"))
        self._kept()[self._place()] = token
        return token

    def _forget_token(self) -> bool:
        """Drop a token that is no longer taken; False when no other can be asked for."""
        return self._kept().pop(self._place(), None) is not None

    def _kept(self) -> dict[str, str]:
        return _TOKENS.setdefault(self._web, {})

    def _place(self) -> str:
        return f"{self._base_url} {self._key}"

    def _by_key(self) -> dict[str, str]:
        return {"apikey": self._key} if self._key else {}


def review_of(given: Mapping[str, Any], site: str) -> FoundReview:
    """One review of the Business API; KeyError, TypeError or ValueError when it is none."""
    consumer, text = given.get("consumer") or {}, given.get("text") or ""
    return FoundReview(
        external_id=given["id"],
        written_at=moment(given["createdAt"]),
        edited_at=moment_or_none(given.get("updatedAt")),
        url=review_url(site, given["id"]),
        author=consumer.get("displayName"),
        author_id=consumer.get("id"),
        title=own_title(given.get("title"), text),
        text=text,
        language=given.get("language"),
        stars=stars(given["stars"]),
        verified=given.get("isVerified"),
        invited=invited(given.get("source")),
        location=place_name(given.get("location")),
        reply=reply_of(given),
        raw=given,
    )


def reply_of(given: Mapping[str, Any]) -> FoundReply | None:
    """The brand's reply to a review of the Business API."""
    reply = given.get("companyReply")
    if not reply:
        return None
    return FoundReply(
        text=reply["text"],
        published_at=moment_or_none(reply.get("createdAt")),
        edited_at=moment_or_none(reply.get("updatedAt")),
    )


def _field(answer: Any, name: str) -> Any:
    if not isinstance(answer, dict) or answer.get(name) is None:
        raise SourceError(Fault.CHANGED, f"Trustpilot's API answered without {name!r}")
    return answer[name]
