"""The rule files: what each language's topics, opinions and dangers sound like.

``rules/<language>.yaml`` are plain lists; their phrases are explained in ``phrases``. A folder of
the operator's may hold files of the same names and form, whole or in part: they are added. A
change of any rule changes ``revision``, and with it every verdict's model name.
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
from monitor.understand.phrases import WORD, Lexicon, fold
from monitor.understand.sentiment import ModelError

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
FOLDER = Path(__file__).parent / "rules"
LANGUAGES = ("fr", "en", "de", "es", "it", "nl")
TOPICS = topicnames.CODES
POLARITIES = ("positive", "negative")
SEVERITIES = ("critical", "high")


class RuleError(ModelError):
    """A rule file cannot be used; the message names file and place."""

    key = ("classifier", "rules")


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
class Names:
    """Names in a rule file, and what stands under each: names again, or (None) a list of phrases.
    ``anything``: they are examples, others may stand there."""

    under: Mapping[str, Names | None]
    anything: bool = False

    def get(self, name: str) -> Names | None:
        """What is to stand under a name."""
        return next(iter(self.under.values())) if self.anything else self.under[name]


DANGERS = Names({"health": None}, anything=True)
FILE = Names(
    {
        "negators": None,
        "contrasts": None,
        "opinions": Names(dict.fromkeys(POLARITIES)),
        "topics": Names({"price": Names(dict.fromkeys(("about", *POLARITIES)))}, anything=True),
        "severity": Names(dict.fromkeys(("always", *SEVERITIES), DANGERS) | {"never": None}),
    }
)
"""What a rule file is made of."""


@dataclass(frozen=True)
class Rules:
    """One language's rules."""

    negators: frozenset[str]
    contrasts: frozenset[str]
    opinions: Lexicon[str]
    mentions: Lexicon[Mention]
    dangers: Lexicon[Danger]


@lru_cache(maxsize=32)
def rules_of(language: str, own: Path | None = None) -> Rules:
    """The rules of a language, the operator's own added; English where there are none. Raises
    RuleError."""
    known = language if language in LANGUAGES else "en"
    shipped = build(_read(FOLDER / f"{known}.yaml"), f"{known}.yaml")
    if own is None or not (own / f"{known}.yaml").exists():
        return shipped
    path = own / f"{known}.yaml"
    part = _read(path)
    _check_shape(part, FILE, str(path))
    build(_added(_empty(FILE), part), str(path))  # names what is wrong in the operator's file alone
    return build(_added(_read(FOLDER / f"{known}.yaml"), part), str(path))


def check_own(own: Path | None) -> None:
    """Raises RuleError when the operator's folder, or a file in it, cannot be used."""
    if own is None:
        return
    if not own.is_dir():
        raise RuleError(f"{own} is not a folder")
    paths = sorted(path for path in own.iterdir() if path.suffix.lower() in (".yaml", ".yml"))
    if not paths:
        raise RuleError(
            f"{own} holds no rule file: expected {', '.join(f'{one}.yaml' for one in LANGUAGES)}"
        )
    for path in paths:
        if path.stem not in LANGUAGES:
            raise RuleError(f"{path}: expected a language: {', '.join(LANGUAGES)}")
        if path.suffix != ".yaml":
            raise RuleError(f"{path}: name it {path.stem}.yaml")
        rules_of(path.stem, own)


def revision(thresholds: Mapping[str, float], own: Path | None = None) -> str:
    """Eight hex digits over the content of all rule files (comments do not count) and the
    thresholds they are joined to a model with."""
    check_own(own)
    paths = [*(FOLDER / f"{language}.yaml" for language in LANGUAGES)]
    paths += sorted(own.glob("*.yaml")) if own else []
    content = [_read(path) for path in paths]
    signed = json.dumps(content, sort_keys=True) + json.dumps(dict(thresholds), sort_keys=True)
    return hashlib.sha256(signed.encode()).hexdigest()[:8]


