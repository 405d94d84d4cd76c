"""Channels and locations, each with its rate: where it hurts."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.measure.change import NOTHING, Change, change
from monitor.measure.rate import Rate, Withheld
from monitor.measure.tally import Tally
from monitor.store.tables import SourceRow

EMPTY = Tally(())


@dataclass(frozen=True)
class Place:
    """A channel (``kind`` "channel": a source) or a location, over one period."""

    kind: str
    name: str
    platform: str | None
    source_id: int | None
    received: int
    rate: Rate | Withheld
    stars: float | None
    change: Change


def channels(
    session: Session,
    brand: str,
    now: Tally,
    before: Tally,
    broken: dict[int, str],
    *,
    comparable: bool = True,
) -> list[Place]:
    """A row a source of the brand, the most reviewed first; broken ones have no rate."""
    current, earlier = _apart(now, "source_id"), _apart(before, "source_id")
    sources = session.scalars(select(SourceRow).where(SourceRow.brand == brand)).all()
    rows = []
    for source in sources:
        mine = current.get(source.id, EMPTY)
        if mine.received or source.present:
            then = earlier.get(source.id, EMPTY)
            row = _place("channel", source.name, mine, then, source, comparable)
            rows.append(_withhold(row, broken))
    return sorted(rows, key=lambda row: (-row.received, row.name))


def locations(
    now: Tally,
    before: Tally,
    broken: dict[int, str],
    most: int = 200,
    *,
    comparable: bool = True,
) -> list[Place]:
    """A row a location that was spoken of, the worst first (by the interval's lower bound).

    Broken sources are left out: what they would say of a location is not known.
    """
    current = _apart(now.without(broken), "location")
    earlier = _apart(before.without(broken), "location")
    rows = [
        _place("location", str(name), mine, earlier.get(name, EMPTY), None, comparable)
        for name, mine in current.items()
        if name
    ]
    return sorted(rows, key=_worst_first)[:most]


def _apart(tally: Tally, field: str) -> dict[object, Tally]:
    return dict(tally.by(lambda group: getattr(group, field)))


def _place(
    kind: str,
    name: str,
    now: Tally,
    before: Tally,
    source: SourceRow | None,
    comparable: bool,
) -> Place:
    rate = now.rate()
    return Place(
        kind=kind,
        name=name,
        platform=source.platform if source else None,
        source_id=source.id if source else None,
        received=now.received,
        rate=rate,
        stars=now.average_stars(),
        change=change(before.rate(), rate, comparable=comparable),
    )


def _withhold(row: Place, broken: dict[int, str]) -> Place:
    if row.source_id not in broken:
        return row
    return replace(row, rate=Withheld((row.name,)), stars=None, change=NOTHING)


def _worst_first(row: Place) -> tuple[float, int, str]:
    low = row.rate.low if isinstance(row.rate, Rate) and row.rate.low is not None else 0.0
    return -low, -row.received, row.name
