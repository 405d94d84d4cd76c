"""The weekly report: when it is due, how it is shown, mailed and written to files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal

import css_inline
from jinja2 import Environment
from markupsafe import Markup
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.clock import week_name
from monitor.config import WEEKDAYS, Brand, Config
from monitor.measure.period import Period, Scope
from monitor.places import PACKAGE
from monitor.platformnames import platform_name
from monitor.speech import LANGUAGES, Speech
from monitor.spoken import tight
from monitor.store import standing
from monitor.store.tables import Crawl, Report, ReportNote, Review, SourceRow
from monitor.tell import charts, marks, outbox, readings, said
from monitor.tell.frozen import (
    ReportError,
    changes_of_method,
    find,
    freeze,
    is_intact,
    note_late,
    notes_of,
)
from monitor.tell.outbox import Letter
from monitor.tell.recipients import brand_language, recipients
from monitor.tell.templates import environment, linker
from monitor.tell.templates import render as fill
from monitor.topicnames import topic_name

Form = Literal["page", "mail", "print"]
PATIENCE = timedelta(hours=6)
"""How long a report waits for reviews that are collected but not understood yet."""
FIRST_WALK = timedelta(hours=24)

__all__ = ["ReportError", "due", "find", "freeze", "is_intact", "letter", "note_late",
           "notes_of", "render", "run_one", "write"]  # fmt: skip


def run_one(session: Session, now: datetime, config: Config, templates: Path | None) -> bool:
    """Freeze one week that is due and lay its mails in the outbox, or note what came late."""
    for brand in config.brands:
        week = due(brand, now)
        if week > marks.told(session, "report", brand.key) and _is_gathered(
            session, brand, week, now
        ):
            report = freeze(session, now, brand, week, templates)
            _post(session, now, config, brand, report, environment(templates))
            return True
        today = now.astimezone(brand.zone).date().isoformat()
        if today > marks.told(session, "notes", brand.key):
            note_late(session, now, brand)
            marks.tell(session, now, "notes", brand.key, today)
            session.commit()
            return True
    return False


def due(brand: Brand, now: datetime) -> str:
    """The ISO week whose report is the newest due: the one that ended before the last
    ``report_day`` at ``report_at`` in the brand's zone."""
    here = now.astimezone(brand.zone)
    day = here.date() - timedelta(
        days=(here.weekday() - WEEKDAYS.index(brand.telling.report_day)) % 7
    )
    if day == here.date() and here.time() < time.fromisoformat(brand.telling.report_at):
        day -= timedelta(days=7)
    sunday = day - timedelta(days=day.weekday() + 1)
    return week_name(datetime.combine(sunday, time(12), brand.zone), brand.zone)


def _is_gathered(session: Session, brand: Brand, week: str, now: datetime) -> bool:
    """Not while a source's first walk is under way, nor while the week is still being read."""
    if any(_walks_first(session, source, now) for source in _sources(session, brand)):
        return False
    period = Period.week(week, brand.zone)
    newest_unread = session.scalar(
        select(func.max(Review.seen_at)).where(
            *Scope(brand.key).within(period), standing.is_awaited()
        )
    )
    return newest_unread is None or now - max(newest_unread, period.end) > PATIENCE


def _sources(session: Session, brand: Brand) -> Sequence[SourceRow]:
    return session.scalars(
        select(SourceRow).where(
            SourceRow.brand == brand.key, SourceRow.present, SourceRow.paused.is_(False)
        )
    ).all()


def _walks_first(session: Session, source: SourceRow, now: datetime) -> bool:
    """Whether it has never been read whole, and is about to be: no fault, and not for long."""
    if source.fault is not None or source.health == "paused":
        return False
    if source.succeeded_at is not None and source.walk is None:
        return False
    first = session.scalar(select(func.min(Crawl.started_at)).where(Crawl.source_id == source.id))
    return first is None or now - first < FIRST_WALK


def _post(
    session: Session,
    now: datetime,
    config: Config,
    brand: Brand,
    report: Report,
    templates: Environment,
) -> None:
    """The week's mails into the outbox and the week marked, in one transaction."""
    notes, changes = notes_of(session, report), changes_of_method(session, report)
    for recipient in recipients(session, brand, "report"):
        speech = Speech(recipient.language, brand.zone)
        outbox.put(
            session,
            now,
            letter(report, notes, speech, templates, config.public_url, changes),
            kind="report",
            brand=brand.key,
            recipient=recipient.email,
            period=report.week,
            language=recipient.language,
            domain=config.mail.sender.partition("@")[2],
        )
    marks.tell(session, now, "report", brand.key, report.week)
    session.commit()


def render(
    report: Report,
    notes: Sequence[ReportNote],
    speech: Speech,
    templates: Environment,
    form: Form = "page",
    public_url: str = "",
    changes: Sequence[str] = (),
) -> str:
    """The report as HTML: a fragment for the web frame, a mail, or a whole document to print.

    Only the frozen figures are read: the same report gives the same page. The fragment needs
    ``report.css`` of the pages' static files.
    """
    values = _values(report, notes, speech, public_url, changes)
    if form == "mail":
        return css_inline.inline(
            fill(templates, "mail/report/html.html", speech, **values),
            keep_style_tags=True,
            load_remote_stylesheets=False,
        )
    palette = charts.LIGHT if form == "print" else charts.MARKED
    drawn = {one: charts.svg(one, report.figures, speech, palette) for one in charts.MAKERS}
    name = "report/page.html" if form == "page" else "report/print.html"
    return fill(templates, name, speech, **values, charts=drawn, css=_css())


