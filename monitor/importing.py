"""``vigie import``: reviews from a file, kept under a source of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crawlers.contract import Page, Platform, PlatformSettings, RejectedRow, SourceError, Walk
from monitor.collect.page import store_page
from monitor.collect.sources import FAR_AWAY
from monitor.config import Brand, Config
from monitor.installation import Installation
from monitor.store import audit
from monitor.store.tables import Crawl, Review, SourceRow
from monitor.trial import TrialError, find_platform, settings_of

PLATFORM = "spreadsheet"


class ImportingError(Exception):
    """The file could not be imported; what was read before stands, and reading again is free."""


@dataclass
class Imported:
    """How an import ended."""

    found: int = 0
    new: int = 0
    changed: int = 0
    rejected: list[RejectedRow] = field(default_factory=list)


def import_reviews(
    here: Installation, file: Path, name: str, given: list[str], brand_key: str | None
) -> Imported:
    """Store every row that can be read; raises ImportingError when the file cannot."""
    platform = find_platform(PLATFORM)
    settings = _settings(platform, file, given)
    brand = _brand(here.config, brand_key)
    result = Imported()
    with here.session() as session:
        source = _source(session, here.clock(), name, brand)
        crawl = Crawl(source_id=source.id, started_at=here.clock(), walk=Walk.FULL.value)
        session.add(crawl)
        try:
            for page in platform.source(settings, here.web).pages({}, Walk.FULL):
                _keep(session, here.clock(), source, crawl, page, result)
        except SourceError as error:
            raise ImportingError(f"{file}: {error.detail}") from error
        _end(session, here.clock(), source, crawl, file, result)
    return result


def _settings(platform: Platform, file: Path, given: list[str]) -> PlatformSettings:
    try:
        return settings_of(platform, [f"path={file}", *given])
    except TrialError as error:
        raise ImportingError(str(error)) from error


def _brand(config: Config, key: str | None) -> Brand:
    if key is None and len(config.brands) == 1:
        return config.brands[0]
    for brand in config.brands:
        if brand.key == key:
            return brand
    keys = ", ".join(brand.key for brand in config.brands)
    raise ImportingError(f"say which brand the reviews are of: --brand {keys}")


def _source(session: Session, now: datetime, name: str, brand: Brand) -> SourceRow:
    """The row that keeps the import: never visited, for it has nowhere to go."""
    source = session.scalar(select(SourceRow).where(SourceRow.name == name))
    if source is None:
        source = SourceRow(name=name, brand=brand.key, platform=PLATFORM, managed="import")
        source.due_at, source.health = FAR_AWAY, "healthy"
        session.add(source)
        session.flush()
    if source.managed != "import" or source.brand != brand.key:
        raise ImportingError(f"“{name}” is the name of another source: choose a new one")
    return source


def _keep(
    session: Session,
    now: datetime,
    source: SourceRow,
    crawl: Crawl,
    page: Page,
    result: Imported,
) -> None:
    stored = store_page(session, now, source, "file", page)
    result.found += stored.found
    result.new += stored.new
    result.changed += stored.changed
    result.rejected += page.rejected
    crawl.pages += 1
    session.commit()


def _end(
    session: Session,
    now: datetime,
    source: SourceRow,
    crawl: Crawl,
    file: Path,
    result: Imported,
) -> None:
    crawl.finished_at = source.visited_at = source.succeeded_at = now
    crawl.found, crawl.new, crawl.changed = result.found, result.new, result.changed
    crawl.rejected_count = len(result.rejected)
    crawl.rejected = [{"place": one.place, "reason": one.reason} for one in result.rejected[:200]]
    held = select(func.count()).where(Review.source_id == source.id, Review.removed_at.is_(None))
    crawl.held = session.scalar(held)
    audit.record(
        session, now, "reviews.imported", f"source:{source.id}", file=file.name, new=result.new
    )
    session.commit()
