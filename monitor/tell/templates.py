"""The templates of mails and reports, in the reader's language; HTML ones escape everything."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from monitor.places import template_folders
from monitor.speech import Speech
from monitor.spoken import spoken_html


@lru_cache(maxsize=4)
def environment(own: Path | None) -> Environment:
    """Templates of the operator's own folder first, then the shipped ones."""
    return Environment(
        loader=FileSystemLoader(template_folders(own)),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(templates: Environment, name: str, speech: Speech, **values: Any) -> str:
    """One template in the reader's language."""
    spoken = spoken_html(speech) if name.endswith(".html") else _spoken_text(speech)
    return templates.get_template(name).render(speech=speech, **spoken, **values)


def linker(public_url: str, brand: str) -> Callable[[str], str]:
    """Makes a path a link that opens the pages at that brand."""

    def link(path: str) -> str:
        return f"{public_url}{path}{'&' if '?' in path else '?'}brand={quote(brand)}"

    return link


def _spoken_text(speech: Speech) -> dict[str, Any]:
    return {"gettext": speech.gettext, "ngettext": speech.ngettext}
