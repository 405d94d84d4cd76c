"""The demonstration platform's Business API, strict where Trustpilot's is: keys, tokens, fields.

Paths and fields: developers.trustpilot.com/service-reviews-api and /authentication.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from monitor.demo.scene import AlreadyAnsweredError, Scene, Shown
from monitor.demo.trustpilot_pages import BRAND, DOMAIN, UNIT, iso, rating, source_of

API_KEY = "demonstration-key"
API_SECRET = "demonstration-secret"  # noqa: S105 - opens nothing but the demonstration
USERNAME = f"bonjour@{DOMAIN}"
PASSWORD = "demonstration"  # noqa: S105 - opens nothing but the demonstration
ACCESS_TOKEN = "demonstration-token"  # noqa: S105 - opens nothing but the demonstration
REFRESH_TOKEN = "demonstration-refresh"  # noqa: S105 - opens nothing but the demonstration
AUTHOR = "65c2e19b7d4fa03e8b901851"
"""The business user in whose name replies are posted."""
TOKEN_LASTS = 359_999
OAUTH = "/v1/oauth/oauth-business-users-for-applications"


def routes() -> list[Route]:
    """Every path of the API."""
    reviews = "/v1/private/reviews/{review:str}"
    return [
        Route(f"{OAUTH}/accesstoken", access_token, methods=["POST"]),
        Route(f"{OAUTH}/refresh", access_token, methods=["POST"]),
        Route("/v1/business-units/find", find_unit),
        Route(f"/v1/business-units/{UNIT}", one_unit),
        Route(f"/v1/private/business-units/{UNIT}/reviews", unit_reviews),
        Route("/v1/reviews/{review:str}", public_review),
        Route(reviews, private_review),
        Route(f"{reviews}/reply", post_reply, methods=["POST"]),
        Route(f"{reviews}/reply", delete_reply, methods=["DELETE"]),
    ]


async def access_token(request: Request) -> Response:
    """A token for the demonstration's own credentials, and for nothing else."""
    form = {name: value[0] for name, value in parse_qs((await request.body()).decode()).items()}
    if not _is_the_application(request.headers.get("authorization", "")):
        return _refused(401, "Unknown API key or secret")
    if not _is_granted(form):
        return _refused(400, "Unsupported grant, or the wrong username, password or refresh token")
    return JSONResponse(
        {
            "access_token": ACCESS_TOKEN,
            "token_type": "Bearer",
            "expires_in": str(TOKEN_LASTS),
            "refresh_token": REFRESH_TOKEN,
            "refresh_token_expires_in": str(TOKEN_LASTS * 10),
        }
    )


async def find_unit(request: Request) -> Response:
    """The business unit of a domain."""
    if not _has_key(request):
        return _refused(401, "Missing or unknown apikey")
    if request.query_params.get("name") != DOMAIN:
        return _refused(404, "No business unit has this name")
    return JSONResponse(_unit(_scene(request)))


async def one_unit(request: Request) -> Response:
    """The business unit and its counters."""
    if not _has_key(request):
        return _refused(401, "Missing or unknown apikey")
    return JSONResponse(_unit(_scene(request)))


async def unit_reviews(request: Request) -> Response:
    """The unit's reviews, newest first; ``page`` from 1, ``perPage`` 100 at most."""
    if not _has_token(request):
        return _refused(401, "Missing or unknown access token")
    page, each = _number(request, "page", 1), _number(request, "perPage", 20)
    if page < 1 or not 1 <= each <= 100:
        return _refused(400, "page starts at 1, perPage is 1 to 100")
    try:
        chosen = _filtered(_scene(request).reviews(), request)
    except ValueError:
        return _refused(400, "startDateTime and endDateTime are ISO 8601 times")
    some = chosen[(page - 1) * each : page * each]
    return JSONResponse({"links": [], "reviews": [_review(one) for one in some]})


async def public_review(request: Request) -> Response:
    """One review, for whoever has the key."""
    if not _has_key(request):
        return _refused(401, "Missing or unknown apikey")
    return _one(request)


async def private_review(request: Request) -> Response:
    """One review, for the business."""
    if not _has_token(request):
        return _refused(401, "Missing or unknown access token")
    return _one(request)


async def post_reply(request: Request) -> Response:
    """Take a reply; a second one to the same review is refused."""
    if not _has_token(request):
        return _refused(401, "Missing or unknown access token")
    message, wrong = _message(await request.body())
    if wrong:
        return _refused(400, wrong)
    try:
        answer = _scene(request).answer(request.path_params["review"], message)
    except KeyError:
        return _refused(404, "No such review")
    except AlreadyAnsweredError:
        return _refused(409, "The review has a reply already; delete it first")
    body = {"authorBusinessUserId": AUTHOR, "createdAt": iso(answer.published_at)}
    return JSONResponse({**body, "text": answer.text}, status_code=201)


