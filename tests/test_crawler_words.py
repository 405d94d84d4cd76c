"""Whatever a crawler can say has a French form, and nothing it repeats takes long to be said."""

from __future__ import annotations

import ast
import html
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest

from crawlers.contract import Walk
from crawlers.spreadsheet import Settings, source
from monitor.speech import Speech
from monitor.web.crawler_forms import FORMS, LISTS
from monitor.web.crawler_words import told

ROOT = Path(__file__).resolve().parent.parent
SPOKEN = [
    *sorted((ROOT / "crawlers").rglob("*.py")),
    ROOT / "monitor/collect/visit.py",
    ROOT / "monitor/reply/publish.py",
]
FRENCH, ENGLISH = Speech("fr"), Speech("en")
ENGLISH_PART = re.compile(r'<span lang="en">(.*?)</span>', re.DOTALL)
WORDS = re.compile(r"[A-Za-z’')”] [A-Za-z“(]")

SETTINGS = {"strptime_form"}
"""Functions that, like validators, speak to whoever edits the configuration."""
VOCABULARY = {
    *("HEADINGS", "STAR_WORDS", "MONTHS", "NO", "NUMBER"),
    *("TIME", "YEAR_FIRST", "SLASHED", "WORDED", "WORDED_US"),
}
"""Constants that are read in files, and not said."""
LEFT = {
    "Bearer {token}": "a header",
    "Bearer {self._token.get_secret_value()}": "a header",
    "Basic {pair}": "a header",
    "{self._base_url} {self._key}": "a key of a dictionary",
    "{name[10:]} {count}": "a line of the log",
    "{name} (@{acct})": "an author's name",
    "{mention} {reply.text}": "a reply as it is posted",
    "tag {self.tag}": "a name in the cursor",
    "search {self.query}": "a name in the cursor",
    "own posts": "a name in the cursor",
    " and {len(named) - 30} more": "the end of a list of headings, which columns.py samples",
    " ({address})": "the address of a link in a post",
    "the answer trickled in for too long": "an exception of httpx, told as a time-out",
    "{fault}: {detail}": "the exception's own text; its detail is what is shown",
    "{outcome}: {detail}": "the exception's own text; its detail is what is shown",
}
"""Strings that nobody reads on a page, and what they are."""

