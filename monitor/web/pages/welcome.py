"""The page a one-time link opens: the first administrator, an invitation, a new password."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, Response

from monitor import people
from monitor.people import PeopleError
from monitor.store.tables import Person, Token
from monitor.web.context import Asked, Context
from monitor.web.pages.signin import open_door
from monitor.web.people_words import trouble

Field = Annotated[str, Form(max_length=1000)]


def form(ctx: Asked, token: str) -> Response:
    """What the link is for, and the fields it needs."""
    try:
        link = people.find_link(ctx.session, ctx.now, token)
    except PeopleError:
        return ctx.show("link_dead.html", status=404)
    return _form(ctx, token, link)


def submit(
    ctx: Asked,
    token: str,
    name: Field = "",
    email: Field = "",
    password: Field = "",
    again: Field = "",
) -> Response:
    """Use the link: the person comes in with their new password."""
    try:
        link = people.find_link(ctx.session, ctx.now, token)
        if password != again:
            raise PeopleError("password_twice")
        person = people.accept(
            ctx.session, ctx.now, token, password=password, name=name, email=email
        )
    except PeopleError as error:
        ctx.session.rollback()
        if error.code == "link_dead":
            return ctx.show("link_dead.html", status=404)
        return _form(ctx, token, link, error.code, name, email)
    if link.kind == "first":
        person.language = ctx.speech.language
    said = ctx.speech.gettext("Bienvenue, %(name)s.", name=person.name)
    return open_door(ctx, person, "/", said)


def _form(
    ctx: Context,
    token: str,
    link: Token,
    code: str | None = None,
    name: str = "",
    email: str = "",
) -> Response:
    person = ctx.session.get(Person, link.person_id) if link.person_id is not None else None
    return ctx.show(
        "welcome.html",
        status=422 if code else 200,
        token=token,
        kind=link.kind,
        name=name or (person.name if person else ""),
        email=person.email if person else email,
        code=code,
        trouble=trouble(ctx.speech, code) if code else "",
        least=people.SHORTEST_PASSWORD,
    )
