"""The classifier that the configuration names: the shipped model, one of its form, or another's."""

from __future__ import annotations

import json
from pathlib import Path

from monitor.config import Classifier
from monitor.understand import rules as rule_files
from monitor.understand.foreign import foreign_name, load_foreign
from monitor.understand.reading import Reader, open_reader, reader_name
from monitor.understand.scale import LabelError
from monitor.understand.sentiment import resolve_folder


def open_classifier(classifier: Classifier, threads: int = 1) -> Reader:
    """A reader with that model. Raises ModelError."""
    own = _own(classifier)
    if own:
        return open_reader(own, threads, classifier.rules, classifier.alarms)
    foreign = load_foreign(classifier.model, classifier.labels, threads)
    return Reader(foreign, classifier.rules)


def classifier_name(classifier: Classifier) -> str:
    """What that reader signs its verdicts with, without loading the model. Raises ModelError."""
    own = _own(classifier)
    if own:
        return reader_name(own, classifier.rules, classifier.alarms)
    rules = rule_files.revision({}, classifier.rules)
    return f"{foreign_name(classifier.model, classifier.labels)}+{rules}"


def _own(classifier: Classifier) -> Path | None:
    """The folder of a model of Vigie's own form, or None. Raises LabelError for needless labels."""
    folder = resolve_folder(classifier.model)
    if not _is_own(folder):
        return None
    if classifier.labels is not None:
        raise LabelError("this model says stars by itself: leave the labels out")
    return folder


def _is_own(folder: Path) -> bool:
    """Whether a folder is of Vigie's own form, damaged perhaps. One of transformers may hold a
    model.onnx too, but its config.json names a ``model_type``."""
    try:
        facts = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        facts = {}
    if not isinstance(facts, dict) or "model_type" in facts:
        return False
    return bool({"revision", "thresholds"} & set(facts)) or (folder / "model.onnx").is_file()