ROW = ("“x; y” is no date of the expected form", "“douze” is not a number of stars")
UNREAD = ("'dates'", "Invalid isoformat string: 'hier'", "'str' object has no attribute 'get'")
LIBRARIES = {
    "404 Not Found",
    "520",
    "[Errno 111] Connection refused",
    "Permission denied",
    "Traceback (most recent call last); KeyError",
    "filtered",
    *UNREAD,
    "ResponseFailed",
    "month must be in 1..12",
    "'NoneType' object is not subscriptable",
    "0",
}
"""Words of libraries, which stay English."""
SAMPLES: dict[str, tuple[str, ...]] = {
    "cells:least": ("1",),
    "cells:most": ("5",),
    "_child:error": UNREAD,
    "_child:reason": ("filtered",),
    "_child:type(exception).__name__": ("ResponseFailed",),
    "columns:_listed(header)": ("“Date”, “Note; avis” and 3 more", "no heading at all", "“A”"),
    "columns:what": ("the date a review was written", "the text or the stars of a review"),
    "columns:setting": ("written_at", "text or columns.stars"),
    "columns:len(header)": ("7",),
    "columns:len(matches)": ("2",),
    "columns:len(named) - 30": ("3",),
    "csv_rows:lines.number + 1": ("12",),
    "csv_rows:error": (
        "a quotation mark is opened and not closed",
        "unexpected end of data",
        "';' expected after '\"'",
    ),
    "instance:what": (
        "a post",
        "a hashtag's timeline",
        "each of the posts asked for",
        "our own account",
        "our own posts",
        "the new post",
        "the notifications",
        "the search results",
        "the server's description",
        "the thread of a post",
        "“account” of a post",
        "“descendants” of a thread",
        "“status” of a mention",
        "“statuses” of the search results",
    ),
    "page:number": ("3",),
    "page:place": ("4",),
    "page:shown": ("1204",),
    "page:what": (
        "its data (__NEXT_DATA__)",
        "readable data (__NEXT_DATA__)",
        "props.pageProps",
        "pageProps.reviews",
        "the reviews that its JSON-LD shows",
    ),
    "page:seen": ("", "; its JSON-LD still shows 1204 reviews"),
    "page:given": ("7",),
    "page:error": ("'7' is not a rating from 1 to 5",),
    "page:rejected[0][1]": tuple(f"KeyError: {one}" for one in UNREAD),
    "posts:name": ("created_at",),
    "_refusal:status": ("404",),
    "_refusal:responses.get(status, '')": ("Not Found",),
    "_refusal:detail": ("the platform answered 404 Not Found", "the platform answered 520"),
    "_refusal:words": ("clé expirée; voir la page; merci",),
    "replies:over": ("12",),
    "reviews:error": ROW,
    "reviews:self._heading(name)": ("“Note; globale”", "B"),
    "reviews:self._heading('written_at')": ("“Date d’avis”", "AB"),
    "reviews:len(row.cells)": ("9",),
    "reviews:len(self.header)": ("7",),
    "spider:code": ("-9", "1"),
    "spider:words or 'none'": ("none", "Traceback (most recent call last); KeyError"),
    "spreadsheet:row.line": ("12",),
    "spreadsheet:head.line": ("1",),
    "spreadsheet:head.broken": (
        "its quotation marks are not balanced (a quotation mark is opened and not closed)",
    ),
    "spreadsheet:first.place": ("avis.csv, line 2",),
    "spreadsheet:first.reason": (
        "it has neither text nor stars",
        *(f"column “Note”: {reason}" for reason in ROW),
    ),
    "spreadsheet:before": ("2",),
    "spreadsheet:error.strerror": ("Permission denied",),
    "trustpilot:walked.page": ("11",),
    "trustpilot:walked.count": ("200",),
    "trustpilot:shown.total": ("1204", "None"),
    "trustpilot:shown.languages": ("fr",),
    "trustpilot:shown.listed": ("1204",),
    "trustpilot:total": ("1204",),
    "trustpilot:counted": ("its counter says 1204", "there were some before"),
    "trustpilot:over": ("12",),
    "visit:held or visit.crawl.expected": ("12",),
    "web:what": ("an HTML page", "1204 bytes that are not whole JSON"),
    "web:len(self.body)": ("1204",),
    "web:self._max_bytes": ("20000000",),
    "web:REDIRECTS_AT_MOST": ("5",),
    "web:error": ("[Errno 111] Connection refused",),
    "xlsx_rows:letter(column)": ("B",),
    "xlsx_rows:line": ("12",),
    "xlsx_rows:cell.value": ("#REF!",),
    "xlsx_rows:listed": ("“Avis”, “Notes”", "none"),
    "type(error).__name__": ("KeyError", "TypeError", "ValueError", "AttributeError"),
}
"""What may stand in a sentence's place, by file and expression; elsewhere it is one plain word."""
TOGETHER = {
    (
        "no column of {file} could be recognised as {what}; it has: {_listed(header)}. "
        "Name the right one in columns.{setting}"
    ): tuple(
        f"no column of avis.csv could be recognised as {what}; it has: {headings}. "
        f"Name the right one in columns.{setting}"
        for what, headings, setting in (
            ("the date a review was written", "“A”, “B; C” and 2 more", "written_at"),
            ("the text or the stars of a review", "no heading at all", "text or columns.stars"),
        )
    ),
    "{type(error).__name__}: {error}": (
        "KeyError: 'dates'",
        "ValueError: Invalid isoformat string: 'hier'",
        "ValueError: '7' is not a rating from 1 to 5",
        "ValueError: month must be in 1..12",
        "TypeError: 'NoneType' object is not subscriptable",
        "AttributeError: 'str' object has no attribute 'get'",
        "KeyError: 0",
    ),
}
"""Sentences whose values go together."""
PARTS = {sample for samples in SAMPLES.values() for sample in samples}
"""Said within another sentence, and only there."""


@dataclass(frozen=True)
class Sentence:
    """A string of a crawler's code."""

    where: str
    template: str
    filled: tuple[str, ...]


