"""The sample: reviews that people check whatever the model said of them.

Labels made where something looked wrong say nothing of how often the model errs; those of a sample
that was drawn without looking do, once nearly all of it is checked.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from monitor.store.tables import Label, Review, Verdict, Version

EVERY = 20
"""One review of so many is in the sample, by its number: nobody chooses it."""
DAYS = 90
"""Older reviews are no longer asked about."""
CHECKED = 0.8
"""Part of the sample that must be checked before it stands for all reviews."""


def is_drawn() -> ColumnElement[bool]:
    """Whether a review is in the sample."""
    return Review.id % EVERY == 0


def to_check(now: datetime) -> list[ColumnElement[bool]]:
    """Reviews of the sample that are read, and of whose sentiment nobody has said anything."""
    said = select(Label.id).where(Label.version_id == Review.version_id, Label.field == "sentiment")
    return [
        is_drawn(),
        Review.sentiment.is_not(None),
        Review.written_at >= now - timedelta(days=DAYS),
        ~said.exists(),
    ]


def checked(session: Session, model: str) -> list[tuple[str, str]] | None:
    """(what people say, what the model said) of the sample's sentiments.

    None until CHECKED of the sample is checked: of what this model read, from the oldest review
    that was checked to the newest.
    """
    rows = session.execute(
        select(Version.id, Review.written_at, Label.value, Verdict.sentiment)
        .join(Review, Review.id == Version.review_id)
        .join(Verdict, Verdict.version_id == Version.id)
        .join(Label, Label.version_id == Version.id)
        .where(is_drawn(), Verdict.model == model, Label.field == "sentiment")
        .order_by(Label.id)
    ).all()
    newest = {version: (said, found) for version, _, said, found in rows}
    written = [at for _, at, _, _ in rows]
    if not written:
        return None
    drawn = session.scalar(
        select(func.count())
        .select_from(Review)
        .join(Verdict, Verdict.version_id == Review.version_id)
        .where(is_drawn(), Verdict.model == model)
        .where(Review.written_at >= min(written), Review.written_at <= max(written))
    )
    return list(newest.values()) if len(newest) >= CHECKED * (drawn or 0) else None
