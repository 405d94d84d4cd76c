"""Which model read the reviews: figures of two models, or sets of rules, do not quite compare.

A model's name is ``name@revision+rules``, as the reader signs its verdicts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.measure.period import Period, Scope
from monitor.store.tables import Review, Verdict, Version

SAMPLED = 200
"""A period with more reviews is told by every k-th of them: enough to see two models in it."""


@dataclass(frozen=True)
class Rereading:
    """Texts read before are being read again: ``done`` of ``total`` by the ``newest`` model.

    ``new_model`` is False when the model stayed and only its rules changed.
    """

    newest: str
    done: int
    total: int
    new_model: bool


@dataclass(frozen=True)
class Models:
    """The models whose readings are held, and the one that read last (None before any)."""

    newest: str | None
    held: tuple[str, ...]


def models(session: Session) -> Models:
    """Every model that some version was read by last; a look in an index for each of them."""
    held: list[str] = []
    while (name := _after(session, held)) is not None:
        held.append(name)
    if len(held) == 1:
        return Models(held[0], tuple(held))
    return Models(_newest(session), tuple(held))


def _after(session: Session, held: Sequence[str]) -> str | None:
    beyond = Version.understood_by > held[-1] if held else Version.understood_by.is_not(None)
    return session.scalar(select(func.min(Version.understood_by)).where(beyond))


def _newest(session: Session) -> str | None:
    return session.scalar(select(Verdict.model).order_by(Verdict.id.desc()).limit(1))


def rereading(session: Session) -> Rereading | None:
    """How far a re-reading has come; None when none is under way.

    A first reading is none: reviews that nobody has read are not counted.
    """
    known = models(session)
    others = [name for name in known.held if name != known.newest]
    if known.newest is None or not others:
        return None
    done, left = _read_by(session, known.newest), sum(_read_by(session, name) for name in others)
    new_model = any(model_part(name) != model_part(known.newest) for name in others)
    return Rereading(known.newest, done, done + left, new_model)


def _read_by(session: Session, name: str) -> int:
    counted = select(func.count()).select_from(Version).where(Version.understood_by == name)
    return session.scalar(counted) or 0


def model_part(name: str) -> str:
    """The model without its rules: ``name@revision``."""
    return name.rpartition("+")[0] or name


def read_by(
    session: Session, scope: Scope, period: Period, received: int, known: Models
) -> tuple[str, ...]:
    """The models that read the period's reviews, in alphabetical order; empty when none is read.

    ``received`` is how many were written in the period. While one model has read everything
    nothing is asked.
    """
    if not received or len(known.held) < 2:
        return known.held if received else ()
    step = -(-received // SAMPLED)
    sampled = [] if step == 1 else [Review.id % step == 0]
    found = session.scalars(
        select(Version.understood_by)
        .join(Review, Review.version_id == Version.id)
        .where(*scope.within(period), *sampled, Version.understood_by.is_not(None))
        .distinct()
    )
    return tuple(sorted(name for name in found if name is not None))


def comparable(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether at most one model read both."""
    return len({*before, *after}) < 2
