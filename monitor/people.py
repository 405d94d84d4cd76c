"""The team: who may do what, passwords, and the one-time links by which people come in.

Nothing here commits: the caller does, so that a decision and its audit row stand together.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
from datetime import datetime, timedelta
from functools import cache
from typing import Literal

from pwdlib import PasswordHash
from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session as Rows

from monitor.store import audit
from monitor.store.tables import Person, Session, Token

Role = Literal["reader", "writer", "approver", "admin"]
ROLES: tuple[Role, ...] = ("reader", "writer", "approver", "admin")
"""Each may do what the ones before it may."""

Link = Literal["invitation", "password", "first"]
LINK_LASTS: dict[Link, timedelta] = {
    "invitation": timedelta(days=7),
    "password": timedelta(days=1),
    "first": timedelta(days=2),
}
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256
EMAIL = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.?[^@\s<>,;\"]*")
# Argon2 takes 64 MiB a hash: a crowd at the door must not fill the machine's memory
HASHING = threading.BoundedSemaphore(2)


class PeopleError(Exception):
    """Something about a person cannot be done. ``code`` names why; pages have its sentence.

    Codes: name_missing, email_wrong, email_taken, role_unknown, password_short, password_long,
    password_is_email, password_wrong, link_dead, last_admin, oneself, unknown.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _nobodys_hash() -> str:
    return _hasher().hash(secrets.token_urlsafe(16))


def hash_password(password: str) -> str:
    """An argon2id hash."""
    with HASHING:
        return _hasher().hash(password)


def password_matches(person: Person | None, password: str) -> bool:
    """True when it is theirs. Takes as long for somebody unknown as for somebody known."""
    known = person.password_hash if person is not None and person.left_at is None else None
    with HASHING:
        matches = _hasher().verify(password[:LONGEST_PASSWORD], known or _nobodys_hash())
    return matches and known is not None


def may(role: str, needed: str) -> bool:
    """True when ``role`` may do what ``needed`` may."""
    return role in ROLES and ROLES.index(role) >= ROLES.index(needed)


def token_hash(token: str) -> str:
    """What is kept of a random token: enough to know it again, not to use it."""
    return hashlib.sha256(token.encode()).hexdigest()


def by_email(rows: Rows, email: str) -> Person | None:
    """The person of that address, whoever has left included."""
    return rows.scalar(select(Person).where(Person.email == email.strip().lower()))


def has_admin(rows: Rows) -> bool:
    """True once somebody can look after the team."""
    return _other_admins(rows, Person.password_hash.is_not(None)) > 0


def first_link(rows: Rows, now: datetime) -> str | None:
    """A new token for the first administrator, or None when there is one already.

    Earlier tokens of the kind stop working: one installation, one way in.
    """
    if has_admin(rows):
        return None
    rows.execute(delete(Token).where(Token.kind == "first", Token.used_at.is_(None)))
    return make_link(rows, now, "first", None)


def make_link(rows: Rows, now: datetime, kind: Link, person_id: int | None) -> str:
    """A one-time token; the page it opens is ``/welcome/<token>``."""
    if person_id is not None:
        rows.execute(delete(Token).where(Token.person_id == person_id, Token.used_at.is_(None)))
    token = secrets.token_urlsafe(32)
    row = Token(
        token_hash=token_hash(token),
        kind=kind,
        person_id=person_id,
        made_at=now,
        expires_at=now + LINK_LASTS[kind],
    )
    rows.add(row)
    return token


def find_link(rows: Rows, now: datetime, token: str) -> Token:
    """The link, still good. Raises PeopleError(link_dead)."""
    found = rows.scalar(
        select(Token).where(
            Token.token_hash == token_hash(token), Token.used_at.is_(None), Token.expires_at > now
        )
    )
    if found is None or (found.kind == "first" and has_admin(rows)):
        raise PeopleError("link_dead")
    return found


def invite(
    rows: Rows, now: datetime, *, email: str, name: str, role: str, language: str, by: int | None
) -> tuple[Person, str]:
    """A person without a password yet, and the token of the link to give them."""
    person = add_person(rows, now, email=email, name=name, role=role, language=language)
    audit.record(rows, now, "person.invited", f"person:{person.id}", person_id=by, role=person.role)
    return person, make_link(rows, now, "invitation", person.id)


def add_person(
    rows: Rows,
    now: datetime,
    *,
    email: str,
    name: str,
    role: str,
    language: str = "fr",
    password: str | None = None,
) -> Person:
    """Somebody new, or somebody who had left and comes back. Raises PeopleError."""
    email, name = email.strip().lower(), name.strip()
    _refuse_bad_person(email, name, role)
    if password is not None:
        refuse_weak_password(password, email)
    person = by_email(rows, email)
    if person is None:
        person = Person(email=email, made_at=now)
        rows.add(person)
    elif person.left_at is None:
        raise PeopleError("email_taken")
    person.name, person.role, person.language = name[:120], role, language
    person.left_at = None
    person.password_hash = hash_password(password) if password is not None else None
    rows.flush()
    return person


