"""Shouting read as speech: capitals say how loud, the words say what.

The model learnt from texts of which few are in capitals; it took "TRÈS BON ACCUEIL" for anger.
"""

from __future__ import annotations

import re

LOUD = re.compile(r"[^\W\d_a-z]{2}")
WORD = re.compile(r"[^\W\d_]+")
LONG = 5
"""Letters of a word that is shouted even alone: a shorter one may be SNCF or a TV."""


def quiet(text: str) -> str:
    """The text, of the same length, without capitals where it shouts: in words of LONG letters or
    more, and in two or more words together."""
    if not LOUD.search(text):
        return text
    words = list(WORD.finditer(text))
    loud = [word[0].isupper() for word in words]
    parts: list[str] = []
    done = 0
    for number, word in enumerate(words):
        beside = loud[max(number - 1, 0) : number] + loud[number + 1 : number + 2]
        if loud[number] and (len(word[0]) >= LONG or any(beside)):
            parts += text[done : word.start()], "".join(map(_small, word[0]))
            done = word.end()
    return "".join((*parts, text[done:]))


def _small(letter: str) -> str:
    small = letter.lower()
    return small if len(small) == 1 else letter
