"""A file imported once: rows count or are told, again is free, and no visit is owed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from monitor.config import Brand, Config
from monitor.importing import ImportingError, import_reviews
from monitor.installation import Installation
from monitor.jobs import work_off
from monitor.measure.coverage import coverage
from monitor.measure.period import Period
from monitor.store.sources import visit_now
from monitor.store.tables import Review, SourceRow
from tests.conftest import NOW

ROWS = """Référence;Date;Auteur;Note;Avis
a1;03/11/2026;Nadia;5;Très bien
a2;pas une date;Paul;1;Jamais reçu
a3;14/11/2026;Inès;2;Abîmé à l’arrivée
"""
BRAND = Brand(key="lumen", name="Maison Lumen")


@pytest.fixture
def here(engine: Engine) -> Installation:
    return Installation(Config(brands=(BRAND,)), engine, lambda: NOW)


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "export.csv"
    path.write_text(ROWS, "utf-8")
    return path


def test_every_row_counts_or_is_told_and_again_is_free(here: Installation, export: Path) -> None:
    given = ["date_format=dd/mm/yyyy"]
    first = import_reviews(here, export, "google-2026", given, None)
    assert (first.found, first.new) == (2, 2)
    assert [row.place for row in first.rejected] == ["export.csv, line 3"]
    again = import_reviews(here, export, "google-2026", given, None)
    assert (again.new, again.changed) == (0, 0)
    with here.session() as session:
        assert session.scalar(select(func.count()).select_from(Review)) == 2


def test_an_import_is_never_due_and_never_late(here: Installation, export: Path) -> None:
    import_reviews(here, export, "google-2026", ["date_format=dd/mm/yyyy"], None)
    with here.session() as session:
        source = session.scalars(select(SourceRow)).one()
        assert visit_now(session, NOW, source.id, None) is None
        period = Period(NOW - timedelta(days=7), NOW + timedelta(days=60))
        (found,) = coverage(session, BRAND, period, NOW + timedelta(days=90))
        assert (found.state, found.reason) == ("partial", "rejected")
    assert work_off("collect", here) == 0
    with here.session() as session:
        assert session.scalars(select(SourceRow.present)).one()


@pytest.mark.parametrize(
    ("name", "given", "brand", "message"),
    [
        ("google", ["nonsense"], None, "key=value"),
        ("google", ["colour=red"], None, "colour"),
        ("google", ["date_format=dd/mm/yyyy"], "autre", "--brand lumen"),
    ],
)
def test_a_bad_request_is_told(
    here: Installation, export: Path, name: str, given: list[str], brand: str | None, message: str
) -> None:
    with pytest.raises(ImportingError, match=message):
        import_reviews(here, export, name, given, brand)


def test_the_name_of_another_source_is_refused(here: Installation, export: Path) -> None:
    with here.session() as session:
        session.add(SourceRow(name="avis", brand="lumen", platform="trustpilot", due_at=NOW))
        session.commit()
    with pytest.raises(ImportingError, match="another source"):
        import_reviews(here, export, "avis", [], None)
