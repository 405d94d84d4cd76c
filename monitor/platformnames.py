"""Platforms as people call them; nearly all are names of firms, the same in every language.

And those that are no platforms to people, but files.
"""

from collections.abc import Mapping

from monitor.speech import N_, Speech

COMMON: Mapping[str, str] = {"spreadsheet": N_("Tableur")}
"""Those whose name is a word of the language."""
FILES = frozenset({"spreadsheet"})
"""Those that read files of the house: there is nobody behind them who answers or refuses."""


def platform_name(platform: str, speech: Speech, labels: Mapping[str, str] | None = None) -> str:
    """The platform's name in the reader's language: ``labels`` are what platforms call
    themselves; without one the code is written as a name ("google_maps": "Google Maps")."""
    if platform in COMMON:
        return speech.gettext(COMMON[platform])
    return (labels or {}).get(platform) or platform.replace("_", " ").title()


def reads_files(platform: str) -> bool:
    """True when its sources are files, which people can mend, and not pages of somebody else."""
    return platform in FILES
