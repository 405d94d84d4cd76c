"""Where the time to a reply goes: written, seen, drafted, approved, published, visible."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.measure.period import Period, Scope
from monitor.store.tables import Approval, Draft, Publication, Review

MOST = 2000
STEPS = ("seen", "drafted", "approved", "published", "visible")


@dataclass(frozen=True)
class Stage:
    """Median hours that reviews took to reach a step from the one before; None without any."""

    step: str
    n: int
    median: float | None


def stages(session: Session, scope: Scope, period: Period) -> list[Stage]:
    """The split over reviews of the period that were answered through Vigie (newest 2,000)."""
    first_draft = (
        select(func.min(Draft.made_at)).where(Draft.review_id == Review.id).scalar_subquery()
    )
    rows = session.execute(
        select(
            Review.written_at,
            Review.seen_at,
            first_draft,
            Approval.approved_at,
            Publication.published_at,
            Publication.visible_at,
        )
        .select_from(Publication)
        .join(Approval, Approval.id == Publication.approval_id)
        .join(Review, Review.id == Publication.review_id)
        .where(*scope.within(period), Publication.published_at.is_not(None))
        .order_by(Publication.id.desc())
        .limit(MOST)
    ).all()
    return [
        _stage(step, [(row[place], row[place + 1]) for row in rows])
        for place, step in enumerate(STEPS)
    ]


def _stage(step: str, pairs: list[tuple[datetime | None, datetime | None]]) -> Stage:
    spent = [
        max(after - before, timedelta()) / timedelta(hours=1)
        for before, after in pairs
        if before is not None and after is not None
    ]
    return Stage(step, len(spent), median(spent) if spent else None)