def accept(
    rows: Rows, now: datetime, token: str, *, password: str, name: str = "", email: str = ""
) -> Person:
    """Use a link: the person it was for, with their new password. Raises PeopleError.

    The link of the first administrator makes the person; any other knows whom it is for.
    """
    link = find_link(rows, now, token)
    if link.person_id is None:
        person = add_person(rows, now, email=email, name=name, role="admin")
    else:
        person = rows.get_one(Person, link.person_id)
        if person.left_at is not None:
            raise PeopleError("link_dead")
        if link.kind == "invitation" and name.strip():
            person.name = name.strip()[:120]
    refuse_weak_password(password, person.email)
    person.password_hash = hash_password(password)
    # the condition makes two browsers with one link race for it, and one lose
    used = rows.execute(
        update(Token)
        .where(Token.id == link.id, Token.used_at.is_(None))
        .values(used_at=now)
        .returning(Token.id)
    ).first()
    if used is None:
        raise PeopleError("link_dead")
    rows.execute(delete(Session).where(Session.person_id == person.id))
    action = "person.password_changed" if link.kind == "password" else "person.joined"
    audit.record(rows, now, action, f"person:{person.id}", person_id=person.id)
    return person


def change_password(rows: Rows, now: datetime, person_id: int, old: str, new: str) -> Person:
    """Their own new password, against the old one; every session of theirs is closed."""
    person = rows.get_one(Person, person_id)
    if not password_matches(person, old):
        raise PeopleError("password_wrong")
    refuse_weak_password(new, person.email)
    person.password_hash = hash_password(new)
    rows.execute(delete(Session).where(Session.person_id == person_id))
    audit.record(rows, now, "person.password_changed", f"person:{person_id}", person_id=person_id)
    return person


def change_role(rows: Rows, now: datetime, person_id: int, role: str, by: int | None) -> Person:
    """Another role. The last administrator stays one."""
    person = _present(rows, person_id)
    if role not in ROLES:
        raise PeopleError("role_unknown")
    if role != "admin":
        _keep_an_admin(rows, person)
    before, person.role = person.role, role
    audit.record(
        rows,
        now,
        "person.role_changed",
        f"person:{person_id}",
        person_id=by,
        before=before,
        after=role,
    )
    return person


def withdraw(rows: Rows, now: datetime, person_id: int, by: int | None) -> Person:
    """No more access, at once; the name stays on what they decided."""
    person = _present(rows, person_id)
    if person_id == by:
        raise PeopleError("oneself")
    _keep_an_admin(rows, person)
    person.left_at = now
    rows.execute(delete(Session).where(Session.person_id == person_id))
    rows.execute(delete(Token).where(Token.person_id == person_id, Token.used_at.is_(None)))
    audit.record(rows, now, "person.withdrawn", f"person:{person_id}", person_id=by)
    return person


def restore(rows: Rows, now: datetime, person_id: int, by: int | None) -> Person:
    """Access again, with the password they had."""
    person = rows.get(Person, person_id)
    if person is None:
        raise PeopleError("unknown")
    person.left_at = None
    audit.record(rows, now, "person.restored", f"person:{person_id}", person_id=by)
    return person


def refuse_weak_password(password: str, email: str) -> None:
    """Length is what counts; raises PeopleError."""
    if len(password) < SHORTEST_PASSWORD:
        raise PeopleError("password_short")
    if len(password) > LONGEST_PASSWORD:
        raise PeopleError("password_long")
    if password.strip().lower() == email:
        raise PeopleError("password_is_email")


def _refuse_bad_person(email: str, name: str, role: str) -> None:
    if not EMAIL.fullmatch(email) or len(email) > 255:
        raise PeopleError("email_wrong")
    if not name:
        raise PeopleError("name_missing")
    if role not in ROLES:
        raise PeopleError("role_unknown")


def _present(rows: Rows, person_id: int) -> Person:
    person = rows.get(Person, person_id)
    if person is None or person.left_at is not None:
        raise PeopleError("unknown")
    return person


def _keep_an_admin(rows: Rows, person: Person) -> None:
    others = _other_admins(rows, Person.id != person.id, Person.password_hash.is_not(None))
    if person.role == "admin" and others == 0:
        raise PeopleError("last_admin")


def _other_admins(rows: Rows, *conditions: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(Person)
    query = query.where(Person.role == "admin", Person.left_at.is_(None), *conditions)
    return rows.scalar(query) or 0
