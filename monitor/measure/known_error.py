"""What is known of the error of the model in use: the part of negative reviews that it finds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.measure.overview import as_json
from monitor.store.tables import Evaluation, Verdict


@dataclass(frozen=True)
class Recall:
    """The share of the negatives that the model finds, with its 95 % interval.

    ``n`` texts were compared, of which ``negatives`` are negative: the share is over those.
    """

    n: int
    negatives: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class KnownError:
    """From the newest evaluation of the model: on the test part, read by the text alone; and on
    what the team reviewed, confirmed or corrected, where there is a negative review among it."""

    model: str
    measured_at: datetime
    tests: Recall
    labels: Recall | None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON, as reports keep it."""
        plain: dict[str, Any] = as_json(asdict(self))
        return plain


def known_error(session: Session) -> KnownError | None:
    """None until the model that read last has been evaluated."""
    model = session.scalar(select(Verdict.model).order_by(Verdict.id.desc()).limit(1))
    if model is None:
        return None
    tested = _newest(session, model, "test")
    recall = _recall(tested)
    if tested is None or recall is None:
        return None
    return KnownError(
        model=model,
        measured_at=tested.made_at,
        tests=recall,
        labels=_recall(_newest(session, model, "labels")),
    )


def _newest(session: Session, model: str, part: str) -> Evaluation | None:
    return session.scalars(
        select(Evaluation)
        .where(Evaluation.model == model, Evaluation.part == part)
        .order_by(Evaluation.id.desc())
        .limit(1)
    ).first()


def _recall(evaluation: Evaluation | None) -> Recall | None:
    if evaluation is None:
        return None
    total = evaluation.figures["total"]
    found = total["negative_recall"]
    if found["share"] is None:
        return None
    return Recall(
        n=total["sentiment"]["n"],
        negatives=found["n"],
        share=found["share"],
        low=found["low"],
        high=found["high"],
    )
