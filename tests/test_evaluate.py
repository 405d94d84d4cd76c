"""``vigie evaluate``: from the labelled texts and the team's labels to what the report says."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from models.training.corpora import part_of
from monitor import accuracy_table, testpart
from monitor.cli import app
from monitor.config import Brand
from monitor.evaluating import Evaluated, drawn, evaluate, keep, run_one
from monitor.installation import Installation
from monitor.measure.accuracy import Accuracy
from monitor.measure.known_error import known_error
from monitor.measure.labelled import labelled
from monitor.speech import Speech
from monitor.store.engine import sessions
from monitor.store.tables import Evaluation
from monitor.tell import report as telling
from monitor.tell.frozen import freeze
from monitor.tell.said import ENOUGH_REVIEWED, error_sentence
from monitor.tell.templates import environment
from monitor.testpart import LabelledText, read_tests
from monitor.understand import Reading, Text
from monitor.understand.topics import Topic
from tests.rows import a_label, a_review

BRAND = Brand(key="lumen", name="Maison Lumen")
REVIEWS = Path(__file__).resolve().parent.parent / "models" / "training" / "reviews"


class FakeReader:
    """Finds everything negative, unless stars are given: those it believes."""

    model = "test@1"

    def __init__(self) -> None:
        self.asked: list[Text] = []

    def read(self, items: Sequence[Text]) -> list[Reading]:
        self.asked += items
        return [self._reading(item) for item in items]

    def _reading(self, item: Text) -> Reading:
        glad = item.stars is not None and item.stars > 3
        sentiment = "positive" if glad else "negative"
        return Reading(
            language="fr",
            sentiment=sentiment,
            confidence=0.9,
            probabilities={"negative": 0.1, "neutral": 0.0, "positive": 0.9}
            if glad
            else {"negative": 0.9, "neutral": 0.1, "positive": 0.0},
            stars=item.stars or 1,
            topics=[Topic("price", sentiment, "prix")],
            severity="normal",
            reasons=[],
            contradiction=False,
        )


SAID = {"kind": "review", "severity": "normal"}
ROWS: list[dict[str, Any]] = [
    SAID | {"text": "Trop cher.", "stars": 1, "sentiment": "negative", "language": "fr"},
    SAID
    | {
        "text": "Parfait.",
        "title": "Bravo",
        "stars": 5,
        "sentiment": "positive",
        "language": "fr",
    },
    SAID | {"text": "Te duur.", "stars": None, "sentiment": "negative", "language": "nl"},
]


@pytest.fixture
def tests(tmp_path: Path) -> list[LabelledText]:
    """Three labelled texts; a batch that is not of the test part is not read."""
    topics = [{"topic": "price", "polarity": "negative", "words": "x"}]
    lines = [json.dumps(row | {"topics": topics}) for row in ROWS]
    (tmp_path / "xx-05.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    (tmp_path / "xx-04.jsonl").write_text("no test", "utf-8")
    return read_tests(tmp_path)


def version_of(rows: Session, now: datetime, number: int, sentiment: str, **values: Any) -> int:
    version = a_review(rows, now, number, sentiment=sentiment, **values).version_id
    assert version is not None
    return version


def figures_of(rows: Session, part: str) -> dict[str, Any]:
    return rows.scalars(select(Evaluation).where(Evaluation.part == part)).one().figures


def test_the_test_part_is_what_training_left_out() -> None:
    for path in REVIEWS.glob("*.jsonl"):
        assert testpart.is_test(path) == (part_of(path.stem) == "test")
    found = read_tests()
    assert {test.right.language for test in found} == {"de", "en", "es", "fr", "it", "nl"}
    assert len(found) > 900
    assert len({(test.title, test.text) for test in found}) > 900
    assert drawn(found, 30) == drawn(found, 30)
    assert (len(drawn(found, 30)), drawn(found, None)) == (30, found)


def test_without_labelled_texts_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="lacks its labelled texts"):
        read_tests(tmp_path)


def test_texts_are_read_alone_and_again_with_their_stars(
    session: Session, now: datetime, tests: list[LabelledText]
) -> None:
    reader, read = FakeReader(), list[int]()
    found = evaluate(session, now, reader, tests, read.append)
    assert [text.stars for text in reader.asked] == [None, None, None, 1, 5, None]
    assert {text.language for text in reader.asked} == {None}, "it has to find the language"
    assert reader.asked[1] == Text("Parfait.", "Bravo")
    assert sum(read) == 3
    alone, starred = found.alone.total, found.starred.total
    assert (alone.binary.hits, alone.binary.n) == (2, 3)
    assert (starred.binary.hits, starred.binary.n) == (3, 3)
    assert (alone.stars_exact.hits, alone.stars_exact.n) == (1, 2)
    assert starred.stars_exact.n == 0, "stars that were given are not found"
    # price is right for all three, and found each time
    assert alone.topics_f1.value == 1
    assert (alone.polarity.hits, starred.polarity.hits) == (3, 2)
    assert list(found.alone.languages) == ["fr", "nl"]
    assert found.labels is None


def test_a_post_that_judges_no_business_is_neutral(
    session: Session, now: datetime, tmp_path: Path
) -> None:
    row = ROWS[2] | {"kind": "post", "text": "Wat een rotweer.", "topics": []}
    (tmp_path / "nl-05.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    reader = FakeReader()
    found = evaluate(session, now, reader, read_tests(tmp_path), int)
    assert [text.post for text in reader.asked] == [True, True]
    assert found.alone.total.sentiment.hits == 0, "its author feels, but not about a business"


def test_the_daemon_measures_a_model_once_and_new_corrections_daily(
    any_session: Session, now: datetime, tests: list[LabelledText]
) -> None:
    def measures(days: float = 0) -> bool:
        at = now + timedelta(days=days)
        return run_one(any_session, at, "test@1", FakeReader, lambda: tests, int)

    assert not measures(), "it has read nothing here"
    version = version_of(any_session, now, 1, "negative")
    assert measures()
    assert not measures()
    a_label(any_session, now, version, "sentiment", "negative")
    assert measures(0.1)
    a_label(any_session, now + timedelta(days=0.2), version, "sentiment", "positive")
    assert not measures(0.9)
    assert measures(1.2)
    assert not measures(9), "nobody has corrected anything since"
    parts = any_session.scalars(select(Evaluation.part).order_by(Evaluation.id)).all()
    assert parts == ["test", "labels", "labels"]


def test_two_workers_that_measure_at_once_do_no_harm(
    any_engine: Engine, now: datetime, tests: list[LabelledText]
) -> None:
    make, both = sessions(any_engine), threading.Barrier(2, timeout=30)

    class Meeting(FakeReader):
        def read(self, items: Sequence[Text]) -> list[Reading]:
            both.wait()
            return super().read(items)

    def measure() -> bool:
        with make() as rows:
            return run_one(rows, now, "test@1", Meeting, lambda: tests, int)

    with make() as rows:
        version_of(rows, now, 1, "negative")
    with ThreadPoolExecutor(2) as pool:
        assert [one.result() for one in [pool.submit(measure) for _ in range(2)]] == [True, True]
    with make() as rows:
        assert not run_one(rows, now, "test@1", FakeReader, lambda: tests, int)
        assert all(row.n == len(tests) for row in rows.scalars(select(Evaluation)))


def test_labels_are_compared_with_the_verdicts_of_that_model(
    any_session: Session, now: datetime
) -> None:
    first = version_of(any_session, now, 1, "negative")
    second = version_of(any_session, now, 2, "positive", text="Merci pour tout.")
    version_of(any_session, now, 3, "negative")  # nobody looked at it
    a_label(any_session, now, first, "sentiment", "positive")
    a_label(any_session, now, first, "sentiment", "negative")  # the newest counts
    a_label(any_session, now, first, "topics", [{"topic": "price", "polarity": "negative"}])
    a_label(any_session, now, second, "severity", "critical")
    cases = labelled(any_session, "test@1")
    assert [case.right.sentiment for case in cases] == ["negative", None]
    assert [case.right.severity for case in cases] == [None, "critical"]
    assert cases[0].right.topics == frozenset({("price", "negative")})
    assert cases[0].found.topics == frozenset({("delivery_time", "negative")})
    assert cases[1].right.topics is None
    assert labelled(any_session, "other@1") == []


def test_an_evaluation_is_kept_a_row_a_part(
    any_session: Session, now: datetime, tests: list[LabelledText]
) -> None:
    found = evaluate(any_session, now, FakeReader(), tests, int)
    keep(any_session, found)
    kept = any_session.scalars(select(Evaluation)).all()
    assert [(row.model, row.part, row.n, row.made_at) for row in kept] == [
        ("test@1", "test", 3, now)
    ]
    a_label(any_session, now, version_of(any_session, now, 1, "negative"), "sentiment", "negative")
    keep(any_session, evaluate(any_session, now, FakeReader(), tests, int))
    parts = any_session.scalars(select(Evaluation.part).order_by(Evaluation.id)).all()
    assert parts == ["test", "test", "labels"]
    assert figures_of(any_session, "labels")["total"]["negative_recall"]["hits"] == 1


def test_the_table_shows_every_figure_with_its_interval(
    session: Session, now: datetime, tests: list[LabelledText], capsys: pytest.CaptureFixture[str]
) -> None:
    accuracy_table.show(evaluate(session, now, FakeReader(), tests, int))
    shown = capsys.readouterr().out
    assert "test@1" in shown
    assert "66.7 (21-94)" in shown  # 2 of 3
    assert "the team has not corrected any reading of this model yet" in shown
    figures = set(Accuracy.__dataclass_fields__) - {"n", "confusion"}
    assert len(accuracy_table.ROWS) == len(figures)


# what the report says of it


def an_evaluation(
    rows: Session, now: datetime, tests: list[LabelledText], *, labels: int = 0
) -> None:
    """``labels`` negative reviews that the team looked at, a quarter of which the model missed,
    and as many positive ones that it confirmed."""
    for number in range(labels):
        missed = "positive" if number % 4 == 0 else "negative"
        version = version_of(rows, now, 100 + number, missed, hours=24 * 20)
        a_label(rows, now, version, "sentiment", "negative")
        praise = version_of(rows, now, 200 + number, "positive", hours=24 * 20)
        a_label(rows, now, praise, "sentiment", "positive")
    keep(rows, evaluate(rows, now, FakeReader(), tests, int))


def test_nothing_is_claimed_of_a_model_without_evaluation(
    any_session: Session, now: datetime, tests: list[LabelledText]
) -> None:
    assert known_error(any_session) is None, "nothing has been read"
    a_review(any_session, now)
    assert known_error(any_session) is None
    assert error_sentence(None, Speech("fr")) == ""
    any_session.add(Evaluation(model="old@1", made_at=now, part="test", n=0, figures={}))
    any_session.commit()
    assert known_error(any_session) is None, "that was another model"
    an_evaluation(any_session, now, tests)
    known = known_error(any_session)
    assert known is not None
    assert (known.model, known.tests.n, known.tests.share, known.labels) == ("test@1", 3, 1, None)


def test_an_evaluation_of_before_high_severity_was_measured_is_still_read(
    any_session: Session, now: datetime, tests: list[LabelledText]
) -> None:
    a_review(any_session, now)
    an_evaluation(any_session, now, tests)
    kept = any_session.scalars(select(Evaluation)).one()
    known = known_error(any_session)
    figures = json.loads(json.dumps(kept.figures))
    for one in (figures, figures["starred"]):
        for part in (one["total"], *one["languages"].values()):
            del part["high_recall"], part["high_precision"]
    kept.figures = figures
    any_session.commit()
    assert known_error(any_session) == known
    assert known is not None


def test_the_sentence_in_both_languages(
    session: Session, now: datetime, tests: list[LabelledText]
) -> None:
    a_review(session, now)
    an_evaluation(session, now, tests)
    known = known_error(session)
    assert known is not None
    french = error_sentence(known.to_json(), Speech("fr")).replace("\N{NO-BREAK SPACE}", " ")
    assert french == (
        "Le modèle test@1 trouve 100 % des avis négatifs d’après leur seul texte "
        "(de 34 % à 100 %), mesuré sur 3 avis de test le 18 novembre 2026."
    )
    an_evaluation(session, now, tests, labels=ENOUGH_REVIEWED)
    known = known_error(session)
    assert known is not None
    french = error_sentence(known.to_json(), Speech("fr")).replace("\N{NO-BREAK SPACE}", " ")
    assert french.endswith(
        ", et 75 % des 20 avis négatifs que votre équipe a revus (de 53 % à 89 %)."
    )
    english = error_sentence(known.to_json(), Speech("en"))
    assert english == (
        "The model test@1 finds 100% of negative reviews from their words alone (34% to 100%), "
        "measured over 3 test reviews on 18 November 2026, and 75% of the 20 negative reviews your "
        "team checked (53% to 89%)."
    )


def test_of_few_reviewed_negatives_no_share_is_told(
    session: Session, now: datetime, tests: list[LabelledText]
) -> None:
    a_review(session, now)
    an_evaluation(session, now, tests, labels=ENOUGH_REVIEWED - 1)
    known = known_error(session)
    assert known is not None
    assert known.labels is not None
    assert (known.labels.negatives, known.labels.n) == (19, 38), "confirmed ones count as well"
    figures = known.to_json()
    assert "votre équipe" not in error_sentence(figures, Speech("fr"))
    figures["labels"]["negatives"] = ENOUGH_REVIEWED
    assert "des 20 avis négatifs que votre équipe a revus" in error_sentence(figures, Speech("fr"))
    # a report of before the negatives were counted
    del figures["labels"]["negatives"], figures["tests"]["negatives"]
    assert "votre équipe" not in error_sentence(figures, Speech("fr"))


def test_the_report_freezes_what_was_known(
    session: Session, now: datetime, tests: list[LabelledText]
) -> None:
    a_review(session, now, hours=24 * 5)
    before = freeze(session, now, BRAND, "2026-W45")
    an_evaluation(session, now, tests)
    report = freeze(session, now, BRAND, "2026-W46")
    templates, speech = environment(None), Speech("fr", BRAND.zone)
    an_evaluation(session, now + timedelta(days=9), tests)

    def shown(one: Any) -> list[str]:
        letter = telling.letter(one, [], speech, templates, "")
        page = telling.render(one, [], speech, templates)
        return [page, letter.html, letter.text]

    for form in shown(report):
        assert form.count("Le modèle test@1 trouve") == 1
        assert "sur 3 avis de test le 18 novembre 2026" in form
    assert not [form for form in shown(before) if "avis de test" in form]
    # a report of before there were evaluations
    del before.figures["known_error"]
    assert not [form for form in shown(before) if "avis de test" in form]


# the command


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    url = f"sqlite:///{tmp_path}/vigie.db"
    path.write_text(
        f"brands:\n- key: lumen\n  name: Maison Lumen\ndatabase:\n  url: {url}\n", "utf-8"
    )
    return path


@pytest.fixture
def seam(monkeypatch: pytest.MonkeyPatch, tests: list[LabelledText]) -> None:
    """The reader and the test part that the command works with."""
    monkeypatch.setattr(Installation, "reader", FakeReader())
    monkeypatch.setattr(testpart, "read_tests", lambda: tests)


@pytest.mark.usefixtures("seam")
def test_the_command_prints_keeps_and_writes(config: Path, tmp_path: Path) -> None:
    written = tmp_path / "found.json"
    words = ["evaluate", "--config", str(config), "--json", str(written)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "Test part, by the text alone" in done.output
    found = json.loads(written.read_text("utf-8"))
    assert (found["model"], found["labels"]) == ("test@1", None)
    assert found["test"]["total"]["confusion"]["positive"]["negative"] == 1
    assert found["test"]["starred"]["total"]["n"] == 3
    assert kept(config) == [("test", 3)]
    tried = CliRunner().invoke(app, ["evaluate", "--config", str(config), "--rows", "2"])
    assert (tried.exit_code, kept(config)) == (0, [("test", 3)])
    assert "nothing was kept" in tried.output
    nowhere = str(tmp_path / "nowhere" / "found.json")
    refused = CliRunner().invoke(app, ["evaluate", "--config", str(config), "--json", nowhere])
    assert refused.exit_code == 2
    assert "found.json: cannot be written" in refused.output
    assert kept(config) == [("test", 3)], "it was told before anything was read"


@pytest.mark.usefixtures("seam")
def test_what_was_found_is_written_whoever_reads_the_tables(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Evaluated) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(accuracy_table, "show", full)
    written = tmp_path / "found.json"
    words = ["evaluate", "--config", str(config), "--json", str(written)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 1
    assert done.output.endswith("the tables cannot be written (No space left on device)\n")
    assert json.loads(written.read_text("utf-8"))["model"] == "test@1"


def kept(config: Path) -> list[tuple[str, int]]:
    from monitor.store.engine import open_engine, sessions

    engine = open_engine(f"sqlite:///{config.parent}/vigie.db")
    with sessions(engine)() as rows:
        found = [(row.part, row.n) for row in rows.scalars(select(Evaluation))]
    engine.dispose()
    return found


def test_a_model_that_is_not_there_is_told(config: Path, tmp_path: Path) -> None:
    config.write_text(config.read_text("utf-8") + f"classifier: {tmp_path}/nowhere\n", "utf-8")
    done = CliRunner().invoke(app, ["evaluate", "--config", str(config)])
    assert done.exit_code == 1
    assert "nowhere" in done.output
    assert kept(config) == []


def test_the_real_model_over_a_few_texts(config: Path, tmp_path: Path) -> None:
    words = ["evaluate", "--config", str(config), "--rows", "6", "--json", "found.json"]
    done = subprocess.run(
        [sys.executable, "-m", "monitor.cli", *words],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.endswith("nothing was kept for the reports\n")
    total = json.loads((tmp_path / "found.json").read_text("utf-8"))["test"]["total"]
    assert total["n"] == 6
    assert total["sentiment"]["hits"] >= 3
