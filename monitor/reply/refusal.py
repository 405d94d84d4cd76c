"""Why a decision is refused, and who may take which."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.store.tables import Person

APPROVERS = frozenset({"admin", "approver"})
EDITORS = APPROVERS | {"writer"}


class Refused(Exception):  # noqa: N818  # the word of every page: a decision is refused
    """A decision that may not be taken; ``code`` is explained to people by words.refusal."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


def allowed(session: Session, person_id: int, roles: frozenset[str]) -> Person:
    """The person, when still of the team and in one of the roles; else Refused("role")."""
    person = session.get(Person, person_id, populate_existing=True)
    if person is None or person.left_at is not None or person.role not in roles:
        raise Refused("role")
    return person


def approvers(session: Session) -> int:
    """How many people may approve."""
    query = select(func.count()).select_from(Person)
    query = query.where(Person.role.in_(APPROVERS), Person.left_at.is_(None))
    return session.scalar(query) or 0
