"""The inbox: saved views with counts, filters kept in the address, the list worst first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from fastapi import Response
from sqlalchemy import ColumnElement

from monitor.clock import days_bounds, parse_days, parse_week, week_bounds
from monitor.config import Responding
from monitor.measure import counts, sample
from monitor.reply.states import came_back
from monitor.speech import N_
from monitor.store import queries_inbox
from monitor.store.queries_inbox import Filters, Found, Listed, Reading
from monitor.store.tables import Review, Urgency
from monitor.topicnames import TOPICS, topic_name
from monitor.web.context import Asked, Context
from monitor.web.marked import excerpt
from monitor.web.understood import quotes, reasons_that_count

View = Literal["to_answer", "critical", "doubtful", "mine", "late", "praise", "sample", "all"]


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
    "doubtful": Named(
        N_("Peut-être critiques"),
        N_("Aucun avis n’est à vérifier"),
        N_(
            "Quand Vigie n’est pas sûre qu’un avis soit critique, il attend ici que vous le disiez."
        ),
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
    "sample": Named(
        N_("Échantillon"),
        N_("L’échantillon est relu"),
        N_(
            "Un avis sur vingt, sans choix : dites si l’analyse est juste, et Vigie saura "
            "combien de fois elle se trompe."
        ),
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
FILTERS = (
    *("source", "location", "language", "topic", "polarity", "sentiment"),
    *("period", "week", "days"),
)


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
        worst_first=view not in ("all", "sample"),
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
        "scope": _scope_said(ctx),
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
        polarity=asked.get("polarity") or None,
        sentiment=asked.get("sentiment") or None,
    )
    days = asked.get("period", "")
    if days in PERIODS:
        chosen = replace(chosen, since=ctx.now - timedelta(days=int(days)))
    return _in_scope(ctx, chosen)


def _in_scope(ctx: Context, chosen: Filters) -> Filters:
    """Narrowed to the week or the days that a figure's link asks for."""
    asked = ctx.request.query_params
    for name, bounds in (("week", _week_bounds), ("days", _days_bounds)):
        if asked.get(name):
            try:
                start, end = bounds(asked[name], ctx.brand.zone)
            except ValueError:
                return chosen
            return replace(chosen, since=start, until=end)
    return chosen


def _week_bounds(week: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    return week_bounds(*parse_week(week), zone)


def _days_bounds(days: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    return days_bounds(*parse_days(days), zone)


def _scope_said(ctx: Context) -> str:
    """The week or days that the list is narrowed to, in words; empty where it is not."""
    asked = ctx.request.query_params
    try:
        if asked.get("week"):
            return ctx.speech.week(asked["week"])
        return ctx.speech.period(*parse_days(asked["days"])) if asked.get("days") else ""
    except ValueError:
        return ""


def conditions(
    ctx: Context, view: str, responding: Mapping[str, Responding]
) -> list[ColumnElement[bool]]:
    """What the view shows."""
    if view == "all":
        return []
    if view == "sample":
        return sample.to_check(ctx.now)
    more: dict[str, list[ColumnElement[bool]]] = {
        "critical": [Review.urgency == Urgency.CRITICAL],
        "doubtful": [Review.urgency == Urgency.DOUBTFUL],
        "mine": [Review.assigned_to == ctx.me.id],
        "late": [counts.is_late(responding, ctx.now)],
        "praise": [Review.sentiment == "positive"],
    }
    return [*counts.is_open(), *more.get(view, [])]


def query(ctx: Context) -> str:
    """The list's own part of the address, to keep it while a review is open."""
    address = ctx.link(brand=None)
    return "?" + address.partition("?")[2] if "?" in address else ""


def _next(ctx: Context, found: Found) -> str | None:
    if found.after is None:
        return None
    return "/?" + ctx.link(after=found.after).partition("?")[2]


def _shown(ctx: Context, found: Found) -> list[dict[str, Any]]:
    readings = queries_inbox.readings(ctx.session, found.rows)
    return [
        {
            "review": row.review,
            "marked": excerpt(row.title, row.text, _quotes(row, readings.get(row.review.id))),
            "mood": not _speak_for_themselves(row.review.stars, row.review.sentiment),
            "platform": ctx.platform(row.review.platform),
            "topics": [topic_name(code, ctx.speech) for code in row.review.topics[:3]],
            "state": row.publication_state or row.draft_state,
            "refused": row.draft_reason == "platform_refused",
            "returned": came_back(row.draft_state or "", row.draft_reason),
            "hours": hours_waiting(row.review.written_at, ctx.now),
            "doubtful": row.review.urgency == Urgency.DOUBTFUL,
            "owed": counts.owed_hours(row.review.urgency, ctx.brand.responding),
        }
        for row in found.rows
    ]


def _quotes(row: Listed, reading: Reading | None) -> list[tuple[str, str]]:
    """The words for which the review is in the list."""
    if reading is None:
        return []
    negative = [one for one in reading.topics if one["polarity"] == "negative"]
    return quotes(reasons_that_count(row.review, reading.severity, reading.reasons), negative)


def _speak_for_themselves(stars: int | None, sentiment: str | None) -> bool:
    """Whether the stars say the sentiment; three of them say none."""
    if stars is None:
        return False
    said = "negative" if stars <= 2 else "positive" if stars >= 4 else "neutral"
    return sentiment in (said, None)


def hours_waiting(written_at: datetime, now: datetime) -> float:
    """Hours since it was written."""
    return max(0.0, (now - written_at).total_seconds() / 3600)
