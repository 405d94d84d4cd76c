"""The sources: how each stands, why, what to do; its visits and the rows it rejected."""

from __future__ import annotations

from fastapi import Response

from monitor.platformnames import reads_files
from monitor.remedies import remedy
from monitor.store import queries_sources, sources
from monitor.store.tables import SourceRow
from monitor.web.context import Asked, Context
from monitor.web.errors import MissingError

VISITS = 20


def index(ctx: Asked) -> Response:
    """Every source of the brand."""
    found = queries_sources.standings(ctx.session, ctx.brand.key, ctx.now, _minutes(ctx))
    return ctx.show("sources.html", standings=found, remedy=remedy, reads_files=reads_files)


def one(ctx: Asked, source_id: int, before: int | None = None) -> Response:
    """One source, its visits, and what its last visit could not read."""
    row = _row(ctx, source_id)
    visits = queries_sources.visits(ctx.session, source_id, before, VISITS + 1)
    return ctx.show(
        "source.html",
        standing=queries_sources.standing(ctx.session, row, ctx.now, _minutes(ctx)),
        remedy=remedy,
        reads_files=reads_files,
        visits=visits[:VISITS],
        older=visits[VISITS - 1].id if len(visits) > VISITS else None,
        newer=before is not None,
        rejection=queries_sources.last_rejection(ctx.session, source_id),
    )


def visit(ctx: Asked, source_id: int) -> Response:
    """Have it visited now."""
    row = _row(ctx, source_id)
    asked = sources.visit_now(ctx.session, ctx.now, source_id, ctx.me.id)
    ctx.session.commit()
    if asked is None:
        said = ctx.speech.gettext("%(name)s est en pause : rien n’a été demandé.", name=row.name)
        return ctx.go(_back(ctx, source_id), said)
    ctx.wake("collect")
    said = ctx.speech.gettext("La visite de %(name)s commence dans un instant.", name=row.name)
    return ctx.go(_back(ctx, source_id), said)


def pause(ctx: Asked, source_id: int) -> Response:
    """No more visits until it is resumed."""
    row = _row(ctx, source_id)
    sources.pause(ctx.session, ctx.now, source_id, ctx.me.id)
    ctx.session.commit()
    said = ctx.speech.gettext("%(name)s est en pause.", name=row.name)
    return ctx.go(_back(ctx, source_id), said, undo=f"/sources/{source_id}/resume")


def resume(ctx: Asked, source_id: int) -> Response:
    """Visit it again, at once."""
    row = _row(ctx, source_id)
    sources.resume(ctx.session, ctx.now, source_id, ctx.me.id)
    ctx.session.commit()
    ctx.wake("collect")
    said = ctx.speech.gettext("Les visites de %(name)s reprennent.", name=row.name)
    return ctx.go(_back(ctx, source_id), said)


def _row(ctx: Context, source_id: int) -> SourceRow:
    row = ctx.session.get(SourceRow, source_id)
    if row is None:
        raise MissingError
    return row


def _minutes(ctx: Context) -> dict[str, int]:
    return {source.name: source.every_minutes for _, source in ctx.config.sources()}


def _back(ctx: Context, source_id: int) -> str:
    """The page whose button was pressed: the source's own, or the list."""
    path = f"/sources/{source_id}"
    return path if ctx.request.headers.get("referer", "").endswith(path) else "/sources"
