"""What the labels of somebody else's model say in stars: read from their names, or from a map."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from monitor.understand.phrases import fold
from monitor.understand.sentiment import ModelError
from monitor.understand.weigh import STARS_OF

Stars = tuple[int, ...]
"""The stars that a label stands for; its probability is split evenly over them."""

EXPECTED = "a number of stars from 1 to 5, negative, neutral or positive"
STARS = re.compile(
    r"([1-5]) ?(?:stars?|etoiles?|sterne?|estrellas?|stell[ae]|ster(?:ren)?)|stars? ?([1-5])|★{1,5}"
)
WORDS = {
    "negative": "neg negative negatif negativ negativo negatief",
    "neutral": "neu neutral neutre neutro neutraal",
    "positive": "pos positive positif positiv positivo positief",
}
NAMED = {word: meaning for meaning, words in WORDS.items() for word in words.split()}
VERY = re.compile(r"(?:very|tres|sehr|muy|molto|zeer|extremely) ")


class LabelError(ModelError):
    """The labels of a model cannot be read as stars; ``key`` is the configuration's, dotted."""

    def __init__(self, message: str, *key: str) -> None:
        super().__init__(message)
        self.key = ("classifier", "labels", *key)


def stars_of(labels: Sequence[str], given: Mapping[str, int | str] | None) -> list[Stars]:
    """The stars of each of a model's labels, in order. Raises LabelError.

    ``given`` maps every label to 1..5, negative, neutral or positive; without it the labels must
    name themselves.
    """
    found = _by_map(labels, given) if given is not None else _by_name(labels)
    said = {star for stars in found for star in stars}
    if not said & {1, 2} or not said & {4, 5}:
        side = "negative (1 or 2 stars)" if not said & {1, 2} else "positive (4 or 5 stars)"
        raise LabelError(f"none of the model's labels ({_listed(labels)}) is {side}")
    return found


def _by_map(labels: Sequence[str], given: Mapping[str, int | str]) -> list[Stars]:
    exact = set(labels)
    known = exact | {label.casefold() for label in labels}
    for name in given:
        if name not in known and name.casefold() not in known:
            raise LabelError(
                f"the model has no label “{name}”; its labels are: {_listed(labels)}", name
            )
    folded = {name.casefold(): meaning for name, meaning in given.items()}
    missing = [one for one in labels if one not in given and one.casefold() not in folded]
    if missing:
        raise LabelError(
            f"the model's labels are {_listed(labels)}; {_listed(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} missing here: say for each {EXPECTED}"
        )
    meanings = [given.get(one, folded.get(one.casefold(), "")) for one in labels]
    return [(one,) if isinstance(one, int) else STARS_OF[one] for one in meanings]


def _by_name(labels: Sequence[str]) -> list[Stars]:
    names = [" ".join(re.split(r"[\W_]+", fold(label))).strip() or label for label in labels]
    if sorted(names) == list("12345"):
        return [(int(name),) for name in names]
    graded = any(VERY.match(name) for name in names)
    found = [_named(name, graded) for name in names]
    unknown = [label for label, stars in zip(labels, found, strict=True) if not stars]
    if unknown:
        raise LabelError(
            f"the model's labels are {_listed(labels)}, and {_listed(unknown)} "
            f"{'does' if len(unknown) == 1 else 'do'} not say how many stars: "
            f"give under labels, for each, {EXPECTED}"
        )
    return found


def _named(name: str, graded: bool) -> Stars:
    """The stars of a label; where there is a "very positive", a plain one is 4. () if unknown."""
    stars = STARS.fullmatch(name)
    if stars:
        return (int(stars[1] or stars[2] or len(name)),)
    said = NAMED.get(VERY.sub("", name, count=1), "")
    inner, outer = {"negative": (2, 1), "positive": (4, 5)}.get(said, (3, 3))
    if said and graded:
        return (outer if VERY.match(name) else inner,)
    return STARS_OF.get(said, ())


def _listed(labels: Iterable[str]) -> str:
    return ", ".join(f"“{label}”" for label in labels)
