"""The dissatisfaction rate corrected for the classifier's own measured error."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.measure import sample
from monitor.measure.intervals import LEVEL
from monitor.measure.period import Period, Scope
from monitor.store.standing import is_standing_verdict
from monitor.store.tables import Label, Review, Verdict, Version

ENOUGH = 30
DRAWS = 4000
SEED = 1978


@dataclass(frozen=True)
class Errors:
    """The model against people's labels: negatives found, and others told apart."""

    negatives: int
    found: int
    others: int
    spared: int


@dataclass(frozen=True)
class Corrected:
    """Estimated true share with a 95 % bootstrap interval, and what it rests on."""

    share: float
    low: float
    high: float
    labels: int
    sensitivity: float
    specificity: float


def corrected(session: Session, scope: Scope, period: Period) -> Corrected | None:
    """None until 30 negatives and 30 others of the sample are checked for the model in use.

    Only the sample's labels count: people who mend what looks wrong make the model look worse than
    it is.
    """
    model = session.scalar(select(Verdict.model).order_by(Verdict.id.desc()).limit(1))
    pairs = sample.checked(session, model) if model is not None else None
    known = errors_of(pairs) if pairs else None
    if known is None or min(known.negatives, known.others) < ENOUGH:
        return None
    return rogan_gladen(*_apparent(session, scope, period), known)


def rogan_gladen(negatives: int, n: int, known: Errors) -> Corrected | None:
    """(apparent + specificity - 1) / (sensitivity + specificity - 1), held within 0 and 1.

    W. J. Rogan and B. Gladen, "Estimating prevalence from the results of a screening test",
    American Journal of Epidemiology 107 (1978) 71-76. The interval redraws labels and reviews
    (parametric bootstrap, fixed seed). None when there is too little to go by.
    """
    import numpy as np

    if n == 0 or min(known.negatives, known.others) < ENOUGH:
        return None
    sensitivity, specificity = known.found / known.negatives, known.spared / known.others
    if sensitivity + specificity <= 1.05:  # no better than a coin: nothing can be corrected
        return None
    chance = np.random.default_rng(SEED)
    # adding a half keeps a perfect record from being taken for certainty
    se = chance.beta(known.found + 0.5, known.negatives - known.found + 0.5, DRAWS)
    sp = chance.beta(known.spared + 0.5, known.others - known.spared + 0.5, DRAWS)
    apparent = chance.binomial(n, negatives / n, DRAWS) / n
    told = np.maximum(se + sp - 1, 0.01)
    draws = np.clip((apparent + sp - 1) / told, 0, 1)
    tail = (1 - LEVEL) / 2
    low, high = (float(bound) for bound in np.quantile(draws, [tail, 1 - tail]))
    share = (negatives / n + specificity - 1) / (sensitivity + specificity - 1)
    share = min(max(share, 0.0), 1.0)
    return Corrected(
        share=share,
        low=min(low, share),
        high=max(high, share),
        labels=known.negatives + known.others,
        sensitivity=sensitivity,
        specificity=specificity,
    )


def errors(session: Session, model: str) -> Errors:
    """The model's verdicts against the newest sentiment label of the same version, any review's."""
    rows = session.execute(
        select(Label.version_id, Label.value, Verdict.sentiment)
        .join(Verdict, Verdict.version_id == Label.version_id)
        .where(Label.field == "sentiment", Verdict.model == model)
        .order_by(Label.id)
    )
    return errors_of({version_id: pair for version_id, *pair in rows}.values())


def errors_of(pairs: Iterable[Sequence[str]]) -> Errors:
    """From (what people say, what the model said) of each version."""
    told = list(pairs)
    negatives = [verdict for label, verdict in told if label == "negative"]
    others = [verdict for label, verdict in told if label != "negative"]
    return Errors(
        negatives=len(negatives),
        found=negatives.count("negative"),
        others=len(others),
        spared=len(others) - others.count("negative"),
    )


def _apparent(session: Session, scope: Scope, period: Period) -> tuple[int, int]:
    """Negatives as the model alone says, and the reviews that it judged."""
    n, negatives = session.execute(
        select(
            func.count(Review.sentiment), func.count().filter(Review.sentiment == "negative")
        ).where(*scope.within(period))
    ).one()
    mended = session.execute(
        select(Review.id, Review.sentiment, Verdict.sentiment, Verdict.confidence > 0)
        .join(Version, Version.id == Review.version_id)
        .join(Verdict, is_standing_verdict())
        .where(
            Version.id.in_(select(Label.version_id).where(Label.field == "sentiment")),
            *scope.within(period),
        )
    ).all()
    for _, standing, said, is_judged in mended:
        negatives += (said == "negative") - (standing == "negative")
        n -= not is_judged
    return negatives, n
