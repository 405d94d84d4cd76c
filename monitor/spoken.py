"""Sentences as HTML: in the reader's language, escaped, and not broken before a French mark."""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup, escape

from monitor.speech import Speech

FRENCH_MARKS = re.compile(r" (?=[:;!?»%])|(?<=«) |(?<=\d) (?=\d{3}(?!\d))")


def tight(text: str, speech: Speech) -> str:
    """French marks kept on the line of their word: a no-break space before : ; ! ? %, within
    quotes and within numbers."""
    return FRENCH_MARKS.sub("\N{NO-BREAK SPACE}", text) if speech.language == "fr" else text


def spoken_html(speech: Speech) -> dict[str, Any]:
    """``gettext`` and ``ngettext`` for templates: our own sentences are trusted, what is put into
    them is escaped."""

    def gettext(sentence: str, /, **values: object) -> Markup:
        return Markup(tight(speech.gettext(sentence, **_escaped(values)), speech))  # noqa: S704

    def ngettext(one: str, many: str, count: int, /, **values: object) -> Markup:
        said = tight(speech.ngettext(one, many, count, **_escaped(values)), speech)
        return Markup(said)  # noqa: S704

    return {"gettext": gettext, "ngettext": ngettext}


def _escaped(values: dict[str, object]) -> dict[str, object]:
    return {
        name: value if isinstance(value, int | float) else escape(value)
        for name, value in values.items()
    }
