"""Whether an emoji or a row of exclamation marks drowns the words.

The project's own test part, its texts without emoji, read as they stand and again with each of
MARKS added at the end. The words say what they said: two classes and criticals should hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from monitor.evaluating import drawn
from monitor.measure.accuracy import Accuracy, Case, accuracy
from monitor.testpart import LabelledText, read_tests
from tests.benchmarks.bench_accuracy import Ours
from tests.benchmarks.line import Line, Options

ROWS = 1500
MARKS = ("😡", "👎", "😱", "🔥", "💥", "😂", "🙏", "👍", "❤️", "!!!", "??")
EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf\u2b50]")


def lines(options: Options) -> Iterator[Line]:
    """Two lines a mark, beside the same texts without it."""
    ours = Ours()
    texts = [text for text in read_tests() if not EMOJI.search(f"{text.title} {text.text}")]
    texts = drawn(texts, options.rows or ROWS)
    plain = _read(ours, texts)
    for mark in MARKS:
        marked = _read(ours, [replace(text, text=f"{text.text} {mark}") for text in texts])
        for what, one, other in (
            ("negative from positive", marked.binary, plain.binary),
            ("criticals found", marked.critical_recall, plain.critical_recall),
        ):
            name, beside = f"own test part with {mark}: {what}", "without it"
            yield Line(name, one.share or 0.0, "", other.share, beside, f"n {one.n}")


def _read(ours: Ours, texts: list[LabelledText]) -> Accuracy:
    found = ours.find(texts)
    return accuracy([Case(a, t.right, t.words) for a, t in zip(found, texts, strict=True)])
