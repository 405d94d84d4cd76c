"""Exports as people make them, under the promises of every platform."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawlers.contract import Fault, FoundReply, FoundReview
from tests.platforms.conformance import Case

FIXTURES = Path(__file__).parent
MANY = 1203


def a_french_file(folder: str) -> dict[str, Any]:
    shutil.copy(FIXTURES / "avis.csv", folder)
    return {
        "path": f"{folder}/avis.csv",
        "time_zone": "Europe/Paris",
        "columns": {"author": "Nom du client"},
        "complete_export": True,
    }


def a_long_file(folder: str) -> dict[str, Any]:
    rows = "".join(f"{n},2026-10-01,{n % 5 + 1},Review {n}\n" for n in range(MANY))
    path = Path(folder, "reviews.csv")
    path.write_text("id,date,stars,text\n" + rows, encoding="utf-8")
    return {"path": str(path)}


def a_folder(folder: str) -> dict[str, Any]:
    for name in ("a", "b"):
        rows = "".join(f"{name}{n};2026-10-01;3;Avis\n" for n in range(501))
        Path(folder, f"{name}.csv").write_text("id;date;note;texte\n" + rows, encoding="utf-8")
    return {"path": folder, "complete_export": True}


def holding(content: bytes | str, name: str = "a.csv") -> Callable[[str], dict[str, Any]]:
    """Settings of a file with that content."""

    def settings(folder: str) -> dict[str, Any]:
        body = content.encode() if isinstance(content, str) else content
        Path(folder, name).write_bytes(body)
        return {"path": f"{folder}/{name}"}

    return settings


def numbered(name: str, count: int) -> tuple[FoundReview, ...]:
    when = datetime(2026, 10, 1, tzinfo=UTC)
    return tuple(
        FoundReview(external_id=f"{name}{n}", written_at=when, stars=3, text="Avis")
        for n in range(count)
    )


BROKEN: dict[str, tuple[Callable[[str], dict[str, Any]], Fault]] = {
    "no file": (lambda folder: {"path": f"{folder}/none.csv"}, Fault.MISSING),
    "nothing in it": (holding(""), Fault.EMPTY),
    "a header alone": (holding("date;note\n"), Fault.EMPTY),
    "no column for the date": (holding("foo;note\n1;2\n"), Fault.SETTINGS),
    "no date can be read": (holding("date;note\nhier;2\n"), Fault.SETTINGS),
    "half an Excel file": (holding(b"PK\x03\x04 and then nothing", "a.xlsx"), Fault.CHANGED),
    "an old Excel file": (holding(b"\xd0\xcf\x11\xe0", "a.xlsx"), Fault.SETTINGS),
}

FOUND = (
    FoundReview(
        external_id="A-101",
        written_at=datetime(2026, 10, 3, 7, 12, tzinfo=UTC),
        url="https://avis.example/A-101",
        author="Ophélie T.",
        title="Parfait",
        text="Livré en deux jours, bien emballé.",
        stars=5,
        verified=True,
        location="Lyon",
    ),
    FoundReview(
        external_id="A-102",
        written_at=datetime(2026, 10, 14, 16, 40, tzinfo=UTC),
        author="Marc",
        title="Jamais reçu",
        text=(
            "Commande du 2 octobre.\nToujours rien, et personne ne répond.\n"
            'Le mot "remboursement" leur fait peur.'
        ),
        stars=1,
        verified=True,
        reply=FoundReply(
            text="Bonjour Marc, nous cherchons votre colis.",
            published_at=datetime(2026, 10, 16, 6, 5, tzinfo=UTC),
        ),
    ),
    FoundReview(
        external_id="A-106",
        written_at=datetime(2026, 10, 15, 5, 0, tzinfo=UTC),
        author="Inès",
        text="Très bien",
        stars=5,
    ),
    FoundReview(
        external_id="A-109",
        written_at=datetime(2026, 10, 15, 7, 0, tzinfo=UTC),
        author="Zoé",
        text="Décevant",
        stars=2,
        verified=False,
        location="Lille",
    ),
)

CASES = {
    "a French CSV": Case(settings=a_french_file, found=FOUND, rejected=6, broken=BROKEN),
    "a CSV of several pages": Case(
        settings=a_long_file,
        found=tuple(
            FoundReview(
                external_id=str(n),
                written_at=datetime(2026, 10, 1, tzinfo=UTC),
                stars=n % 5 + 1,
                text=f"Review {n}",
            )
            for n in range(MANY)
        ),
        complete=False,
        broken=BROKEN,
    ),
    "a folder": Case(
        settings=a_folder, found=numbered("a", 501) + numbered("b", 501), broken=BROKEN
    ),
}
