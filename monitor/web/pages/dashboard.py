"""The dashboard: one sentence, four figures with their interval, and what leads to them."""

from __future__ import annotations

from datetime import timedelta

from fastapi import Response

from monitor.clock import start_of_day
from monitor.measure import models_read
from monitor.measure.known_error import known_error
from monitor.measure.overview import overview
from monitor.measure.period import Period
from monitor.speech import N_
from monitor.spoken import tight
from monitor.store import queries_sources
from monitor.store.queries_sources import SourceStanding
from monitor.tell import charts
from monitor.tell.readings import series_break
from monitor.tell.said import (
    change_said,
    change_word,
    error_sentence,
    illegible_path,
    illegible_sentence,
    place_change,
    sentence,
    to_do,
    to_do_path,
    to_do_sentence,
)
from monitor.topicnames import topic_name
from monitor.web.context import Asked, Context

DAYS = {"7": N_("7 jours"), "28": N_("4 semaines"), "91": N_("3 mois")}
FAILING = {"broken": N_("en panne"), "late": N_("en retard"), "paused": N_("en pause")}
STATES = {"complete": N_("lue en entier"), "partial": N_("lue en partie"), "broken": N_("non lue")}


def dashboard(ctx: Asked) -> Response:
    """The last days, as many as the address asks for; four weeks by default."""
    asked = ctx.request.query_params.get("days", "28")
    days = asked if asked in DAYS else "28"
    period = _last_days(ctx, int(days))
    known = known_error(ctx.session)
    figures = overview(ctx.session, ctx.brand, period, ctx.now).to_json()
    first = period.start.astimezone(ctx.brand.zone).date()
    last = (period.end - timedelta(seconds=1)).astimezone(ctx.brand.zone).date()
    scope = f"days={first}..{last}"
    return ctx.show(
        "dashboard.html",
        f=figures,
        days=days,
        day_choices=DAYS,
        first_day=first,
        last_day=last,
        scope=scope,
        sentence=tight(sentence(figures, ctx.speech), ctx.speech),
        error_sentence=error_sentence(known.to_json() if known else None, ctx.speech),
        illegible=tight(illegible_sentence(figures, ctx.speech), ctx.speech),
        illegible_path=illegible_path(scope),
        todo=[
            (tight(to_do_sentence(one, ctx.speech), ctx.speech), to_do_path(one, scope))
            for one in to_do(figures)
        ],
        states=STATES,
        failing=_failing(ctx),
        rereading=models_read.rereading(ctx.session),
        series_break=tight(series_break(figures, ctx.speech), ctx.speech),
        change_word=lambda word: change_word(word, ctx.speech),
        change_said=lambda change: tight(change_said(change, ctx.speech), ctx.speech),
        place_change=lambda change: place_change(change, ctx.speech),
        topic_name=lambda code: topic_name(code, ctx.speech),
        charts={one: charts.svg(one, figures, ctx.speech) for one in ("weekly", "answered_by")},
        platform_of=ctx.platform,
    )


def rereading(ctx: Asked) -> Response:
    """How far the re-reading has come, asked for every few seconds; nothing once it is done."""
    return ctx.show("rereading.html", rereading=models_read.rereading(ctx.session))


def _failing(ctx: Context) -> dict[int, dict[str, str]]:
    """Sources that are not read at present, by their id: the state and its words.

    Coverage says how far a source was read, which suffices for the figures for hours after it
    began to fail; whoever repairs it wants to know at once.
    """
    minutes = {source.name: source.every_minutes for source in ctx.brand.sources}
    found = queries_sources.standings(ctx.session, ctx.brand.key, ctx.now, minutes)
    return {
        one.row.id: {"state": one.state, "words": _failing_said(ctx, one)}
        for one in found
        if one.state in FAILING
    }


def _failing_said(ctx: Context, one: SourceStanding) -> str:
    since, speech = one.row.failing_since, ctx.speech
    if one.state != "broken" or since is None:
        return speech.gettext(FAILING[one.state])
    if since.astimezone(speech.zone).date() == ctx.now.astimezone(speech.zone).date():
        return speech.gettext("en panne depuis %(time)s", time=speech.time(since))
    return speech.gettext("en panne depuis le %(day)s", day=speech.date(since))


def _last_days(ctx: Context, days: int) -> Period:
    """Whole days of the brand's zone, today included."""
    today = ctx.now.astimezone(ctx.brand.zone).date()
    first = today - timedelta(days=days - 1)
    zone = ctx.brand.zone
    return Period(start_of_day(first, zone), start_of_day(today + timedelta(days=1), zone))
