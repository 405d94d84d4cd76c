"""Whether a review speaks well or ill of a topic: its standing keeps the topics' names alone."""

from __future__ import annotations

from sqlalchemy import ColumnElement, cast, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from monitor.store.standing import is_standing_verdict
from monitor.store.tables import Label, Verdict, Version


def is_told_of(session: Session, topic: str, polarity: str) -> ColumnElement[bool]:
    """The condition on ``review`` and its ``version``: a person's topics, where somebody corrected
    them, else those of the verdict that counts, hold this one with this polarity."""
    corrected = (
        select(Label.value)
        .where(Label.version_id == Version.id, Label.field == "topics")
        .order_by(Label.id.desc())
        .limit(1)
        .correlate(Version)
        .scalar_subquery()
    )
    read = select(Verdict.topics).where(is_standing_verdict()).correlate(Version).scalar_subquery()
    topics = func.coalesce(corrected, read)
    if session.get_bind().dialect.name == "postgresql":
        wanted = literal([{"topic": topic, "polarity": polarity}], JSONB)
        return cast(topics, JSONB).contains(wanted)
    one = func.json_each(topics).table_valued("value")
    return (
        select(1)
        .select_from(one)
        .where(
            func.json_extract(one.c.value, "$.topic") == topic,
            func.json_extract(one.c.value, "$.polarity") == polarity,
        )
        .correlate(Version)
        .exists()
    )
