"""The states of drafts and publications: the one place that changes them.

Every change is one conditional UPDATE from the state the caller saw, so that of two people (or
two machines) only one succeeds. A review's decisions are taken one after another: each begins by
locking the review's row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, or_, update
from sqlalchemy.orm import Session

from monitor.store import audit
from monitor.store.tables import Approval, Draft, Publication, Review

DRAFT_MOVES: Mapping[str, frozenset[str]] = {
    "proposed": frozenset({"proposed", "approved", "rejected", "void"}),
    "approved": frozenset({"proposed", "void"}),
}
PUBLICATION_MOVES: Mapping[str, frozenset[str]] = {
    "waiting": frozenset({"waiting", "sending", "by_hand", "published", "withdrawn"}),
    "sending": frozenset({"published", "visible", "waiting", "unsure", "failed"}),
    "unsure": frozenset({"unsure", "published", "visible", "waiting", "withdrawn", "failed"}),
    "by_hand": frozenset({"published", "withdrawn"}),
    "published": frozenset({"visible"}),
}
UNSENT = frozenset({"waiting", "by_hand"})
"""Publications that can still be taken back."""
LIVE = frozenset({"waiting", "sending", "unsure", "published", "visible", "by_hand"})


def came_back(state: str, reason: str | None) -> bool:
    """Whether a draft of that state and reason was approved and could not be published: nobody
    took it back, and nobody has changed its text since."""
    return state == "proposed" and reason not in (None, "taken_back")


@contextmanager
def transaction(session: Session) -> Iterator[None]:
    """Commit what the block did, or none of it."""
    try:
        yield
        session.commit()
    except BaseException:
        session.rollback()
        raise


def lock_review(session: Session, review_id: int) -> Review | None:
    """The review as it is now, held until the transaction ends."""
    return session.get(Review, review_id, populate_existing=True, with_for_update=True)


def move_draft(session: Session, draft: Draft, to: str, now: datetime, **values: Any) -> bool:
    """Change a draft's state; False when it is no longer as the caller saw it."""
    if to not in DRAFT_MOVES.get(draft.state, ()):
        return False
    seen = (Draft.id == draft.id, Draft.state == draft.state, Draft.edits == draft.edits)
    changed = update(Draft).where(*seen).values(state=to, changed_at=now, **values)
    return _changed_one(session, changed, draft)


def move_publication(session: Session, publication: Publication, to: str, **values: Any) -> bool:
    """Change a publication's state; False when it is no longer as the caller saw it."""
    if to not in PUBLICATION_MOVES.get(publication.state, ()):
        return False
    seen = (
        Publication.id == publication.id,
        Publication.state == publication.state,
        Publication.tries == publication.tries,
    )
    changed = update(Publication).where(*seen).values(state=to, **values)
    return _changed_one(session, changed, publication)


def claim_publication(
    session: Session, publication: Publication, to: str, now: datetime, **values: Any
) -> bool:
    """As move_publication, but only for a due row that nobody holds."""
    if to not in PUBLICATION_MOVES.get(publication.state, ()):
        return False
    free = or_(Publication.claimed_until.is_(None), Publication.claimed_until <= now)
    seen = (
        Publication.id == publication.id,
        Publication.state == publication.state,
        Publication.tries == publication.tries,
        Publication.due_at <= now,
    )
    changed = update(Publication).where(*seen, free).values(state=to, **values)
    return _changed_one(session, changed, publication)


def _changed_one(session: Session, changed: Any, row: Any) -> bool:
    session.flush()
    done = session.execute(changed.execution_options(synchronize_session=False))
    session.refresh(row)
    return cast(CursorResult[Any], done).rowcount == 1


def void_approval(
    session: Session,
    now: datetime,
    publication: Publication,
    reason: str,
    *,
    ends: str = "withdrawn",
    draft_to: str = "proposed",
    person_id: int | None = None,
    **values: Any,
) -> bool:
    """End a publication that is not on the platform, with its approval; the draft is open again.

    False when the publication has moved on meanwhile: nothing is changed then.
    """
    if not move_publication(session, publication, ends, claimed_until=None, **values):
        return False
    approval = session.get_one(Approval, publication.approval_id)
    approval.voided_at, approval.void_reason = now, reason
    draft = session.get_one(Draft, approval.draft_id, populate_existing=True)
    if draft.state == "approved":
        move_draft(session, draft, draft_to, now, reason=reason)
    audit.record(
        session,
        now,
        "approval.voided",
        f"review:{publication.review_id}",
        person_id=person_id,
        approval=approval.id,
        publication=publication.id,
        reason=reason,
    )
    return True
