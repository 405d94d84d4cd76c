"""What people decide about a reply: edit, approve, reject, take back, or that none is owed.

Each function is one transaction that begins by locking the review, and raises Refused with
nothing changed when the decision may not be taken. ``edits`` is the number of saves the person
saw: with another number the draft is no longer what they were looking at.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.config import Config
from monitor.reply import checking, draft, publish
from monitor.reply.check import RULES_VERSION
from monitor.reply.refusal import APPROVERS, EDITORS, Refused, allowed, approvers
from monitor.reply.states import (
    LIVE,
    UNSENT,
    lock_review,
    move_draft,
    transaction,
    void_approval,
)
from monitor.reply.told import reply_language
from monitor.reply.wording import ReplyTemplates, layouts
from monitor.store import audit
from monitor.store.tables import Approval, Draft, Publication, Review, SourceRow, Version
from monitor.store.texts import approval_hash

__all__ = [
    "Refused",
    "approve",
    "redraft",
    "reject",
    "save",
    "settle",
    "take_back",
    "unsettle",
]


def save(
    session: Session,
    now: datetime,
    draft_id: int,
    text: str,
    edits: int,
    person_id: int,
    config: Config,
) -> Draft:
    """Keep a new text and what the checker says of it; an approval of the old text is void."""
    with transaction(session):
        allowed(session, person_id, EDITORS)
        review, edited = _seen(session, draft_id, edits)
        if edited.state == "approved":
            _withdraw(session, now, edited, "edited", person_id)
        if edited.state != "proposed":
            raise Refused("closed", state=edited.state)
        text = text.replace("\r\n", "\n").strip()
        values = {"text": text, "edits": edits + 1, "edited_by": person_id, "reason": None}
        if not move_draft(session, edited, "proposed", now, **values):
            raise Refused("stale")
        checking.record(session, config, review, edited)
        _note(session, now, "draft.edited", review, person_id, draft=draft_id, edits=edits + 1)
    return edited


def approve(
    session: Session, now: datetime, draft_id: int, edits: int, person_id: int, config: Config
) -> Publication:
    """A named person's yes: the reply will be published once the time to take it back is over."""
    publication = None
    with transaction(session):
        allowed(session, person_id, APPROVERS)
        review, approved = _seen(session, draft_id, edits)
        version = _answerable(session, review, approved)
        _refuse_own_work(session, config, review, approved, person_id)
        # today's rules judge, and what they find is kept for the page even when it blocks
        found = checking.record(session, config, review, approved)
        blocking = [one.rule for one in found if one.blocks]
        if not blocking:
            publication = _approve(session, now, config, review, version, approved, person_id)
    if publication is None:
        raise Refused("blocked", rules=blocking)
    return publication


def reject(
    session: Session, now: datetime, draft_id: int, edits: int, person_id: int, reason: str
) -> Draft:
    """Turn a draft down, with the reason; the program proposes none for this version again."""
    with transaction(session):
        allowed(session, person_id, APPROVERS)
        review, rejected = _seen(session, draft_id, edits)
        if not reason.strip():
            raise Refused("reason")
        values = {"reason": reason.strip(), "rejected_by": person_id}
        if rejected.state != "proposed":
            raise Refused("closed", state=rejected.state)
        if not move_draft(session, rejected, "rejected", now, **values):
            raise Refused("stale")
        _note(session, now, "draft.rejected", review, person_id, draft=draft_id)
    return rejected


def redraft(
    session: Session,
    now: datetime,
    review_id: int,
    person_id: int,
    config: Config,
    templates: ReplyTemplates,
    template: str | None = None,
) -> Draft:
    """Propose anew, in other words, or by the layout asked for ("short/negative")."""
    with transaction(session):
        allowed(session, person_id, EDITORS)
        review = _review(session, review_id)
        _refuse_answered(session, review)
        live = draft.live(session, review_id)
        if live is not None and live.state == "approved":
            _withdraw(session, now, live, "redrafted", person_id)
        if live is not None:
            move_draft(session, live, "void", now, reason="redrafted")
        if template is not None and template not in _layouts(config, templates, review):
            raise Refused("layout")
        made = draft.propose(session, now, config, templates, review, layout=template)
        if made is None:
            raise Refused("unread")
        _note(session, now, "draft.asked", review, person_id, draft=made.id)
    return made


def take_back(session: Session, now: datetime, publication_id: int, person_id: int) -> Draft:
    """Undo an approval whose reply has not left yet; the draft is open again."""
    with transaction(session):
        allowed(session, person_id, APPROVERS)
        publication = publish.seen(session, publication_id)
        if publication.state not in UNSENT:
            raise Refused("sent")
        if not void_approval(session, now, publication, "taken_back", person_id=person_id):
            raise Refused("sent")
        approval = session.get_one(Approval, publication.approval_id)
    return session.get_one(Draft, approval.draft_id)


