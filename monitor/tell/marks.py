"""What was told last: the newest period of a kind and brand that needs no telling any more."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy.orm import Session

from monitor.store.tables import Sentinel


def told(session: Session, kind: str, brand: str) -> str:
    """The period told last, as ``2026-11-18`` or ``2026-W46``; empty before the first."""
    mark = session.get(Sentinel, _name(kind, brand))
    return str(mark.value.get("period", "")) if mark else ""


def tell(session: Session, now: datetime, kind: str, brand: str, period: str) -> None:
    """Mark the period as told, in the transaction that lays the mails in the outbox."""
    session.merge(Sentinel(name=_name(kind, brand), value={"period": period}, at=now))


def _name(kind: str, brand: str) -> str:
    name = f"{kind}:{brand}"
    # the column holds 60 characters
    return name if len(name) <= 60 else f"{kind}:{hashlib.sha256(brand.encode()).hexdigest()[:40]}"
