"""The audit: who decided what, and whether nobody rewrote it."""

from __future__ import annotations

from fastapi import Response

from monitor.store.audit import first_broken
from monitor.store.queries_people import decisions, names
from monitor.web.context import Asked
from monitor.web.people_words import ACTIONS, BY_THEMSELVES, change, deed

SHOWN = 50


def show(ctx: Asked, before: int | None = None, check: str = "") -> Response:
    """The newest decisions; with ``check`` the whole chain is read and verified."""
    found = decisions(ctx.session, before, SHOWN + 1)
    return ctx.show(
        "audit.html",
        decisions=found[:SHOWN],
        older=found[SHOWN - 1].row.id if len(found) > SHOWN else None,
        newer=before is not None,
        people=names(ctx.session),
        actions=ACTIONS,
        deed=deed,
        change=lambda row: change(row, ctx.speech),
        by_themselves=BY_THEMSELVES,
        checked=bool(check),
        broken=first_broken(ctx.session) if check else None,
    )
