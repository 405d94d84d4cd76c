"""How often the classifier errs, measured, and kept for the reports to say.

``vigie evaluate`` does it at once; the daemon does it for a model that has read everything and was
never measured, and again on the team's corrections.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.measure.accuracy import Case, Found, Measured, measured
from monitor.measure.labelled import labelled
from monitor.measure.overview import as_json
from monitor.store.tables import Evaluation, Label, Verdict
from monitor.testpart import LabelledText
from monitor.understand.reading import Reading, Text

CHUNK = 64
SEED = 1
LABELS_EVERY = timedelta(days=1)

Told = Callable[[int], object]
"""Called with how many more texts were read."""


class Reader(Protocol):
    """What an evaluation asks of a classifier."""

    model: str

    def read(self, items: Sequence[Text]) -> list[Reading]:
        """A reading of each item, in order."""


@dataclass(frozen=True)
class Evaluated:
    """One evaluation of a model. ``labels`` is None while nobody has corrected its readings."""

    model: str
    made_at: datetime
    alone: Measured
    """The test part, read by its words alone."""
    starred: Measured
    """The test part again, the author's stars given beside the words."""
    labels: Measured | None

    def as_dict(self) -> dict[str, Any]:
        """As the JSON file carries it."""
        return {
            "model": self.model,
            "made_at": self.made_at.isoformat(),
            "test": _figures(self.alone) | {"starred": _figures(self.starred)},
            "labels": None if self.labels is None else _figures(self.labels),
        }


def evaluate(
    session: Session, now: datetime, reader: Reader, tests: Sequence[LabelledText], told: Told
) -> Evaluated:
    """Read the tests, and look up what was said of the reviews since labelled."""
    cases = list(read_cases(reader, tests, told))
    alone, starred = (measured([pair[n] for pair in cases]) for n in (0, 1))
    # last: no transaction is open while the model reads and the figures are worked out
    known = labelled(session, reader.model)
    session.rollback()
    return Evaluated(reader.model, now, alone, starred, measured(known) if known else None)


def keep(session: Session, evaluated: Evaluated) -> None:
    """Store it, a row a part: from now on the reports say it of this model."""
    parts = {"test": evaluated.alone, "labels": evaluated.labels}
    figures = evaluated.as_dict()
    session.add_all(
        _row(evaluated.model, evaluated.made_at, part, found, figures[part])
        for part, found in parts.items()
        if found is not None
    )
    session.commit()


def run_one(
    session: Session,
    now: datetime,
    model: str,
    reader: Callable[[], Reader],
    tests: Callable[[], Sequence[LabelledText]],
    told: Told,
) -> bool:
    """Measure the model in use where it is due; False when nothing is.

    A model that has read something is measured once; on the team's corrections again when there
    are new ones, once a day at most.
    """
    if session.scalar(select(Verdict.id).where(Verdict.model == model).limit(1)) is None:
        return False
    if _measured_at(session, model, "test") is None:
        session.rollback()  # no transaction is open while the model reads
        found = evaluate(session, now, reader(), tests(), told)
        if _measured_at(session, model, "test") is None:  # another worker may have been faster
            keep(session, found)
        return True
    return _measure_labels(session, now, model)


def _measure_labels(session: Session, now: datetime, model: str) -> bool:
    before = _measured_at(session, model, "labels")
    if before is not None and (
        now - before < LABELS_EVERY
        or session.scalar(select(Label.id).where(Label.made_at > before).limit(1)) is None
    ):
        return False
    known = labelled(session, model)
    if not known:
        return False
    found = measured(known)
    session.add(_row(model, now, "labels", found, _figures(found)))
    session.commit()
    return True


def _measured_at(session: Session, model: str, part: str) -> datetime | None:
    query = select(func.max(Evaluation.made_at))
    found: datetime | None = session.scalar(
        query.where(Evaluation.model == model, Evaluation.part == part)
    )
    return found


def _row(
    model: str, now: datetime, part: str, found: Measured, figures: dict[str, Any]
) -> Evaluation:
    return Evaluation(model=model, made_at=now, part=part, n=found.total.n, figures=figures)


def drawn(tests: Sequence[LabelledText], rows: int | None) -> list[LabelledText]:
    """So many of the tests, always the same ones; all of them for None."""
    if rows is None or rows >= len(tests):
        return list(tests)
    return random.Random(SEED).sample(list(tests), rows)  # noqa: S311 - no secret


def found_in(reading: Reading) -> Found:
    """A reading as it is measured."""
    return Found(
        sentiment=reading.sentiment,
        probabilities=reading.probabilities,
        confidence=reading.confidence,
        stars=reading.stars,
        severity=reading.severity,
        topics=frozenset((one.topic, one.polarity) for one in reading.topics),
        language=reading.language,
    )


def read_cases(
    reader: Reader, tests: Sequence[LabelledText], told: Told
) -> Iterator[tuple[Case, Case]]:
    """Each text beside what the reader makes of it, alone and with its author's stars; its language
    is never told. Both are asked for together: a model need hear their words but once."""
    for start in range(0, len(tests), CHUNK):
        some = tests[start : start + CHUNK]
        alone = [Text(one.text, one.title, post=one.post) for one in some]
        starred = [replace(text, stars=one.stars) for text, one in zip(alone, some, strict=True)]
        found = [found_in(reading) for reading in reader.read([*alone, *starred])]
        for test, bare, helped in zip(some, found, found[len(some) :], strict=False):
            # stars that were given are not found
            unasked = replace(test.right, stars=None)
            yield Case(bare, test.right, test.words), Case(helped, unasked, test.words)
        told(len(some))


def _figures(found: Measured) -> dict[str, Any]:
    plain: dict[str, Any] = as_json(asdict(found))
    return plain
