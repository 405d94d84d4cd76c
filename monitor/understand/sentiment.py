"""The shipped model: what it hears in texts. The only home of onnxruntime.

onnxruntime and tokenizers are imported when a model is loaded, not before; torch is never needed.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from monitor.places import shipped
from monitor.understand.quiet import quiet
from monitor.understand.windows import batches, slices, starts

StarProbabilities = tuple[float, float, float, float, float]
"""Probabilities of one to five stars, summing to 1."""
POLARITIES = ("negative", "neutral", "positive")

TOKENS_A_BATCH = 256
"""Small batches win: attention and padding cost more than a second call, and they keep the process
under 250 MB (measured)."""
LETTERS = 100_000
"""Characters cut into pieces together: a piece takes some 350 bytes until its text is read."""
STRANGE = 0.4
"""Part of a text's pieces that the vocabulary does not have, above which it is not understood."""
SIGNED = ("model.onnx", "weights.bin", "tokenizer.json")
"""The files whose content the revision is made of."""
FILES = (*SIGNED, "config.json")
THRESHOLDS = (
    *("topic", "topic_ruled", "second"),
    *("critical", "critical_ruled", "high", "high_ruled"),
)
"""Probabilities that config.json names, from which what is heard counts."""
USUAL = "usual"
"""Alarms as config.json's own thresholds give them."""
FEWER = "fewer"
"""Those of which one may be sure: what only the others call critical is doubtful."""
FAINT = 0.05
"""Topics less probable than this are not told."""
FALL = 2.0
"""A piece belongs to the words of a topic while its log-odds are within this of the peak."""
DANGER_FALL = 0.5
"""The same for danger, which rises over whole reviews and peaks where it is told."""


class ModelError(Exception):
    """The model's folder cannot be used; the message says which file and what to do. ``key`` is
    the configuration's."""

    key: tuple[str, ...] = ("classifier",)


class Told(NamedTuple):
    """A topic that the model hears, how sure it is, and the characters that carry it."""

    topic: str
    polarity: str
    chance: float
    start: int
    end: int


@dataclass(frozen=True)
class Heard:
    """What a model hears in one text. A model of stars alone says nothing of the rest."""

    stars: StarProbabilities
    topics: Sequence[Told] | None = None
    """Every topic and polarity from FAINT upwards; None: this model knows none."""
    critical: float | None = None
    """Probability that the review is critical."""
    high: float | None = None
    """Probability that it is high, not critical."""
    judges: float | None = None
    """Probability that it judges a business, and not a match, a minister, its author's day."""
    danger: tuple[int, int] | None = None
    """The characters where danger is heard most."""
    understood: bool = True
    """False: the words are of a script that the model was not taught; the rest means nothing."""


UNREAD = Heard((0.1, 0.15, 0.5, 0.15, 0.1), understood=False)
"""What is heard in a text of another script: nothing."""


@dataclass(frozen=True)
class Facts:
    """What config.json says of a model: how its outputs are to be read."""

    name: str
    revision: str
    temperature: float
    max_tokens: int
    topics: tuple[str, ...]
    thresholds: Mapping[str, float] = field(default_factory=dict)


def shipped_folder() -> Path:
    """The model that ships: inside the installed package, or in the checkout."""
    try:
        return shipped("models/sentiment")
    except FileNotFoundError as missing:
        raise ModelError(str(missing)) from missing


def resolve_folder(named: str | Path) -> Path:
    """The folder that a configuration names; "models/sentiment" is the shipped one anywhere."""
    folder = Path(named)
    if folder.as_posix() == "models/sentiment" and not folder.is_dir():
        return shipped_folder()
    return folder


def load(folder: Path | None = None, threads: int = 1, alarms: str = USUAL) -> Sentiment:
    """Open the model in a folder (the shipped one by default), to run on so many threads.

    Raises ModelError when a file is missing, damaged, or not of this form.
    """
    folder = folder or shipped_folder()
    facts = read_facts(folder, alarms)
    _check_content(folder, facts)
    try:
        tokenizer, session = _open_tokenizer(folder), _open_session(folder, threads)
    except Exception as wrong:  # what the two libraries raise for a damaged file has no base class
        raise ModelError(f"{folder}: the model cannot be opened ({wrong})") from wrong
    missing = set(_Answer._fields) - {output.name for output in session.get_outputs()}
    if missing:
        raise ModelError(
            f"{folder}: the model has no output “{min(missing)}”: it was exported for another "
            "version of Vigie"
        )
    return Sentiment(facts, tokenizer, session)


