"""Proposing replies: every review that is owed one has a draft of its current version."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from monitor.config import Brand, Config
from monitor.reply import checking, facts, limits, told
from monitor.reply.check import Limit
from monitor.reply.states import LIVE, UNSENT, lock_review, move_draft, transaction, void_approval
from monitor.reply.wording import (
    POST_LENGTH,
    Composer,
    ReplyTemplateError,
    ReplyTemplates,
    fitting,
    layout_for,
    layouts,
    typography,
)
from monitor.store.tables import (
    Approval,
    Draft,
    Label,
    Publication,
    Review,
    Verdict,
    Version,
)

BATCH = 25
"""Drafts in one transaction: few enough that a writer waiting for SQLite hardly notices."""
RECENT = 20
OPEN = ("proposed", "approved")


def run_one(session: Session, now: datetime, config: Config, templates: ReplyTemplates) -> bool:
    """Void drafts that answer what no longer stands, or propose some that are owed.

    Raises ReplyTemplateError naming the file when a template cannot be used.
    """
    return _void_stale(session, now) or _propose_owed(session, now, config, templates)


def live(session: Session, review_id: int) -> Draft | None:
    """The review's open draft, proposed or approved."""
    query = select(Draft).where(Draft.review_id == review_id, Draft.state.in_(OPEN))
    return session.scalars(query.execution_options(populate_existing=True)).first()


def reread(session: Session, now: datetime, review_id: int) -> bool:
    """Void a proposal that nobody worked on and that fits the review's reading no more, in the
    caller's transaction. What a person wrote or approved stays."""
    review, found = lock_review(session, review_id), live(session, review_id)
    if review is None or found is None or found.state != "proposed" or found.edits:
        return False
    if told.fits(found, review):
        return False
    return move_draft(session, found, "void", now, reason="reading_changed")


def _void_stale(session: Session, now: datetime) -> bool:
    stale = or_(
        Draft.version_id != Review.version_id,
        Review.answered_at.is_not(None),
        Review.settled_at.is_not(None),
        Review.removed_at.is_not(None),
        Review.erased_at.is_not(None),
    )
    unsent = (
        select(Approval.draft_id)
        .join(Publication, Publication.approval_id == Approval.id)
        .where(Publication.state.in_(UNSENT))
    )
    query = (
        select(Draft.id, Draft.review_id)
        .join(Review, Review.id == Draft.review_id)
        .where(Draft.state.in_(OPEN), stale)
        .where(or_(Draft.state == "proposed", Draft.id.in_(unsent)))
        .limit(BATCH)
    )
    rows = session.execute(query).all()
    session.commit()
    for row in rows:
        with transaction(session):
            _void(session, now, row.id, row.review_id)
    return bool(rows)


def _void(session: Session, now: datetime, draft_id: int, review_id: int) -> None:
    review = lock_review(session, review_id)
    found = session.get_one(Draft, draft_id, populate_existing=True)
    reason = None if review is None else _void_reason(review, found)
    if reason is None or found.state not in OPEN:
        return
    if found.state == "proposed":
        move_draft(session, found, "void", now, reason=reason)
        return
    query = (
        select(Publication)
        .join(Approval, Approval.id == Publication.approval_id)
        .where(Approval.draft_id == draft_id, Publication.state.in_(UNSENT))
    )
    publication = session.scalars(query.execution_options(populate_existing=True)).first()
    if publication is not None:
        void_approval(session, now, publication, reason, draft_to="void")


def _void_reason(review: Review, found: Draft) -> str | None:
    if review.removed_at is not None or review.erased_at is not None:
        return "removed"
    if review.answered_at is not None:
        return "answered"
    if review.settled_at is not None:
        return "settled"
    return "review_changed" if review.version_id != found.version_id else None


def _propose_owed(
    session: Session, now: datetime, config: Config, templates: ReplyTemplates
) -> bool:
    keys = list(session.scalars(_owed(config).limit(BATCH)))
    session.commit()
    with transaction(session):
        for key in keys:
            review = lock_review(session, key)
            if review is not None and live(session, key) is None:
                propose(session, now, config, templates, review)
    return bool(keys)


