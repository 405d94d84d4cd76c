"""Where somebody else's model comes from: a folder, or the hub, of which this machine keeps a copy.

A model that is named is downloaded once and does not change by itself afterwards. No code of a
model is ever run.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from monitor.understand.sentiment import ModelError

T = TypeVar("T")
Labels = Mapping[str, int | str] | None
"""Each label's meaning: 1 to 5, negative, neutral or positive; None where they name themselves."""

LONGEST_NAME = 64
"""Of a name in a verdict, which has room for 120 characters with its revisions."""
HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(?:/[\w.-]+)?")
CONTENT = ("*.safetensors", "pytorch_model*.bin", "*token*.json", "vocab*", "merges.txt", "*.model")
"""What makes a model read as it does, with its config.json."""


@dataclass(frozen=True)
class Origin:
    """Where a model comes from: a folder, or a name and commit on the hub."""

    where: str
    name: str
    revision: str
    commit: str | None = None

    def with_labels(self, labels: Labels) -> str:
        """The revision of its verdicts: another map of the labels makes others."""
        if labels is None:
            return self.revision
        told = json.dumps(sorted((name, str(meaning)) for name, meaning in labels.items()))
        return f"{self.revision}.{hashlib.sha256(told.encode()).hexdigest()[:4]}"

    def open(self, kind: Any, **how: Any) -> Any:
        """``kind.from_pretrained``, from this machine; from the hub what is not here yet."""
        how |= {"trust_remote_code": False}
        if self.commit is None:
            return kind.from_pretrained(self.where, local_files_only=True, **how)
        how |= {"revision": self.commit}
        return _here_first(
            lambda here: kind.from_pretrained(self.where, local_files_only=here, **how)
        )


def find_origin(model: str) -> Origin:
    """Where the model of that folder or name is. Raises ModelError."""
    folder = Path(model).expanduser()
    if folder.is_dir():
        name = folder.resolve().name[:LONGEST_NAME]
        return Origin(str(folder), name, _digest(folder))
    if not HUB_NAME.fullmatch(model):
        raise ModelError(
            f"{model}: there is no such folder, nor is it a name that the hub can have"
        )
    commit = _commit(model)
    return Origin(model, model[:LONGEST_NAME], commit[:12], commit)


def _digest(folder: Path) -> str:
    """Twelve hex digits over the weights, the tokenizer and the settings of a folder."""
    files = {path for pattern in CONTENT for path in folder.glob(pattern) if path.is_file()}
    settings = folder / "config.json"
    if not settings.is_file():
        raise ModelError(f"{settings} is missing: this folder holds no model of transformers")
    whole = hashlib.sha256()
    for path in sorted({*files, settings}):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        whole.update(f"{path.name} {content}\n".encode())
    return whole.hexdigest()[:12]


def _commit(name: str) -> str:
    """The commit of the hub's model that is, or will be, on this machine."""
    cached_file = transformers_library().utils.cached_file
    try:
        found = _here_first(lambda here: cached_file(name, "config.json", local_files_only=here))
    except (OSError, ValueError) as wrong:
        raise ModelError(
            f"{name}: there is no such folder here, nor can the hub's model of that name be "
            f"reached ({_first_line(wrong)})"
        ) from wrong
    return Path(str(found)).parent.name


def _here_first(read: Callable[[bool], Any]) -> Any:
    """What this machine holds goes before the network: a model does not change by itself."""
    try:
        return read(True)
    except (OSError, ValueError):
        return read(False)


def opening(model: str, act: Callable[[], T]) -> T:
    """What ``act`` gives; whatever it raises is a ModelError."""
    try:
        return act()
    except ModelError:
        raise
    except Exception as wrong:  # what the libraries raise for a damaged file has no base class
        raise ModelError(f"{model}: the model cannot be opened ({_first_line(wrong)})") from wrong


def _first_line(error: Exception) -> str:
    said = str(error).strip() or type(error).__name__
    return said.splitlines()[0][:300]


def transformers_library() -> Any:
    """transformers, told to keep quiet."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    import transformers

    library: Any = transformers
    library.utils.logging.set_verbosity_error()
    library.utils.logging.disable_progress_bar()
    return library
