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
    """Reviews of the sample that were judged, and of whose sentiment nobody has said anything."""
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
    that was checked to the newest, or in the DAYS before the newest. Somebody may have corrected an
    old one by chance, and nobody is asked about those since.
    """
    rows = session.execute(
        select(Version.id, Review.written_at, Label.value, Verdict.sentiment)
        .join(Review, Review.id == Version.review_id)
        .join(Verdict, Verdict.version_id == Version.id)
        .join(Label, Label.version_id == Version.id)
        .where(is_drawn(), *_read_by(model), Label.field == "sentiment")
        .order_by(Label.id)
    ).all()
    newest = {version: (at, said, found) for version, at, said, found in rows}
    if not newest:
        return None
    written = sorted(at for at, _, _ in newest.values())
    first, last = written[0], written[-1]
    for since in (first, last - timedelta(days=DAYS)):
        pairs = [(said, found) for at, said, found in newest.values() if at >= since]
        if len(pairs) >= CHECKED * _drawn(session, model, since, last):
            return pairs
    return None


def _drawn(session: Session, model: str, since: datetime, until: datetime) -> int:
    """How many reviews of the sample this model read, of those written then."""
    query = (
        select(func.count())
        .select_from(Review)
        .join(Verdict, Verdict.version_id == Review.version_id)
        .where(is_drawn(), *_read_by(model))
        .where(Review.written_at >= since, Review.written_at <= until)
    )
    return session.scalar(query) or 0


def _read_by(model: str) -> list[ColumnElement[bool]]:
    """Verdicts of this model, but for those that had nothing to go by: they are in no rate."""
    return [Verdict.model == model, Verdict.confidence > 0]
