"""The weekly reports: the list, and each one as it was sent."""

from __future__ import annotations

from fastapi import Response
from markupsafe import Markup

from monitor.clock import parse_week
from monitor.store import queries_reports
from monitor.tell import frozen
from monitor.tell import report as telling
from monitor.tell.templates import environment
from monitor.web.context import Asked, Context
from monitor.web.errors import MissingError


def index(ctx: Asked) -> Response:
    """Every report of the brand, the newest first."""
    return ctx.show("reports.html", reports=queries_reports.reports(ctx.session, ctx.brand.key))


def one(ctx: Asked, week: str) -> Response:
    """A week's frozen figures, with what was learnt since."""
    return ctx.show("report.html", week=week, body=Markup(_render(ctx, week, "page")))  # noqa: S704


def printed(ctx: Asked, week: str) -> Response:
    """The same as a document of its own, for paper."""
    text = _render(ctx, week, "print")
    return Response(
        text,
        media_type="text/html; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="vigie-{week}.html"'},
    )


def _render(ctx: Context, week: str, form: telling.Form) -> str:
    try:
        parse_week(week)
    except ValueError as error:
        raise MissingError from error
    found = frozen.find(ctx.session, ctx.brand.key, week)
    if found is None:
        raise MissingError
    notes = frozen.notes_of(ctx.session, found)
    changes = frozen.changes_of_method(ctx.session, found)
    templates = environment(ctx.config.templates)
    url = "" if form == "page" else ctx.config.public_url
    return telling.render(found, notes, ctx.speech, templates, form, url, changes)