def letter(
    report: Report,
    notes: Sequence[ReportNote],
    speech: Speech,
    templates: Environment,
    public_url: str,
    changes: Sequence[str] = (),
) -> Letter:
    """The report's mail in one reader's language."""
    values = _values(report, notes, speech, public_url, changes)
    return Letter(
        subject=fill(templates, "mail/report/subject.txt", speech, **values).strip(),
        text=fill(templates, "mail/report/text.txt", speech, **values),
        html=render(report, notes, speech, templates, "mail", public_url, changes),
        images={
            "weekly@vigie": charts.weekly(report.figures, speech).png(),
            **(
                {"points@vigie": charts.points(report.figures, speech).png()}
                if report.figures["points"]
                else {}
            ),
        },
    )


def _css() -> Markup:
    """The report's style sheet, to stand in a document of its own."""
    return Markup((PACKAGE / "web" / "static" / "report.css").read_text("utf-8"))  # noqa: S704


def _values(
    report: Report,
    notes: Sequence[ReportNote],
    speech: Speech,
    public_url: str,
    changes: Sequence[str],
) -> dict[str, Any]:
    figures = report.figures
    end = datetime.fromisoformat(figures["end"]) - timedelta(seconds=1)
    return {
        "report": report,
        "f": figures,
        "brand_name": figures["brand_name"],
        "notes": notes,
        "changes": changes,
        "url": public_url,
        "link": linker(public_url, report.brand),
        "first_day": datetime.fromisoformat(figures["start"]).astimezone(speech.zone).date(),
        "last_day": end.astimezone(speech.zone).date(),
        "sentence": tight(said.sentence(figures, speech), speech),
        # reports of before the evaluations have no such figure
        "error_sentence": said.error_sentence(figures.get("known_error"), speech),
        "illegible": tight(said.illegible_sentence(figures, speech), speech),
        "illegible_path": said.illegible_path(f"week={report.week}"),
        "to_do_sentence": lambda one: tight(said.to_do_sentence(one, speech), speech),
        "as_of": lambda one: tight(said.as_of(one, report.made_at, speech), speech),
        "to_do_path": lambda one: said.to_do_path(one, f"week={report.week}"),
        "change_word": lambda word: said.change_word(word, speech),
        "change_said": lambda change: tight(said.change_said(change, speech), speech),
        "place_change": lambda change: said.place_change(change, speech),
        "series_break": tight(readings.series_break(figures, speech), speech),
        "change_of_model": tight(readings.change_of_model(figures, speech), speech),
        "topic_name": lambda code: topic_name(code, speech),
        "platform_name": lambda name: platform_name(name, speech),
        "time_of": datetime.fromisoformat,
    }


def write(
    session: Session,
    now: datetime,
    config: Config,
    brand: Brand,
    week: str,
    folder: Path,
    language: str | None = None,
) -> list[Path]:
    """The week's report as files: HTML that stands alone, text, JSON, and PDF where it can be.

    Freezes the week if it was not. Raises ReportError, or ValueError for a week there is not.
    """
    language = language or brand_language(brand)
    if language not in LANGUAGES:
        raise ReportError(f"reports are written in {', '.join(LANGUAGES)}, not in “{language}”")
    report = freeze(session, now, brand, week, config.templates)
    templates, speech = environment(config.templates), Speech(language, brand.zone)
    notes, changes = notes_of(session, report), changes_of_method(session, report)
    page = render(report, notes, speech, templates, "print", config.public_url, changes)
    text = letter(report, notes, speech, templates, config.public_url, changes).text
    files: dict[str, str] = {
        "report.html": page,
        "report.txt": text,
        "report.json": json.dumps(_as_file(report, notes), ensure_ascii=False, indent=1),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = [_write(folder / name, content) for name, content in files.items()]
        return [*written, *_write_pdf(folder / "report.pdf", page)]
    except OSError as error:
        raise ReportError(f"{error.filename or folder}: cannot be written") from error


def _write(path: Path, content: str) -> Path:
    path.write_text(content + "\n" * (not content.endswith("\n")), "utf-8")
    return path


def _as_file(report: Report, notes: Sequence[ReportNote]) -> dict[str, Any]:
    return {
        "brand": report.brand,
        "week": report.week,
        "made_at": report.made_at.isoformat(),
        "model": report.model,
        "rules_version": report.rules_version,
        "templates_version": report.templates_version,
        "hash": report.hash,
        "figures": report.figures,
        "notes": [{"made_at": note.made_at.isoformat(), "figures": note.figures} for note in notes],
    }


def _write_pdf(path: Path, page: str) -> list[Path]:
    document = pdf(page)
    if document is None:
        return []
    path.write_bytes(document)
    return [path]


def pdf(page: str) -> bytes | None:
    """The printed report; None without WeasyPrint (extra ``pdf``) or its libraries.

    Nothing is fetched: the document holds all it shows.
    """
    try:
        from weasyprint import HTML
    except (ImportError, OSError):
        return None

    def nothing_is_fetched(url: str, *_: object, **__: object) -> dict[str, Any]:
        raise ValueError("the report fetches nothing")

    written: bytes | None = HTML(string=page, url_fetcher=nothing_is_fetched).write_pdf()
    return written
