"""The accuracy benchmark: its sets, its baselines and its targets, over a handful of rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.accuracy_table import ROWS
from monitor.measure.accuracy import Case, Found, Right
from monitor.testpart import LabelledText, read_tests
from tests.benchmarks.baselines import Linear, Vader
from tests.benchmarks.bench_accuracy import GOALS, LANGUAGES, OWN, Answers, figure_lines
from tests.benchmarks.line import Goal
from tests.benchmarks.sets import TWEETS, data_folder, other_sets, training_texts

FILES = {
    "insurers_fr": "avis,note\nTrop cher,1\nBien,4.0\n  ,3\n",
    "trustpilot_banks_en": "text,stars\nAwful,2\n",
    "trustpilot_companies_en_with_replies": "title,text,stars\nHm,So so,3\n",
    "allocine_fr_test": "text,label\nUn navet,0\nUn bijou,1\n",
    **{f"tweets_{name}_test": "text,label,source\nHello,neutral,x\n" for name in TWEETS},
}


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as the private one is, with invented rows."""
    for name, content in FILES.items():
        (tmp_path / f"{name}.csv").write_text(content, "utf-8")
    monkeypatch.setenv("VIGIE_DATA", str(tmp_path))
    return tmp_path


def test_the_sets_of_a_folder(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert data_folder() == data
    found = {one.name: one for one in other_sets(data)}
    assert len(found) == len(FILES)
    insurers = found["insurers_fr"].texts
    assert [text.right for text in insurers] == [Right("negative", 1), Right("positive", 4)]
    (company,) = found["trustpilot_companies_en"].texts
    assert (company.title, company.right.sentiment) == ("Hm", "neutral")
    films = [text.right for text in found["allocine_fr_test"].texts]
    assert films == [Right("negative"), Right("positive")]
    assert found["tweets_german"].language == "de"
    monkeypatch.setenv("VIGIE_DATA", str(data / "nowhere"))
    assert data_folder() is None


def test_training_and_test_texts_are_apart() -> None:
    training = {text.text for text in training_texts()}
    assert len(training) > 3000
    assert not training & {text.text for text in read_tests()}


def a_text(text: str, sentiment: str, stars: int, language: str = "en") -> LabelledText:
    topic = (("price", sentiment),) if "cheap" in text or "dear" in text else ()
    severity = "high" if "awful" in text else "normal"
    right = Right(sentiment, stars, severity, frozenset(topic), language)
    return LabelledText(None, text, stars, right)


TEXTS = [
    a_text(f"{words} {number}", sentiment, stars, language)
    for number in range(6)
    for words, sentiment, stars, language in (
        ("Far too dear, awful service", "negative", 1, "en"),
        ("Good and cheap, lovely people", "positive", 5, "en"),
        ("Ni bien ni mal", "neutral", 3, "fr"),
    )
]


def test_the_baselines_say_what_they_were_taught() -> None:
    (dear, lovely, so_so) = Linear(TEXTS).find(TEXTS[:3])
    assert (dear.sentiment, dear.stars, dear.language) == ("negative", 1, "en")
    assert (dear.severity, lovely.severity) == ("high", "normal")
    assert dear.topics == frozenset({("price", "negative")})
    assert (lovely.sentiment, so_so.sentiment, so_so.language) == ("positive", "neutral", "fr")
    assert sum(lovely.probabilities.values()) == pytest.approx(1)
    assert lovely.confidence == lovely.probabilities["positive"]
    awful, fine, nothing = Vader().find([*TEXTS[:2], a_text("A lamp.", "neutral", 3)])
    assert [one.sentiment for one in (awful, fine, nothing)] == ["negative", "positive", "neutral"]
    assert awful.stars is None


def test_targets_are_of_figures_that_there_are_and_are_judged_as_measured() -> None:
    assert {figure for _, figure in GOALS} <= set(ROWS)
    assert {f"{OWN}, {language}" for language in LANGUAGES} <= {name for name, _ in GOALS}
    assert [Goal(0.9).is_met(value) for value in (0.899, 0.9)] == [False, True]
    assert [Goal(0.05, at_most=True).is_met(value) for value in (0.05, 0.051)] == [True, False]


def test_a_line_stands_beside_its_baselines_and_its_target() -> None:
    def case(sentiment: str, right: str) -> Case:
        positive = 0.9 if sentiment == "positive" else 0.1
        chances = {"negative": 1 - positive, "neutral": 0.0, "positive": positive}
        return Case(Found(sentiment, chances), Right(right))

    ours = [case("negative", "negative"), case("positive", "positive")]
    ngrams = [case("negative", "negative"), case("negative", "positive")]
    found = {
        line.what: line
        for line in figure_lines(Answers("trustpilot_banks_en", ours, ngrams, ngrams[:1]))
    }
    line = found["trustpilot_banks_en: negative from positive"]
    assert (line.ours, line.other, line.goal) == (1, 0.5, Goal(0.96))
    assert line.detail == "95 %: 0.342 to 1.000, n 2; VADER 1.000"
    assert not [what for what in found if "stars" in what], "nobody said how many"