def read_facts(folder: Path, alarms: str = USUAL) -> Facts:
    """What config.json says of the model in a folder, without loading it; its thresholds are those
    for so many alarms. Raises ModelError."""
    for name in FILES:
        if not (folder / name).is_file():
            raise ModelError(
                f"{folder / name} is missing: name a folder that holds {', '.join(FILES)}"
            )
    path = folder / "config.json"
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        expected = {"name": str, "revision": str, "temperature": float, "max_tokens": int}
        for key, kind in (expected | {"topics": list, "thresholds": dict}).items():
            if not isinstance(facts[key], kind):
                raise ModelError(f"{path}: “{key}” is not a {kind.__name__}")
        for key in THRESHOLDS:
            if not isinstance(facts["thresholds"].get(key), float):
                raise ModelError(f"{path}: “thresholds.{key}” is not a float")
    except (ValueError, KeyError, TypeError) as wrong:
        raise ModelError(f"{path} cannot be read: {wrong!r}") from wrong
    known = {key: facts[key] for key in expected}
    thresholds = _all_thresholds(path, facts, alarms)
    return Facts(**known, topics=tuple(facts["topics"]), thresholds=thresholds)


def _all_thresholds(path: Path, facts: Mapping[str, Any], alarms: str) -> dict[str, float]:
    """Those that count with so many alarms, and from where what is critical is clearly so."""
    given = facts.get("alarms")
    found: dict[str, float] = facts["thresholds"] | _alarm_thresholds(path, given, alarms)
    has_fewer = isinstance(given, dict) and FEWER in given
    fewest = found | _alarm_thresholds(path, given, FEWER if has_fewer else USUAL)
    return found | {"clear": fewest["critical"], "clear_ruled": fewest["critical_ruled"]}


def _alarm_thresholds(path: Path, given: object, alarms: str) -> dict[str, float]:
    """What stands in for the usual thresholds. A model may have none but the usual ones."""
    if alarms == USUAL:
        return {}
    found = given.get(alarms) if isinstance(given, dict) else None
    if not isinstance(found, dict) or not all(isinstance(x, float) for x in found.values()):
        raise ModelError(
            f"{path}: no thresholds for “{alarms}” alarms: leave classifier.alarms out"
        )
    if unknown := set(found) - set(THRESHOLDS):
        raise ModelError(f"{path}: “alarms.{alarms}.{min(unknown)}” is not known")
    return found


def _check_content(folder: Path, facts: Facts) -> None:
    digest = hashlib.sha256()
    for name in SIGNED:
        with (folder / name).open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    if not digest.hexdigest().startswith(facts.revision):
        raise ModelError(
            f"{folder}: {', '.join(SIGNED)} are not those of revision {facts.revision}: "
            "a file is damaged or was replaced; restore the folder"
        )