def _owed(config: Config) -> Any:
    """Reviews that are owed a draft, the most urgent and newest first."""
    closed = or_(
        Draft.state.in_(OPEN),
        and_(Draft.state == "rejected", Draft.version_id == Review.version_id),
    )
    return (
        select(Review.id)
        .join(Version, Version.id == Review.version_id)
        .where(
            Review.answered_at.is_(None),
            Review.settled_at.is_(None),
            Review.removed_at.is_(None),
            Review.erased_at.is_(None),
            Version.understood_by.is_not(None),
            Review.brand.in_([brand.key for brand in config.brands]),
            or_(
                Review.sentiment.in_(config.replying.draft_for),
                Review.severity == "critical",
            ),
            ~exists().where(Draft.review_id == Review.id, closed),
            ~exists().where(Publication.review_id == Review.id, Publication.state.in_(LIVE)),
        )
        .order_by(Review.urgency.desc(), Review.written_at.desc())
    )


def propose(
    session: Session,
    now: datetime,
    config: Config,
    templates: ReplyTemplates,
    review: Review,
    *,
    layout: str | None = None,
) -> Draft | None:
    """Add a draft in the caller's transaction; None when the version is not understood yet.

    ``layout`` is one of wording.layouts; by default the one that the review calls for.
    """
    version = session.get_one(Version, review.version_id)
    if review.severity is None:
        return None
    brand = config.brand(review.brand)
    composer, facts_said = _composer(session, templates, brand, review, version)
    limit = limits.known(session, review.source_id)
    chosen = layout or layout_for(composer.review, limit.most)
    if chosen not in layouts(templates, composer.review.language):
        raise ReplyTemplateError(f"replies/{composer.review.language}/{chosen}.txt is missing")
    text = fitting(composer, chosen, _fits(limit, chosen))
    public = facts_said if facts_said and facts_said in text else ""
    made = Draft(
        review_id=review.id,
        version_id=version.id,
        language=composer.review.language,
        text=text,
        proposed_text=text,
        template=f"{composer.review.language}/{chosen}",
        facts=facts.sheet(session, brand, review, version, public),
        made_at=now,
        changed_at=now,
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:  # another machine proposed one at this very moment
        return live(session, review.id)
    checking.record(session, config, review, made)
    return made


def _fits(limit: Limit, layout: str) -> Callable[[str], bool]:
    post = limits.of(POST_LENGTH, "graphemes")
    short = layout.startswith("short/")

    def fits(text: str) -> bool:
        return not limit.exceeded_by(text) and not (short and post.exceeded_by(text))

    return fits


def _composer(
    session: Session, templates: ReplyTemplates, brand: Brand, review: Review, version: Version
) -> tuple[Composer, str]:
    language = told.reply_language(review, brand)
    review_told = told.tell(review, version, _topics(session, version), language)
    recent = _recent(session, brand)
    sentences = {str(key): said for key, said in brand.good_faith.items()}.get(language, ())
    bearing = facts.fitting(sentences, review_told.complaints)
    bearing = [typography(one, language) for one in bearing]
    said = min(bearing, key=lambda one: sum(one in text for text in recent)) if bearing else ""
    composer = Composer(
        templates=templates,
        review=review_told,
        brand=told.voice(brand, language, said),
        recent=recent,
        seed=f"{review.platform}:{review.external_id}",
    )
    return composer, said


def _topics(session: Session, version: Version) -> Sequence[Mapping[str, Any]]:
    """A person's topics first, else the newest verdict's."""
    newest = Label.id.desc()
    label = select(Label.value).where(Label.version_id == version.id, Label.field == "topics")
    labelled = session.scalars(label.order_by(newest).limit(1)).first()
    if labelled is not None:
        return list(labelled)
    verdict = select(Verdict.topics).where(Verdict.version_id == version.id)
    return session.scalars(verdict.order_by(Verdict.id.desc()).limit(1)).first() or []


def _recent(session: Session, brand: Brand) -> list[str]:
    query = select(Draft.text).join(Review, Review.id == Draft.review_id)
    query = query.where(Review.brand == brand.key).order_by(Draft.id.desc()).limit(RECENT)
    return list(session.scalars(query))
