"""What the team and audit pages read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session as Rows

from monitor.store.tables import Audit, Person, Session, Token


@dataclass(frozen=True)
class Member:
    """A person and how they stand: ``invited_until`` while their link waits to be used."""

    person: Person
    invited_until: datetime | None


def team(rows: Rows, now: datetime) -> list[Member]:
    """Everybody, by name; those who left last."""
    links = {
        row[0]: row[1]
        for row in rows.execute(
            select(Token.person_id, func.max(Token.expires_at))
            .where(Token.used_at.is_(None), Token.expires_at > now, Token.kind == "invitation")
            .group_by(Token.person_id)
        )
    }
    people = rows.scalars(
        select(Person).order_by(Person.left_at.is_not(None), func.lower(Person.name), Person.id)
    )
    return [Member(person, links.get(person.id)) for person in people]


def browser_count(rows: Rows, now: datetime, person_id: int) -> int:
    """In how many browsers the person is signed in."""
    query = select(func.count()).select_from(Session)
    query = query.where(Session.person_id == person_id, Session.expires_at > now)
    return rows.scalar(query) or 0


@dataclass(frozen=True)
class Decision:
    """A row of the audit with the name of who did it; None for the program itself."""

    row: Audit
    who: str | None


def decisions(rows: Rows, before: int | None = None, limit: int = 50) -> list[Decision]:
    """The newest decisions, older than ``before`` when given."""
    query = select(Audit, Person.name).outerjoin(Person, Person.id == Audit.person_id)
    if before is not None:
        query = query.where(Audit.id < before)
    found = rows.execute(query.order_by(Audit.id.desc()).limit(limit))
    return [Decision(row[0], row[1]) for row in found]


def names(rows: Rows) -> dict[int, str]:
    """Everybody's name, whoever left included."""
    return {row[0]: row[1] for row in rows.execute(select(Person.id, Person.name))}
