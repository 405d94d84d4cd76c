"""``vigie user``: what it does and what it prints."""

from __future__ import annotations

from sqlalchemy import select

from monitor import people
from monitor.installation import Installation
from monitor.people import PeopleError
from monitor.store.tables import Person


def add(here: Installation, email: str, name: str, role: str, language: str) -> list[str]:
    """Invite somebody; the link to give them."""
    with here.session() as session:
        person, token = people.invite(
            session,
            here.clock(),
            email=email,
            name=name,
            role=role,
            language=language,
            by=None,
        )
        session.commit()
        return [f"{person.name} <{person.email}>, {person.role}", _address(here, token)]


def everybody(here: Installation) -> list[str]:
    """A line each."""
    with here.session() as session:
        return [_line(person) for person in session.scalars(select(Person).order_by(Person.name))]


def link(here: Installation, email: str) -> list[str]:
    """A new one-time link; earlier ones stop working."""
    with here.session() as session:
        person = _find(people.by_email(session, email.strip().lower()))
        token = people.make_link(session, here.clock(), "password", person.id)
        session.commit()
        return [_address(here, token)]


def withdraw(here: Installation, email: str) -> list[str]:
    """No more access."""
    with here.session() as session:
        person = _find(people.by_email(session, email.strip().lower()))
        people.withdraw(session, here.clock(), person.id, by=None)
        session.commit()
        return [f"{person.name} <{person.email}> has no access any more"]


def _find(person: Person | None) -> Person:
    if person is None or person.left_at is not None:
        raise PeopleError("unknown")
    return person


def _address(here: Installation, token: str) -> str:
    return f"{here.config.public_url}/welcome/{token}"


def _line(person: Person) -> str:
    left = " (access withdrawn)" if person.left_at else ""
    return f"{person.email}  {person.role}  {person.name}{left}"
