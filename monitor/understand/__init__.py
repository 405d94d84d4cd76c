"""Stage 2: versions without a verdict of this model get one: language, sentiment, topics, severity.

The queue is the version rows themselves. A worker claims some, reads them, and writes verdicts,
the versions' ``understood_by`` and the reviews' standing in one transaction: killed at any moment,
another finds the versions again once the claim has run out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from monitor.store import standing
from monitor.store.tables import Review, Sentinel, Verdict, Version
from monitor.understand.classifier import classifier_name, open_classifier
from monitor.understand.reading import Reader, Reading, Text, open_reader, reader_name
from monitor.understand.sentiment import ModelError, resolve_folder

__all__ = [
    "ModelError",
    "Reader",
    "Reading",
    "Text",
    "classifier_name",
    "enlist",
    "is_relieved",
    "open_classifier",
    "open_reader",
    "reader_name",
    "resolve_folder",
    "run_one",
    "waits",
]

CLAIM = timedelta(minutes=10)
READS = "reads"
"""Names the fact of which model reads."""
Follow = Callable[[Session, datetime, Collection[int]], AbstractContextManager[None]]
"""Entered before the standing of these reviews is written, left after, in that transaction: what
rests on the old readings follows."""


@dataclass(frozen=True)
class Claimed:
    """A version taken for reading, as plain data: no transaction is open while the model runs."""

    version_id: int
    review_id: int
    text: Text


def _nothing_follows(*_: object) -> AbstractContextManager[None]:
    return nullcontext()


def run_one(
    session: Session,
    now: datetime,
    reader: Reader,
    *,
    limit: int = 256,
    follow: Follow = _nothing_follows,
) -> bool:
    """Read up to ``limit`` versions that this model has not read; False when none are left.

    Current versions come first, then older ones, then those another model has read.
    """
    until = now + CLAIM
    claimed = _claim(session, now, until, reader.model, limit)
    if not claimed:
        return False
    readings = reader.read([one.text for one in claimed])
    held = _still_held(session, until, claimed)
    kept = [(c, r) for c, r in zip(claimed, readings, strict=True) if c.version_id in held]
    _write(session, now, reader.model, kept, follow)
    session.commit()
    return True


def enlist(session: Session, now: datetime, model: str) -> None:
    """Say that this model reads from now on: what others have read is read again by it alone, so
    that two machines with two models do not undo each other's work for ever. Commits."""
    session.merge(Sentinel(name=READS, value={"model": model}, at=now))
    session.commit()


def is_relieved(session: Session, model: str) -> bool:
    """Whether another model has been enlisted since: this one reads what nobody has read."""
    enlisted = session.get(Sentinel, READS, populate_existing=True)
    return enlisted is not None and enlisted.value["model"] != model


def _queues(session: Session, model: str) -> list[Select[Any]]:
    """Where work may wait, most urgent first; each is one index away."""
    unread = Version.understood_by.is_(None)
    current = (
        select(Version.id)
        .join(Review, Review.id == Version.review_id)
        .where(unread, Review.version_id == Version.id)
    )
    first = [current, select(Version.id).where(unread)]
    if is_relieved(session, model):
        return first
    return [
        *first,
        # two ranges of the index, where "not equal" would walk all of it
        select(Version.id).where(Version.understood_by < model),
        select(Version.id).where(Version.understood_by > model),
    ]


def waits(session: Session, now: datetime, model: str) -> bool:
    """True when some version has not been read by that model: only then is it worth loading."""
    free = or_(Version.claimed_until.is_(None), Version.claimed_until <= now)
    found = any(session.scalar(queue.where(free).limit(1)) for queue in _queues(session, model))
    session.rollback()
    return found


def _claim(
    session: Session, now: datetime, until: datetime, model: str, limit: int
) -> list[Claimed]:
    free = or_(Version.claimed_until.is_(None), Version.claimed_until <= now)
    for queue in _queues(session, model):
        waiting = session.scalars(queue.where(free).order_by(Version.id).limit(limit)).all()
        # one that another worker has read since is as free as before, and needs nothing
        unread = or_(Version.understood_by.is_(None), Version.understood_by != model)
        taken = _take(session, waiting, and_(free, unread), until) if waiting else []
        if taken:
            claimed = _load(session, taken)
            session.commit()
            return claimed
    session.rollback()
    return []


def _take(
    session: Session, ids: Sequence[int], free: ColumnElement[bool], until: datetime
) -> Sequence[int]:
    """Claim these by one conditional UPDATE; what another worker took meanwhile is left out."""
    return session.scalars(
        update(Version)
        .where(Version.id.in_(ids), free)
        .values(claimed_until=until)
        .returning(Version.id)
        .execution_options(synchronize_session=False)
    ).all()


def _load(session: Session, ids: Sequence[int]) -> list[Claimed]:
    words = (Version.text, Version.title, Version.language, Version.stars)
    query = (
        select(Version.id, Version.review_id, *words, Review.kind == "posts")
        .join(Review, Review.id == Version.review_id)
        .where(Version.id.in_(ids))
        .order_by(Version.id)
    )
    return [
        Claimed(key, review, Text(text, title, language, stars, post=post))
        for key, review, text, title, language, stars, post in session.execute(query)
    ]


def _still_held(session: Session, until: datetime, claimed: Sequence[Claimed]) -> set[int]:
    """The versions whose claim is still ours: a worker slower than its claim writes nothing.

    Their keys are not locked: an approval, which holds the review, may refer to one meanwhile."""
    query = select(Version.id).where(
        Version.id.in_([one.version_id for one in claimed]), Version.claimed_until == until
    )
    return set(session.scalars(query.with_for_update(key_share=True)))


def _write(
    session: Session,
    now: datetime,
    model: str,
    read: Sequence[tuple[Claimed, Reading]],
    follow: Follow,
) -> None:
    if not read:
        return
    ids = [one.version_id for one, _ in read]
    # a verdict of this very model from before a change of model makes room for the newer row
    session.execute(delete(Verdict).where(Verdict.version_id.in_(ids), Verdict.model == model))
    session.execute(insert(Verdict), [_row(one, model, now, reading) for one, reading in read])
    session.execute(
        update(Version)
        .where(Version.id.in_(ids))
        .values(understood_by=model, claimed_until=None)
        .execution_options(synchronize_session=False)
    )
    review_ids = {one.review_id for one, _ in read}
    with follow(session, now, review_ids):
        standing.refresh(session, review_ids)


def _row(one: Claimed, model: str, now: datetime, reading: Reading) -> dict[str, Any]:
    row = {"version_id": one.version_id, "model": model, "made_at": now}
    return {**reading.as_dict(), **row}
