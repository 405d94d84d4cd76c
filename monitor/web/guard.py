"""Who may come in: the route's role, then the form's token and origin on everything but GET."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Literal
from urllib.parse import urlsplit

from fastapi import Request

from monitor.web.context import SAFE_METHODS, Asked, Context

EVERYONE: Literal["everyone"] = "everyone"
CSRF_HEADER = "x-csrf-token"
CSRF_FIELD = "csrf"


class RefusedError(Exception):
    """A page is not for this reader. ``code``: signed_out, forbidden, stale_form, foreign."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def needs(role: str) -> Callable[[Context], None]:
    """A dependency that lets in whoever has the role."""

    def check(context: Asked) -> None:
        if role == EVERYONE:
            return
        if context.person is None:
            raise RefusedError("signed_out")
        if not context.may(role):
            raise RefusedError("forbidden")

    return check


async def form_is_ours(request: Request, context: Asked) -> None:
    """Refuse a deed that no page of ours asked for."""
    if request.method in SAFE_METHODS:
        return
    if not same_origin(request, context.config.public_url):
        raise RefusedError("foreign")
    given = request.headers.get(CSRF_HEADER)
    if given is None:
        given = str((await request.form()).get(CSRF_FIELD, ""))
    if not secrets.compare_digest(given.encode(), context.csrf.encode()):
        raise RefusedError("stale_form")


def same_origin(request: Request, public_url: str) -> bool:
    """Browsers say where a form comes from; programs that say nothing still need the token."""
    said = request.headers.get("origin") or request.headers.get("referer")
    if said is None:
        return request.headers.get("sec-fetch-site", "same-origin") in {"same-origin", "none"}
    return urlsplit(said).netloc in {request.headers.get("host"), urlsplit(public_url).netloc}
