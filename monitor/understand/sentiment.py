"""The shipped model: star probabilities of texts. The only home of onnxruntime and transformers.

Both are imported when a model is loaded, not before; torch is never needed.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from monitor.places import shipped

StarProbabilities = tuple[float, float, float, float, float]
"""Probabilities of one to five stars, summing to 1."""

TOKENS_A_BATCH = 512
"""Small batches win: attention and padding cost more than a second call (measured)."""
FILES = ("model.onnx", "tokenizer.json", "tokenizer_config.json", "config.json")
SHARED = 0.25
"""Part of a window that the next one reads again, so that no sentence is lost at an edge."""


MOST_WINDOWS = 48
"""About 4,500 words. Of a longer text this many windows are read, evenly from first to last:
nobody writes such a review, and a hostile one must not hold up the others."""


class ModelError(Exception):
    """The model's folder cannot be used; the message says which file and what to do."""


def shipped_folder() -> Path:
    """The model that ships: inside the installed package, or in the checkout."""
    try:
        return shipped("models/sentiment")
    except FileNotFoundError as missing:
        raise ModelError(str(missing)) from missing


def model_name(folder: Path | None = None) -> str:
    """name@revision of the model in a folder, without loading it. Raises ModelError."""
    facts = _read_facts(folder or shipped_folder())
    return f"{facts['name']}@{facts['revision']}"


def resolve_folder(named: str | Path) -> Path:
    """The folder that a configuration names; "models/sentiment" is the shipped one anywhere."""
    folder = Path(named)
    if folder.as_posix() == "models/sentiment" and not folder.is_dir():
        return shipped_folder()
    return folder


def load(folder: Path | None = None, threads: int = 1) -> Sentiment:
    """Open the model in a folder (the shipped one by default), to run on so many threads.

    Raises ModelError when a file is missing, damaged, or not of this form.
    """
    folder = folder or shipped_folder()
    facts = _read_facts(folder)
    _check_content(folder, facts)
    try:
        return Sentiment(facts, _open_tokenizer(folder), _open_session(folder, threads))
    except Exception as wrong:  # what the two libraries raise for a damaged file has no base class
        raise ModelError(f"{folder}: the model cannot be opened ({wrong})") from wrong


def _read_facts(folder: Path) -> dict[str, Any]:
    for name in FILES:
        if not (folder / name).is_file():
            raise ModelError(
                f"{folder / name} is missing: name a folder that holds {', '.join(FILES)}"
            )
    try:
        facts = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        expected = {"name": str, "revision": str, "temperature": float, "max_tokens": int}
        for key, kind in expected.items():
            if not isinstance(facts[key], kind):
                raise ModelError(f"{folder / 'config.json'}: “{key}” is not a {kind.__name__}")
    except (ValueError, KeyError, TypeError) as wrong:
        raise ModelError(f"{folder / 'config.json'} cannot be read: {wrong!r}") from wrong
    return dict(facts)


def _check_content(folder: Path, facts: dict[str, Any]) -> None:
    digest = hashlib.sha256()
    for name in ("model.onnx", "tokenizer.json"):
        with (folder / name).open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    if not digest.hexdigest().startswith(facts["revision"]):
        raise ModelError(
            f"{folder}: model.onnx and tokenizer.json are not those of revision "
            f"{facts['revision']}: a file is damaged or was replaced; restore the folder"
        )


def _open_tokenizer(folder: Path) -> Any:
    # one thread is asked for, and transformers would warn that it has no torch
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast.from_pretrained(str(folder), local_files_only=True)


def _open_session(folder: Path, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
    )


class Sentiment:
    """A loaded model. ``name`` and ``revision`` go into every verdict."""

    def __init__(self, facts: dict[str, Any], tokenizer: Any, session: Any) -> None:
        self.name: str = facts["name"]
        self.revision: str = facts["revision"]
        self._temperature: float = facts["temperature"]
        self._window: int = facts["max_tokens"] - 2
        self._tokenizer = tokenizer
        self._session = session
        self._first: int = tokenizer.cls_token_id
        self._last: int = tokenizer.sep_token_id
        self._pad: int = tokenizer.pad_token_id

    def read(self, texts: Sequence[str]) -> list[StarProbabilities]:
        """Star probabilities of each text, in order. A long text is read by windows."""
        import numpy as np

        windows = [
            (owner, ids)
            for owner, pieces in enumerate(self._pieces(texts))
            for ids in self._windows(pieces)
        ]
        total = np.zeros((len(texts), 5))
        weight = np.zeros((len(texts), 1))
        for batch in _batches(windows):
            odds = self._run([ids for _, ids in batch])
            for (owner, ids), row in zip(batch, odds, strict=True):
                total[owner] += row * len(ids)
                weight[owner] += len(ids)
        mean = total / np.maximum(weight, 1) / self._temperature
        chances = np.exp(mean - mean.max(axis=1, keepdims=True, initial=-1e9))
        chances /= chances.sum(axis=1, keepdims=True)
        return [_five(row) for row in chances.tolist()]

    def _pieces(self, texts: Sequence[str]) -> list[list[int]]:
        if not texts:
            return []
        encoded = self._tokenizer.backend_tokenizer.encode_batch_fast(
            list(texts), add_special_tokens=False
        )
        return [encoding.ids for encoding in encoded]

    def _windows(self, pieces: Sequence[int]) -> Iterator[list[int]]:
        step = int(self._window * (1 - SHARED))
        last = max(len(pieces) - int(self._window * SHARED), 1)
        for start in _spread(range(0, last, step), MOST_WINDOWS):
            yield [self._first, *pieces[start : start + self._window], self._last]

    def _run(self, batch: Sequence[Sequence[int]]) -> Any:
        import numpy as np

        longest = max(map(len, batch))
        ids = np.full((len(batch), longest), self._pad, dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, pieces in enumerate(batch):
            ids[row, : len(pieces)] = pieces
            mask[row, : len(pieces)] = 1
        return self._session.run(None, {"input_ids": ids, "attention_mask": mask})[0]


def _spread(starts: range, most: int) -> Sequence[int]:
    """All of them, or so many of them at even distances, the first and the last included."""
    if len(starts) <= most:
        return starts
    return [starts[round(n * (len(starts) - 1) / (most - 1))] for n in range(most)]


def _five(row: Sequence[float]) -> StarProbabilities:
    one, two, three, four, five = row
    return one, two, three, four, five


def _batches(windows: Sequence[tuple[int, list[int]]]) -> Iterator[list[tuple[int, list[int]]]]:
    """Windows of like length together, about TOKENS_A_BATCH tokens each, padding counted."""
    batch: list[tuple[int, list[int]]] = []
    for window in sorted(windows, key=lambda w: len(w[1])):
        if batch and (len(batch) + 1) * len(window[1]) > TOKENS_A_BATCH:
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch
