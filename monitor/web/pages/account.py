"""One's own account: name, mails, language, appearance, password, browsers."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import Form, Response

from monitor import people
from monitor.people import PeopleError
from monitor.speech import LANGUAGES
from monitor.store import browsers
from monitor.store.queries_people import browser_count
from monitor.store.tables import Person
from monitor.web import cookies
from monitor.web.context import Asked, Context
from monitor.web.cookies import own_path
from monitor.web.pages.signin import open_door
from monitor.web.people_words import trouble

Field = Annotated[str, Form(max_length=1000)]


def show(ctx: Asked) -> Response:
    """The account page."""
    return _page(ctx)


def save(
    ctx: Asked, name: Field = "", gets_digest: Field = "", gets_report: Field = ""
) -> Response:
    """Name, and which mails to receive."""
    if not name.strip():
        return _page(ctx, "name_missing")
    me = ctx.session.get_one(Person, ctx.me.id)
    me.name = name.strip()[:120]
    me.gets_digest, me.gets_report = bool(gets_digest), bool(gets_report)
    ctx.session.commit()
    return ctx.go("/account", ctx.speech.gettext("Vos préférences sont enregistrées."))


def save_password(ctx: Asked, old: Field = "", password: Field = "", again: Field = "") -> Response:
    """Another password; every other browser is signed out."""
    wait = browsers.note_attempt(ctx.session, ctx.now, ctx.address, ctx.me.email)
    if wait is not None:
        return _page(ctx, "too_many", wait)
    try:
        if password != again:
            raise PeopleError("password_twice")
        person = people.change_password(ctx.session, ctx.now, ctx.me.id, old, password)
    except PeopleError as error:
        ctx.session.rollback()
        return _page(ctx, error.code)
    browsers.forget_attempts(ctx.session, ctx.address, person.email)
    said = ctx.speech.gettext(
        "Votre mot de passe est changé. Vos sessions dans d’autres navigateurs sont fermées."
    )
    return open_door(ctx, person, "/account", said)


def save_language(ctx: Asked, language: Field = "", back: Field = "/") -> Response:
    """The language of pages and mails."""
    if language in LANGUAGES:
        ctx.session.get_one(Person, ctx.me.id).language = language
        ctx.session.commit()
    response = ctx.go(own_path(back))
    if language in LANGUAGES:
        ctx.keep(response, "vigie_language", language)
    return response


def save_theme(ctx: Asked, theme: Field = "", back: Field = "/") -> Response:
    """Light, dark, or as the system has it, in this browser."""
    response = ctx.go(own_path(back))
    if theme in cookies.THEMES:
        ctx.keep(response, "vigie_theme", theme)
    return response


def _page(ctx: Context, code: str | None = None, wait: timedelta = timedelta()) -> Response:
    me = ctx.session.get_one(Person, ctx.me.id)
    return ctx.show(
        "account.html",
        status=422 if code else 200,
        person=me,
        browsers=browser_count(ctx.session, ctx.now, me.id),
        code=code,
        trouble=trouble(ctx.speech, code, wait) if code else "",
        least=people.SHORTEST_PASSWORD,
    )
