"""Checking a draft: what its reply is checked against, and its findings kept with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from monitor.config import Brand, Config
from monitor.reply import limits
from monitor.reply.check import Checked, Found, check
from monitor.reply.told import reply_language
from monitor.store.tables import Draft, Finding, Review

RECENT = 50


def record(session: Session, config: Config, review: Review, draft: Draft) -> list[Found]:
    """Check the draft's text as it is and keep the findings, in the caller's transaction."""
    found = check(draft.text, about(session, config, review, draft.facts, draft.id))
    session.execute(delete(Finding).where(Finding.draft_id == draft.id))
    session.add_all(
        Finding(
            draft_id=draft.id,
            edits=draft.edits,
            rule=one.rule,
            blocks=one.blocks,
            start=one.start,
            end=one.end,
            values=dict(one.values),
        )
        for one in found
    )
    session.flush()
    return found


def about(
    session: Session,
    config: Config,
    review: Review,
    facts: Sequence[dict[str, Any]] = (),
    draft_id: int | None = None,
) -> Checked:
    """What a reply to this review is checked against; pages use it to check while typing."""
    brand = config.brand(review.brand)
    return Checked(
        language=reply_language(review, brand),
        sentiment=review.sentiment or "neutral",
        limit=limits.known(session, review.source_id),
        short=review.kind == "posts",
        brand=brand.name,
        contacts=contacts(brand),
        facts=_sentences(brand, facts),
        recent=_recent(session, brand, review.id),
        promises_allowed=config.replying.promises_allowed,
    )


def contacts(brand: Brand) -> tuple[str, ...]:
    """The brand's own addresses, numbers and links."""
    own = brand.customer_service
    return tuple(one for one in (own.email, own.phone, own.url) if one)


def _sentences(brand: Brand, facts: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    said = [sentence for sentences in brand.good_faith.values() for sentence in sentences]
    said += [str(fact["sentence"]) for fact in facts if fact.get("public")]
    return tuple(said)


def _recent(session: Session, brand: Brand, review_id: int) -> tuple[str, ...]:
    query = (
        select(Draft.text)
        .join(Review, Review.id == Draft.review_id)
        .where(Review.brand == brand.key, Draft.review_id != review_id)
        .order_by(Draft.id.desc())
        .limit(RECENT)
    )
    return tuple(session.scalars(query))
