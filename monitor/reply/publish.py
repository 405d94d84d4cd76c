"""Putting approved replies on the platforms, each once, and knowing what became of them.

A publication is committed as "sending" before its request leaves. A crash or a time-out after
that leaves it "unsure": only re-reading the platform, or a person, tells whether it is there.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from difflib import SequenceMatcher

from sqlalchemy import select
from sqlalchemy.orm import Session

from crawlers import contract
from crawlers.contract import (
    FoundReply,
    Publisher,
    PublishError,
    PublishOutcome,
    ReplyToPost,
    SourceError,
)
from monitor.config import Config
from monitor.reply import check, limits, outcome
from monitor.reply.refusal import APPROVERS, EDITORS, Refused, allowed
from monitor.reply.states import (
    claim_publication,
    lock_review,
    move_publication,
    transaction,
    void_approval,
)
from monitor.store.tables import Approval, Draft, Publication, Review, SourceRow, Version
from monitor.store.texts import approval_hash

PublisherOf = Callable[[SourceRow], Publisher | None]

CLAIM = timedelta(minutes=5)
"""Longer than any request: a "sending" older than this was cut short."""
LANDED_BY = timedelta(minutes=10)
"""A reply not found so long after it was sent did not arrive, if the platform answers in full."""
LOOK_AGAIN = timedelta(minutes=5)
ALIKE = 0.8
"""Likeness above which a found reply is ours: platforms trim, shorten links, add a mention."""


def run_one(session: Session, now: datetime, publisher_of: PublisherOf) -> bool:
    """Do one thing that is due: recover, hand over, see, look for an unsure one, or send.

    With nothing else to do, a platform is asked how long replies may be (limits).
    """
    return (
        _recover(session, now)
        or _hand_over(session, now, publisher_of)
        or outcome.see(session, now)
        or _work_due(session, now, publisher_of)
        or limits.run_one(session, now, publisher_of)
    )


def is_by_hand(config: Config, source: SourceRow) -> bool:
    """True when a person copies the reply to the platform: it has no interface, or is not used."""
    named = {one.name: one for _, one in config.sources()}
    if source.name in named and not named[source.name].reply:
        return True
    try:
        return not contract.load(source.platform).can_reply
    except KeyError:
        return False


def seen(session: Session, publication_id: int) -> Publication:
    """The publication as it is now, its review locked. Refused("missing") for no such one."""
    query = select(Publication.review_id).where(Publication.id == publication_id)
    review_id = session.scalar(query)
    if review_id is None:
        raise Refused("missing")
    lock_review(session, review_id)
    return session.get_one(Publication, publication_id, populate_existing=True)


def mark_posted(
    session: Session, now: datetime, publication_id: int, person_id: int, url: str | None = None
) -> Publication:
    """A person says that they have copied the reply to the platform."""
    with transaction(session):
        allowed(session, person_id, EDITORS)
        publication = seen(session, publication_id)
        if publication.state != "by_hand":
            raise Refused("not_by_hand")
        outcome.published(session, now, publication, url=url or None, person_id=person_id)
    return publication


def resolve(
    session: Session, now: datetime, publication_id: int, person_id: int, posted: bool
) -> Publication:
    """A person who looked at the platform says whether an unsure reply is there.

    When it is not, it is sent again under the same key.
    """
    with transaction(session):
        allowed(session, person_id, APPROVERS)
        publication = seen(session, publication_id)
        if publication.state != "unsure":
            raise Refused("not_unsure")
        if posted:
            sent_at = publication.sent_at
            outcome.published(session, now, publication, posted_at=sent_at, person_id=person_id)
        else:
            values = {"due_at": now, "sent_at": None, "claimed_until": None}
            move_publication(session, publication, "waiting", resolved_by=person_id, **values)
            outcome.note(session, now, "reply.not_there", publication, person_id)
    return publication


def void_reason(session: Session, publication: Publication) -> str | None:
    """Why an approval no longer covers what would be published; None when it does."""
    approval = session.get_one(Approval, publication.approval_id, populate_existing=True)
    draft = session.get_one(Draft, approval.draft_id, populate_existing=True)
    review = session.get_one(Review, publication.review_id)
    version = session.get_one(Version, approval.version_id)
    bound = approval_hash(version.hash, approval.text, check.RULES_VERSION)
    checks = {
        "removed": review.removed_at is not None or review.erased_at is not None,
        "answered": review.answered_at is not None,
        "settled": review.settled_at is not None,
        "review_changed": review.version_id != approval.version_id,
        "edited": draft.state != "approved" or draft.text != approval.text,
        "rules_changed": approval.rules_version != check.RULES_VERSION,
        "not_approved": approval.voided_at is not None or approval.hash != bound,
    }
    return next((reason for reason, holds in checks.items() if holds), None)


def _recover(session: Session, now: datetime) -> bool:
    """What was being sent when the program died may be there."""
    query = select(Publication.id).where(
        Publication.state == "sending", Publication.claimed_until <= now
    )
    with transaction(session):
        key = session.scalar(query.limit(1))
        if key is None:
            return False
        publication = seen(session, key)
        if publication.state == "sending":
            outcome.unsure(session, now, publication, "the program stopped while sending")
    return True


def _hand_over(session: Session, now: datetime, publisher_of: PublisherOf) -> bool:
    """Replies of a source that cannot post (any more) are copied by a person."""
    query = (
        select(Publication.id, SourceRow)
        .join(Review, Review.id == Publication.review_id)
        .join(SourceRow, SourceRow.id == Review.source_id)
        .where(Publication.state == "waiting")
    )
    rows = session.execute(query).all()
    session.commit()
    sources = {source.id: source for _, source in rows}
    unable = {key for key, source in sources.items() if _cannot_post(source, publisher_of)}
    for key in [key for key, source in rows if source.id in unable]:
        with transaction(session):
            publication = seen(session, key)
            if move_publication(session, publication, "by_hand", claimed_until=None):
                outcome.note(session, now, "reply.handed_over", publication)
    return bool(unable)


def _cannot_post(source: SourceRow, publisher_of: PublisherOf) -> bool:
    try:
        return publisher_of(source) is None
    except SourceError:
        return False


def _work_due(session: Session, now: datetime, publisher_of: PublisherOf) -> bool:
    query = (
        select(Publication.id, Publication.state)
        .where(Publication.state.in_(("waiting", "unsure")), Publication.due_at <= now)
        .where(Publication.claimed_until.is_(None) | (Publication.claimed_until <= now))
        .order_by(Publication.due_at, Publication.id)
        .limit(1)
    )
    row = session.execute(query).first()
    session.commit()
    if row is None:
        return False
    work = _look if row.state == "unsure" else _send
    work(session, now, row.id, publisher_of)
    return True


def _send(session: Session, now: datetime, key: int, publisher_of: PublisherOf) -> None:
    """Verify, commit "sending", ask the platform, keep what it said."""
    with transaction(session):
        publication = seen(session, key)
        if publication.state != "waiting":
            return
        reason = void_reason(session, publication)
        if reason is not None:
            void_approval(session, now, publication, reason)
            return
        values = {"sent_at": now, "tries": publication.tries + 1, "claimed_until": now + CLAIM}
        if not claim_publication(session, publication, "sending", now, **values):
            return
        source, reply = _asked(session, publication)
    try:
        publisher = publisher_of(source)
    except SourceError as fault:
        publisher, refusal = None, _as_refusal(fault, sent=False)
    else:
        refusal = PublishError(PublishOutcome.NOT_POSTED, "replies cannot be posted any more")
    _post(session, now, publication, publisher, reply, refusal)


def _post(
    session: Session,
    now: datetime,
    sent: Publication,
    publisher: Publisher | None,
    reply: ReplyToPost,
    refusal: PublishError,
) -> None:
    tries = sent.tries
    posted = None
    if publisher is not None:
        try:
            posted = publisher.publish(reply)
        except PublishError as error:
            refusal = error
        except SourceError as fault:
            refusal = _as_refusal(fault, sent=fault.sent)
    with transaction(session):
        publication = seen(session, sent.id)
        if publication.tries != tries or publication.state not in ("sending", "unsure"):
            return
        if posted is None:
            _not_confirmed(session, now, publication, refusal)
            return
        outcome.published(
            session,
            now,
            publication,
            posted_at=posted.posted_at,
            visible=posted.visible,
            external_id=posted.external_id,
            url=posted.url,
        )


def _as_refusal(fault: SourceError, *, sent: bool) -> PublishError:
    known = PublishOutcome.UNSURE if sent else PublishOutcome.NOT_POSTED
    return PublishError(known, fault.detail, fault=fault.fault, retry_after=fault.retry_after)


def _not_confirmed(
    session: Session, now: datetime, publication: Publication, error: PublishError
) -> None:
    fault = str(error.fault) if error.fault else None
    if error.outcome is PublishOutcome.REJECTED:
        values = {"fault": fault, "detail": error.detail}
        outcome.failed(session, now, publication, reason="platform_refused", **values)
    elif error.outcome is PublishOutcome.NOT_POSTED:
        wait = error.retry_after
        outcome.waits(session, now, publication, fault=fault, detail=error.detail, retry_after=wait)
    else:
        outcome.unsure(session, now, publication, error.detail)


def _look(session: Session, now: datetime, key: int, publisher_of: PublisherOf) -> None:
    """Re-read the platform for a reply that may be there."""
    with transaction(session):
        publication = seen(session, key)
        values = {"claimed_until": now + CLAIM, "due_at": now + LOOK_AGAIN}
        if publication.state != "unsure" or not claim_publication(
            session, publication, "unsure", now, **values
        ):
            return
        source, reply = _asked(session, publication)
    found: FoundReply | None = None
    problem: str | None = None
    try:
        publisher = publisher_of(source)
        if publisher is None:
            problem = "the platform cannot be asked any more"
        else:
            found = publisher.find(reply)
    except SourceError as fault:
        problem = fault.detail
    with transaction(session):
        _looked(session, now, seen(session, key), found, problem)


def _looked(
    session: Session,
    now: datetime,
    publication: Publication,
    found: FoundReply | None,
    problem: str | None,
) -> None:
    if publication.state != "unsure":
        return
    approval = session.get_one(Approval, publication.approval_id)
    sent_at = publication.sent_at or now
    free = {"claimed_until": None}
    if problem is not None:
        move_publication(session, publication, "unsure", detail=problem, **free)
    elif found is None and now < sent_at + LANDED_BY:
        move_publication(session, publication, "unsure", due_at=sent_at + LANDED_BY, **free)
    elif found is None:
        move_publication(session, publication, "waiting", due_at=now, sent_at=None, **free)
        outcome.note(session, now, "reply.not_there", publication)
    elif is_ours(found.text, approval.text):
        outcome.published(
            session,
            now,
            publication,
            posted_at=found.published_at or sent_at,
            visible=True,
            external_id=found.external_id,
        )
    else:
        void_approval(session, now, publication, "answered", detail=found.text[:500])


def is_ours(found: str, approved: str) -> bool:
    """Whether a reply found on the platform is the approved one, as platforms alter texts."""
    there, ours = " ".join(found.split()), " ".join(approved.split())
    if ours and ours in there:
        return True
    return SequenceMatcher(None, there, ours, autojunk=False).ratio() >= ALIKE


def _asked(session: Session, publication: Publication) -> tuple[SourceRow, ReplyToPost]:
    approval = session.get_one(Approval, publication.approval_id)
    review = session.get_one(Review, publication.review_id)
    draft = session.get_one(Draft, approval.draft_id)
    reply = ReplyToPost(
        review_id=review.external_id,
        text=approval.text,
        idempotency_key=publication.idempotency_key,
        review_url=review.url,
        author=review.author,
        author_id=review.author_id,
        language=draft.language,
    )
    return session.get_one(SourceRow, review.source_id), reply
