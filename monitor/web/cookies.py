"""The cookies: a session, a form's token before there is one, a word to say once, and taste."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Literal

from fastapi import Request, Response

Name = Literal["vigie", "vigie_form", "vigie_said", "vigie_language", "vigie_theme", "vigie_brand"]
YEAR = 365 * 24 * 3600
THEMES = ("auto", "light", "dark")


@dataclass(frozen=True)
class Said:
    """A sentence to show once on the next page; ``undo`` is the path that takes the deed back."""

    text: str
    undo: str | None = None


def read(request: Request, name: Name, secure: bool) -> str | None:
    """The cookie's value, if the browser sent one."""
    return request.cookies.get(_named(name, secure))


def write(
    response: Response, name: Name, value: str, secure: bool, seconds: int | None = None
) -> None:
    """Set a cookie that scripts cannot read; without ``seconds`` it ends with the browser."""
    response.set_cookie(
        _named(name, secure),
        value,
        max_age=seconds,
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def drop(response: Response, name: Name, secure: bool) -> None:
    """Make the browser forget it."""
    response.delete_cookie(
        _named(name, secure), path="/", secure=secure, httponly=True, samesite="lax"
    )


def form_token(cookie: str) -> str:
    """The form token of a browser that is not signed in, from its cookie."""
    return hashlib.sha256(f"form:{cookie}".encode()).hexdigest()


def pack(said: Said) -> str:
    """A sentence as a cookie's value."""
    plain = json.dumps([said.text[:600], said.undo], ensure_ascii=False)
    return base64.urlsafe_b64encode(plain.encode()).decode()


def unpack(value: str | None) -> Said | None:
    """The sentence; None for anything else a browser may send."""
    if not value:
        return None
    try:
        text, undo = json.loads(base64.urlsafe_b64decode(value.encode()))
    except ValueError:
        return None
    if not isinstance(text, str):
        return None
    return Said(text, own_path(undo) if isinstance(undo, str) else None)


def own_path(path: str | None, otherwise: str = "/") -> str:
    """The path if it leads nowhere but to our own pages."""
    if not path or not path.startswith("/") or path[1:2] in {"/", "\\"}:
        return otherwise
    if "\\" in path or any(ord(letter) < 33 or ord(letter) == 127 for letter in path):
        return otherwise
    return path


def _named(name: Name, secure: bool) -> str:
    # browsers refuse a __Host- cookie that a neighbouring subdomain planted
    return f"__Host-{name}" if secure else name
