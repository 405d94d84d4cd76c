"""A week's figures, frozen once: gathered, hashed, kept; what is learnt later is a dated note."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from monitor import measure
from monitor.config import Brand
from monitor.measure.known_error import known_error
from monitor.measure.overview import as_json, overview
from monitor.measure.period import Period, Scope
from monitor.measure.quotes import telling, unanswered
from monitor.measure.rate import dissatisfaction
from monitor.measure.tally import tally
from monitor.places import template_folders
from monitor.store.tables import Report, ReportNote
from monitor.tell.said import to_do

NOTED_WEEKS = 5
"""How long after its end late reviews are looked for."""


class ReportError(Exception):
    """A report cannot be made; the message says why and what to do."""


def freeze(
    session: Session, now: datetime, brand: Brand, week: str, templates: Path | None = None
) -> Report:
    """The week's report: made now if there is none yet, and never changed after.

    Raises ReportError for a week that has not ended, ValueError for one there is not.
    """
    kept = find(session, brand.key, week)
    if kept is not None:
        return kept
    period = Period.week(week, brand.zone)
    if period.end > now:
        raise ReportError(f"week {week} has not ended in {brand.time_zone}: its report comes after")
    _keep(session, now, brand, week, gather(session, brand, period, now), templates)
    session.commit()
    made = find(session, brand.key, week)
    assert made is not None  # noqa: S101 - just kept, by us or another
    return made


def find(session: Session, brand: str, week: str) -> Report | None:
    """The frozen report, or None."""
    return session.scalars(select(Report).where(Report.brand == brand, Report.week == week)).first()


def gather(session: Session, brand: Brand, period: Period, now: datetime) -> dict[str, Any]:
    """Every figure and quote of the report, as JSON."""
    scope = Scope(brand.key)
    figures = overview(session, brand, period, now).to_json()
    quotes = {
        "best": telling(session, scope, period, praise=True),
        "worst": telling(session, scope, period, praise=False),
        "unanswered": unanswered(session, scope, None, now),
    }
    figures |= {name: as_json([asdict(one) for one in found]) for name, found in quotes.items()}
    known = known_error(session)
    figures["known_error"] = known.to_json() if known else None
    figures["brand_name"] = brand.name
    figures["to_do"] = to_do(figures)
    return figures


def _keep(
    session: Session,
    now: datetime,
    brand: Brand,
    week: str,
    figures: dict[str, Any],
    templates: Path | None,
) -> None:
    insert: Any = (
        postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    )
    values = {
        "brand": brand.key,
        "week": week,
        "figures": figures,
        "model": _model(figures),
        "rules_version": measures_version(),
        "templates_version": templates_version(templates),
    }
    session.execute(
        insert(Report)
        .values(**values, hash=figures_hash(**values), made_at=now)
        .on_conflict_do_nothing()
    )


def _model(figures: dict[str, Any]) -> str:
    """The model that read the week; the newest where there were several, or nothing to read."""
    read_by = figures["read_by"]
    return read_by[0] if len(read_by) == 1 else figures["model"] or ""


def figures_hash(**values: Any) -> str:
    """SHA-256 over the report's figures and versions, keys in order: what it says, in 64 digits."""
    said = json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()


def is_intact(report: Report) -> bool:
    """Whether the kept report still is what was frozen."""
    said = figures_hash(
        brand=report.brand,
        week=report.week,
        figures=report.figures,
        model=report.model,
        rules_version=report.rules_version,
        templates_version=report.templates_version,
    )
    return said == report.hash


@cache
def measures_version() -> str:
    """SHA-256 over the code of the measures: other definitions, another version."""
    return _content_hash([Path(measure.__file__).parent], "*.py")


def templates_version(own: Path | None) -> str:
    """SHA-256 over the report's templates, the operator's own included."""
    folders = [folder / "report" for folder in template_folders(own)]
    return _content_hash(folders, "*.html")


def _content_hash(folders: list[Path], pattern: str) -> str:
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.glob(pattern)):
            digest.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def notes_of(session: Session, report: Report) -> list[ReportNote]:
    """The report's notes, oldest first."""
    return list(
        session.scalars(
            select(ReportNote).where(ReportNote.report_id == report.id).order_by(ReportNote.id)
        )
    )


def note_late(session: Session, now: datetime, brand: Brand) -> int:
    """Note what has changed since in the weeks reported of late; how many notes were made."""
    reports = session.scalars(
        select(Report)
        .where(Report.brand == brand.key)
        .order_by(Report.week.desc())
        .limit(NOTED_WEEKS)
    ).all()
    return sum(_note(session, now, brand, report) for report in reports)


def _note(session: Session, now: datetime, brand: Brand, report: Report) -> bool:
    figures = _present(session, brand, report.week)
    notes = notes_of(session, report)
    if figures == (notes[-1].figures if notes else _as_frozen(report)):
        return False
    session.add(ReportNote(report_id=report.id, made_at=now, figures=figures))
    session.commit()
    return True


def _present(session: Session, brand: Brand, week: str) -> dict[str, Any]:
    scope, period = Scope(brand.key), Period.week(week, brand.zone)
    received = tally(session, scope, period).received
    rate = dissatisfaction(session, scope, period)
    found: dict[str, Any] = as_json({"received": received, **asdict(rate)})
    return found


def _as_frozen(report: Report) -> dict[str, Any]:
    """The frozen figures in a note's form; the weekly series has the rate even when withheld."""
    last = report.figures["weeks"][-1]
    return {"received": report.figures["volume"]["received"], **last["rate"]}


def changes_of_method(session: Session, report: Report) -> list[str]:
    """What measures differently from the report before: "model", "rules"; empty at first."""
    before = session.scalars(
        select(Report)
        .where(Report.brand == report.brand, Report.week < report.week)
        .order_by(Report.week.desc())
        .limit(1)
    ).first()
    if before is None:
        return []
    pairs = {
        "model": (before.model, report.model),
        "rules": (before.rules_version, report.rules_version),
    }
    return [name for name, (then, now) in pairs.items() if then != now]
