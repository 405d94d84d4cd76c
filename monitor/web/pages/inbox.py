"""The inbox: saved views with counts, filters kept in the address, the list worst first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from fastapi import Response
from sqlalchemy import ColumnElement

from monitor.clock import parse_week, week_bounds
from monitor.config import Responding
from monitor.measure import counts
from monitor.speech import N_
from monitor.store import queries_inbox
from monitor.store.queries_inbox import Filters, Found
from monitor.store.tables import Review
from monitor.topicnames import TOPICS, topic_name
from monitor.web.context import Asked, Context
from monitor.web.marked import excerpt

View = Literal["to_answer", "critical", "mine", "late", "praise", "all"]


@dataclass(frozen=True)
class Named:
    """A saved view and what it says when it is empty."""

    name: str
    empty: str
    hint: str


VIEWS: Mapping[str, Named] = {
    "to_answer": Named(
        N_("À répondre"),
        N_("Tout a reçu une réponse"),
        N_("Les nouveaux avis apparaîtront ici dès leur lecture."),
    ),
    "critical": Named(
        N_("Critiques"),
        N_("Aucun avis critique n’attend"),
        N_("Santé, sécurité, menace juridique, fraude, discrimination : ils arrivent ici d’abord."),
    ),
    "mine": Named(
        N_("Pour moi"),
        N_("Rien ne vous est confié"),
        N_("Un collègue peut vous confier un avis depuis sa page."),
    ),
    "late": Named(
        N_("En retard"),
        N_("Aucune réponse n’est en retard"),
        N_("Les avis dont le délai de réponse est dépassé se rangent ici."),
    ),
    "praise": Named(
        N_("Éloges"),
        N_("Aucun éloge n’attend de réponse"),
        N_("Les avis positifs encore sans réponse se rangent ici."),
    ),
    "all": Named(
        N_("Tous les avis"),
        N_("Aucun avis ici"),
        N_("Vérifiez les sources, ou élargissez les filtres."),
    ),
}
PERIODS = {
    "7": N_("7 derniers jours"),
    "30": N_("30 derniers jours"),
    "90": N_("90 derniers jours"),
}
LANGUAGES = ("fr", "en", "de", "es", "it", "nl")
FILTERS = ("source", "location", "language", "topic", "sentiment", "period", "week")


def inbox(ctx: Asked) -> Response:
    """The list alone; a review opens beside it."""
    return ctx.show("inbox.html", selected=None, **listing(ctx))


def listing(ctx: Context) -> dict[str, Any]:
    """Values of the views, the filters and the list, for the inbox and the review page."""
    asked = ctx.request.query_params
    view = asked.get("view", "to_answer")
    view = view if view in VIEWS else "to_answer"
    responding = {ctx.brand.key: ctx.brand.responding}
    found = queries_inbox.find(
        ctx.session,
        filters(ctx),
        conditions(ctx, view, responding),
        worst_first=view != "all",
        after=asked.get("after"),
    )
    return {
        "views": VIEWS,
        "view": view,
        "counts": asdict(counts.view_counts(ctx.session, responding, ctx.now, ctx.me.id)),
        "most_counted": counts.MOST,
        "rows": _shown(ctx, found),
        "next_page": _next(ctx, found),
        "is_first_page": not asked.get("after"),
        **_choices(ctx),
        "asked": {name: asked.get(name, "") for name in FILTERS},
        "week": _week_said(ctx, asked.get("week", "")),
        "narrowed": any(asked.get(name) for name in FILTERS),
        "query": query(ctx),
    }


def _choices(ctx: Context) -> dict[str, Any]:
    """What the filters offer, as pairs of value and words."""
    offered = queries_inbox.choices(ctx.session, ctx.brand.key)
    return {
        "choices": offered,
        "source_choices": [(name, name) for name in offered.sources],
        "location_choices": [(name, name) for name in offered.locations],
        "language_choices": [(code, ctx.speech.language_name(code)) for code in LANGUAGES],
        "period_choices": [(days, ctx.speech.gettext(name)) for days, name in PERIODS.items()],
        "topics": [(code, topic_name(code, ctx.speech)) for code in TOPICS],
    }


def filters(ctx: Context) -> Filters:
    """What the address narrows the list to; nonsense there is no filter."""
    asked = ctx.request.query_params
    chosen = Filters(
        brand=ctx.brand.key,
        source=asked.get("source") or None,
        location=asked.get("location") or None,
        language=asked.get("language") or None,
        topic=asked.get("topic") or None,
        sentiment=asked.get("sentiment") or None,
    )
    days = asked.get("period", "")
    if days in PERIODS:
        chosen = replace(chosen, since=ctx.now - timedelta(days=int(days)))
    return _in_week(ctx, chosen, asked.get("week", ""))


def _in_week(ctx: Context, chosen: Filters, week: str) -> Filters:
    try:
        start, end = week_bounds(*parse_week(week), ctx.brand.zone)
    except ValueError:
        return chosen
    return replace(chosen, since=start, until=end)


def _week_said(ctx: Context, week: str) -> str:
    """The week that the list is narrowed to, in words; empty where it is not."""
    try:
        return ctx.speech.week(week)
    except ValueError:
        return ""


def conditions(
    ctx: Context, view: str, responding: Mapping[str, Responding]
) -> list[ColumnElement[bool]]:
    """What the view shows."""
    if view == "all":
        return []
    more: dict[str, list[ColumnElement[bool]]] = {
        "critical": [Review.urgency == 3],
        "mine": [Review.assigned_to == ctx.me.id],
        "late": [counts.is_late(responding, ctx.now)],
        "praise": [Review.sentiment == "positive"],
    }
    return [*counts.is_open(), *more.get(view, [])]


def owed_hours(review: Review, responding: Responding) -> int:
    """Hours within which an answer to the review is owed."""
    return {3: responding.critical, 2: responding.high}.get(review.urgency, responding.normal)


def query(ctx: Context) -> str:
    """The list's own part of the address, to keep it while a review is open."""
    address = ctx.link(brand=None)
    return "?" + address.partition("?")[2] if "?" in address else ""


def _next(ctx: Context, found: Found) -> str | None:
    if found.after is None:
        return None
    return "/?" + ctx.link(after=found.after).partition("?")[2]


def _shown(ctx: Context, found: Found) -> list[dict[str, Any]]:
    return [
        {
            "review": row.review,
            "title": row.title,
            "pieces": excerpt(row.text, ()),
            "platform": ctx.platform(row.review.platform),
            "topics": [topic_name(code, ctx.speech) for code in row.review.topics[:3]],
            "state": row.publication_state or row.draft_state,
            "hours": hours_waiting(row.review.written_at, ctx.now),
            "owed": owed_hours(row.review, ctx.brand.responding),
        }
        for row in found.rows
    ]


def hours_waiting(written_at: datetime, now: datetime) -> float:
    """Hours since it was written."""
    return max(0.0, (now - written_at).total_seconds() / 3600)
