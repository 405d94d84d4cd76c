"""Finding phrases of the rule files in a text: words folded, spans kept.

A phrase of a rule file is words between spaces, accents and case do not count:

- ``livr*`` any word that begins so; ``retard|delai*`` either;
- ``..`` up to three words in between, ``...`` up to six;
- `` / `` stands between two phrases on one line;
- a phrase never runs over the end of a sentence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")
GAPS = {"..": 3, "...": 6}
WORD = re.compile(r"[^\W_]+|[\U0001F300-\U0001FAFF\u2600-\u27BF\u2B50]")
SENTENCE_END = re.compile(r"[.!?…\n;]")
CLAUSE_END = re.compile(r"[,:()\[\]–—\"«»“”]|\s-\s")


class Word(NamedTuple):
    """A word of a text: folded, where it stands, and in which clause and sentence."""

    folded: str
    start: int
    end: int
    clause: int
    sentence: int


@lru_cache(maxsize=4096)
def fold_letter(letter: str) -> str:
    """A letter without case and accents: É gives e, ß gives ss, œ gives oe."""
    special = {"œ": "oe", "æ": "ae", "ø": "o", "ı": "i"}.get(letter.lower())
    if special:
        return special
    plain = unicodedata.normalize("NFKD", letter.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c))


def fold(text: str) -> str:
    """A text without case and accents."""
    return text.lower() if text.isascii() else "".join(map(fold_letter, text))


def split_words(text: str, contrasts: frozenset[str] = frozenset()) -> list[Word]:
    """The words of a text; a clause ends at a comma, a bracket, or a word such as "but"."""
    words: list[Word] = []
    clause = sentence = before = 0
    for match in WORD.finditer(text):
        between = text[before : match.start()]
        folded = fold(match.group())
        if between != " " and SENTENCE_END.search(between):
            sentence += 1
            clause += 1
        elif folded in contrasts or (between != " " and CLAUSE_END.search(between)):
            clause += 1
        words.append(Word(folded, match.start(), match.end(), clause, sentence))
        before = match.end()
    return words


class Step(NamedTuple):
    """One word of a phrase: exact forms, beginnings, and how many words may stand before it."""

    exact: frozenset[str]
    prefixes: tuple[str, ...]
    gap: int


def parse_phrase(phrase: str) -> tuple[Step, ...]:
    """The steps of a phrase; ValueError when it is empty or begins or ends with a gap."""
    steps: list[Step] = []
    gap = 0
    for part in phrase.split():
        if part in GAPS:
            gap = GAPS[part]
            continue
        forms = [fold(form) for form in part.split("|")]
        exact = frozenset(form for form in forms if not form.endswith("*"))
        prefixes = tuple(form[:-1] for form in forms if form.endswith("*"))
        if any(not WORD.fullmatch(form) for form in (*exact, *prefixes)):
            raise ValueError(f"“{phrase}”: “{part}” is not a word")
        steps.append(Step(exact, prefixes, gap))
        gap = 0
    if not steps or gap or steps[0].gap:
        raise ValueError(f"“{phrase}” is not a phrase: it needs a word at each end")
    return tuple(steps)


class Found(NamedTuple, Generic[T]):
    """A phrase met in a text: what it stands for, and its first and last word's numbers."""

    value: T
    first: int
    last: int
    phrase: str


@dataclass(frozen=True)
class Entry(Generic[T]):
    """A phrase of the lexicon and what it stands for."""

    further: tuple[Step, ...]
    """Those after the first."""
    value: T
    phrase: str


class Lexicon(Generic[T]):
    """Phrases, each standing for something, found in one pass over a text's words."""

    def __init__(self, phrases: Iterable[tuple[str, T]]) -> None:
        self._exact: dict[str, list[Entry[T]]] = {}
        self._prefixed: dict[str, list[Entry[T]]] = {}
        for phrase, value in ((p.strip(), v) for line, v in phrases for p in line.split(" / ")):
            opening, *further = parse_phrase(phrase)
            entry = Entry(tuple(further), value, phrase)
            for form in opening.exact:
                self._exact.setdefault(form, []).append(entry)
            for form in opening.prefixes:
                self._prefixed.setdefault(form, []).append(entry)
        self._lengths = sorted({len(prefix) for prefix in self._prefixed})
        self._known: dict[str, list[Entry[T]]] = {}

    def find(self, words: Sequence[Word]) -> Iterator[Found[T]]:
        """Every phrase met, in the order of the text."""
        for first, word in enumerate(words):
            for entry in self._beginning(word.folded):
                last = _follow(entry.further, words, first) if entry.further else first
                if last >= 0:
                    yield Found(entry.value, first, last, entry.phrase)

    def _beginning(self, word: str) -> list[Entry[T]]:
        known = self._known.get(word)
        if known is None:
            known = list(self._exact.get(word, ()))
            for length in self._lengths:
                known.extend(self._prefixed.get(word[:length], ()) if len(word) >= length else ())
            if len(self._known) > 20_000:
                self._known.clear()
            self._known[word] = known
        return known


def _follow(further: Sequence[Step], words: Sequence[Word], first: int) -> int:
    """The number of the last word when the steps after the first fit from there, or -1."""
    at, sentence = first, words[first].sentence
    for step in further:
        at = _next(step, words, at, sentence)
        if at < 0:
            break
    return at


def _next(step: Step, words: Sequence[Word], at: int, sentence: int) -> int:
    for candidate in range(at + 1, min(at + 2 + step.gap, len(words))):
        word = words[candidate]
        if word.sentence != sentence:
            return -1
        if word.folded in step.exact or word.folded.startswith(step.prefixes):
            return candidate
    return -1
