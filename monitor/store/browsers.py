"""Signed-in browsers and failed sign-ins: the rows behind the cookie and the rate limit."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, ip_address

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session as Rows

from monitor.store.tables import Attempt, Person, Session

LONGEST = timedelta(days=30)
"""However much it is used, a session ends here."""
RENEWED_EVERY = timedelta(minutes=5)


@dataclass(frozen=True)
class Limit:
    """So many tries in so much time."""

    tries: int
    window: timedelta


PAIR = Limit(8, timedelta(minutes=15))
EMAIL = Limit(100, timedelta(hours=1))
ADDRESS = Limit(40, timedelta(hours=1))
LONGEST_WINDOW = max(limit.window for limit in (PAIR, EMAIL, ADDRESS))


def open_session(rows: Rows, now: datetime, person_id: int, lasts: timedelta) -> str:
    """Sign a browser in; the cookie's value, of which only the hash is kept."""
    rows.execute(delete(Session).where(Session.expires_at <= now))
    cookie = secrets.token_urlsafe(32)
    rows.add(
        Session(
            token_hash=_hash(cookie),
            person_id=person_id,
            csrf=secrets.token_urlsafe(32),
            made_at=now,
            used_at=now,
            expires_at=now + lasts,
        )
    )
    rows.flush()
    return cookie


def find_session(rows: Rows, now: datetime, cookie: str) -> tuple[Session, Person] | None:
    """Who the cookie is, while it holds and they are of the team."""
    query = (
        select(Session, Person)
        .join(Person, Person.id == Session.person_id)
        .where(
            Session.token_hash == _hash(cookie),
            Session.expires_at > now,
            Person.left_at.is_(None),
        )
    )
    found = rows.execute(query).first()
    return (found[0], found[1]) if found is not None else None


def wants_renewal(session: Session, now: datetime) -> bool:
    """True when it was not renewed lately: not every page costs a write."""
    return now - session.used_at >= RENEWED_EVERY


def renew_session(rows: Rows, now: datetime, session_id: int, lasts: timedelta) -> None:
    """Push the expiry away from now, never past LONGEST; commits."""
    session = rows.get(Session, session_id)
    if session is not None:
        session.used_at = now
        session.expires_at = min(now + lasts, session.made_at + LONGEST)
        rows.get_one(Person, session.person_id).last_seen_at = now
    rows.commit()


def close_session(rows: Rows, cookie: str) -> None:
    """Sign one browser out."""
    rows.execute(delete(Session).where(Session.token_hash == _hash(cookie)))


def close_sessions(rows: Rows, person_id: int) -> None:
    """Sign a person out everywhere."""
    rows.execute(delete(Session).where(Session.person_id == person_id))


def note_attempt(rows: Rows, now: datetime, address: str, email: str) -> timedelta | None:
    """Count a sign-in before it is tried; when there were too many, nothing is counted and the
    answer is how long to wait: by then all that count now are forgotten.

    Few for one e-mail from one address, so that a stranger's failures do not keep its owner out;
    more for an e-mail from everywhere together, and for an address whatever it tries. Counted
    first, so that a hundred at once are a hundred. Commits. Rows live an hour: there are three a
    try, and so at most three times ADDRESS an address.
    """
    rows.execute(delete(Attempt).where(Attempt.at <= now - LONGEST_WINDOW))
    limits = _limits(address, email)
    waits = [
        limit.window
        for who, limit in limits.items()
        if _tries(rows, who, now - limit.window) >= limit.tries
    ]
    if not waits:
        rows.add_all(Attempt(who=_hash(who), at=now) for who in limits)
    rows.commit()
    return max(waits, default=None)


def forget_attempts(rows: Rows, address: str, email: str) -> None:
    """A sign-in went well: this try was no failure, nor were its owner's slips from there.

    What others tried on the e-mail is still counted.
    """
    pair, *alone = _limits(address, email)
    rows.execute(delete(Attempt).where(Attempt.who == _hash(pair)))
    for who in alone:
        newest = select(func.max(Attempt.id)).where(Attempt.who == _hash(who))
        rows.execute(delete(Attempt).where(Attempt.id == newest.scalar_subquery()))


def _limits(address: str, email: str) -> dict[str, Limit]:
    """What a try counts for, and how many of each are allowed; the e-mail from there first."""
    machine = _machine(address)
    return {
        f"pair:{machine} {email}": PAIR,
        f"email:{email}": EMAIL,
        f"address:{machine}": ADDRESS,
    }


def _machine(address: str) -> str:
    """The address, or the network that one subscriber is given in IPv6: its first 64 bits."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if isinstance(known, IPv4Address):
        return str(known)
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(int(known) >> 64)


def _tries(rows: Rows, who: str, since: datetime) -> int:
    query = select(func.count()).select_from(Attempt)
    return rows.scalar(query.where(Attempt.who == _hash(who), Attempt.at > since)) or 0


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
