"""A Trustpilot on loopback whose truth is known and that lies on command.

Public pages and Business API over one list of small invented reviews, in the platform's true
shape. What it ever showed, whole and readable, is written down: that is what must be in the store.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from crawlers.contract import FoundReply, FoundReview
from tests.platforms.conformance import CHALLENGE, HTML
from tests.platforms.server import Asked, Given
from tests.platforms.trustpilot.case import DOMAIN, KEY, PER_PAGE, SECRET, TOKEN, UNIT, html, page

START = datetime(2026, 11, 9, 8, 0, tzinfo=UTC)
"""A Monday."""
AUTHOR = "64cc00000000000000000001"
RETRY_AFTER = 1800
FIRST = 1000
"""Added to a review's number: the fixtures' own reviews have titles by theirs."""
Said = tuple[str, str | None, str, int | None]
"""A version as anybody reads it: external id, title, text, stars."""


def review(number: int, at: datetime, stars: int = 3, text: str = "", **more: Any) -> FoundReview:
    """An anonymous review, written at the moment."""
    given: dict[str, Any] = {
        "external_id": f"66aa{FIRST + number:020x}",
        "written_at": at,
        "url": f"/reviews/66aa{FIRST + number:020x}",
        "author": f"Camille {number}",
        "author_id": f"55bb{number:020x}",
        "text": text or f"Avis {number}",
        "language": "fr",
        "stars": stars,
        "verified": False,
        "invited": False,
    }
    return FoundReview(**(given | more))


def some(count: int, before: datetime = START) -> list[FoundReview]:
    """Reviews a day apart, newest first."""
    return [
        review(number, before - timedelta(days=count - number), 1 + number % 5)
        for number in range(count, 0, -1)
    ]


def _hollow(properties: dict[str, Any]) -> Given:
    return Given(200, html(properties | {"reviews": []}))


def _renamed(properties: dict[str, Any]) -> Given:
    rest = {name: value for name, value in properties.items() if name != "reviews"}
    return Given(200, html(rest | {"reviewList": properties["reviews"]}))


def _dataless(properties: dict[str, Any]) -> Given:
    return Given(200, html(properties).replace("__NEXT_DATA__", "__OTHER_DATA__"))


def _truncated(properties: dict[str, Any]) -> Given:
    before, tag, data = html(properties).partition('type="application/json">')
    return Given(200, f"{before}{tag}{data[: len(data) // 2]}</script></body></html>")


LIES: dict[str, Callable[[dict[str, Any]], Given]] = {
    "403": lambda _: Given(403, "<p>Forbidden</p>"),
    "429": lambda _: Given(429, b"", {"Retry-After": str(RETRY_AFTER)}),
    "500": lambda _: Given(500, "<p>Oops</p>"),
    "time-out": lambda _: Given(hang=True),
    "cut": lambda properties: Given(200, html(properties), cut=True),
    "captcha": lambda _: Given(403, CHALLENGE),
    "truncated data": _truncated,
    "page without data": _dataless,
    "other layout": _renamed,
    "empty page": _hollow,
}
"""What a public page is answered with, from the honest page data."""
API_LIES: dict[str, Given] = {
    "html for json": Given(200, HTML),
    "truncated json": Given(200, b'{"links": [], "reviews": [{"id": "66aa', {}),
    "empty list": Given(200, {"links": [], "reviews": []}),
    "500": Given(500, {"message": "Oops"}),
}


@dataclass
class Simulation:
    """The platform; call it with a request. ``reviews`` is the truth, newest first."""

    reviews: list[FoundReview] = field(default_factory=list)
    now: datetime = START
    lie: str | None = None
    """One of LIES, told from page ``lies_from`` on; or one of API_LIES."""
    lies_from: int = 1
    after_page: dict[int, Callable[[], None]] = field(default_factory=dict)
    """What happens on the platform once that page was shown; each happens once."""
    repeats: bool = False
    """Every page ends with a copy of its first review."""
    shown: set[Said] = field(default_factory=set)
    walks: list[set[str]] = field(default_factory=lambda: [set()])
    """External ids shown; the last set is the walk under way (the test begins new ones)."""
    lied: int = 0
    replying: str = "take"
    """How a reply is met: take, take and hang, hang, refuse, throttle."""
    posted: list[tuple[str, str]] = field(default_factory=list)
    """Every reply ever taken: external id and text."""
    wrong: list[str] = field(default_factory=list)
    """What a strict platform would complain of in the requests it got."""

    def __call__(self, asked: Asked) -> Given | None:
        """Answer one request."""
        if asked.path == "/robots.txt":
            return Given(200, "User-agent: *\nDisallow: /users/\n")
        if asked.path == f"/review/{DOMAIN}" and asked.query.get("languages") == "all":
            return self._page(int(asked.query.get("page", 1)))
        return self._api(asked) if asked.path.startswith("/v1/") else None

    # what happens on the platform

    def write(self, one: FoundReview) -> None:
        """Somebody writes a review."""
        self.reviews.insert(0, one)

    def change(self, place: int, **values: Any) -> None:
        """A review's author, or the brand, changes something of it."""
        self.reviews[place] = replace(self.reviews[place], **values)

    def find(self, external_id: str) -> int:
        """A review's place in the list."""
        return [one.external_id for one in self.reviews].index(external_id)

    # public pages

    def _page(self, number: int) -> Given | None:
        pages = -(-len(self.reviews) // PER_PAGE) or 1
        if number > pages:
            return None
        properties = page(tuple(self.reviews), number)
        if self.lie in LIES and number >= self.lies_from:
            self.lied += 1
            return LIES[self.lie](properties)
        on_it = self.reviews[(number - 1) * PER_PAGE : number * PER_PAGE]
        if self.repeats:
            properties["reviews"] = [*properties["reviews"], *properties["reviews"][:1]]
        self._show(on_it)
        self.after_page.pop(number, lambda: None)()
        return Given(200, html(properties))

    def _show(self, reviews: list[FoundReview]) -> None:
        self.shown |= {(one.external_id, one.title, one.text, one.stars) for one in reviews}
        self.walks[-1] |= {one.external_id for one in reviews}

    # Business API

    def _api(self, asked: Asked) -> Given | None:
        path = asked.path.removeprefix("/v1")
        if path.startswith("/oauth/"):
            return self._token(asked)
        if path == f"/business-units/{UNIT}":
            return self._by_key(asked, {"numberOfReviews": {"total": len(self.reviews)}})
        if path == "/business-units/find":
            return self._by_key(asked, {"id": UNIT} if asked.query == {"name": DOMAIN} else None)
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            self.wrong.append(f"{asked.path}: no bearer token")
            return Given(401, {"message": "Unknown access token"})
        if path == f"/private/business-units/{UNIT}/reviews":
            return self._list(asked)
        return self._one(asked, path)

    def _token(self, asked: Asked) -> Given:
        pair = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {pair}":
            self.wrong.append("a token was asked for without key and secret")
            return Given(401, {"message": "Invalid client"})
        return Given(200, {"access_token": TOKEN, "expires_in": "359999"})

    def _by_key(self, asked: Asked, body: dict[str, Any] | None) -> Given | None:
        if asked.headers.get("apikey") != KEY:
            self.wrong.append(f"{asked.path}: no apikey")
            return Given(401, {"message": "Unknown apikey"})
        return None if body is None else Given(200, body)

    def _list(self, asked: Asked) -> Given:
        if self.lie in API_LIES:
            self.lied += 1
            return API_LIES[self.lie]
        per_page, number = int(asked.query["perPage"]), int(asked.query["page"])
        on_it = self.reviews[(number - 1) * per_page : number * per_page]
        self._show(on_it)
        return Given(200, {"links": [], "reviews": [_by_api(one) for one in on_it]})

    def _one(self, asked: Asked, path: str) -> Given | None:
        parts = path.strip("/").split("/")
        known = {one.external_id: one for one in self.reviews}
        if parts[:2] != ["private", "reviews"] or parts[2] not in known:
            return None
        if parts[3:] == ["reply"]:
            return self._reply(asked, known[parts[2]])
        return Given(200, _by_api(known[parts[2]])) if not parts[3:] else None

    def _reply(self, asked: Asked, to: FoundReview) -> Given:
        body = asked.json
        right = (
            asked.method == "POST"
            and asked.headers.get("content-type") == "application/json"
            and set(body) == {"message", "authorBusinessUserId"}
            and body["authorBusinessUserId"] == AUTHOR
            and body["message"].strip()
        )
        if not right:
            self.wrong.append(f"{asked.method} {asked.path}: {body}")
            return Given(400, {"message": "authorBusinessUserId and message are required"})
        if self.replying == "hang":
            return Given(hang=True)
        if self.replying == "refuse":
            return Given(422, {"message": "Replies must not hold a telephone number."})
        if self.replying == "throttle":
            return Given(429, {"message": "Slow down"}, {"Retry-After": "60"})
        if to.reply is not None:
            return Given(409, {"message": "There is a reply already"})
        self.posted.append((to.external_id, body["message"]))
        shown = FoundReply(text=body["message"], published_at=self.now)
        self.change(self.find(to.external_id), reply=shown)
        return Given(hang=True) if self.replying == "take and hang" else Given(201)


def _by_api(one: FoundReview) -> dict[str, Any]:
    reply = one.reply
    return {
        "id": one.external_id,
        "consumer": {"id": one.author_id, "displayName": one.author},
        "stars": one.stars,
        "title": one.title or "",
        "text": one.text,
        "language": one.language,
        "createdAt": one.written_at.isoformat(),
        "updatedAt": one.edited_at.isoformat() if one.edited_at else None,
        "companyReply": reply
        and {
            "text": reply.text,
            "createdAt": reply.published_at.isoformat() if reply.published_at else None,
        },
        "isVerified": one.verified,
        "source": "Organic",
    }


def settings(url: str, read: str = "pages") -> dict[str, Any]:
    """A source's settings for the simulation served at the URL, the keys to its API included."""
    return {
        "domain": DOMAIN,
        "base_url": url,
        "api_base_url": f"{url}/v1",
        "api_key": KEY,
        "api_secret": SECRET,
        "author_business_user_id": AUTHOR,
        "read": read,
    }
