"""One visit of one source: claim it, walk it page by page, tell how it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import structlog
from sqlalchemy import CursorResult, func, or_, select, update
from sqlalchemy.orm import Session

from crawlers import contract
from crawlers.contract import Fault, Page, SourceError, Walk
from crawlers.web import Web
from monitor.clock import Clock
from monitor.collect.page import external_key, store_page
from monitor.config import Config, SourceConfig
from monitor.store.claim import claim
from monitor.store.tables import Crawl, Review, SourceRow

CLAIM = timedelta(minutes=15)
"""Renewed with every page; a crawl that dies is taken up again when it runs out."""
LONGEST_BACK_OFF = timedelta(hours=24)
MISSES_TO_BE_REMOVED = 2
KEPT_REJECTIONS = 200

log = structlog.get_logger(__name__)


class LostClaimError(Exception):
    """Another worker took the source over while this one slept."""


@dataclass(frozen=True)
class Visit:
    """What a visit works with."""

    session: Session
    clock: Clock
    source: SourceRow
    settings: SourceConfig
    crawl: Crawl


def open_source(settings: SourceConfig, web: Web) -> contract.Source:
    """The reader of a configured source."""
    platform = contract.load(settings.platform)
    return platform.source(platform.settings.model_validate(settings.settings), web)


def run_one(
    session: Session,
    clock: Clock,
    config: Config,
    web: Web,
    *,
    worker: str,
    open_source: Callable[[SourceConfig, Web], contract.Source] = open_source,
) -> bool:
    """Visit the source that has been due longest; False when none is due.

    ``worker`` names the claimer: a worker that lost its claim writes nothing more.
    """
    now = clock()
    key = _due(session, now)
    if key is None:
        return False
    if not claim(session, SourceRow, key, now, lasts=CLAIM, claimed_by=worker):
        return True
    source = session.get_one(SourceRow, key)
    session.refresh(source)
    settings = {one.name: one for _, one in config.sources()}.get(source.name)
    if settings is None:
        source.present, source.claimed_until = False, None
        session.commit()
        return True
    _visit(_begin(session, clock, source, settings), lambda: open_source(settings, web))
    return True


def _due(session: Session, now: datetime) -> int | None:
    query = (
        select(SourceRow.id)
        .where(
            SourceRow.present,
            SourceRow.managed != "import",
            SourceRow.paused.is_(False),
            SourceRow.health != "paused",
            SourceRow.due_at <= now,
            or_(SourceRow.claimed_until.is_(None), SourceRow.claimed_until <= now),
        )
        .order_by(SourceRow.due_at)
        .limit(1)
    )
    key = session.scalar(query)
    session.commit()
    return key


def _begin(session: Session, clock: Clock, source: SourceRow, settings: SourceConfig) -> Visit:
    now = clock()
    if source.walk is None:
        every = timedelta(days=settings.full_walk_days)
        full = source.full_walk_at is None or source.full_walk_at + every <= now
        source.walk = (Walk.FULL if full else Walk.NEW).value
        source.walk_started_at = now
    crawl = Crawl(source_id=source.id, started_at=now, walk=source.walk)
    source.visited_at = now
    session.add(crawl)
    session.commit()
    return Visit(session, clock, source, settings, crawl)


def _visit(visit: Visit, opened: Callable[[], contract.Source]) -> None:
    try:
        _walk(visit, opened())
    except LostClaimError:
        visit.session.rollback()
        log.warning("another worker has taken over", source=visit.source.name)
    except SourceError as error:
        visit.session.rollback()
        _failed(visit, error)
    except Exception as error:
        # a fault of a platform file must not stop the other sources, nor pass for "no reviews"
        visit.session.rollback()
        log.exception("platform file failed", source=visit.source.name)
        _failed(visit, SourceError(Fault.CHANGED, f"{type(error).__name__} in the platform file"))
    else:
        _succeeded(visit)


def _walk(visit: Visit, source: contract.Source) -> None:
    walk = Walk(visit.source.walk or Walk.NEW)
    last: Page | None = None
    for page in source.pages(dict(visit.source.cursor), walk):
        _keep(visit, page)
        last = page
    if walk is Walk.FULL:
        _check_not_empty(visit)
        if last is not None and last.complete:
            visit.crawl.complete = True
            _mark_missing(visit)


def _keep(visit: Visit, page: Page) -> None:
    session, crawl, source = visit.session, visit.crawl, visit.source
    now = visit.clock()
    _renew_claim(visit, now)
    kind = contract.load(source.platform).kind
    stored = store_page(session, now, source, kind, page)
    _miss(session, now, source.id, [external_key(one) for one in page.gone])
    crawl.pages += 1
    crawl.found += stored.found
    crawl.new += stored.new
    crawl.changed += stored.changed
    crawl.note = page.note or crawl.note
    _keep_rejections(crawl, page)
    source.cursor = dict(page.cursor)
    if page.expected is not None:
        crawl.expected = source.expected = page.expected
    source.rating = page.rating if page.rating is not None else source.rating
    session.commit()


def _renew_claim(visit: Visit, now: datetime) -> None:
    renewed = visit.session.execute(
        update(SourceRow)
        .where(SourceRow.id == visit.source.id, SourceRow.claimed_by == visit.source.claimed_by)
        .values(claimed_until=now + CLAIM)
        .execution_options(synchronize_session=False)
    )
    if cast(CursorResult[Any], renewed).rowcount != 1:
        raise LostClaimError


def _keep_rejections(crawl: Crawl, page: Page) -> None:
    crawl.rejected_count += len(page.rejected)
    room = KEPT_REJECTIONS - len(crawl.rejected)
    told = [{"place": one.place, "reason": one.reason} for one in page.rejected[:room]]
    crawl.rejected = [*crawl.rejected, *told]


def _check_not_empty(visit: Visit) -> None:
    """A whole walk that met nothing where reviews are held is an outage, not a purge."""
    if contract.load(visit.source.platform).kind == "file" or _seen_in_walk(visit):
        return
    held = _held(visit)
    if held or visit.crawl.expected:
        raise SourceError(
            Fault.EMPTY,
            f"the platform showed no review at all, where {held or visit.crawl.expected} were",
        )


def _seen_in_walk(visit: Visit) -> bool:
    query = select(Review.id).where(
        Review.source_id == visit.source.id,
        Review.last_seen_at >= visit.source.walk_started_at,
    )
    return visit.session.scalar(query.limit(1)) is not None


def _held(visit: Visit) -> int:
    query = select(func.count()).where(
        Review.source_id == visit.source.id, Review.removed_at.is_(None)
    )
    return visit.session.scalar(query) or 0


def _mark_missing(visit: Visit) -> None:
    """After a complete walk: what it did not meet is missed; missed twice, it is removed."""
    now = visit.clock()
    session = visit.session
    session.execute(
        update(Review)
        .where(
            Review.source_id == visit.source.id,
            Review.removed_at.is_(None),
            Review.last_seen_at < visit.source.walk_started_at,
        )
        .values(missed_walks=Review.missed_walks + 1)
        .execution_options(synchronize_session=False)
    )
    _remove_missed(session, now, visit.source.id)


def _miss(session: Session, now: datetime, source_id: int, external_ids: list[str]) -> None:
    """What the platform itself declares deleted counts as missed, too."""
    if not external_ids:
        return
    session.execute(
        update(Review)
        .where(
            Review.source_id == source_id,
            Review.external_id.in_(external_ids),
            Review.removed_at.is_(None),
        )
        .values(missed_walks=Review.missed_walks + 1)
        .execution_options(synchronize_session=False)
    )
    _remove_missed(session, now, source_id)


def _remove_missed(session: Session, now: datetime, source_id: int) -> None:
    session.execute(
        update(Review)
        .where(
            Review.source_id == source_id,
            Review.removed_at.is_(None),
            Review.missed_walks >= MISSES_TO_BE_REMOVED,
        )
        .values(removed_at=now)
        .execution_options(synchronize_session=False)
    )


def _succeeded(visit: Visit) -> None:
    now, source = visit.clock(), visit.source
    if source.walk == Walk.FULL:
        source.full_walk_at = source.walk_started_at
    source.walk, source.walk_started_at = None, None
    source.health, source.fault, source.fault_detail = "healthy", None, None
    source.faults_in_a_row, source.failing_since = 0, None
    source.succeeded_at = now
    source.due_at = now + timedelta(minutes=visit.settings.every_minutes)
    _end(visit, now)


def _failed(visit: Visit, error: SourceError) -> None:
    now, source, crawl = visit.clock(), visit.source, visit.crawl
    visit.session.refresh(source)
    visit.session.refresh(crawl)
    source.health = "paused" if error.pauses else "broken"
    source.fault, source.fault_detail = error.fault.value, error.detail
    source.failing_since = source.failing_since or now
    source.faults_in_a_row += 1
    source.due_at = now + _back_off(visit, error)
    if error.fault is Fault.EMPTY:
        source.walk, source.walk_started_at, source.cursor = None, None, {}
    crawl.fault, crawl.fault_detail = error.fault.value, error.detail
    log.warning("source failed", source=source.name, fault=error.fault.value, detail=error.detail)
    _end(visit, now)


def _back_off(visit: Visit, error: SourceError) -> timedelta:
    """As long as the platform asks, else doubling from five minutes up to a day."""
    if error.retry_after is not None:
        return min(timedelta(seconds=max(1.0, error.retry_after)), LONGEST_BACK_OFF)
    doublings: int = min(visit.source.faults_in_a_row - 1, 12)
    return min(timedelta(minutes=5 << doublings), LONGEST_BACK_OFF)


def _end(visit: Visit, now: datetime) -> None:
    visit.source.claimed_until, visit.source.claimed_by = None, None
    visit.crawl.finished_at = now
    visit.crawl.held = _held(visit)
    visit.session.commit()
