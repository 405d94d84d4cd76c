"""Signing in and out."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import Form, Response

from monitor import people
from monitor.speech import LANGUAGES
from monitor.store import audit, browsers
from monitor.store.tables import Person
from monitor.web import cookies
from monitor.web.context import Asked, Context
from monitor.web.cookies import own_path

Field = Annotated[str, Form(max_length=1000)]


def form(ctx: Asked, next: str = "/", language: str = "") -> Response:  # noqa: A002
    """The sign-in form; whoever is signed in is led on."""
    if ctx.person is not None:
        return ctx.go(own_path(next))
    if language in LANGUAGES:
        response = ctx.go(ctx.link(language=None))
        ctx.keep(response, "vigie_language", language)
        return response
    return _form(ctx, next, "", None)


def submit(
    ctx: Asked,
    email: Field = "",
    password: Field = "",
    next: Field = "/",  # noqa: A002
) -> Response:
    """Sign in, by e-mail and password; too many failures make the reader wait."""
    email = email.strip().lower()
    wait = browsers.note_attempt(ctx.session, ctx.now, ctx.address, email)
    if wait is not None:
        return _form(ctx, next, email, "too_many", status=429, wait=wait)
    person = people.by_email(ctx.session, email)
    ctx.session.commit()  # nobody waits for the database while the hash is worked out
    # asked for somebody unknown too: the time of the answer must not tell who is of the team
    matches = people.password_matches(person, password)
    if person is None or not matches:
        return _form(ctx, next, email, "wrong", status=422)
    browsers.forget_attempts(ctx.session, ctx.address, email)
    return open_door(ctx, person, own_path(next))


def leave(ctx: Asked, everywhere: Field = "") -> Response:
    """Sign out of this browser, or of all of them."""
    cookie = cookies.read(ctx.request, "vigie", ctx.house.secure)
    if everywhere:
        browsers.close_sessions(ctx.session, ctx.me.id)
    elif cookie:
        browsers.close_session(ctx.session, cookie)
    ctx.session.commit()
    response = ctx.go("/sign-in", ctx.speech.gettext("Votre session est fermée."))
    cookies.drop(response, "vigie", ctx.house.secure)
    return response


def open_door(ctx: Context, person: Person, path: str, said: str | None = None) -> Response:
    """Sign the person in with a cookie this browser never had before, and lead on; commits."""
    old = cookies.read(ctx.request, "vigie", ctx.house.secure)
    if old:
        browsers.close_session(ctx.session, old)
    cookie = browsers.open_session(ctx.session, ctx.now, person.id, ctx.house.session_lasts)
    ctx.session.get_one(Person, person.id).last_seen_at = ctx.now
    audit.record(ctx.session, ctx.now, "session.opened", f"person:{person.id}", person_id=person.id)
    ctx.session.commit()
    response = ctx.go(path, said)
    cookies.write(response, "vigie", cookie, ctx.house.secure, seconds=_cookie_lasts())
    cookies.drop(response, "vigie_form", ctx.house.secure)
    ctx.keep(response, "vigie_language", person.language)
    return response


def _cookie_lasts() -> int:
    # the row decides when a session ends; the cookie must merely not end before it
    return int(browsers.LONGEST.total_seconds())


def _form(
    ctx: Context,
    next_path: str,
    email: str,
    trouble: str | None,
    status: int = 200,
    wait: timedelta = timedelta(),
) -> Response:
    return ctx.show(
        "sign_in.html",
        status=status,
        next=own_path(next_path),
        email=email,
        trouble=trouble,
        wait=ctx.speech.duration(wait / timedelta(hours=1)),
    )
