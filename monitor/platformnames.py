"""Platforms as people call them; nearly all are names of firms, the same in every language."""

from collections.abc import Mapping

from monitor.speech import N_, Speech

COMMON: Mapping[str, str] = {"spreadsheet": N_("Tableur")}
"""Those whose name is a word of the language."""


def platform_name(platform: str, speech: Speech, labels: Mapping[str, str] | None = None) -> str:
    """The platform's name in the reader's language: ``labels`` are what platforms call
    themselves; without one the code is written as a name ("google_maps": "Google Maps")."""
    if platform in COMMON:
        return speech.gettext(COMMON[platform])
    return (labels or {}).get(platform) or platform.replace("_", " ").title()
