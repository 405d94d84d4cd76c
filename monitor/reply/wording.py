"""Composing a reply from templates: small parts, each with several wordings, none worn out.

``templates/replies/<language>/<layout>.txt`` puts parts together with ``say("part")``; a part is
``<language>/<part>.txt``, its wordings separated by lines of three dashes. Among the wordings of
a part the least used in the brand's last replies is taken, ties broken by the review's own order.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, Template, TemplateError, TemplateNotFound
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from monitor.reply.told import Told, Voice

BETWEEN = re.compile(r"^---[ \t]*$", re.MULTILINE)
SHORT_FROM = 700
"""Platforms that allow less than this get the short layouts."""
POST_LENGTH = 300
"""Graphemes that every social network we know allows."""


class ReplyTemplateError(Exception):
    """A reply template cannot be used; the message names the file, and the line where known."""


class ReplyTemplates(ImmutableSandboxedEnvironment):
    """A sandbox in which only the fields of plain dataclasses can be reached."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """True for a dataclass's own field or property, and for ``loop`` in a for."""
        if isinstance(obj, LoopContext):
            return super().is_safe_attribute(obj, attr, value)
        if isinstance(obj, type) or not is_dataclass(obj):
            return False
        return attr in {field.name for field in fields(obj)} or attr == "mood"


def environment(folders: Sequence[Path]) -> ReplyTemplates:
    """The templates of ``replies/`` in these folders, the first folder first."""
    made = ReplyTemplates(
        loader=FileSystemLoader([folder / "replies" for folder in folders]),
        undefined=StrictUndefined,
        autoescape=False,  # replies are plain text; pages escape them when shown
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.clear()
    return made


@dataclass(frozen=True)
class Composer:
    """Writes one reply: what it knows, what was said lately, and how long it may be."""

    templates: ReplyTemplates
    review: Told
    brand: Voice
    recent: Sequence[str] = ()
    seed: str = ""
    shortest: bool = False

    def write(self, layout: str) -> str:
        """The reply by that layout ("negative"). Raises ReplyTemplateError."""
        name = f"{self.review.language}/{layout}.txt"
        text = self._render(name, self._layout(name))
        return typography(tidy(text), self.review.language)

    def _layout(self, name: str) -> Template:
        try:
            found = wordings(self.templates, name)
        except TemplateNotFound as missing:
            raise ReplyTemplateError(f"replies/{name} is missing") from missing
        if len(found) != 1:
            raise ReplyTemplateError(
                f"replies/{name} is a layout: expected one text, not {len(found)}"
            )
        return found[0]

    def say(self, part: str) -> str:
        """One wording of a part; a topic without words of its own is spoken of as "other"."""
        name = f"{self.review.language}/{part}.txt"
        try:
            found = wordings(self.templates, name)
        except TemplateNotFound:
            name = f"{self.review.language}/{part.rpartition('/')[0]}/other.txt"
            found = wordings(self.templates, name)
        texts = [" ".join(self._render(name, one).split()) for one in found]
        return self._choose(texts, part)

    def _choose(self, texts: Sequence[str], part: str) -> str:
        if self.shortest:
            return min(texts, key=len)
        return min(texts, key=lambda text: (self._uses(text), self._order(part, text)))

    def _uses(self, text: str) -> int:
        set_text = typography(text, self.review.language)
        return sum(set_text in reply for reply in self.recent)

    def _order(self, part: str, text: str) -> str:
        return hashlib.sha256(f"{self.seed}\0{part}\0{text}".encode()).hexdigest()

    def _render(self, name: str, template: Template) -> str:
        try:
            return template.render(review=self.review, brand=self.brand, say=self.say)
        except TemplateNotFound as missing:
            raise ReplyTemplateError(
                f"replies/{missing.name} is missing (asked by {name})"
            ) from missing
        except (TemplateError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
            raise ReplyTemplateError(f"replies/{name} cannot be used: {error}") from error


def wordings(templates: ReplyTemplates, name: str) -> tuple[Template, ...]:
    """The wordings in a file. Raises TemplateNotFound, or ReplyTemplateError for a bad one."""
    if templates.loader is None:
        raise ReplyTemplateError("no folder of templates was given")
    source, _, _ = templates.loader.get_source(templates, name)
    try:
        return _compiled(templates, source)
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        raise ReplyTemplateError(f"replies/{name}, line {line}: {error}") from error


@lru_cache(maxsize=1024)
def _compiled(templates: ReplyTemplates, source: str) -> tuple[Template, ...]:
    parts = [part.strip("\n") for part in BETWEEN.split(source)]
    return tuple(templates.from_string(part) for part in parts if part.strip())


def layouts(templates: ReplyTemplates, language: str) -> list[str]:
    """Layouts a person may choose from in a language: "critical", "short/negative"…"""
    found = (name for name in templates.list_templates() if name.startswith(f"{language}/"))
    names = (name.removeprefix(f"{language}/").removesuffix(".txt") for name in found)
    moods = ("critical", "negative", "neutral", "positive")
    return [name for name in names if name.rpartition("/")[2] in moods and _is_layout(name)]


def _is_layout(name: str) -> bool:
    return name.count("/") == 0 or name.split("/")[0] in ("short", "stars")


def layout_for(review: Told, most: int | None) -> str:
    """The layout that a review calls for; ``most`` is the platform's limit, None when unknown."""
    if review.kind == "posts" or (most is not None and most < SHORT_FROM):
        return f"short/{review.mood}"
    if review.mood != "critical" and not (review.text.strip() or review.title.strip()):
        return f"stars/{review.mood}"
    return review.mood


def fitting(composer: Composer, layout: str, fits: Callable[[str], bool]) -> str:
    """The reply, in its shortest wordings when the chosen ones are too long."""
    text = composer.write(layout)
    return text if fits(text) else replace(composer, shortest=True).write(layout)


def tidy(text: str) -> str:
    """One space between words, at most one empty line between paragraphs."""
    lines = [" ".join(line.split()) for line in text.strip().splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def typography(text: str, language: str) -> str:
    """Typographic apostrophes; in French, no-break spaces before double punctuation."""
    text = re.sub(r"(?<=\w)'(?=\w)", "’", text)
    if language == "fr":
        text = re.sub(r"(?<=\w) (?=[:;?»])", "\N{NO-BREAK SPACE}", text)
        text = text.replace("« ", "«\N{NO-BREAK SPACE}")
    return text
