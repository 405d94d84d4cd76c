"""How long a reply may be on a source's platform, as last told by the platform itself.

Asking may take a request, so the answer is kept for a day: the editor's counter, the drafts and
the checker read what is kept and never wait for a platform.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crawlers.contract import Publisher, ReplyLimit, SourceError, Unit
from monitor.store.tables import Sentinel, SourceRow

FRESH = timedelta(days=1)
RETRY = timedelta(hours=1)


def known(session: Session, source_id: int) -> ReplyLimit:
    """The limit last told; without one, no limit is known."""
    row = session.get(Sentinel, _name(source_id))
    if row is None or "unit" not in row.value:
        return ReplyLimit()
    return ReplyLimit(row.value["most"], row.value["unit"])


def of(most: int | None, unit: Unit = "characters") -> ReplyLimit:
    """A limit of so many units."""
    return ReplyLimit(most, unit)


def run_one(
    session: Session, now: datetime, publisher_of: Callable[[SourceRow], Publisher | None]
) -> bool:
    """Ask one platform whose answer is missing or older than a day; True when one was due."""
    for source in session.scalars(select(SourceRow).where(SourceRow.present)).all():
        if _is_due(session.get(Sentinel, _name(source.id)), now):
            session.commit()
            _ask(session, now, source, publisher_of)
            return True
    session.commit()
    return False


def _is_due(row: Sentinel | None, now: datetime) -> bool:
    if row is None:
        return True
    return now - row.at >= (RETRY if "fault" in row.value else FRESH)


def _ask(
    session: Session,
    now: datetime,
    source: SourceRow,
    publisher_of: Callable[[SourceRow], Publisher | None],
) -> None:
    kept = session.get(Sentinel, _name(source.id))
    value = dict(kept.value) if kept else {}
    value.pop("fault", None)
    session.commit()
    try:
        publisher = publisher_of(source)
        if publisher is not None:
            limit = publisher.limit()
            value = {"most": limit.most, "unit": limit.unit}
    except SourceError as error:
        value["fault"] = str(error.fault)
    session.merge(Sentinel(name=_name(source.id), value=value, at=now))
    session.commit()


def _name(source_id: int) -> str:
    return f"reply-limit:{source_id}"