def _open_tokenizer(folder: Path) -> Any:
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def _open_session(folder: Path, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    # its fused Add and LayerNormalization is six times slower than the two apart (measured)
    return onnxruntime.InferenceSession(
        str(folder / "model.onnx"),
        options,
        providers=["CPUExecutionProvider"],
        disabled_optimizers=["SkipLayerNormFusion"],
    )


class Window(NamedTuple):
    """A stretch of a text: whose, its piece numbers with the marks around, its first piece."""

    owner: int
    ids: list[int]
    first: int


class _Answer(NamedTuple):
    """What the graph says of one window, in log-odds; the fields are its outputs."""

    stars: Any
    severity: Any
    judges: Any
    labels: Any
    pieces: Any


@dataclass
class _Sum:
    """What the windows of one text add up to, in log-odds."""

    stars: Any = 0.0
    weight: int = 0
    critical: float = 0.0
    grave: float = 0.0
    """Probability of critical or high."""
    judges: float = -1e9
    labels: Any = None
    danger: tuple[float, int, int] = (-1e9, 0, 0)
    """Its log-odds, first and last piece."""
    spans: dict[int, tuple[int, int]] = field(default_factory=dict)


class Sentiment:
    """A loaded model. ``name`` and ``revision`` go into every verdict."""

    def __init__(self, facts: Facts, tokenizer: Any, session: Any) -> None:
        self.name = facts.name
        self.revision = facts.revision
        self.thresholds = facts.thresholds
        self._facts = facts
        self._room = facts.max_tokens - 2
        self._tokenizer = tokenizer
        self._session = session
        self._first: int = tokenizer.token_to_id("<s>")
        self._last: int = tokenizer.token_to_id("</s>")
        self._pad: int = tokenizer.token_to_id("<pad>")
        self._unknown: int = tokenizer.token_to_id("<unk>")

    def read(self, texts: Sequence[str]) -> list[Heard]:
        """What is heard in each text, in order. A long text is read by windows."""
        return [one for some in slices(texts, LETTERS) for one in self._read(some)]

    def _read(self, texts: Sequence[str]) -> list[Heard]:
        spoken = [quiet(text) for text in texts]
        encodings = self._tokenizer.encode_batch(spoken, add_special_tokens=False)
        windows = [
            window
            for owner, encoding in enumerate(encodings)
            for window in self._windows(owner, encoding.ids)
        ]
        sums = [_Sum() for _ in texts]
        for batch in batches(windows, TOKENS_A_BATCH, lambda window: len(window.ids)):
            for window, answer in zip(batch, self._run(batch), strict=True):
                self._add(sums[window.owner], window, answer)
        return [
            UNREAD if self._is_strange(encoding.ids) else self._heard(total, encoding.offsets)
            for total, encoding in zip(sums, encodings, strict=True)
        ]

    def _is_strange(self, pieces: Sequence[int]) -> bool:
        """Whether the text is in a script that the vocabulary does not have."""
        return pieces.count(self._unknown) > STRANGE * len(pieces)

    def _windows(self, owner: int, pieces: Sequence[int]) -> Iterator[Window]:
        for start in starts(len(pieces), self._room):
            inside = pieces[start : start + self._room]
            yield Window(owner, [self._first, *inside, self._last], start)

    def _run(self, batch: Sequence[Window]) -> Iterator[_Answer]:
        import numpy as np

        longest = max(len(window.ids) for window in batch)
        ids = np.full((len(batch), longest), self._pad, dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, window in enumerate(batch):
            ids[row, : len(window.ids)] = window.ids
            mask[row, : len(window.ids)] = 1
        found = self._session.run(_Answer._fields, {"input_ids": ids, "attention_mask": mask})
        return map(_Answer._make, zip(*found, strict=True))

    def _add(self, total: _Sum, window: Window, answer: _Answer) -> None:
        """Stars are a mean over the windows; what is heard in one of them is heard: a topic, a
        danger, a judgement."""
        import numpy as np

        length = len(window.ids)
        total.stars = total.stars + answer.stars * length
        total.weight += length
        inside = answer.pieces[1 : length - 1] if length > 2 else answer.pieces[:1]
        _, high, critical = _softmax(answer.severity).tolist()
        total.critical = max(total.critical, critical)
        total.grave = max(total.grave, high + critical)
        total.judges = max(total.judges, float(answer.judges[0]))
        if total.labels is None:
            total.labels = np.full(len(answer.labels), -1e9, dtype=np.float32)
        least = np.log(FAINT / (1 - FAINT))
        better = (answer.labels > total.labels) & (answer.labels > least)
        for label in np.flatnonzero(better).tolist():
            total.spans[label] = _around(inside[:, label], window.first, FALL)
        total.labels = np.maximum(total.labels, answer.labels)
        peak = float(inside[:, -1].max())
        if peak > total.danger[0]:
            total.danger = (peak, *_around(inside[:, -1], window.first, DANGER_FALL))

    def _heard(self, total: _Sum, offsets: Sequence[tuple[int, int]]) -> Heard:
        import numpy as np

        stars = _softmax(total.stars / max(total.weight, 1) / self._facts.temperature)
        chances = 1 / (1 + np.exp(-total.labels.astype(np.float64)))
        topics = [
            Told(
                self._facts.topics[label // 3],
                POLARITIES[label % 3],
                float(chances[label]),
                *_characters(span, offsets),
            )
            for label, span in sorted(total.spans.items())
        ]
        danger = _characters(total.danger[1:], offsets)
        judges = 1 / (1 + math.exp(-total.judges))
        high = total.grave - total.critical
        return Heard(_five(stars.tolist()), topics, total.critical, high, judges, danger)


def _around(odds: Any, first: int, fall: float) -> tuple[int, int]:
    """The pieces about the peak that are nearly as likely; their numbers in the whole text."""
    peak = int(odds.argmax())
    least = odds[peak] - fall
    start = end = peak
    while start > 0 and odds[start - 1] > least:
        start -= 1
    while end + 1 < len(odds) and odds[end + 1] > least:
        end += 1
    return first + start, first + end


def _characters(span: tuple[int, int], offsets: Sequence[tuple[int, int]]) -> tuple[int, int]:
    if not offsets:
        return 0, 0
    first, last = min(span[0], len(offsets) - 1), min(span[1], len(offsets) - 1)
    return offsets[first][0], offsets[last][1]


def _softmax(odds: Any) -> Any:
    import numpy as np

    chances = np.exp(odds.astype(np.float64) - odds.max())
    return chances / chances.sum()


def _five(row: Sequence[float]) -> StarProbabilities:
    one, two, three, four, five = row
    return one, two, three, four, five
