"""What became of a reply that was sent, written down: publication, owner reply, standing, audit.

Every function works in the caller's transaction, the review locked.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from monitor.reply.states import move_publication, transaction, void_approval
from monitor.store import audit, standing
from monitor.store.tables import Approval, OwnerReply, Publication
from monitor.store.texts import reply_hash

WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 60, 180, 360))
MAX_TRIES = len(WAITS) + 1
LOOK_AFTER = timedelta(minutes=1)


def published(
    session: Session,
    now: datetime,
    publication: Publication,
    *,
    posted_at: datetime | None = None,
    visible: bool = False,
    external_id: str | None = None,
    url: str | None = None,
    person_id: int | None = None,
) -> bool:
    """The reply is on the platform: the review is answered. False when it has moved on."""
    at = min(posted_at or now, now)
    moved = move_publication(
        session,
        publication,
        "visible" if visible and publication.state != "by_hand" else "published",
        published_at=at,
        visible_at=now if visible else None,
        external_id=external_id,
        url=url,
        claimed_until=None,
        fault=None,
        detail=None,
        resolved_by=person_id,
    )
    if moved:
        approval = session.get_one(Approval, publication.approval_id)
        _answer(session, now, publication, approval.text, at, external_id)
        standing.refresh(session, [publication.review_id])
        note(session, now, "reply.published", publication, person_id, hash=approval.hash)
    return moved


def _answer(
    session: Session,
    now: datetime,
    publication: Publication,
    text: str,
    at: datetime,
    external_id: str | None,
) -> None:
    row = _owner_reply(session, publication.review_id, text)
    if row is None:
        row = OwnerReply(
            review_id=publication.review_id, text=text, hash=reply_hash(text), seen_at=now
        )
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:  # collect met it on the platform at this very moment
            row = _owner_reply(session, publication.review_id, text)
            if row is None:
                raise
    row.publication_id = publication.id
    row.published_at = row.published_at or at
    row.external_id = row.external_id or external_id
    row.gone_at = None


def _owner_reply(session: Session, review_id: int, text: str) -> OwnerReply | None:
    query = select(OwnerReply).where(
        OwnerReply.review_id == review_id, OwnerReply.hash == reply_hash(text)
    )
    return session.scalars(query.execution_options(populate_existing=True)).first()


def unsure(session: Session, now: datetime, publication: Publication, detail: str) -> None:
    """It may be there: to be looked for on the platform, soon."""
    values = {"detail": detail, "due_at": now + LOOK_AFTER, "claimed_until": None}
    if move_publication(session, publication, "unsure", **values):
        note(session, now, "reply.unsure", publication, detail=detail)


def waits(
    session: Session,
    now: datetime,
    publication: Publication,
    *,
    fault: str | None = None,
    detail: str | None = None,
    retry_after: float | None = None,
) -> None:
    """Certainly not there: tried again later, under the same key; after the last try, failed."""
    if publication.tries >= MAX_TRIES:
        failed(session, now, publication, fault=fault, detail=detail, reason="gave_up")
        return
    wait = WAITS[max(0, publication.tries - 1)]
    if retry_after is not None:
        wait = max(wait, timedelta(seconds=min(retry_after, 7 * 86400)))
    values: dict[str, Any] = {"fault": fault, "detail": detail, "due_at": now + wait}
    values |= {"sent_at": None, "claimed_until": None}
    if move_publication(session, publication, "waiting", **values):
        note(session, now, "reply.put_off", publication, fault=fault, tries=publication.tries)


def failed(
    session: Session,
    now: datetime,
    publication: Publication,
    *,
    fault: str | None,
    detail: str | None,
    reason: str,
) -> None:
    """The platform will not have it: its words are kept, and the draft is open again."""
    values: dict[str, Any] = {"fault": fault, "detail": detail, "sent_at": None}
    void_approval(session, now, publication, reason, ends="failed", **values)


def see(session: Session, now: datetime) -> bool:
    """Publications whose reply a later visit met on the platform become visible.

    Collect says so by the reply's ``shown_at``. True when there was one.
    """
    query = (
        select(Publication, OwnerReply.shown_at)
        .join(OwnerReply, OwnerReply.publication_id == Publication.id)
        .where(Publication.state == "published", OwnerReply.gone_at.is_(None))
        .where(OwnerReply.shown_at.is_not(None))
        .limit(100)
    )
    with transaction(session):
        found = session.execute(query.execution_options(populate_existing=True)).all()
        for publication, shown_at in found:
            if move_publication(session, publication, "visible", visible_at=shown_at):
                note(session, now, "reply.seen", publication)
    return bool(found)


def note(
    session: Session,
    now: datetime,
    action: str,
    publication: Publication,
    person_id: int | None = None,
    **values: object,
) -> None:
    """An audit row about a publication, on its review."""
    audit.record(
        session,
        now,
        action,
        f"review:{publication.review_id}",
        person_id=person_id,
        publication=publication.id,
        **values,
    )
