"""The language of a review: from its words, and from the platform's word when they are few."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

from monitor.understand.phrases import WORD

KNOWN = "ar ca cs da de el en es fi fr he hu it ja ko nl no pl pt ro ru sv tr uk zh".split()  # noqa: SIM905
OURS = ("fr", "en", "de", "es", "it", "nl")
OURS_BONUS = 1.0
"""How much likelier, in log-odds, a review is to be in one of the six languages."""
TOLD_BONUS = 5.0
"""What the platform's word is worth, in log-odds, against a single word of text."""
LONGEST = 300
"""Characters that are looked at: more add nothing."""


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(KNOWN)
    # it keeps the other hundred languages for a later choice: 28 MB that nobody will ask for
    identifier._full_model = (identifier.nb_ptc, identifier.nb_pc, identifier.nb_classes)
    return identifier


def prepare() -> None:
    """Read the identifier's file now (about a second) and not at the first text."""
    _identifier()


def find_language(text: str, told: str | None = None) -> str:
    """Two letters. Without a word to judge by: what the platform says, else "und"."""
    said = (told or "").lower().replace("_", "-").split("-")[0]
    words = WORD.findall(text[:LONGEST])
    if not any(word.isalpha() for word in words):
        return said or "und"
    if said and said not in KNOWN and len(words) < 5:
        return said
    ranked: list[tuple[str, float]] = _identifier().rank(" ".join(words).lower())
    return max(ranked, key=lambda pair: _score(pair[0], pair[1], said, len(words)))[0]


def _score(language: str, chance: float, said: str, words: int) -> float:
    score = math.log(max(chance, 1e-12))
    if language in OURS:
        score += OURS_BONUS
    if language == said:
        score += TOLD_BONUS / math.sqrt(words)
    return score