def _sentences(path: Path) -> Iterator[Sentence]:
    for node in _strings(ast.parse(path.read_text("utf-8"))):
        parts = node.values if isinstance(node, ast.JoinedStr) else [node]
        written = [part.value for part in parts if isinstance(part, ast.Constant)]
        is_formed = isinstance(node, ast.JoinedStr) and any(" " in str(one) for one in written)
        if is_formed or WORDS.search("".join(map(str, written))):
            where = f"{path.relative_to(ROOT)}:{node.lineno}"
            template = "".join(_written(part) for part in parts)
            filled = product(*(_samples(part, path.stem) for part in parts))
            texts = tuple("".join(one).rstrip() for one in filled)
            yield Sentence(where, template, TOGETHER.get(template, texts))


def _strings(node: ast.AST) -> Iterator[ast.Constant | ast.JoinedStr]:
    """The strings below a node, without documentation, settings, vocabulary and log."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child
        elif isinstance(child, ast.JoinedStr):
            yield child
            for part in child.values:
                if isinstance(part, ast.FormattedValue):
                    yield from _strings(part.value)
        elif not _is_unsaid(child):
            yield from _strings(child)


def _is_unsaid(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.FunctionDef):
        how = " ".join(ast.unparse(one) for one in node.decorator_list)
        return "validator" in how or node.name in SETTINGS
    if isinstance(node, ast.Assign | ast.AnnAssign):
        named = node.targets[0] if isinstance(node, ast.Assign) else node.target
        return isinstance(named, ast.Name) and named.id in VOCABULARY
    if isinstance(node, ast.Call):
        return re.match(r"(self\.)?log(ger)?\.", ast.unparse(node.func)) is not None
    return False


def _written(part: ast.expr) -> str:
    if isinstance(part, ast.FormattedValue):
        return f"{{{ast.unparse(part.value)}}}"
    assert isinstance(part, ast.Constant)
    return str(part.value)


def _samples(part: ast.expr, file: str) -> tuple[str, ...]:
    if not isinstance(part, ast.FormattedValue):
        return (_written(part),)
    expression = ast.unparse(part.value)
    found = SAMPLES.get(f"{file}:{expression}") or SAMPLES.get(expression) or ("exemple",)
    return tuple(map(repr, found)) if part.conversion == ord("r") else found


SENTENCES = [one for path in SPOKEN for one in _sentences(path) if not PARTS.issuperset(one.filled)]
SAID = [one for one in SENTENCES if one.template not in LEFT]


def english_in(said: str) -> set[str]:
    return {html.unescape(one) for one in ENGLISH_PART.findall(said)}


def test_the_strings_of_the_crawlers_are_met() -> None:
    texts = {text for one in SAID for text in one.filled}
    assert "the platform did not answer in time" in texts, "a fault's detail, in a table"
    assert "some reviews could not be read" in texts, "a note"
    assert "exemple, line 12" in texts, "a place"
    assert "it has 9 cells where the header has 7" in texts, "a row's reason"
    assert "the program stopped while sending" in texts, "a reply's detail"
    assert LEFT.keys() <= {one.template for one in SENTENCES}, "none is left for nothing"
    assert not any("time zone" in text for text in texts), "settings have another reader"


@pytest.mark.parametrize("sentence", SAID, ids=lambda one: one.where)
def test_what_a_crawler_says_has_its_french_form(sentence: Sentence) -> None:
    for text in sentence.filled:
        said = str(told(text, FRENCH))
        assert english_in(said) <= LIBRARIES, text
        assert html.unescape(said) != text or sentence.template.startswith("page "), text


def test_every_form_is_one_that_a_crawler_uses() -> None:
    """A sentence that was reworded leaves its old form behind: it goes with it."""
    used = [text for one in SENTENCES for text in one.filled] + sorted(PARTS)
    french = {str(told(text, FRENCH)) for text in used}
    heard = "\n".join(html.unescape(one) for one in french).replace("\N{NO-BREAK SPACE}", " ")
    forms = {**FORMS, **LISTS}
    unused = [form for form, said in forms.items() if not re.search(_loosely(said), heard)]
    assert unused == []


def _loosely(said: str) -> str:
    return ".+?".join(map(re.escape, re.split(r"%\(\w+\)s", said)))


PYTHONS = {
    "KeyError: '%(field)s'",
    "KeyError: %(error)s",
    "TypeError: %(error)s",
    "AttributeError: %(error)s",
    "ValueError: %(error)s",
    "ValueError: %(cell)s is not a rating from 1 to 5",
    "ValueError: Invalid isoformat string: '%(cell)s'",
    "unexpected end of data",
    "'%(mark)s' expected after '\"'",
}
REWORDED = PYTHONS | {
    "the crawl ended unexpectedly (exit %(exit)s); its last words: none",
    (
        "Trustpilot showed reviews in '%(code)s' only, %(count)s of None, "
        "though every language was asked for"
    ),
}
"""What Python says in its own way, and what says that there is nothing to say."""


def test_english_readers_have_the_crawlers_own_english() -> None:
    catalogue = {form: ENGLISH.gettext(said) for form, said in {**FORMS, **LISTS}.items()}
    assert {form for form, said in catalogue.items() if said != form} == REWORDED


@pytest.mark.parametrize(
    ("text", "french", "english"),
    [
        (
            "KeyError: 'dates'",
            "la plateforme a envoyé un avis incomplet (dates)",
            "the platform sent an incomplete review (dates)",
        ),
        (
            "a.csv is empty; b.csv has no column “a”; it has: “b” and 3 more; c.csv ?",
            (
                "a.csv est vide ; b.csv n’a pas de colonne « a » ; ses colonnes : « b » et "
                '3 autres ; <span lang="en">c.csv ?</span>'
            ),
            "a.csv is empty; b.csv has no column “a”; it has: “b” and 3 more; c.csv ?",
        ),
        (
            "the platform answered 401 Unauthorized: bad key; <b>ask</b> again",
            (
                "la plateforme a répondu par une erreur "
                '(<span lang="en">401 Unauthorized</span>) : '
                "« bad key; &lt;b&gt;ask&lt;/b&gt; again »"
            ),
            "the platform answered 401 Unauthorized: bad key; &lt;b&gt;ask&lt;/b&gt; again",
        ),
        ("Quota <full>", '<span lang="en">Quota &lt;full&gt;</span>', "Quota &lt;full&gt;"),
    ],
)
def test_sentences_are_told_one_by_one_and_one_within_another(
    text: str, french: str, english: str
) -> None:
    assert str(told(text, FRENCH)).replace("\N{NO-BREAK SPACE}", " ") == french
    assert str(told(text, ENGLISH)) == english


def test_what_a_real_file_is_told_is_told_in_french_whole() -> None:
    path = ROOT / "tests/platforms/spreadsheet/avis.csv"
    pages = source(Settings(path=path)).pages({}, Walk.FULL)
    met = [(page.note, page.rejected) for page in pages]
    rows = [row for _, rejected in met for row in rejected]
    notes = [note for note, _ in met if note]
    assert rows
    assert notes
    for text in [*(row.place for row in rows), *(row.reason for row in rows), *notes]:
        said = str(told(text, FRENCH))
        assert (english_in(said), html.unescape(said) != text) == (set(), True)


HOSTILE = [
    "; ",
    ": ",
    " is ",
    " has ",
    ", line 1",
    "no row could be read; the first: a, line 2: ",
    "column “a”: ",
    "“",
    " could be recognised as the date a review was written; it has: ",
    "the platform answered 404 Not Found: ",
    " is at the private address ",
    "1",
]


@pytest.mark.parametrize("repeated", HOSTILE)
@pytest.mark.parametrize(
    "begun", ["", "no column of ", "“", "a, line 1: ", "a.csv is empty; ", "column “a”: “"]
)
def test_a_hostile_text_is_told_in_time_in_proportion_to_its_length(
    begun: str, repeated: str
) -> None:
    text = begun + repeated * (100_000 // len(repeated))
    start = time.process_time()
    said = str(told(text, FRENCH))
    assert time.process_time() - start < 5
    assert len(html.unescape(said)) > 90_000
