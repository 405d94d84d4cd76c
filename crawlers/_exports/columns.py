"""Which column of an export holds what, as configured or guessed from its heading."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from crawlers.contract import Fault, SourceError

Field = Literal[
    "external_id",
    "url",
    "author",
    "title",
    "text",
    "language",
    "stars",
    "written_at",
    "edited_at",
    "verified",
    "location",
    "reply_text",
    "reply_at",
]
FIELDS: tuple[Field, ...] = get_args(Field)

HEADINGS: Mapping[Field, tuple[str, ...]] = {
    "external_id": (
        "external id",
        "id",
        "id avis",
        "identifiant",
        "identifiant avis",
        "numero avis",
        "n avis",
        "reference avis",
        "review id",
        "review reference",
        "reference id",
    ),
    "url": ("url", "lien", "lien avis", "link", "review link", "review url", "permalink"),
    "author": (
        "author",
        "auteur",
        "nom",
        "client",
        "nom client",
        "nom du client",
        "pseudo",
        "reviewer",
        "reviewer name",
        "review username",
        "customer name",
        "consumer name",
        "name",
        "user name",
        "username",
    ),
    "title": ("title", "titre", "titre avis", "objet", "review title", "headline", "subject"),
    "text": (
        "text",
        "texte",
        "avis",
        "avis client",
        "commentaire",
        "contenu",
        "contenu avis",
        "message",
        "verbatim",
        "comment",
        "content",
        "review",
        "review text",
        "review content",
        "body",
    ),
    "language": ("language", "langue", "lang", "locale", "review language", "reviewer language"),
    "stars": (
        "stars",
        "star",
        "note",
        "note sur 5",
        "note globale",
        "etoiles",
        "nombre etoiles",
        "evaluation",
        "rating",
        "star rating",
        "review stars",
        "review rating",
        "score",
    ),
    "written_at": (
        "written at",
        "date",
        "date avis",
        "date de l avis",
        "date de publication",
        "publie le",
        "date de depot",
        "depose le",
        "created at",
        "creation date",
        "date de creation",
        "review date",
        "review created",
        "review created utc",
        "review submit date and time",
        "submitted at",
        "published at",
        "date published",
        "timestamp",
        "horodateur",
    ),
    "edited_at": (
        "edited at",
        "date de modification",
        "modifie le",
        "updated at",
        "last edited",
        "review last update date and time",
    ),
    "verified": (
        "verified",
        "verifie",
        "avis verifie",
        "achat verifie",
        "verified purchase",
        "review verified",
    ),
    "location": (
        "location",
        "lieu",
        "magasin",
        "boutique",
        "agence",
        "etablissement",
        "point de vente",
        "ville",
        "store",
        "branch",
        "shop",
        "location name",
    ),
    "reply_text": (
        "reply text",
        "reply",
        "reponse",
        "reponse marque",
        "reponse de la marque",
        "votre reponse",
        "texte de la reponse",
        "company reply",
        "owner reply",
        "owner response",
        "developer reply text",
        "response",
    ),
    "reply_at": (
        "reply at",
        "date reponse",
        "date de reponse",
        "date de la reponse",
        "repondu le",
        "reply date",
        "company reply date utc",
        "response date",
        "developer reply date and time",
    ),
}


def plain(heading: str) -> str:
    """A heading without case, accents, articles' apostrophes and punctuation, for comparing."""
    bare = unicodedata.normalize("NFKD", heading.casefold())
    kept = "".join(c if c.isalnum() else " " for c in bare if not unicodedata.combining(c))
    return " ".join(kept.split())


def letter(index: int) -> str:
    """The name a spreadsheet gives the column at a 0-based index: A … Z, AA …"""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def find_columns(
    header: Sequence[str], wanted: Mapping[Field, str | int], file: str
) -> dict[Field, int]:
    """The 0-based column of each field; what is not configured is guessed.

    Raises SourceError SETTINGS when a configured column is not there, or when no column holds
    the date, or neither text nor stars.
    """
    found = {name: _configured(header, column, file) for name, column in wanted.items()}
    names = [plain(cell) for cell in header]
    for name in FIELDS:
        guess = None if name in found else _guess(names, name, set(found.values()))
        if guess is not None:
            found[name] = guess
    if "written_at" not in found:
        raise _missing(header, file, "the date a review was written", "written_at")
    if "text" not in found and "stars" not in found:
        raise _missing(header, file, "the text or the stars of a review", "text or columns.stars")
    return found


def by_position(wanted: Mapping[Field, str | int], file: str) -> dict[Field, int]:
    """The columns of a file without a header: numbers from 1, or letters."""
    found: dict[Field, int] = {}
    for name, column in wanted.items():
        index = column - 1 if isinstance(column, int) else _index_of_letter(column)
        if index is None:
            detail = (
                f"{file} is said to have no header, so columns.{name} must be a column's number "
                f"from 1 or its letter, not “{column}”"
            )
            raise SourceError(Fault.SETTINGS, detail)
        found[name] = index
    if "written_at" not in found or not found.keys() & {"text", "stars"}:
        detail = (
            f"{file} is said to have no header: set columns.written_at and columns.text or "
            "columns.stars to the number or letter of a column"
        )
        raise SourceError(Fault.SETTINGS, detail)
    return found


def _index_of_letter(name: str) -> int | None:
    if not (name.isascii() and name.isalpha() and len(name) <= 3):
        return None
    index = 0
    for char in name.upper():
        index = index * 26 + ord(char) - ord("A") + 1
    return index - 1


def _configured(header: Sequence[str], column: str | int, file: str) -> int:
    if isinstance(column, int):
        if column <= len(header):
            return column - 1
        detail = f"{file} has {len(header)} columns, none numbered {column}"
        raise SourceError(Fault.SETTINGS, detail)
    matches = [index for index, cell in enumerate(header) if cell.strip() == column.strip()]
    matches = matches or [i for i, cell in enumerate(header) if plain(cell) == plain(column)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        detail = f"{file} has {len(matches)} columns “{column}”: give the number of the right one"
        raise SourceError(Fault.SETTINGS, detail)
    detail = f"{file} has no column “{column}”; it has: {_listed(header)}"
    raise SourceError(Fault.SETTINGS, detail)


def _guess(names: Sequence[str], name: Field, taken: set[int]) -> int | None:
    for heading in HEADINGS[name]:
        for index, cell in enumerate(names):
            if cell == heading and index not in taken:
                return index
    return None


def _missing(header: Sequence[str], file: str, what: str, setting: str) -> SourceError:
    detail = (
        f"no column of {file} could be recognised as {what}; it has: {_listed(header)}. "
        f"Name the right one in columns.{setting}"
    )
    return SourceError(Fault.SETTINGS, detail)


def _listed(header: Sequence[str]) -> str:
    named = [f"“{cell.strip()[:60]}”" for cell in header if cell.strip()]
    more = f" and {len(named) - 30} more" if len(named) > 30 else ""
    return (", ".join(named[:30]) or "no heading at all") + more
