"""Whether what says nothing drowns the words: an emoji, exclamation marks, capitals, a courtesy.

The project's own test part, its texts without emoji, read as they stand and again each way of
WAYS. The words say what they said: two classes and criticals should hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from monitor.evaluating import drawn
from monitor.measure.accuracy import Accuracy, Case, accuracy
from monitor.testpart import LabelledText, read_tests
from tests.benchmarks.bench_accuracy import Ours
from tests.benchmarks.line import Line, Options

ROWS = 1500
EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf\u2b50]")
MARKS = ("😡", "👎", "😱", "🔥", "💥", "😂", "🙏", "👍", "❤️", "!!!", "??")
THANKS = {
    "de": "Danke und freundliche Grüße",
    "en": "Thank you and best regards",
    "es": "Muchas gracias y un saludo",
    "fr": "Merci et bien à vous",
    "it": "Grazie e cordiali saluti",
    "nl": "Dank en vriendelijke groet",
}
GREETING = {
    "de": "Guten Tag zusammen,",
    "en": "Good afternoon everyone,",
    "es": "Muy buenas a todos,",
    "fr": "Bonjour à tous,",
    "it": "Buongiorno a tutti,",
    "nl": "Goedemiddag allemaal,",
}
Way = Callable[[LabelledText], str]


def _marked(mark: str) -> Way:
    return lambda one: f"{one.text} {mark}"


WAYS: Final[dict[str, Way]] = {
    **{f"with {mark}": _marked(mark) for mark in MARKS},
    "in capitals": lambda one: one.text.upper(),
    "without capitals": lambda one: one.text.lower(),
    "without stops": lambda one: re.sub("[.,;:!?…]", " ", one.text),
    "with thanks": lambda one: f"{one.text} {THANKS[one.right.language or '']}",
    "with a greeting": lambda one: f"{GREETING[one.right.language or '']} {one.text}",
}


def lines(options: Options) -> Iterator[Line]:
    """Two lines a way, beside the same texts as they stand."""
    ours = Ours()
    texts = [text for text in read_tests() if not EMOJI.search(f"{text.title} {text.text}")]
    texts = drawn(texts, options.rows or ROWS)
    plain = _read(ours, texts)
    for name, way in WAYS.items():
        changed = _read(ours, [replace(text, text=way(text)) for text in texts])
        for what, one, other in (
            ("negative from positive", changed.binary, plain.binary),
            ("criticals found", changed.critical_recall, plain.critical_recall),
        ):
            where = f"own test part {name}: {what}"
            yield Line(where, one.share or 0.0, "", other.share, "as they stand", f"n {one.n}")


def _read(ours: Ours, texts: list[LabelledText]) -> Accuracy:
    found = ours.find(texts)
    return accuracy([Case(a, t.right, t.words) for a, t in zip(found, texts, strict=True)])
