"""How many reviews are new since the last digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from monitor.config import Brand
from monitor.speech import Speech
from monitor.store.tables import Crawl, Message, Review, SourceRow

FIRST_TIME = timedelta(hours=24)
"""How far back the first digest looks."""
LATECOMER = timedelta(days=31)
"""Moderation and monthly exports bring reviews in this late; an older one was merely found late,
by a walk that went deeper or a source that was started anew."""


@dataclass(frozen=True)
class Fresh:
    """Reviews first held since the last digest was written; ``since`` is None before the first,
    which counts 24 hours."""

    count: int
    since: datetime | None


def fresh(session: Session, brand: Brand, now: datetime) -> Fresh:
    """What the brand's digest of now tells as new.

    A source's first walk brings years of reviews: of those, only what was written since is new.
    """
    since = _last_mail(session, brand)
    return Fresh(_count(session, brand, since or now - FIRST_TIME), since)


def fresh_said(found: Fresh, now: datetime, speech: Speech) -> str:
    """ "3 nouveaux avis depuis hier."; after a weekend or quiet days, since which day's mail."""
    day = found.since.astimezone(speech.zone).date() if found.since else None
    if day is None or day == now.astimezone(speech.zone).date() - timedelta(days=1):
        return speech.ngettext(
            "%(count)s nouvel avis depuis hier.",
            "%(count)s nouveaux avis depuis hier.",
            found.count,
        )
    return speech.ngettext(
        "%(count)s nouvel avis depuis le dernier e-mail, %(day)s.",
        "%(count)s nouveaux avis depuis le dernier e-mail, %(day)s.",
        found.count,
        day=speech.date(day, "EEEE d MMMM"),
    )


def _last_mail(session: Session, brand: Brand) -> datetime | None:
    """When the brand's last digest was written; days on which none went out do not count."""
    found: datetime | None = session.scalar(
        select(func.max(Message.made_at)).where(
            Message.kind == "digest", Message.brand == brand.key, Message.state != "failed"
        )
    )
    return found


def _count(session: Session, brand: Brand, since: datetime) -> int:
    walked = (
        select(Crawl.source_id, func.min(Crawl.finished_at).label("first"))
        .join(SourceRow, SourceRow.id == Crawl.source_id)
        .where(SourceRow.brand == brand.key, Crawl.fault.is_(None))
        .group_by(Crawl.source_id)
        .subquery()
    )
    query = (
        select(func.count())
        .select_from(Review)
        .join(walked, walked.c.source_id == Review.source_id, isouter=True)
        .where(
            Review.brand == brand.key,
            Review.removed_at.is_(None),
            Review.seen_at > since,
            Review.written_at >= since - LATECOMER,
            or_(Review.written_at >= since, Review.seen_at > walked.c.first),
        )
    )
    return session.scalar(query) or 0
