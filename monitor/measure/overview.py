"""Everything that the dashboard and the weekly report show of one brand and period."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from monitor.config import Brand
from monitor.measure import change as changes
from monitor.measure import models_read
from monitor.measure.change import NOTHING, READ_OTHERWISE, Change, change
from monitor.measure.corrected import Corrected, corrected
from monitor.measure.counts import open_counts
from monitor.measure.coverage import SourceCoverage, coverage
from monitor.measure.customers import PerThousand, per_thousand
from monitor.measure.period import Period, Scope
from monitor.measure.places import Place, channels, locations
from monitor.measure.rate import Rate, Withheld, wilson
from monitor.measure.response import (
    Attainment,
    ResponseTime,
    Share,
    attainment,
    of_open_waits,
    of_waits,
)
from monitor.measure.series import Sudden, Week, by_week, series_bounds, sudden, with_models
from monitor.measure.stages import Stage, stages
from monitor.measure.tally import Tally, slices, tally
from monitor.measure.topics import Point, points
from monitor.measure.waits import waits

JUDGED_WITHIN = 72


@dataclass(frozen=True)
class Volume:
    """Reviews received; ``unread`` have no verdict yet, ``illegible`` neither stars nor words that
    the model knows, ``removed`` are no longer published.

    ``before``: in the period before, up to the same hour while this one is under way.
    """

    received: int
    unread: int
    illegible: int
    removed: int
    before: int
    change: Change


@dataclass(frozen=True)
class Waiting:
    """What waits for an answer now, whenever it was written."""

    to_answer: int
    critical: int
    doubtful: int
    """Critical only just: perhaps false alarms."""
    late: int


@dataclass(frozen=True)
class Overview:
    """``dissatisfaction`` and what follows from it are Withheld over broken coverage.

    ``as_published`` is the rate without removed reviews. ``readable`` is the rate over the
    sources that could be read, given only when the whole is withheld and there are such.
    ``response_change`` judges the share answered within 72 hours. ``model`` read last of all,
    ``read_by`` are those that read the period.
    """

    brand: str
    start: datetime
    end: datetime
    made_at: datetime
    model: str | None
    read_by: tuple[str, ...]
    coverage: list[SourceCoverage]
    volume: Volume
    dissatisfaction: Rate | Withheld
    dissatisfaction_before: Rate
    dissatisfaction_change: Change
    as_published: Rate | None
    readable: Rate | None
    corrected: Corrected | None
    per_thousand: PerThousand | Withheld | None
    per_thousand_change: Change
    response: ResponseTime
    response_before: ResponseTime
    response_change: Change
    opening_response: ResponseTime | None
    attainment: list[Attainment]
    stages: list[Stage]
    stars: dict[int, int]
    average_stars: float | None
    average_stars_before: float | None
    weeks: list[Week]
    sudden: Sudden
    points: list[Point]
    channels: list[Place]
    locations: list[Place]
    waiting: Waiting

    def to_json(self) -> dict[str, Any]:
        """Plain JSON: times in ISO form, a withheld figure as {"sources", "withheld": true}."""
        plain: dict[str, Any] = as_json(asdict(self))
        return plain


def as_json(value: Any) -> Any:
    """The value in JSON's own types, floats to 12 significant digits, the same on every machine."""
    if isinstance(value, dict):
        return {str(key): as_json(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(inner) for inner in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float):
        return float(f"{value:.12g}")
    return value


def overview(
    session: Session, brand: Brand, period: Period, now: datetime, weeks: int = 26
) -> Overview:
    """Read it all: about ten statements, each on a covering index."""
    scope, past = Scope(brand.key), period.before(brand.zone, now)
    covered = coverage(session, brand, period, now)
    broken = {one.source_id: one.name for one in covered if one.state == "broken"}
    current, earlier = tally(session, scope, period), tally(session, scope, past)
    removed = tally(session, scope, period, removed=True)
    rate, rate_before = current.rate(), earlier.rate()
    per, per_change = _per_thousand(session, brand, period.so_far(now), past, rate, rate_before)
    answers = waits(session, scope, period, now, current.received)
    response = of_waits(answers)
    response_before = of_waits(waits(session, scope, past, now, earlier.received))
    withheld = Withheld(tuple(sorted(broken.values()))) if broken else None
    history = slices(session, scope, series_bounds(period, now, brand.zone, weeks))
    known = models_read.models(session)
    read = models_read.read_by(session, scope, period, current.received, known)
    read_before = models_read.read_by(session, scope, past, earlier.received, known)
    alike = models_read.comparable(read_before, read)
    shown = with_models(session, scope, by_week(history, brand.zone)[-weeks:], brand.zone, known)
    return Overview(
        brand=brand.key,
        start=period.start,
        end=period.end,
        made_at=now,
        model=known.newest,
        read_by=read,
        coverage=covered,
        volume=_volume(current, earlier, removed),
        dissatisfaction=withheld or rate,
        dissatisfaction_before=rate_before,
        dissatisfaction_change=NOTHING if withheld else change(rate_before, rate, comparable=alike),
        as_published=None if withheld else _published(rate, removed.rate()),
        readable=_readable(current, broken),
        # the error that is known is that of the model which read last
        corrected=None
        if withheld or read != (known.newest,)
        else corrected(session, scope, period),
        per_thousand=(withheld if per else None) if withheld else per,
        per_thousand_change=NOTHING if withheld else _if_alike(per_change, alike),
        response=response,
        response_before=response_before,
        response_change=response_change(response_before, response),
        opening_response=of_open_waits(
            answers, {str(day): hours for day, hours in brand.opening_hours.items()}, brand.zone
        )
        if brand.opening_hours
        else None,
        attainment=attainment(answers, brand.responding),
        stages=stages(session, scope, period),
        stars=current.stars(),
        average_stars=current.average_stars(),
        average_stars_before=earlier.average_stars(),
        weeks=shown,
        sudden=sudden(history, period, brand.zone, shown),
        points=points(session, scope, period, past, comparable=alike),
        channels=channels(session, brand.key, current, earlier, broken, comparable=alike),
        locations=locations(current, earlier, broken, comparable=alike),
        waiting=_waiting(session, brand, now),
    )


def _volume(current: Tally, earlier: Tally, removed: Tally) -> Volume:
    return Volume(
        received=current.received,
        unread=current.unread,
        illegible=current.illegible,
        removed=removed.received,
        before=earlier.received,
        change=changes.change_of_count(earlier.received, current.received),
    )


def _published(rate: Rate, gone: Rate) -> Rate:
    return wilson(rate.negatives - gone.negatives, rate.n - gone.n)


def _readable(current: Tally, broken: dict[int, str]) -> Rate | None:
    rest = current.without(broken)
    return rest.rate() if broken and rest.received else None


def _per_thousand(
    session: Session,
    brand: Brand,
    period: Period,
    past: Period,
    rate: Rate,
    rate_before: Rate,
) -> tuple[PerThousand | None, Change]:
    now = per_thousand(session, brand, period, rate)
    then = per_thousand(session, brand, past, rate_before)
    if now is None or then is None:
        return now, NOTHING
    moved = changes.moved(
        then.value, (then.low, then.high), now.value, (now.low, now.high), less_is="better"
    )
    return now, moved


def _if_alike(moved: Change, alike: bool) -> Change:
    """No conclusion where two models read the two periods."""
    return moved if alike or moved == NOTHING else READ_OTHERWISE


def response_change(before: ResponseTime, after: ResponseTime) -> Change:
    """Difference of the shares answered within 72 hours: a rise is better."""
    then, now = before.within[JUDGED_WITHIN], after.within[JUDGED_WITHIN]
    if then is None or now is None:
        return NOTHING
    return _share_change(then, now)


def _share_change(then: Share, now: Share) -> Change:
    return changes.moved(
        then.share, (then.low, then.high), now.share, (now.low, now.high), less_is="worse"
    )


def _waiting(session: Session, brand: Brand, now: datetime) -> Waiting:
    counted = open_counts(session, {brand.key: brand.responding}, now)
    return Waiting(counted.to_answer, counted.critical, counted.doubtful, counted.late)
