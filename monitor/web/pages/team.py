"""The team: who is in it, inviting, roles, withdrawing access and giving it back."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, Response

from monitor import people
from monitor.people import PeopleError
from monitor.speech import LANGUAGES
from monitor.store import audit
from monitor.store.queries_people import team
from monitor.store.tables import Person
from monitor.web.context import Asked, Context
from monitor.web.errors import MissingError
from monitor.web.people_words import trouble

Field = Annotated[str, Form(max_length=1000)]


def show(ctx: Asked) -> Response:
    """Everybody, and what the reader may do."""
    return _page(ctx)


def invite(
    ctx: Asked, email: Field = "", name: Field = "", role: Field = "", language: Field = ""
) -> Response:
    """A new person and the link to give them, shown this once."""
    language = language if language in LANGUAGES else ctx.speech.language
    try:
        person, token = people.invite(
            ctx.session,
            ctx.now,
            email=email,
            name=name,
            role=role,
            language=language,
            by=ctx.me.id,
        )
    except PeopleError as error:
        ctx.session.rollback()
        return _page(ctx, code=error.code, email=email, name=name, role=role)
    ctx.session.commit()
    return _page(ctx, link=_address(ctx, token), link_for=person)


def make_link(ctx: Asked, person_id: int) -> Response:
    """A fresh link for somebody who lost theirs, or their password."""
    person = _person(ctx, person_id)
    if person.left_at is not None:
        raise MissingError
    kind: people.Link = "password" if person.password_hash else "invitation"
    token = people.make_link(ctx.session, ctx.now, kind, person_id)
    audit.record(
        ctx.session,
        ctx.now,
        "person.link_made",
        f"person:{person_id}",
        person_id=ctx.me.id,
        kind=kind,
    )
    ctx.session.commit()
    return _page(ctx, link=_address(ctx, token), link_for=person)


def change_role(ctx: Asked, person_id: int, role: Field = "", to: str = "") -> Response:
    """Another role, from the form or, when it is undone, from the address."""
    person = _person(ctx, person_id)
    before = person.role
    try:
        people.change_role(ctx.session, ctx.now, person_id, role or to, ctx.me.id)
    except PeopleError as error:
        ctx.session.rollback()
        return ctx.go("/team", trouble(ctx.speech, error.code))
    ctx.session.commit()
    said = ctx.speech.gettext("Le rôle de %(name)s est changé.", name=person.name)
    return ctx.go("/team", said, undo=f"/team/{person_id}/role?to={before}")


def withdraw(ctx: Asked, person_id: int) -> Response:
    """No more access, from now on."""
    person = _person(ctx, person_id)
    try:
        people.withdraw(ctx.session, ctx.now, person_id, ctx.me.id)
    except PeopleError as error:
        ctx.session.rollback()
        return ctx.go("/team", trouble(ctx.speech, error.code))
    ctx.session.commit()
    said = ctx.speech.gettext("%(name)s n’a plus accès à Vigie.", name=person.name)
    return ctx.go("/team", said, undo=f"/team/{person_id}/restore")


def restore(ctx: Asked, person_id: int) -> Response:
    """Access as before."""
    person = _person(ctx, person_id)
    people.restore(ctx.session, ctx.now, person_id, ctx.me.id)
    ctx.session.commit()
    said = ctx.speech.gettext("%(name)s a de nouveau accès à Vigie.", name=person.name)
    return ctx.go("/team", said)


def _person(ctx: Context, person_id: int) -> Person:
    person = ctx.session.get(Person, person_id)
    if person is None:
        raise MissingError
    return person


def _address(ctx: Context, token: str) -> str:
    return f"{ctx.config.public_url}/welcome/{token}"


def _page(
    ctx: Context,
    *,
    link: str | None = None,
    link_for: Person | None = None,
    code: str | None = None,
    email: str = "",
    name: str = "",
    role: str = "writer",
) -> Response:
    return ctx.show(
        "team.html",
        status=422 if code else 200,
        members=team(ctx.session, ctx.now),
        link=link,
        link_for=link_for,
        code=code,
        trouble=trouble(ctx.speech, code) if code else "",
        email=email,
        name=name,
        role=role,
    )
