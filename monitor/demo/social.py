"""A small social network with Mastodon's interface: hashtag, search, mentions, replies.

Paths: docs.joinmastodon.org/methods; enough of them for one account and what concerns it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from monitor.demo.corpus import Post
from monitor.demo.scene import Posted, Scene
from monitor.demo.social_shapes import ACCOUNT, Shapes, account_id, mentions_brand, tags_of

TOKEN = "demonstration-token"  # noqa: S105 - opens nothing but the demonstration
MOST_CHARACTERS = 500
MOST_AT_ONCE = 40

Listed = TypeVar("Listed", Post, Posted)


def routes() -> list[Route]:
    """Every path of the network's interface."""
    return [
        Route("/api/v2/instance", instance),
        Route("/api/v1/accounts/verify_credentials", me),
        Route("/api/v1/accounts/lookup", lookup),
        Route("/api/v1/accounts/{account:str}/statuses", account_statuses),
        Route("/api/v1/timelines/tag/{tag:str}", tag_timeline),
        Route("/api/v2/search", search),
        Route("/api/v1/notifications", notifications),
        Route("/api/v1/statuses", some_statuses),
        Route("/api/v1/statuses", post_status, methods=["POST"]),
        Route("/api/v1/statuses/{status:str}", one_status),
        Route("/api/v1/statuses/{status:str}", delete_status, methods=["DELETE"]),
        Route("/api/v1/statuses/{status:str}/context", context),
        Route("/api/v1/statuses/{status:str}/history", history),
    ]


async def instance(request: Request) -> Response:
    """What the network allows."""
    limits = {"max_characters": MOST_CHARACTERS, "characters_reserved_per_url": 23}
    body = {"domain": request.url.netloc, "title": "Démonstration", "version": "4.4.0"}
    return JSONResponse({**body, "configuration": {"statuses": limits}})


async def me(request: Request) -> Response:
    """The account that the token belongs to."""
    if not _has_token(request):
        return _no_token()
    return JSONResponse(_shapes(request).brand())


async def lookup(request: Request) -> Response:
    """The brand's account by its name; there is no other to be looked up."""
    if request.query_params.get("acct") != ACCOUNT:
        return _missing()
    return JSONResponse(_shapes(request).brand())


async def account_statuses(request: Request) -> Response:
    """The brand's own posts, newest first."""
    if request.path_params["account"] != account_id(ACCOUNT):
        return _missing()
    some = _window(request, list(reversed(_scene(request).posted())))
    shapes = _shapes(request)
    return JSONResponse([shapes.ours(one) for one in some], headers=_links(request, some))


async def tag_timeline(request: Request) -> Response:
    """Posts with a hashtag, newest first."""
    tag = request.path_params["tag"].lower()
    some = _window(request, [one for one in _scene(request).posts() if tag in tags_of(one.text)])
    shapes = _shapes(request)
    return JSONResponse([shapes.theirs(one) for one in some], headers=_links(request, some))


async def search(request: Request) -> Response:
    """Posts that hold every word of ``q``."""
    if not _has_token(request):
        return _no_token()
    words = request.query_params.get("q", "").lower().split()
    posts = [one for one in _scene(request).posts() if all(w in one.text.lower() for w in words)]
    offset = _number(request, "offset", 0)
    some = posts[offset : offset + _limit(request)] if words else []
    shapes = _shapes(request)
    found = [shapes.theirs(one) for one in some]
    return JSONResponse({"accounts": [], "statuses": found, "hashtags": []})


async def notifications(request: Request) -> Response:
    """Mentions of the brand's account, newest first."""
    if not _has_token(request):
        return _no_token()
    some = _window(request, [one for one in _scene(request).posts() if mentions_brand(one.text)])
    shapes = _shapes(request)
    return JSONResponse([shapes.mention(one) for one in some], headers=_links(request, some))


