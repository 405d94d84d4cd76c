"""What a model said of the reviews that the team corrected, beside the corrections."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.measure.accuracy import Case, Found, Right, Topics
from monitor.store.tables import Label, Verdict, Version


def labelled(session: Session, model: str) -> list[Case]:
    """A case for each version that this model has read and somebody labelled.

    The newest label of a field counts; a field without one is not known.
    """
    labels = _newest(session)
    rows = session.execute(
        select(Verdict, Version.title, Version.text)
        .join(Version, Version.id == Verdict.version_id)
        .where(Verdict.model == model, Version.id.in_(select(Label.version_id)))
        .order_by(Version.id)
    )
    return [
        Case(_found(verdict), _right(labels.get(verdict.version_id, {})), _words(title, text))
        for verdict, title, text in rows
    ]


def as_topics(topics: Iterable[dict[str, Any]]) -> Topics:
    """Topics as verdicts and labels keep them, as pairs."""
    return frozenset((str(one["topic"]), str(one["polarity"])) for one in topics)


def _newest(session: Session) -> dict[int, dict[str, Any]]:
    """Of each labelled version, field to value."""
    query = select(Label.version_id, Label.field, Label.value).order_by(Label.id)
    found: dict[int, dict[str, Any]] = {}
    for version_id, field, value in session.execute(query):
        found.setdefault(version_id, {})[field] = value
    return found


def _found(verdict: Verdict) -> Found:
    return Found(
        sentiment=verdict.sentiment,
        probabilities=verdict.probabilities,
        confidence=verdict.confidence,
        stars=verdict.stars,
        severity=verdict.severity,
        topics=as_topics(verdict.topics),
        language=verdict.language,
    )


def _right(labels: dict[str, Any]) -> Right:
    topics = labels.get("topics")
    return Right(
        sentiment=labels.get("sentiment"),
        severity=labels.get("severity"),
        topics=None if topics is None else as_topics(topics),
        language=labels.get("language"),
    )


def _words(title: str | None, text: str) -> int:
    return len(f"{title or ''} {text}".split())
