"""Exports are read whole, or say which line could not be and why."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from pydantic import ValidationError

from crawlers._exports.cells import date_reader, day_comes_first, stars
from crawlers._exports.columns import letter
from crawlers.contract import (
    Fault,
    FoundReply,
    FoundReview,
    Page,
    RejectedRow,
    SourceError,
    Walk,
    load,
    names,
)
from crawlers.spreadsheet import Settings, read, source
from tests.platforms.spreadsheet.case import FOUND

FIXTURES = Path(__file__).parent / "platforms" / "spreadsheet"
HEAD = "id;date;note;texte\n"


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]  # year, month, day, …


def reviews(pages: list[Page]) -> list[FoundReview]:
    return [review for page in pages for review in page.reviews]


def rejected(pages: list[Page]) -> list[RejectedRow]:
    return [row for page in pages for row in page.rejected]


def visit(path: Path, cursor: Any = None, walk: Walk = Walk.NEW, **wanted: Any) -> list[Page]:
    return list(source(Settings(path=path, **wanted)).pages(cursor or {}, walk))


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def drain(walk: Iterator[Page], into: list[Page]) -> None:
    """Keep the pages that come before an error."""
    while True:
        try:
            into.append(next(walk))
        except StopIteration:
            return


def fault_of(path: Path, **wanted: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        visit(path, **wanted)
    return caught.value


def test_it_is_a_platform_file_and_its_helpers_are_not() -> None:
    platform = load("spreadsheet")
    assert (platform.label, platform.kind, platform.can_reply) == ("Spreadsheet", "file", False)
    assert not [name for name in names() if name.startswith("_")]


def test_a_french_export_is_read_field_by_field() -> None:
    found = reviews(visit(FIXTURES / "avis.csv", time_zone="Europe/Paris"))
    assert found == [replace(one, raw=ANY) for one in FOUND]
    assert found[0].raw["Nom du client"] == "Ophélie T."


def test_every_bad_row_is_told_with_its_true_line_and_reason() -> None:
    told = rejected(visit(FIXTURES / "avis.csv"))
    assert [(row.place, row.reason) for row in told] == [
        (
            "avis.csv, line 7",
            "column “Date de l’avis”: “31/02/2026” is no date of the expected form",
        ),
        ("avis.csv, line 8", "column “Note”: “douze” is not a number of stars"),
        ("avis.csv, line 9", "it has no date in column “Date de l’avis”"),
        ("avis.csv, line 11", "its id “A-106” is already at line 10"),
        ("avis.csv, line 12", "it has neither text nor stars"),
        ("avis.csv, line 13", "its quotation marks are not balanced (';' expected after '\"')"),
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8", "utf-8-sig"])
def test_every_unicode_encoding_is_recognised(tmp_path: Path, encoding: str) -> None:
    text = (FIXTURES / "reviews_utf16.txt").read_text(encoding="utf-8")
    pages = visit(written(tmp_path / "reviews.csv", text, encoding))
    first, second = reviews(pages)
    assert (first.text, first.stars, first.language) == ("Crashes at start, every time", 2, "en")
    assert first.reply == FoundReply(text="We are on it.", published_at=at(2026, 10, 3, 10))
    assert (second.text, second.written_at) == ("Très pratique", at(2026, 10, 5, 19))
    assert pages[-1].note is None


def test_a_windows_file_is_read_and_said_to_be_one(tmp_path: Path) -> None:
    path = written(tmp_path / "avis.csv", HEAD + "1;2026-10-01;3;Déçu, 12 €\n", "cp1252")
    guessed = visit(path)
    assert reviews(guessed)[0].text == "Déçu, 12 €"
    assert guessed[-1].note == "avis.csv is not UTF-8: it was read as Windows-1252"
    assert visit(path, encoding="cp1252")[-1].note is None
    error = fault_of(path, encoding="ascii")
    assert error.fault is Fault.CHANGED
    assert "avis.csv is not ascii text" in error.detail


def test_rows_without_an_id_keep_a_made_one_and_twins_are_numbered(tmp_path: Path) -> None:
    body = "Paul;2026-10-01;Bien\nPaul;2026-10-01;Bien\nPaul;2026-10-02;Bien\n"
    path = written(tmp_path / "a.csv", "auteur;date;texte\n" + body)
    once = [review.external_id for review in reviews(visit(path))]
    again = [review.external_id for review in reviews(visit(path))]
    assert once == again
    assert len(set(once)) == 3
    assert once[1] == once[0] + "-2"


def test_an_unclosed_quotation_mark_costs_its_own_row_only(tmp_path: Path) -> None:
    rows = "".join(f"{n};2026-10-01;3;Avis {n}\n" for n in range(2, 1200))
    path = written(tmp_path / "a.csv", HEAD + '1;2026-10-01;3;"jamais fermé\n' + rows)
    pages = visit(path)
    assert [review.external_id for review in reviews(pages)] == [str(n) for n in range(2, 1200)]
    assert [row.place for row in rejected(pages)] == ["a.csv, line 2"]


def test_pages_hold_500_rows_and_an_interrupted_reading_goes_on(tmp_path: Path) -> None:
    rows = "".join(f"{n};2026-10-01;3;Avis {n}\n" for n in range(1201))
    path = written(tmp_path / "a.csv", HEAD + rows)
    pages = visit(path)
    assert [len(page.reviews) for page in pages] == [500, 500, 201, 0]
    rest = visit(path, pages[0].cursor)
    assert [review.external_id for review in reviews(rest)] == [str(n) for n in range(500, 1201)]
    assert rest[-1].cursor == pages[-1].cursor


def test_an_unchanged_file_costs_nothing_and_a_changed_one_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", HEAD + "1;2026-10-01;3;Bien\n")
    cursor = visit(path)[-1].cursor
    looked = path.stat()
    written(path, HEAD + "1;2026-10-01;5;Bien\n")
    os.utime(path, ns=(looked.st_atime_ns, looked.st_mtime_ns))
    (again,) = visit(path, cursor)
    assert (again.reviews, again.cursor) == ((), cursor), "its bytes were read"
    written(path, HEAD + "1;2026-10-01;3;Bien\n")
    os.utime(path, ns=(1, 1))
    touched = visit(path, cursor)
    assert not reviews(touched)
    assert visit(path, touched[-1].cursor)[-1].cursor == touched[-1].cursor
    written(path, HEAD + "1;2026-10-01;4;Bien\n")
    assert reviews(visit(path, cursor))[0].stars == 4
    assert reviews(visit(path, cursor, stars_scale=10)), "other settings read the file anew"


def test_only_a_full_walk_of_a_complete_export_proves_what_is_gone(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", HEAD + "1;2026-10-01;3;Bien\n2;2026-10-01;3;Bof\n")
    cursor = visit(path)[-1].cursor
    partial = visit(path, cursor, Walk.FULL)
    whole = visit(path, cursor, Walk.FULL, complete_export=True)
    assert len(reviews(partial)) == len(reviews(whole)) == 2
    assert [page.complete for page in partial] == [False, False]
    assert "complete_export" in str(partial[-1].note)
    assert [page.complete for page in whole] == [False, True]
    assert not visit(path, complete_export=True)[-1].complete


def test_a_folder_is_read_file_by_file_and_one_bad_file_stops_no_other(tmp_path: Path) -> None:
    written(tmp_path / "a.csv", HEAD + "1;2026-10-01;3;Bien\n")
    written(tmp_path / "b.csv", "foo;bar\n1;2\n")
    written(tmp_path / "c.csv", HEAD + "2;2026-10-01;3;Bof\n")
    written(tmp_path / "lisez-moi.pdf", "rien")
    pages: list[Page] = []
    with pytest.raises(SourceError, match=r"b\.csv") as caught:
        pages.extend(source(Settings(path=tmp_path)).pages({}, Walk.NEW))
    assert caught.value.fault is Fault.SETTINGS
    (tmp_path / "b.csv").unlink()
    walk = source(Settings(path=tmp_path)).pages({}, Walk.NEW)
    found = list(walk)
    assert [review.external_id for review in reviews(found)] == ["1", "2"]
    assert found[-1].note == "left alone: lisez-moi.pdf"


def test_the_good_files_of_a_folder_are_not_read_again_for_a_bad_one(tmp_path: Path) -> None:
    written(tmp_path / "a.csv", HEAD + "1;2026-10-01;3;Bien\n")
    written(tmp_path / "b.csv", "foo;bar\n1;2\n")
    pages: list[Page] = []
    again: list[Page] = []
    with pytest.raises(SourceError):
        drain(source(Settings(path=tmp_path)).pages({}, Walk.NEW), pages)
    walk = source(Settings(path=tmp_path)).pages(pages[-1].cursor, Walk.NEW)
    with pytest.raises(SourceError):
        drain(walk, again)
    assert (len(reviews(pages)), len(reviews(again))) == (1, 0)


@pytest.mark.parametrize(
    ("content", "wanted", "fault", "words"),
    [
        ("", {}, Fault.EMPTY, "a.csv is empty"),
        (HEAD, {}, Fault.EMPTY, "no row below its header"),
        (
            "foo;texte\n1;2\n",
            {},
            Fault.SETTINGS,
            "it has: “foo”, “texte”. Name the right",
        ),
        ("date;foo\n1;2\n", {}, Fault.SETTINGS, "the text or the stars of a review"),
        (
            HEAD + "1;2026-10-01;3;x\n",
            {"columns": {"stars": "Étoiles"}},
            Fault.SETTINGS,
            "a.csv has no column “Étoiles”; it has: “id”, “date”, “note”, “texte”",
        ),
        (
            HEAD + "1;2026-10-01;3;x\n",
            {"columns": {"stars": 9}},
            Fault.SETTINGS,
            "a.csv has 4 columns, none numbered 9",
        ),
        (HEAD + "1;03/04/2026;3;x\n", {}, Fault.SETTINGS, "set date_format to dd/mm/yyyy"),
        (HEAD + "1;bientôt;3;x\n", {}, Fault.SETTINGS, "no row could be read; the first: a.csv"),
        (HEAD + "1;2026-10-01;3;x\n", {"has_header": False}, Fault.SETTINGS, "letter of a column"),
    ],
)
def test_what_cannot_be_read_is_an_error_that_says_what_to_do(
    tmp_path: Path, content: str, wanted: Any, fault: Fault, words: str
) -> None:
    error = fault_of(written(tmp_path / "a.csv", content), **wanted)
    assert error.fault is fault
    assert words in error.detail


def test_a_file_that_is_not_there_or_of_another_kind(tmp_path: Path) -> None:
    assert fault_of(tmp_path / "none.csv").fault is Fault.MISSING
    assert fault_of(written(tmp_path / "a.ods", "x")).fault is Fault.SETTINGS
    assert fault_of(tmp_path).fault is Fault.EMPTY


@pytest.mark.parametrize(
    "wanted",
    [
        {"time_zone": "Europe/Pariss"},
        {"encoding": "utf-88"},
        {"date_format": "mois/annee"},
        {"columns": {"etoiles": "Note"}},
        {"stars_scale": 7},
        {"delimiter": ";;"},
    ],
)
def test_settings_are_checked_before_anything_is_read(wanted: Any) -> None:
    with pytest.raises(ValidationError):
        Settings(path=Path("a.csv"), **wanted)


def test_columns_may_be_named_numbered_or_lettered(tmp_path: Path) -> None:
    named = written(tmp_path / "a.csv", "Quand|Combien|Quoi\n01.10.2026|8|Bien\n")
    wanted = {"written_at": "quand", "stars": 2, "text": "Quoi"}
    (review,) = reviews(visit(named, columns=wanted, stars_scale=10))
    assert (review.written_at, review.stars, review.text) == (at(2026, 10, 1), 4, "Bien")
    bare = written(tmp_path / "b.csv", "01.10.2026|8|Bien\n")
    lettered = {"written_at": "A", "stars": 2, "text": "C"}
    (same,) = reviews(visit(bare, columns=lettered, stars_scale=10, has_header=False))
    assert (same.written_at, same.stars, same.text) == (at(2026, 10, 1), 4, "Bien")


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("2026-10-03", None, (2026, 10, 3)),
        ("2026-10-03 09:12:30 UTC", None, (2026, 10, 3, 9, 12, 30)),
        ("2026/10/03 09:12", None, (2026, 10, 3, 9, 12)),
        ("3/10/2026 à 9h12", None, (2026, 10, 3, 9, 12)),
        ("03.10.2026", None, (2026, 10, 3)),
        ("1er août 2026", None, (2026, 8, 1)),
        ("le 3 févr. 2026", "le %d févr. %Y", (2026, 1, 3)),
        ("3 févr. 2026", None, (2026, 2, 3)),
        ("October 3, 2026", None, (2026, 10, 3)),
        ("03-10-26 09:12", "dd-mm-yy hh:mm", (2026, 10, 3, 9, 12)),
        ("03/10/2026", "jj/mm/aaaa", (2026, 10, 3)),
        ("10/03/2026", "mm/dd/yyyy", (2026, 10, 3)),
    ],
)
def test_dates_are_read_in_the_forms_of_exports(
    text: str, form: str | None, expected: tuple[int, ...]
) -> None:
    assert date_reader(form)(text).replace(tzinfo=UTC) == at(*expected)


@pytest.mark.parametrize("text", ["45932", "", "hier", "32/01/2026", "2026-13-01", "3 foo 2026"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        date_reader(None)(text)


def test_a_date_without_a_zone_is_one_of_the_files_zone(tmp_path: Path) -> None:
    rows = "1;25/10/2026 12:00;3;hiver\n2;2026-07-01 12:00;3;été\n3;2026-07-01T12:00Z;3;z\n"
    found = reviews(visit(written(tmp_path / "a.csv", HEAD + rows), time_zone="Europe/Paris"))
    assert [review.written_at.hour for review in found] == [11, 10, 12]


def test_dates_betray_whether_the_day_or_the_month_comes_first(tmp_path: Path) -> None:
    assert day_comes_first(["03/04/2026", "13/04/2026"]) is True
    assert day_comes_first(["03/04/2026", "04/13/2026"]) is False
    assert day_comes_first(["03/04/2026"]) is None
    assert day_comes_first(["2026-04-03", "05/05/2026"]) is True
    rows = HEAD + "1;03/04/2026;3;x\n2;04/13/2026;3;y\n"
    first = reviews(visit(written(tmp_path / "a.csv", rows)))[0]
    assert first.written_at == at(2026, 3, 4)


@pytest.mark.parametrize(
    ("text", "scale", "expected"),
    [
        ("4,5", 5, 5),
        ("4.4", 5, 4),
        ("4/5", 10, 4),
        ("3 étoiles", 5, 3),
        ("0", 10, 1),
        ("5", 10, 3),
        ("16", 20, 4),
        ("39", 100, 2),
        ("Très satisfait", "words", 5),
        ("Médiocre", 5, 2),
        ("★☆☆☆☆", 5, 1),
    ],
)
def test_stars_of_every_scale(text: str, scale: Any, expected: int) -> None:
    assert stars(text, scale) == expected


@pytest.mark.parametrize(
    ("text", "scale"), [("0", 5), ("6", 5), ("-1", 10), ("101", 100), ("1/0", 5)]
)
def test_stars_out_of_their_scale_are_refused(text: str, scale: Any) -> None:
    with pytest.raises(ValueError, match="not"):
        stars(text, scale)


def workbook(path: Path, rows: list[list[Any]], *, title: str = "Avis") -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    book.save(path)
    book.close()
    return path


def test_an_excel_file_is_read_with_its_own_dates_and_numbers(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "avis.xlsx",
        [
            ["ID", "Date", "Note", "Texte"],
            [101, datetime(2026, 10, 3, 9, 12), 4.0, "Bien\r\nemballé"],  # noqa: DTZ001 as Excel
            [None, None, None, None],
            [102, "04/10/2026", 2, "Déçu"],
            [103, "14/10/2026", "#N/A", "Erreur"],
            [104, "bientôt", 2, "Déçu"],
        ],
    )
    pages = visit(path, time_zone="Europe/Paris")
    first, second = reviews(pages)
    assert (first.external_id, first.stars, first.text) == ("101", 4, "Bien\nemballé")
    assert (first.written_at, second.written_at) == (at(2026, 10, 3, 7, 12), at(2026, 10, 3, 22))
    assert [(row.place, row.reason) for row in rejected(pages)] == [
        ("avis.xlsx, line 5", "cell C5 holds the error #N/A"),
        ("avis.xlsx, line 6", "column “Date”: “bientôt” is no date of the expected form"),
    ]


def test_a_formula_without_a_stored_value_is_told_and_not_taken_for_empty(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "avis.xlsx",
        [["Date", "Note", "Texte"], ["2026-10-01", "=2+2", "x"], ["2026-10-01", 3, "y"]],
    )
    pages = visit(path)
    assert [review.stars for review in reviews(pages)] == [3]
    assert "cell B2 is a formula whose value was never stored" in rejected(pages)[0].reason


def test_sheets_are_named_and_broken_books_said_to_be(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["date", "note"], ["2026-10-01", 3]], title="Export")
    assert reviews(visit(path, sheet="Export"))
    assert "no sheet “Avis”; it has: “Export”" in fault_of(path, sheet="Avis").detail
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert fault_of(path).fault is Fault.CHANGED
    path.write_bytes(b"\xd0\xcf\x11\xe0" + whole)
    assert "save it as .xlsx" in fault_of(path).detail


def test_an_import_reads_a_file_whatever_was_read_before() -> None:
    pages = read(FIXTURES / "avis.csv", Settings(path=Path()))
    assert len(reviews(list(pages))) == 4


def test_a_workbook_that_would_fill_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workbook(tmp_path / "a.xlsx", [["date", "note"], ["2026-10-01", 3]])
    assert reviews(visit(path))
    monkeypatch.setattr("crawlers._exports.xlsx_rows.UNPACKED_AT_MOST", 100)
    assert "export it as .csv" in fault_of(path).detail


def test_a_file_that_changes_while_it_is_read_is_read_again(tmp_path: Path) -> None:
    rows = "".join(f"{n};2026-10-01;3;Avis {n}\n" for n in range(600))
    path = written(tmp_path / "a.csv", HEAD + rows)
    walk = source(Settings(path=path)).pages({}, Walk.NEW)
    pages = [next(walk)]
    with path.open("a", encoding="utf-8") as file:
        file.write("600;2026-10-01;3;Avis 600\n")
    with pytest.raises(SourceError, match="changed while it was read") as raised:
        drain(walk, pages)
    assert raised.value.fault is Fault.UNAVAILABLE
    assert len(reviews(visit(path, pages[-1].cursor))) == 601


def test_line_ends_are_one_kind_and_a_heading_may_say_utc(tmp_path: Path) -> None:
    head = "Review Created (UTC),Review Stars,Review Content\r\n"
    path = written(tmp_path / "a.csv", head + '2026-10-01 12:00:00,3,"a\r\nb\x00c"\r\n')
    (review,) = reviews(visit(path, time_zone="Europe/Paris"))
    assert (review.text, review.written_at) == ("a\nbc", at(2026, 10, 1, 12))


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)
HOSTILE = st.one_of(
    TEXT, st.sampled_from(['=HYPERLINK("x")', 'a"b', "a;b,c\td|e", "l1\nl2\nl3", ""])
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(HOSTILE, HOSTILE), min_size=1, max_size=20), st.sampled_from(";,\t|"))
def test_what_a_csv_writer_wrote_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], mark: str
) -> None:
    path = tmp_path_factory.mktemp("export") / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=mark)
        writer.writerow(["id", "date", "note", "author", "texte"])
        writer.writerows([n, "2026-10-01", 3, *row] for n, row in enumerate(rows))
    pages = visit(path)
    assert not rejected(pages)
    read_back = [(review.author or "", review.text) for review in reviews(pages)]
    assert read_back == [(author.strip(), text.strip()) for author, text in rows]


@settings(max_examples=30, deadline=None)
@given(st.integers(min_value=0, max_value=20_000))
def test_columns_are_lettered_as_spreadsheets_do(index: int) -> None:
    def value(name: str) -> Iterator[int]:
        yield from (ord(char) - 64 for char in name)

    total = 0
    for digit in value(letter(index)):
        total = total * 26 + digit
    assert total == index + 1
