"""Alice administers, bob has another role, charlie is not signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache

import httpx
from sqlalchemy import Engine

from monitor import people
from monitor.store import browsers
from monitor.store.engine import sessions
from monitor.store.tables import Person, Session

PASSWORD = "une phrase assez longue"


@cache
def password_hash() -> str:
    """Worked out once: it is slow on purpose."""
    return people.hash_password(PASSWORD)


@dataclass
class Visitor:
    """A person and a browser-like client of theirs on the live pages."""

    http: httpx.Client
    person: Person | None = None
    cookie: str = ""
    csrf: str = ""

    def get(self, path: str, **options: object) -> httpx.Response:
        """Open a page; redirects are not followed."""
        return self.http.get(path, **options)  # type: ignore[arg-type]  # passed on as given

    def post(self, path: str, **form: str | list[str]) -> httpx.Response:
        """Send a form as a page of ours would."""
        return self.http.post(path, data={"csrf": self.csrf} | form)


def add(engine: Engine, now: datetime, name: str, role: str, language: str = "fr") -> Person:
    """A person of the team who has a password."""
    with sessions(engine)() as rows:
        person = people.add_person(
            rows,
            now,
            email=f"{name}@example.org",
            name=name.title(),
            role=role,
            language=language,
        )
        person.password_hash = password_hash()
        rows.commit()
        return person


def sign_in(engine: Engine, now: datetime, person: Person) -> tuple[str, str]:
    """A session's cookie and form token, without the sign-in page."""
    with sessions(engine)() as rows:
        cookie = browsers.open_session(rows, now, person.id, browsers.LONGEST)
        found = browsers.find_session(rows, now, cookie)
        rows.commit()
        assert found is not None
        row: Session = found[0]
        return cookie, row.csrf
