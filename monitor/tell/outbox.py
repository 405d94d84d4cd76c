"""The outbox: a mail is a row first; a kind, brand, recipient and period have one, ever."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from monitor.store.tables import Message


@dataclass(frozen=True)
class Letter:
    """A written mail. ``images``: Content-ID to base64 PNG, named by ``cid:`` in the HTML."""

    subject: str
    text: str
    html: str
    images: Mapping[str, str] = field(default_factory=dict)


def put(
    session: Session,
    now: datetime,
    letter: Letter,
    *,
    kind: str,
    recipient: str,
    period: str,
    language: str,
    brand: str = "",
    domain: str = "vigie.invalid",
) -> bool:
    """Lay a mail in the outbox, in the caller's transaction; False if it had been before.

    The Message-ID follows from what makes the mail unique: were it ever sent twice, mailboxes
    would show it once.
    """
    insert: Any = (
        postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    )
    made = session.scalar(
        insert(Message)
        .values(
            kind=kind,
            brand=brand,
            recipient=recipient.lower(),
            period=period,
            language=language,
            subject=" ".join(letter.subject.splitlines()),
            text=letter.text,
            html=letter.html,
            images=dict(letter.images),
            message_id=_message_id(kind, brand, recipient.lower(), period, domain),
            state="waiting",
            due_at=now,
            tries=0,
            made_at=now,
        )
        .on_conflict_do_nothing()
        .returning(Message.id)
    )
    return made is not None


def _message_id(*parts: str) -> str:
    name = hashlib.sha256("\0".join(parts[:-1]).encode()).hexdigest()[:32]
    return f"<{name}@{parts[-1]}>"
