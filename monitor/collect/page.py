"""Storing one page: reviews, versions and owner replies, in one transaction with its cursor."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from crawlers.contract import FoundReview, Page
from monitor.collect.replies import store_replies
from monitor.store import standing
from monitor.store.tables import Review, SourceRow, Version
from monitor.store.texts import clean, clean_json, version_hash

REVIEW: Any = Review.__table__
VERSION: Any = Version.__table__
IDENTITY = ("url", "author", "author_id", "location", "verified", "invited", "reach")
LONGEST = 255
BATCH = 500


@dataclass(frozen=True)
class Stored:
    """What a page changed."""

    found: int = 0
    new: int = 0
    changed: int = 0


@dataclass(frozen=True)
class Held:
    """A review as we hold it, as far as a page is compared with it."""

    id: int
    hash: str
    version_count: int
    identity: tuple[Any, ...]


def store_page(session: Session, now: datetime, source: SourceRow, kind: str, page: Page) -> Stored:
    """Add what the page shows; the caller commits, with the cursor."""
    found = {external_key(review.external_id): review for review in page.reviews}
    held = _held(session, source.id, list(found))
    fresh = {key: review for key, review in found.items() if key not in held}
    known = {key: review for key, review in found.items() if key in held}
    ids = _insert(session, now, source, kind, fresh)
    inserted = set(ids.values())
    changed = _update_known(session, now, known, held)
    ids |= {key: held[key].id for key in known}
    answered = store_replies(session, now, {ids[key]: found[key].reply for key in found})
    standing.refresh(session, (changed | answered) - inserted)
    return Stored(found=len(page.reviews), new=len(fresh), changed=len(changed))


def external_key(external_id: str) -> str:
    """The external id as it is stored: one longer than its column is kept as its hash."""
    cleaned = clean(external_id)
    if len(cleaned) <= LONGEST:
        return cleaned
    return "sha256:" + hashlib.sha256(cleaned.encode()).hexdigest()


def _held(session: Session, source_id: int, keys: Sequence[str]) -> dict[str, Held]:
    held: dict[str, Held] = {}
    columns = [getattr(Review, name) for name in IDENTITY]
    for start in range(0, len(keys), BATCH):
        query = (
            select(Review.external_id, Review.id, Version.hash, Review.version_count, *columns)
            .join(Version, Version.id == Review.version_id)
            .where(
                Review.source_id == source_id,
                Review.external_id.in_(keys[start : start + BATCH]),
                Review.erased_at.is_(None),
            )
        )
        for key, review_id, digest, count, *identity in session.execute(query):
            held[key] = Held(review_id, digest, count, tuple(identity))
    return held


def _insert(
    session: Session,
    now: datetime,
    source: SourceRow,
    kind: str,
    fresh: Mapping[str, FoundReview],
) -> dict[str, int]:
    if not fresh:
        return {}
    connection = session.connection()
    rows = [_review_row(now, source, kind, key, review) for key, review in fresh.items()]
    connection.execute(insert(REVIEW), rows)
    ids = _ids(session, source.id, list(fresh))
    connection.execute(
        insert(VERSION),
        [_version_row(now, ids[key], 1, review) for key, review in fresh.items()],
    )
    _point_at_newest(session, list(ids.values()))
    return ids


def _ids(session: Session, source_id: int, keys: Sequence[str]) -> dict[str, int]:
    ids: dict[str, int] = {}
    for start in range(0, len(keys), BATCH):
        query = select(Review.external_id, Review.id).where(
            Review.source_id == source_id,
            Review.external_id.in_(keys[start : start + BATCH]),
        )
        ids.update(session.execute(query).all())
    return ids


def _point_at_newest(session: Session, review_ids: Sequence[int]) -> None:
    newest = (
        select(func.max(VERSION.c.id)).where(VERSION.c.review_id == REVIEW.c.id).scalar_subquery()
    )
    for start in range(0, len(review_ids), BATCH):
        session.execute(
            update(REVIEW)
            .where(REVIEW.c.id.in_(review_ids[start : start + BATCH]))
            .values(version_id=newest)
        )


def _review_row(
    now: datetime, source: SourceRow, kind: str, key: str, review: FoundReview
) -> dict[str, Any]:
    return {
        "source_id": source.id,
        "external_id": key,
        "brand": source.brand,
        "platform": source.platform,
        "kind": kind,
        "written_at": review.written_at,
        "edited_at": review.edited_at,
        "seen_at": now,
        "last_seen_at": now,
        "missed_walks": 0,
        "raw": clean_json(dict(review.raw)),
        "version_count": 1,
        # written with the row: to write it after would move the row in every index
        **standing.unread(review.stars, _language(review), _answered_at(now, review)),
        **dict(zip(IDENTITY, _identity(review), strict=True)),
    }


def _language(review: FoundReview) -> str | None:
    return clean(review.language)[:8] if review.language else None


def _answered_at(now: datetime, review: FoundReview) -> datetime | None:
    return (review.reply.published_at or now) if review.reply else None


def _identity(review: FoundReview) -> tuple[Any, ...]:
    values: Iterable[Any] = (getattr(review, name) for name in IDENTITY)
    return tuple(
        _short(name, value) if isinstance(value, str) else value
        for name, value in zip(IDENTITY, values, strict=True)
    )


def _short(name: str, value: str) -> str:
    return clean(value) if name == "url" else clean(value)[:LONGEST]


def _version_row(now: datetime, review_id: int, number: int, review: FoundReview) -> dict[str, Any]:
    title = clean(review.title) if review.title else None
    text = clean(review.text)
    return {
        "review_id": review_id,
        "number": number,
        "title": title,
        "text": text,
        "stars": review.stars,
        "language": _language(review),
        "seen_at": now,
        "edited_at": review.edited_at,
        "hash": version_hash(title, text, review.stars),
    }


def _update_known(
    session: Session,
    now: datetime,
    known: Mapping[str, FoundReview],
    held: Mapping[str, Held],
) -> set[int]:
    """Mark known reviews as seen, add versions for changed ones; ids of the changed."""
    versions, touched, renamed = [], [], []
    for key, review in known.items():
        was = held[key]
        touched.append(was.id)
        row = _version_row(now, was.id, was.version_count + 1, review)
        if row["hash"] != was.hash:
            versions.append(row)
        if row["hash"] != was.hash or _identity(review) != was.identity:
            renamed.append(_renamed(was.id, review))
    _mark_seen(session, now, touched)
    if renamed:
        session.connection().execute(_RENAME, renamed)
    if versions:
        session.connection().execute(insert(VERSION), versions)
        changed = [row["review_id"] for row in versions]
        _point_at_newest(session, changed)
        session.connection().execute(_COUNT, [{"key": review_id} for review_id in changed])
    return {row["review_id"] for row in versions}


def _renamed(review_id: int, review: FoundReview) -> dict[str, Any]:
    return {
        "key": review_id,
        "edited_at": review.edited_at,
        "raw": clean_json(dict(review.raw)),
        **dict(zip(IDENTITY, _identity(review), strict=True)),
    }


_RENAME = (
    update(REVIEW)
    .where(REVIEW.c.id == bindparam("key"))
    .values({name: bindparam(name) for name in (*IDENTITY, "edited_at", "raw")})
)
_COUNT = (
    update(REVIEW)
    .where(REVIEW.c.id == bindparam("key"))
    .values(version_count=REVIEW.c.version_count + 1)
)


def _mark_seen(session: Session, now: datetime, review_ids: Sequence[int]) -> None:
    for start in range(0, len(review_ids), BATCH):
        session.execute(
            update(REVIEW)
            .where(REVIEW.c.id.in_(review_ids[start : start + BATCH]))
            .values(last_seen_at=now, missed_walks=0, removed_at=None)
        )
