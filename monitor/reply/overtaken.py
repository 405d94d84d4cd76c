"""Proposals whose review is read again and understood otherwise, by a new model or new rules."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.reply import told
from monitor.reply.draft import OPEN
from monitor.reply.states import move_draft
from monitor.store import audit
from monitor.store.tables import Draft, Review


@contextmanager
def following(session: Session, now: datetime, review_ids: Collection[int]) -> Iterator[None]:
    """Around a new reading of these reviews, in the caller's transaction.

    Where another reply is called for than before, a proposal that nobody edited or approved
    becomes void; what a person edited or approved stays. The review's story says either.
    """
    before = {review.id: told.mood_of(review) for _, review in _answering(session, review_ids)}
    yield
    for draft, review in _answering(session, before):
        after = told.mood_of(review)
        if after != before[review.id] and not told.fits(draft, review):
            _overtake(session, now, draft, before[review.id], after)


def _answering(session: Session, review_ids: Collection[int]) -> list[tuple[Draft, Review]]:
    """Open drafts with the reviews they are to answer, the reviews held."""
    query = (
        select(Draft, Review)
        .join(Review, Review.id == Draft.review_id)
        .where(
            Review.id.in_(review_ids),
            Review.answered_at.is_(None),
            Draft.state.in_(OPEN),
            Draft.version_id == Review.version_id,
        )
        .order_by(Review.id)
        .with_for_update(of=Review)
        .execution_options(populate_existing=True)
    )
    return [(draft, review) for draft, review in session.execute(query)]


def _overtake(session: Session, now: datetime, draft: Draft, before: str, after: str) -> None:
    subject = f"review:{draft.review_id}"
    # a reason is left by an approval that came to nothing
    untouched = draft.state == "proposed" and not draft.edits and draft.reason is None
    voided = untouched and move_draft(session, draft, "void", now, reason="read_again")
    action = "draft.overtaken" if voided else "reading.changed"
    audit.record(session, now, action, subject, draft=draft.id, before=before, after=after)
