"""Trustpilot: public pages of 2024 and 2025, and the Business API with replies.

Two things of the true site are kept on purpose: the 2024 pages name no source, and a title
that Trustpilot cut from the text ends in "…". Names and texts are invented.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from crawlers.contract import FoundReply, FoundReview, ReplyToPost
from tests.platforms.conformance import Case, Publishing
from tests.platforms.server import Asked, Given, Serve

DOMAIN = "www.maison-lorette.example"
UNIT = "5f0000000000000000000001"
KEY, SECRET, TOKEN = "key-4f1d0c77", "secret-91ab33e0", "bearer-7c2ee951d2"
NEWEST = datetime(2025, 5, 20, 9, 30, 15, tzinfo=UTC)


def _id(number: int) -> str:
    return f"66aa{number:020x}"


def _z(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z") if moment else None


def _found(number: int, days: float, stars: int, text: str, **more: Any) -> FoundReview:
    """A review as it must be found."""
    given: dict[str, Any] = {
        "external_id": _id(number),
        "written_at": NEWEST - timedelta(days=days),
        "url": f"/reviews/{_id(number)}",
        "author": f"Camille {number}",
        "author_id": f"55bb{number:020x}",
        "text": text,
        "language": "fr",
        "stars": stars,
        "verified": False,
        "invited": False,
    }
    return FoundReview(**(given | more))


FOUND = (
    _found(1, 0, 1, "Colis jamais arrivé, service client muet.", title="Colis jamais arrivé !"),
    _found(2, 1, 5, "Great lamp,  quick delivery and a kind note in the box.", language="en"),
    _found(
        3,
        3,
        2,
        "Vase fêlé à l'arrivée.\nRemboursement promis il y a trois semaines.",
        title="Vase fêlé",
        edited_at=NEWEST - timedelta(days=2),
        reply=FoundReply(
            text="Bonjour Camille,\nnous vous remboursons aujourd'hui.\nMaison Lorette",
            published_at=NEWEST - timedelta(days=1, hours=3),
            edited_at=NEWEST - timedelta(hours=2),
        ),
    ),
    _found(4, 40, 4, "Joli tissu 😊", invited=True, verified=True, location="Lyon Croix-Rousse"),
    _found(5, 41, 3, "Correct"),
    _found(
        6,
        60,
        5,
        '<b>Parfait</b> & rapide, {{ merci }} "l\'équipe" </p>',
        title="Parfait",
        reply=FoundReply(text="Merci à vous.", published_at=NEWEST - timedelta(days=59)),
    ),
    _found(7, 400, 1, ""),
)
CUT_TITLES = {2: "Great lamp,  quick delivery…", 4: "Joli tissu 😊", 5: "Correct"}
"""What Trustpilot shows as title where the author gave none."""
PER_PAGE = 3


def _number(review: FoundReview) -> int:
    return int(review.external_id[4:], 16)


def _on_page(review: FoundReview, year: int) -> dict[str, Any]:
    """The review in the page data of a year."""
    number, reply = _number(review), review.reply
    source = "BasicLink" if review.invited else "Organic"
    verification = {
        "isVerified": review.verified,
        "createdDateTime": _z(review.written_at),
        "reviewSourceName": source,
        "verificationSource": "invitation",
        "verificationLevel": "verified" if review.verified else "not-verified",
        "hasDachExclusion": False,
    }
    dates = {
        "experiencedDate": None,
        "publishedDate": _z(review.written_at),
        "updatedDate": _z(review.edited_at),
    }
    data: dict[str, Any] = {
        "id": review.external_id,
        "filtered": False,
        "pending": False,
        "text": review.text,
        "rating": review.stars,
        "labels": {"merged": None, "verification": verification},
        "title": review.title or CUT_TITLES.get(number, ""),
        "likes": 0,
        "dates": dates,
        "report": None,
        "hasUnhandledReports": False,
        "consumer": {
            "id": review.author_id,
            "displayName": review.author,
            "imageUrl": "",
            "numberOfReviews": 1,
            "countryCode": "FR",
            "hasImage": False,
            "isVerified": False,
        },
        "reply": reply
        and {
            "message": reply.text,
            "publishedDate": _z(reply.published_at),
            "updatedDate": _z(reply.edited_at),
        },
        "consumersReviewCountOnSameDomain": 1,
        "consumersReviewCountOnSameLocation": None,
        "productReviews": [],
        "language": review.language,
        "location": review.location and {"id": "9", "name": review.location},
    }
    if year >= 2025:
        data["source"] = source
        dates["submittedDate"] = None
    return data


def page(
    reviews: tuple[FoundReview, ...], number: int, year: int = 2025, **selected: Any
) -> dict[str, Any]:
    """The page data of one page."""
    shown = reviews[(number - 1) * PER_PAGE : number * PER_PAGE]
    properties: dict[str, Any] = {
        "businessUnit": {
            "id": UNIT,
            "displayName": "Maison Lorette",
            "identifyingName": DOMAIN,
            "numberOfReviews": len(reviews) + 2,
            "trustScore": 3.4,
        },
        "filters": {
            "totalNumberOfReviews": len(reviews),
            "pagination": {
                "currentPage": number,
                "perPage": PER_PAGE,
                "totalCount": len(reviews),
                "totalPages": -(-len(reviews) // PER_PAGE),
            },
            "selected": {"languages": "all", "sort": "recency"} | selected,
        },
        "pageUrl": f"https://www.trustpilot.com/review/{DOMAIN}",
        "reviews": [_on_page(review, year) for review in shown],
    }
    if year >= 2025:
        properties |= {"relevantReviews": properties["reviews"][:1], "aiSummary": None}
    return properties


def html(properties: dict[str, Any]) -> str:
    """A page around its data, with the JSON-LD that Trustpilot puts beside it."""
    nodes = [
        {
            "@type": "Review",
            "@id": f"/Review/{DOMAIN}/{one.get('id')}",
            "reviewBody": one.get("text"),
        }
        for one in properties.get("reviews", [])
    ]
    data = {"props": {"pageProps": properties}, "page": "/review/[businessUnit]"}
    return (
        "<!DOCTYPE html><html lang='en'><head>"
        f'<script type="application/ld+json">{_in_script({"@graph": nodes})}</script>'
        f'<script type="application/ld+json">{_in_script({"@graph": {"@type": "Dataset"}})}'
        "</script></head><body><h1>Maison Lorette</h1>"
        f'<script id="__NEXT_DATA__" type="application/json">{_in_script(data)}</script>'
        "</body></html>"
    )


def _in_script(data: Any) -> str:
    return json.dumps(data).replace("<", "\\u003c")


def public() -> Serve:
    """The public site: its first page of 2025, the rest of 2024."""

    def answer(asked: Asked) -> Given | None:
        if asked.path == "/robots.txt":
            return Given(200, "User-agent: *\nDisallow: /users/\n")
        if asked.path != f"/review/{DOMAIN}" or asked.query.get("languages") != "all":
            return None
        number = int(asked.query.get("page", 1))
        return Given(200, html(page(FOUND, number, 2025 if number == 1 else 2024)))

    return answer


def _emptied() -> Serve:
    empty = page(FOUND, 1) | {"reviews": []}
    return lambda asked: None if asked.path == "/robots.txt" else Given(200, html(empty))


def _changed() -> Serve:
    renamed = page(FOUND, 1)
    renamed["reviewList"] = renamed.pop("reviews")
    return lambda asked: None if asked.path == "/robots.txt" else Given(200, html(renamed))


class BusinessApi:
    """The Business API: strict about tokens, parameters and bodies; keeps replies."""

    def __init__(self, reviews: tuple[FoundReview, ...]) -> None:
        self.reviews = {review.external_id: review for review in reviews}
        self.posted: dict[str, str] = {}

    def __call__(self, asked: Asked) -> Given | None:
        """Answer one call."""
        path = asked.path.removeprefix("/v1")
        if path.startswith("/oauth/"):
            return self._token(asked)
        if path.startswith("/business-units/"):
            return self._unit(asked, path)
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return Given(401, {"message": "Unknown access token"})
        if path == f"/private/business-units/{UNIT}/reviews":
            return self._list(asked)
        return self._review(asked, path)

    def _review(self, asked: Asked, path: str) -> Given | None:
        found = self.reviews.get(path.split("/")[3])
        if not path.startswith("/private/reviews/") or found is None:
            return None
        return self._reply(asked, found) if path.endswith("/reply") else Given(200, self._on(found))

    def _token(self, asked: Asked) -> Given:
        pair = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        right = asked.headers.get("authorization") == f"Basic {pair}"
        if not right or asked.form != {"grant_type": "client_credentials"}:
            return Given(401, {"message": "Invalid client"})
        return Given(200, {"access_token": TOKEN, "expires_in": "359999"})

    def _unit(self, asked: Asked, path: str) -> Given | None:
        if asked.headers.get("apikey") != KEY:
            return Given(401, {"message": "Unknown apikey"})
        if path == "/business-units/find":
            return Given(200, {"id": UNIT}) if asked.query == {"name": DOMAIN} else None
        numbers = {"total": len(self.reviews), "oneStar": 1}
        return Given(200, {"numberOfReviews": numbers, "score": {"stars": 3.5, "trustScore": 3.4}})

    def _list(self, asked: Asked) -> Given:
        per_page, number = int(asked.query["perPage"]), int(asked.query["page"])
        if per_page > 100 or number < 1 or asked.query["orderBy"] != "createdat.desc":
            return Given(400, {"message": "Bad parameters"})
        shown = list(self.reviews.values())[(number - 1) * per_page : number * per_page]
        return Given(200, {"links": [], "reviews": [self._on(review) for review in shown]})

    def _reply(self, asked: Asked, review: FoundReview) -> Given:
        if set(asked.json) != {"message", "authorBusinessUserId"} or asked.method != "POST":
            return Given(400, {"message": "authorBusinessUserId and message are required"})
        if review.external_id in self.posted:
            return Given(409, {"message": "There is a reply already"})
        self.posted[review.external_id] = asked.json["message"]
        return Given(201)

    def _on(self, review: FoundReview) -> dict[str, Any]:
        reply = review.reply
        shown = reply and {
            "text": reply.text,
            "createdAt": _z(reply.published_at),
            "updatedAt": _z(reply.edited_at),
        }
        if review.external_id in self.posted:
            shown = {"text": self.posted[review.external_id], "createdAt": _z(NEWEST)}
        return {
            "id": review.external_id,
            "consumer": {"id": review.author_id, "displayName": review.author},
            "businessUnit": {"id": UNIT, "displayName": "Maison Lorette"},
            "stars": review.stars,
            "title": review.title or CUT_TITLES.get(_number(review), ""),
            "text": review.text,
            "language": review.language,
            "location": review.location and {"externalId": "9", "name": review.location},
            "createdAt": _z(review.written_at),
            "updatedAt": _z(review.edited_at),
            "companyReply": shown,
            "isVerified": review.verified,
            "source": "BasicLink" if review.invited else "Organic",
            "tags": [],
        }


MANY = (
    *FOUND[:6],
    *(_found(number, 100 + number, 1 + number % 5, f"Avis {number}") for number in range(10, 230)),
)


def _credentials(url: str) -> dict[str, Any]:
    return {
        "domain": DOMAIN,
        "base_url": url,
        "api_base_url": f"{url}/v1/",
        "api_key": KEY,
        "api_secret": SECRET,
        "author_business_user_id": "64cc00000000000000000001",
    }


def _at_api(asked: Asked) -> bool:
    return asked.path == f"/v1/private/business-units/{UNIT}/reviews"


CASES = {
    "public pages": Case(
        settings=lambda url: {"domain": DOMAIN, "base_url": url},
        serve=public,
        found=FOUND,
        json=False,
        robots=True,
        expected=len(FOUND),
        rating=3.4,
        again=2,
        emptied=_emptied,
        changed=_changed,
    ),
    "business api": Case(
        settings=_credentials,
        secrets=(KEY, SECRET),
        serve=lambda: BusinessApi(MANY),
        found=MANY,
        data=_at_api,
        expected=len(MANY),
        rating=3.4,
        again=2,
        emptied=lambda: _EmptiedApi(MANY),
        changed=lambda: _ChangedApi(MANY),
        publishing=Publishing(
            settings=lambda url: _credentials(url) | {"reply_limit": 900},
            reply=ReplyToPost(
                review_id=_id(1),
                text="Bonjour Camille,\n\nvotre colis est retrouvé. Écrivez-nous « ici ».",
                idempotency_key="reply-1",
                review_url=f"https://www.trustpilot.com/reviews/{_id(1)}",
            ),
            posts=lambda asked: asked.method == "POST" and asked.path.endswith("/reply"),
            replies=lambda platform: list(platform.posted.values()),
            refusal=Given(422, {"message": "Replies must not hold a telephone number."}),
            refusal_words="must not hold a telephone number",
            unconfigured=lambda url: {"domain": DOMAIN, "base_url": url},
        ),
    ),
}


class _EmptiedApi(BusinessApi):
    def _list(self, asked: Asked) -> Given:
        return Given(200, {"links": [], "reviews": []})


class _ChangedApi(BusinessApi):
    def _list(self, asked: Asked) -> Given:
        return Given(200, {"links": [], "items": []})
