"""What every template may say: the reader's words, numbers and dates, and the frame's values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from monitor.speech import LANGUAGES, N_, Speech
from monitor.spoken import spoken_html, tight
from monitor.web.cookies import Said
from monitor.web.house import static

if TYPE_CHECKING:
    from monitor.web.context import Context


@dataclass(frozen=True)
class Place:
    """An entry of the navigation."""

    path: str
    name: str
    icon: str
    short: str = ""
    """The name where there is little room, if it is another."""


PLACES = (
    Place("/", N_("Boîte de réception"), "inbox", N_("Réception")),
    Place("/dashboard", N_("Tableau de bord"), "dashboard", N_("Tableau")),
    Place("/reports", N_("Rapports"), "reports"),
    Place("/sources", N_("Sources"), "sources"),
    Place("/team", N_("Équipe"), "team"),
)
ROLE_NAMES = {
    "reader": N_("Lecture"),
    "writer": N_("Rédaction"),
    "approver": N_("Approbation"),
    "admin": N_("Administration"),
}
LANGUAGE_NAMES = {"fr": "Français", "en": "English"}


def page_values(context: Context, said: Said | None) -> dict[str, Any]:
    """Values of every template; what a page passes itself goes over them."""
    path = context.request.url.path
    return {
        "ctx": context,
        "me": context.person,
        "csrf": context.csrf,
        "now": context.now,
        **spoken(context.speech),
        "theme": context.theme,
        "static": static,
        "places": [place for place in PLACES if place.path in context.house.paths],
        "here": _here(path),
        "said": replace(said, text=tight(said.text, context.speech)) if said else None,
        "role_names": ROLE_NAMES,
        "languages": {code: LANGUAGE_NAMES[code] for code in LANGUAGES},
    }


def spoken(speech: Speech) -> dict[str, Any]:
    """The reader's language, as templates use it."""
    return {"speech": speech, **spoken_html(speech)}


def _here(path: str) -> str:
    """The navigation's entry that a path is under; the inbox has the reviews."""
    for place in PLACES[1:]:
        if path == place.path or path.startswith(f"{place.path}/"):
            return place.path
    return "/" if path == "/" or path.startswith("/reviews") else ""