def _check_shape(part: Any, shape: Names | None, file: str, key: str = "") -> None:
    """Names where names belong and lists where lists belong, at every depth, before anything is
    merged: the one would replace the other. Raises RuleError."""
    where = f"{file}, {key}" if key else file
    if shape is None:
        _check_phrases(part, where)
    elif not isinstance(part, dict):
        raise RuleError(f"{where}: expected names, such as {_example(shape)}")
    else:
        for name, inner in part.items():
            if not isinstance(name, str):
                raise RuleError(f"{where}: “{name}” is not a name: put it between quotes")
            if name not in shape.under and not shape.anything:
                known = ", ".join(shape.under)
                raise RuleError(f"{where}: “{name}” is not known: expected {known}")
            _check_shape(inner, shape.get(name), file, f"{key}.{name}" if key else name)


def _check_phrases(part: Any, where: str) -> None:
    """A bare word would be taken letter by letter."""
    if not isinstance(part, list):
        example = "[…]" if part is None or isinstance(part, dict) else f"[{part}]"
        raise RuleError(f"{where}: expected a list of phrases, such as {example}")
    if wrong := [one for one in part if not isinstance(one, str)]:
        raise RuleError(f"{where}: “{wrong[0]}” is not a phrase: put it between quotes")


def _example(shape: Names | None) -> str:
    """ "{price: {about: […]}}": the first name and what stands under it."""
    if shape is None:
        return "[…]"
    name, inner = next(iter(shape.under.items()))
    return f"{{{name}: {_example(inner)}}}"


def _empty(shape: Names | None) -> Any:
    """A file without a phrase."""
    if shape is None:
        return []
    return {} if shape.anything else {name: _empty(inner) for name, inner in shape.under.items()}


def _added(base: Any, more: Any) -> Any:
    """Lists one after the other, mappings key by key."""
    if isinstance(base, dict) and isinstance(more, dict):
        keys = dict.fromkeys([*base, *more])
        return {
            key: _added(base[key], more[key])
            if key in base and key in more
            else base.get(key, more.get(key))
            for key in keys
        }
    return [*base, *more] if isinstance(base, list) and isinstance(more, list) else more


def build(content: Mapping[str, Any], name: str) -> Rules:
    """Rules from the content of a file; RuleError names what is wrong in it."""
    try:
        return Rules(
            negators=_single_words(content, "negators"),
            contrasts=_single_words(content, "contrasts"),
            opinions=Lexicon(_opinions(content["opinions"])),
            mentions=Lexicon(_mentions(content["topics"])),
            dangers=Lexicon(_dangers(content["severity"])),
        )
    except KeyError as missing:
        raise RuleError(f"{name}: {missing} is missing or is not a name known here") from missing
    except (ValueError, TypeError, AttributeError) as wrong:
        raise RuleError(f"{name}: {wrong}") from wrong


def _single_words(content: Mapping[str, Any], name: str) -> frozenset[str]:
    for word in content[name]:
        if not WORD.fullmatch(fold(word)):
            raise ValueError(
                f"{name}: “{word}” is not one word as texts are split (no space, sign or *), "
                "and would never be met"
            )
    return frozenset(map(fold, content[name]))


@lru_cache(maxsize=32)
def _read(path: Path) -> dict[str, Any]:
    try:
        source = path.read_text(encoding="utf-8")
        again = next(_given_again(yaml.compose(source, Loader=_Loader)), None)
        content = yaml.load(source, Loader=_Loader)  # noqa: S506 - a safe loader
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as wrong:
        raise RuleError(f"{path}: {wrong}") from wrong
    if again is not None:
        line = again.start_mark.line + 1
        raise RuleError(f"{path}, line {line}: “{again.value}” is given already")
    if not isinstance(content, dict):
        raise RuleError(f"{path}: expected negators, contrasts, opinions, topics, severity")
    return content


def _given_again(node: yaml.Node | None) -> Iterator[yaml.Node]:
    """Keys that stand above in the same mapping: YAML would forget the first."""
    if isinstance(node, yaml.MappingNode):
        names = [name.value for name, _ in node.value]
        for number, (name, inner) in enumerate(node.value):
            if name.value in names[:number]:
                yield name
            yield from _given_again(inner)


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