async def delete_reply(request: Request) -> Response:
    """Take the reply away."""
    if not _has_token(request):
        return _refused(401, "Missing or unknown access token")
    try:
        _scene(request).withdraw(request.path_params["review"])
    except KeyError:
        return _refused(404, "No such review, or it has no reply")
    return Response(status_code=204)


def _scene(request: Request) -> Scene:
    scene: Scene = request.app.state.scene
    return scene


def _refused(status: int, reason: str) -> Response:
    return JSONResponse({"message": reason, "errorCode": status}, status_code=status)


def _has_key(request: Request) -> bool:
    given = request.headers.get("apikey") or request.query_params.get("apikey")
    return given == API_KEY or _has_token(request)


def _has_token(request: Request) -> bool:
    return request.headers.get("authorization") == f"Bearer {ACCESS_TOKEN}"


def _is_the_application(header: str) -> bool:
    scheme, _, coded = header.partition(" ")
    try:
        given = base64.b64decode(coded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return False
    return scheme.lower() == "basic" and given == f"{API_KEY}:{API_SECRET}"


def _is_granted(form: dict[str, str]) -> bool:
    grant = form.get("grant_type")
    if grant == "password":
        return (form.get("username"), form.get("password")) == (USERNAME, PASSWORD)
    if grant == "refresh_token":
        return form.get("refresh_token") == REFRESH_TOKEN
    return grant == "client_credentials"


def _message(body: bytes) -> tuple[str, str | None]:
    """The reply in a request's body, and what is wrong with it."""
    try:
        data = json.loads(body)
    except ValueError:
        return "", "The body is not JSON"
    if not isinstance(data, dict) or not str(data.get("message") or "").strip():
        return "", "message is missing or empty"
    if data.get("authorBusinessUserId") != AUTHOR:
        return "", "authorBusinessUserId is missing or unknown"
    return str(data["message"]), None


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isdecimal() else default


def _filtered(reviews: Sequence[Shown], request: Request) -> list[Shown]:
    """The reviews that the query asks for."""
    asked = request.query_params
    chosen = list(reviews)
    if language := asked.get("language"):
        chosen = [one for one in chosen if one.review.language == language]
    if stars := asked.get("stars"):
        chosen = [one for one in chosen if str(one.stars) in stars.split(",")]
    if responded := asked.get("responded"):
        chosen = [one for one in chosen if (one.reply is not None) == (responded == "true")]
    if start := asked.get("startDateTime"):
        chosen = [one for one in chosen if one.review.written_at >= _aware(start)]
    if end := asked.get("endDateTime"):
        chosen = [one for one in chosen if one.review.written_at < _aware(end)]
    return chosen


def _aware(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(text)
    return at


def _unit(scene: Scene) -> dict[str, Any]:
    reviews = scene.reviews()
    return {
        "id": UNIT,
        "displayName": BRAND,
        "name": {"identifying": DOMAIN, "referring": [DOMAIN]},
        "numberOfReviews": {"total": len(reviews), "usedForTrustScoreCalculation": len(reviews)},
        "score": {"trustScore": rating(reviews), "stars": rating(reviews)},
    }


def _one(request: Request) -> Response:
    shown = _scene(request).review(request.path_params["review"])
    if shown is None:
        return _refused(404, "No such review")
    return JSONResponse(_review(shown))


def _review(shown: Shown) -> dict[str, Any]:
    review = shown.review
    return {
        "id": review.id,
        "consumer": {
            "id": review.author_id,
            "displayName": review.author,
            "displayLocation": review.country,
            "numberOfReviews": review.others + 1,
        },
        "businessUnit": {"id": UNIT, "identifyingName": DOMAIN, "displayName": BRAND},
        "location": {"externalId": review.location.lower(), "name": review.location}
        if review.location
        else None,
        "stars": shown.stars,
        "title": shown.title or "",
        "text": shown.text,
        "language": review.language,
        "createdAt": iso(review.written_at),
        "updatedAt": iso(shown.edited_at),
        "experiencedAt": iso(review.written_at),
        "companyReply": _reply(shown),
        "isVerified": review.verified,
        "source": source_of(shown),
        "status": "active",
        "numberOfLikes": review.likes,
        "tags": [],
        "reportData": None,
        "complianceLabels": [],
    }


def _reply(shown: Shown) -> dict[str, Any] | None:
    if shown.reply is None:
        return None
    return {
        "text": shown.reply.text,
        "authorBusinessUserId": AUTHOR,
        "authorBusinessUserName": BRAND,
        "createdAt": iso(shown.reply.published_at),
        "updatedAt": None,
    }
