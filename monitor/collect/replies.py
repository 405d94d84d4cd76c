"""Owner replies as a page shows them: new ones, changed ones, and those that are gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from crawlers.contract import FoundReply
from monitor.store.tables import OwnerReply
from monitor.store.texts import clean, reply_hash

REPLY: Any = OwnerReply.__table__
BATCH = 500


def store_replies(
    session: Session, now: datetime, found: Mapping[int, FoundReply | None]
) -> set[int]:
    """Compare each review's reply with what is held; ids of the reviews whose replies changed.

    A reply that only our own publication vouches for is not gone because a page lacks it yet.
    """
    held = _held(session, list(found))
    touched: set[int] = set()
    fresh: list[dict[str, Any]] = []
    for review_id, reply in found.items():
        rows = held.get(review_id, [])
        digest = reply_hash(clean(reply.text)) if reply else None
        match = next((row for row in rows if row.hash == digest), None) or _ours(rows, reply)
        if reply and match is None:
            fresh.append(_row(now, review_id, reply))
        if reply and match is not None and _recognise(match, reply, now):
            touched.add(review_id)
        touched |= {review_id} if _retire(rows, match, now) else set()
    if fresh:
        session.flush()
        session.connection().execute(insert(REPLY), fresh)
    return touched | {row["review_id"] for row in fresh}


def _held(session: Session, review_ids: Sequence[int]) -> dict[int, list[OwnerReply]]:
    held: dict[int, list[OwnerReply]] = {}
    for start in range(0, len(review_ids), BATCH):
        batch = review_ids[start : start + BATCH]
        for row in session.scalars(select(OwnerReply).where(OwnerReply.review_id.in_(batch))):
            held.setdefault(row.review_id, []).append(row)
    return held


def _ours(rows: Sequence[OwnerReply], reply: FoundReply | None) -> OwnerReply | None:
    """The reply that we published, where the platform changed no more than its typography."""
    if reply is None:
        return None
    unseen = [row for row in rows if row.publication_id is not None and row.shown_at is None]
    return next((row for row in unseen if _letters(row.text) == _letters(reply.text)), None)


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _row(now: datetime, review_id: int, reply: FoundReply) -> dict[str, Any]:
    text = clean(reply.text)
    return {
        "review_id": review_id,
        "text": text,
        "hash": reply_hash(text),
        "external_id": reply.external_id,
        "published_at": reply.published_at,
        "edited_at": reply.edited_at,
        "seen_at": now,
        "shown_at": now,
    }


def _recognise(row: OwnerReply, reply: FoundReply, now: datetime) -> bool:
    """Note that the platform shows this reply; True when that is news."""
    news = row.shown_at is None or row.gone_at is not None
    row.shown_at = row.shown_at or now
    row.gone_at = None
    if reply.published_at and row.published_at is None:
        row.published_at = reply.published_at
        news = True
    return news


def _retire(rows: Sequence[OwnerReply], match: OwnerReply | None, now: datetime) -> bool:
    """Mark as gone what the platform no longer shows; True when there was any."""
    gone = [
        row for row in rows if row is not match and row.shown_at is not None and row.gone_at is None
    ]
    for row in gone:
        row.gone_at = now
    return bool(gone)
