"""A review's standing: what its current version, verdict, labels and owner replies come to.

The only home of the denormalised columns of ``review``. A person's label counts before the
model's verdict; a removed owner reply no longer answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, select, update
from sqlalchemy.orm import Session

from monitor.store.tables import Label, OwnerReply, Review, Urgency, Verdict, Version

BATCH = 500


def refresh(session: Session, review_ids: Iterable[int]) -> None:
    """Write the standing of these reviews anew, in the caller's transaction."""
    session.flush()
    for ids in _batches(sorted(set(review_ids))):
        _refresh_batch(session, ids)


def unread(stars: int | None, language: str | None, answered_at: datetime | None) -> dict[str, Any]:
    """The standing of a review that is new: one version, no verdict, at most one owner reply."""
    return {
        "stars": stars,
        "language": language,
        "sentiment": None,
        "severity": None,
        "topics": [],
        "contradiction": False,
        "urgency": Urgency.NONE,
        "answered_at": answered_at,
    }


def is_awaited() -> ColumnElement[bool]:
    """The condition on ``review`` for one that no model has read yet."""
    return Review.severity.is_(None)


def is_illegible() -> ColumnElement[bool]:
    """The condition on ``review`` for one whose reading had nothing to go by: no stars, and no
    words that the model knows; and nobody has said what it is."""
    return and_(Review.sentiment.is_(None), Review.severity.is_not(None))


def is_standing_verdict() -> ColumnElement[bool]:
    """The condition on ``verdict`` and its ``version``: of all models' verdicts, the one of the
    model that read the version last."""
    return and_(Verdict.version_id == Version.id, Verdict.model == Version.understood_by)


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def _refresh_batch(session: Session, ids: Sequence[int]) -> None:
    versions = _current_versions(session, ids)
    verdicts = _newest_verdicts(session, [version.id for version in versions.values()])
    labels = _newest_labels(session, [version.id for version in versions.values()])
    answers = _first_answers(session, ids)
    rows = [
        {
            "key": review_id,
            "answered_at": answers.get(review_id),
            **_understood(version, verdicts.get(version.id), labels.get(version.id, {})),
        }
        for review_id, version in versions.items()
    ]
    if rows:
        session.connection().execute(_UPDATE, rows)
    # rows already loaded in this session must not show what they were
    for review in session.identity_map.values():
        if isinstance(review, Review) and review.id in versions:
            session.expire(review)


_STANDING = (
    "stars",
    "language",
    "sentiment",
    "severity",
    "topics",
    "contradiction",
    "urgency",
    "answered_at",
)
_TABLE: Any = Review.__table__
_UPDATE = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("key"))
    .values({name: bindparam(name) for name in _STANDING})
)


def _current_versions(session: Session, ids: Sequence[int]) -> dict[int, Version]:
    query = (
        select(Review.id, Version)
        .join(Version, Version.id == Review.version_id)
        .where(Review.id.in_(ids))
    )
    return dict(session.execute(query).all())


def _newest_verdicts(session: Session, version_ids: Sequence[int]) -> dict[int, Verdict]:
    query = select(Verdict).where(Verdict.version_id.in_(version_ids)).order_by(Verdict.id)
    return {verdict.version_id: verdict for verdict in session.scalars(query)}


def _newest_labels(session: Session, version_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    query = select(Label).where(Label.version_id.in_(version_ids)).order_by(Label.id)
    found: dict[int, dict[str, Any]] = {}
    for label in session.scalars(query):
        found.setdefault(label.version_id, {})[label.field] = label.value
    return found


def _first_answers(session: Session, ids: Sequence[int]) -> dict[int, datetime]:
    answered = func.min(func.coalesce(OwnerReply.published_at, OwnerReply.seen_at))
    query = (
        select(OwnerReply.review_id, answered)
        .where(OwnerReply.review_id.in_(ids))
        .group_by(OwnerReply.review_id)
        .having(func.count().filter(OwnerReply.gone_at.is_(None)) > 0)
    )
    return dict(session.execute(query).all())


def _understood(
    version: Version, verdict: Verdict | None, labels: dict[str, Any]
) -> dict[str, Any]:
    """The standing that verdict and labels give; an unread version has no sentiment, nor has one
    of which nothing could be read."""
    topics = labels.get("topics", verdict.topics if verdict else [])
    judged = verdict.sentiment if verdict and verdict.confidence else None
    sentiment = labels.get("sentiment", judged)
    severity = labels.get("severity", verdict.severity if verdict else None)
    language = labels.get("language", verdict.language if verdict else version.language)
    return {
        "stars": version.stars,
        "language": language,
        "sentiment": sentiment,
        "severity": severity,
        "topics": _topic_names(topics),
        "contradiction": verdict is not None and _contradicts(version, verdict, labels),
        "urgency": _urgency(
            severity,
            sentiment,
            doubtful=bool(verdict and verdict.doubtful and "severity" not in labels),
        ),
    }


def _contradicts(version: Version, verdict: Verdict, labels: dict[str, Any]) -> bool:
    """Whether stars and text still contradict, after what people have said. Where stars are high
    and the text is not negative, it was for a danger alone."""
    if not verdict.contradiction or "sentiment" in labels:
        return False
    danger_alone = (version.stars or 0) >= 4 and verdict.sentiment != "negative"
    return not danger_alone or labels.get("severity", "critical") == "critical"


def _urgency(severity: str | None, sentiment: str | None, *, doubtful: bool) -> Urgency:
    if severity == "critical":
        return Urgency.DOUBTFUL if doubtful else Urgency.CRITICAL
    if severity == "high":
        return Urgency.HIGH
    return Urgency.NEGATIVE if sentiment == "negative" else Urgency.NONE


def _topic_names(topics: Sequence[dict[str, Any]]) -> list[str]:
    negative_first = sorted(topics, key=lambda topic: topic.get("polarity") != "negative")
    return list(dict.fromkeys(topic["topic"] for topic in negative_first))
