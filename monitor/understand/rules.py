"""The rule files: what each language's topics, opinions and dangers sound like.

``rules/<language>.yaml`` are plain lists that anyone may edit; their phrases are explained in
``phrases``. A change of any rule changes ``revision``, and with it every verdict's model name.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from monitor import topicnames
from monitor.understand.phrases import Lexicon, fold

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
FOLDER = Path(__file__).parent / "rules"
LANGUAGES = ("fr", "en", "de", "es", "it", "nl")
TOPICS = topicnames.CODES
POLARITIES = ("positive", "negative")
SEVERITIES = ("critical", "high")


class RuleError(Exception):
    """A rule file cannot be used; the message names file and place."""


class Mention(NamedTuple):
    """What a phrase says: a topic, and a polarity of its own if it has one."""

    topic: str
    polarity: str | None


class Danger(NamedTuple):
    """What a phrase means for severity; ``severity`` None cancels what it covers. ``always``: it
    counts whatever the model hears."""

    severity: str | None
    kind: str
    always: bool = False


@dataclass(frozen=True)
class Rules:
    """One language's rules."""

    negators: frozenset[str]
    contrasts: frozenset[str]
    opinions: Lexicon[str]
    mentions: Lexicon[Mention]
    dangers: Lexicon[Danger]


@lru_cache(maxsize=16)
def rules_of(language: str) -> Rules:
    """The rules of a language; English where there are none. Raises RuleError."""
    known = language if language in LANGUAGES else "en"
    path = FOLDER / f"{known}.yaml"
    return build(_read(path), path.name)


def revision(thresholds: Mapping[str, float]) -> str:
    """Eight hex digits over the content of all rule files (comments do not count) and the
    thresholds they are joined to a model with."""
    content = _content() + json.dumps(dict(thresholds), sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:8]


@lru_cache(maxsize=1)
def _content() -> str:
    read = [_read(FOLDER / f"{language}.yaml") for language in LANGUAGES]
    return json.dumps(read, sort_keys=True)


def build(content: Mapping[str, Any], name: str) -> Rules:
    """Rules from the content of a file; RuleError names what is wrong in it."""
    try:
        return Rules(
            negators=frozenset(map(fold, content["negators"])),
            contrasts=frozenset(map(fold, content["contrasts"])),
            opinions=Lexicon(_opinions(content["opinions"])),
            mentions=Lexicon(_mentions(content["topics"])),
            dangers=Lexicon(_dangers(content["severity"])),
        )
    except KeyError as missing:
        raise RuleError(f"{name}: {missing} is missing or is not a name known here") from missing
    except (ValueError, TypeError, AttributeError) as wrong:
        raise RuleError(f"{name}: {wrong}") from wrong


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.load(
            path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
        )  # the C form of the safe loader
    except (OSError, yaml.YAMLError) as wrong:
        raise RuleError(f"{path.name}: {wrong}") from wrong
    if not isinstance(content, dict):
        raise RuleError(f"{path.name}: expected negators, contrasts, opinions, topics, severity")
    return content


def _opinions(section: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    for polarity in POLARITIES:
        for phrase in section[polarity]:
            yield phrase, polarity


def _mentions(section: Mapping[str, Mapping[str, list[str]]]) -> Iterator[tuple[str, Mention]]:
    for topic, lists in section.items():
        if topic not in TOPICS:
            raise ValueError(f"topics: there is no topic “{topic}”")
        for kind, phrases in lists.items():
            if kind not in ("about", *POLARITIES):
                raise ValueError(f"topics.{topic}: “{kind}” is not about, positive or negative")
            polarity = None if kind == "about" else kind
            for phrase in phrases:
                yield phrase, Mention(topic, polarity)


def _dangers(section: Mapping[str, Any]) -> Iterator[tuple[str, Danger]]:
    for severity in SEVERITIES:
        for kind, phrases in section[severity].items():
            for phrase in phrases:
                yield phrase, Danger(severity, kind)
    for kind, phrases in section.get("always", {}).items():
        for phrase in phrases:
            yield phrase, Danger("critical", kind, always=True)
    for phrase in section["never"]:
        yield phrase, Danger(None, "never")