def settle(session: Session, now: datetime, review_id: int, person_id: int, reason: str) -> None:
    """Decide that a review needs no reply; its open draft is void."""
    with transaction(session):
        allowed(session, person_id, EDITORS)
        review = _review(session, review_id)
        if not reason.strip():
            raise Refused("reason")
        live = draft.live(session, review_id)
        if live is not None and live.state == "approved":
            _withdraw(session, now, live, "settled", person_id)
        if live is not None:
            move_draft(session, live, "void", now, reason="settled")
        review.settled_at = now
        _note(session, now, "review.settled", review, person_id, reason=reason.strip())


def unsettle(session: Session, now: datetime, review_id: int, person_id: int) -> None:
    """Decide that a review is owed a reply after all."""
    with transaction(session):
        allowed(session, person_id, EDITORS)
        review = _review(session, review_id)
        review.settled_at = None
        _note(session, now, "review.unsettled", review, person_id)


def _layouts(config: Config, templates: ReplyTemplates, review: Review) -> list[str]:
    return layouts(templates, reply_language(review, config.brand(review.brand)))


def _seen(session: Session, draft_id: int, edits: int) -> tuple[Review, Draft]:
    """The draft and its review, locked; refused unless the draft is as the person saw it."""
    review_id = session.scalar(select(Draft.review_id).where(Draft.id == draft_id))
    if review_id is None:
        raise Refused("missing")
    review = _review(session, review_id)
    found = session.get_one(Draft, draft_id, populate_existing=True)
    if found.edits != edits:
        raise Refused("stale")
    return review, found


def _review(session: Session, review_id: int) -> Review:
    review = lock_review(session, review_id)
    if review is None:
        raise Refused("missing")
    return review


def _answerable(session: Session, review: Review, proposed: Draft) -> Version:
    """The version that the draft answers, when it may still be answered by it."""
    _refuse_answered(session, review)
    if review.version_id != proposed.version_id:
        raise Refused("review_changed")
    if proposed.state != "proposed":
        raise Refused("closed", state=proposed.state)
    return session.get_one(Version, proposed.version_id)


def _refuse_answered(session: Session, review: Review) -> None:
    if review.removed_at is not None or review.erased_at is not None:
        raise Refused("removed")
    sent = (Publication.review_id == review.id, Publication.state.in_(LIVE - UNSENT))
    if session.scalar(select(Publication.id).where(*sent)) is not None:
        raise Refused("sent")
    if review.answered_at is not None:
        raise Refused("answered")
    if review.settled_at is not None:
        raise Refused("settled")


def _refuse_own_work(
    session: Session, config: Config, review: Review, proposed: Draft, person_id: int
) -> None:
    if proposed.edited_by != person_id:
        return
    careful = review.severity == "critical" and approvers(session) >= 2
    if config.replying.four_eyes or careful:
        raise Refused("four_eyes")


def _approve(
    session: Session,
    now: datetime,
    config: Config,
    review: Review,
    version: Version,
    approved: Draft,
    person_id: int,
) -> Publication:
    if not move_draft(session, approved, "approved", now, reason=None):
        raise Refused("stale")
    approval = _approval(now, review, version, approved, person_id)
    session.add(approval)
    session.flush()
    publication = _publication(session, now, config, review, approval)
    session.add(publication)
    values = {"draft": approved.id, "approval": approval.id, "hash": approval.hash}
    _note(session, now, "reply.approved", review, person_id, **values)
    return publication


def _withdraw(
    session: Session, now: datetime, approved: Draft, reason: str, person_id: int
) -> None:
    """Void the approval of a draft whose reply has not left; Refused("sent") when it has."""
    query = select(Publication).join(Approval, Approval.id == Publication.approval_id)
    query = query.where(Approval.draft_id == approved.id, Publication.state.in_(LIVE))
    publication = session.scalars(query.execution_options(populate_existing=True)).first()
    if publication is None or publication.state not in UNSENT:
        raise Refused("sent")
    if not void_approval(session, now, publication, reason, person_id=person_id):
        raise Refused("sent")
    session.refresh(approved)


def _approval(
    now: datetime, review: Review, version: Version, approved: Draft, person_id: int
) -> Approval:
    return Approval(
        draft_id=approved.id,
        review_id=review.id,
        version_id=version.id,
        person_id=person_id,
        text=approved.text,
        rules_version=RULES_VERSION,
        hash=approval_hash(version.hash, approved.text, RULES_VERSION),
        approved_at=now,
    )


def _publication(
    session: Session, now: datetime, config: Config, review: Review, approval: Approval
) -> Publication:
    source = session.get_one(SourceRow, review.source_id)
    by_hand = publish.is_by_hand(config, source)
    undo = timedelta(minutes=0 if by_hand else config.replying.undo_minutes)
    return Publication(
        approval_id=approval.id,
        review_id=review.id,
        idempotency_key=uuid4().hex,
        state="by_hand" if by_hand else "waiting",
        due_at=now + undo,
    )


def _note(
    session: Session,
    now: datetime,
    action: str,
    review: Review,
    person_id: int,
    **values: object,
) -> None:
    audit.record(session, now, action, f"review:{review.id}", person_id=person_id, **values)
