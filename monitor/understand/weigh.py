"""Stars and text read together: what the platform's stars add, and when the two contradict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitor.understand.sentiment import StarProbabilities

SENTIMENTS = ("negative", "neutral", "positive")
STARS_OF = {"negative": (1, 2), "neutral": (3,), "positive": (4, 5)}

NEARBY = (0.8, 0.1, 0.02, 0.005, 0.005)
"""How likely a text's stars are, so many stars away from those its author gave."""
TEXT_POWER = 0.5
"""The text's share beside given stars: its probabilities count by their square root."""
PLAIN = 0.9
"""From this probability on, a text is clearly positive or negative."""
DOUBT = 0.6
"""Most that a contradicted verdict may be sure of itself."""
UNKNOWN: StarProbabilities = (0.1, 0.15, 0.5, 0.15, 0.1)
"""Neither text nor stars: nothing can be said."""


@dataclass(frozen=True)
class Weighed:
    """Star and class probabilities, the class and stars that lead, and whether they contradict."""

    by_star: StarProbabilities
    probabilities: dict[str, float]
    sentiment: str
    stars: int
    contradiction: bool
    is_known: bool = True
    """False: there was neither text nor stars, and neutral is nobody's judgement."""

    @property
    def confidence(self) -> float:
        """The probability of the sentiment that leads; 0 where nothing is known."""
        return self.probabilities[self.sentiment] if self.is_known else 0.0


def weigh(read: StarProbabilities | None, given: int | None) -> Weighed:
    """Join what the text says (None: no text) with the stars given (None: none)."""
    if given is None:
        return _weighed(read) if read else replace(_weighed(UNKNOWN), is_known=False)
    told = _told(given)
    if read is None:
        return _weighed(told)
    if _contradict(read, given):
        return _doubted(read, told)
    return _weighed(_scaled([r**TEXT_POWER * t for r, t in zip(read, told, strict=True)]))


def lessened(read: StarProbabilities, judges: float) -> StarProbabilities:
    """A post's star probabilities if it judges a business with probability ``judges`` only: what
    it feels about the rest of the world is neutral here."""
    one, two, three, four, five = (judges * chance for chance in read)
    return one, two, three + 1 - judges, four, five


def classes(by_star: Sequence[float]) -> dict[str, float]:
    """Probabilities of negative, neutral and positive."""
    return {name: sum(by_star[star - 1] for star in STARS_OF[name]) for name in SENTIMENTS}


def _told(given: int) -> StarProbabilities:
    return _scaled([NEARBY[abs(star - given)] for star in range(1, 6)])


def _scaled(values: Sequence[float]) -> StarProbabilities:
    total = sum(values)
    one, two, three, four, five = (value / total for value in values)
    return one, two, three, four, five


def _contradict(read: StarProbabilities, given: int) -> bool:
    chances = classes(read)
    if given <= 2:
        return chances["positive"] >= PLAIN
    return given >= 4 and chances["negative"] >= PLAIN


def _doubted(read: StarProbabilities, told: StarProbabilities) -> Weighed:
    """Both readings side by side. The negative one leads until a person has looked: an angry
    customer taken for a happy one costs more than the opposite."""
    worse, better = sorted((read, told), key=lambda p: classes(p)["positive"])
    mixed = _scaled([DOUBT * w + (1 - DOUBT) * b for w, b in zip(worse, better, strict=True)])
    return _weighed(mixed, contradiction=True)


def _weighed(by_star: StarProbabilities, contradiction: bool = False) -> Weighed:
    probabilities = classes(by_star)
    sentiment = max(SENTIMENTS, key=lambda name: probabilities[name])
    stars = max(STARS_OF[sentiment], key=lambda star: by_star[star - 1])
    return Weighed(by_star, probabilities, sentiment, stars, contradiction)