async def some_statuses(request: Request) -> Response:
    """The posts whose ids are asked for, as far as they exist."""
    names = request.query_params.getlist("id[]")[:MOST_AT_ONCE]
    shapes = _shapes(request)
    found = [shapes.status(name) for name in names]
    return JSONResponse([one for one in found if one])


async def post_status(request: Request) -> Response:
    """Take a post of the brand: within the limit, once an Idempotency-Key."""
    if not _has_token(request):
        return _no_token()
    form = _fields(await request.body(), request.headers.get("content-type", ""))
    text, parent = str(form.get("status") or "").strip(), str(form.get("in_reply_to_id") or "")
    if not text:
        return _refused(422, "Validation failed: Text can't be blank")
    if len(text) > MOST_CHARACTERS:
        return _refused(422, f"Validation failed: Text character limit of {MOST_CHARACTERS}")
    if parent and not any(one.id == parent for one in _scene(request).posts()):
        return _missing()
    key = request.headers.get("idempotency-key", "")
    made = _scene(request).post(text, parent, str(form.get("language") or "fr"), key)
    return JSONResponse(_shapes(request).ours(made))


async def one_status(request: Request) -> Response:
    """One post."""
    found = _shapes(request).status(request.path_params["status"])
    return JSONResponse(found) if found else _missing()


async def delete_status(request: Request) -> Response:
    """Delete a post of the brand."""
    if not _has_token(request):
        return _no_token()
    name = request.path_params["status"]
    found = _shapes(request).status(name)
    try:
        _scene(request).remove_post(name)
    except KeyError:
        return _missing()
    return JSONResponse(found)


async def context(request: Request) -> Response:
    """The brand's replies under a post."""
    name, shapes = request.path_params["status"], _shapes(request)
    if shapes.status(name) is None:
        return _missing()
    below = [one for one in _scene(request).posted() if one.in_reply_to == name]
    return JSONResponse({"ancestors": [], "descendants": [shapes.ours(one) for one in below]})


async def history(request: Request) -> Response:
    """The versions of a post: one, for nobody edits here."""
    found = _shapes(request).status(request.path_params["status"])
    if found is None:
        return _missing()
    names = ("content", "spoiler_text", "sensitive", "created_at", "account", "media_attachments")
    return JSONResponse([{name: found[name] for name in names}])


def _scene(request: Request) -> Scene:
    scene: Scene = request.app.state.scene
    return scene


def _shapes(request: Request) -> Shapes:
    return Shapes(_scene(request), str(request.base_url).rstrip("/"))


def _refused(status: int, reason: str) -> Response:
    return JSONResponse({"error": reason}, status_code=status)


def _no_token() -> Response:
    return _refused(401, "The access token is invalid")


def _missing() -> Response:
    return _refused(404, "Record not found")


def _has_token(request: Request) -> bool:
    return request.headers.get("authorization") == f"Bearer {TOKEN}"


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isdecimal() else default


def _limit(request: Request) -> int:
    return min(MOST_AT_ONCE, max(1, _number(request, "limit", 20)))


def _fields(body: bytes, kind: str) -> Mapping[str, Any]:
    if "json" not in kind:
        return dict(parse_qsl(body.decode("utf-8", "replace")))
    try:
        data = json.loads(body)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _window(request: Request, posts: Sequence[Listed]) -> list[Listed]:
    """The posts between the ids that are asked for, newest first, as Mastodon pages them."""
    below, above = _number(request, "max_id", 0), _number(request, "since_id", 0)
    least = _number(request, "min_id", 0)
    chosen = [
        one
        for one in posts
        if int(one.id) > max(above, least) and (not below or int(one.id) < below)
    ]
    return chosen[-_limit(request) :] if least else chosen[: _limit(request)]


def _links(request: Request, some: Sequence[Listed]) -> dict[str, str]:
    if not some:
        return {}
    url = request.url.remove_query_params(["since_id", "min_id", "max_id"])
    older = url.include_query_params(max_id=some[-1].id)
    newer = url.include_query_params(min_id=some[0].id)
    return {"link": f'<{older}>; rel="next", <{newer}>; rel="prev"'}
