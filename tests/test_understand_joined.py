"""What the model hears and what the rules find, joined: either tips the other, both are quoted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.understand.phrases import split_words
from monitor.understand.reading import RULED as LOOKED_AT
from monitor.understand.reading import Reader, Text
from monitor.understand.rules import LANGUAGES, rules_of
from monitor.understand.sentiment import Heard, ModelError, Told
from monitor.understand.severity import HEARD, find_severity, join_severity
from monitor.understand.topics import QUOTE, Topic, join_topics, telling_words, whole_words

THRESHOLDS = {
    "topic": 0.5,
    "topic_ruled": 0.2,
    "second": 0.6,
    "critical": 0.5,
    "critical_ruled": 0.1,
    "high": 0.5,
    "high_ruled": 0.3,
}
GLAD = (0.01, 0.01, 0.03, 0.25, 0.7)
TEXT = "Livraison rapide mais le colis était écrasé"
RULED = [Topic("delivery_condition", "negative", "le colis était écrasé")]


def told(topic: str, polarity: str, chance: float, words: str) -> Told:
    """A topic heard in TEXT."""
    start = TEXT.index(words)
    return Told(topic, polarity, chance, start, start + len(words))


def test_a_topic_counts_when_heard_well_or_heard_a_little_and_ruled() -> None:
    heard = [
        told("delivery_condition", "negative", 0.3, "colis"),
        told("delivery_time", "positive", 0.8, "Livraison rapide"),
        told("price", "negative", 0.3, "écrasé"),
    ]
    assert join_topics(TEXT, RULED, heard, THRESHOLDS) == [
        Topic("delivery_time", "positive", "Livraison rapide"),
        Topic("delivery_condition", "negative", "colis"),
    ]
    assert len(join_topics(TEXT, [], heard, THRESHOLDS)) == 1


def test_a_rule_alone_is_not_enough_where_the_model_hears_nothing() -> None:
    assert join_topics(TEXT, RULED, [], THRESHOLDS) == []


def test_praise_and_blame_of_one_topic_both_count_when_both_are_clear() -> None:
    both = [
        told("delivery_time", "positive", 0.9, "Livraison rapide"),
        told("delivery_time", "negative", 0.7, "écrasé"),
    ]
    found = join_topics(TEXT, [], both, THRESHOLDS)
    assert [topic.polarity for topic in found] == ["positive", "negative"]
    faint = [both[0], both[1]._replace(chance=0.4)]
    assert len(join_topics(TEXT, [], faint, THRESHOLDS)) == 1


@given(st.text(max_size=400), st.integers(0, 400), st.integers(0, 400))
def test_a_quotation_is_a_part_of_the_text(text: str, one: int, other: int) -> None:
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    words = whole_words(text, start, end)
    assert words in text
    assert len(words) <= QUOTE
    assert "\n" not in words


def test_a_long_quotation_ends_with_a_word() -> None:
    text = "remboursement " * 40
    quoted = whole_words(text, 0, len(text))
    assert quoted == ("remboursement " * 11).strip()


@pytest.mark.parametrize(
    ("heard", "quoted"),
    [
        ("est", "l'accès fauteuil est condamné depuis mars"),
        ("condamné", "condamné"),
        ("Bon", "Bon"),
        ("rien", "rien n'est fait"),
    ],
)
def test_a_danger_heard_in_a_short_word_is_quoted_with_its_clause(heard: str, quoted: str) -> None:
    text = "Bon, l'accès fauteuil est condamné depuis mars : rien n'est fait."
    start = text.index(heard)
    assert telling_words(text, start, start + len(heard)) == quoted


def severity(
    text: str, critical: float, high: float, language: str = "fr"
) -> tuple[str, list[str]]:
    """The level and the rules named for it."""
    rules = rules_of(language)
    ruled = find_severity(text, split_words(text, rules.contrasts), rules, "negative")
    heard = Heard(GLAD, [], critical, high, danger=(0, len(text)))
    found = join_severity(text, ruled, heard, THRESHOLDS)
    return found.level, [reason["rule"] for reason in found.reasons]


def test_critical_is_heard_or_ruled_or_both() -> None:
    quiet = "Ma fille a passé la nuit sous perfusion après leur tartare"
    ruled = "Il a dû aller aux urgences"
    assert severity(quiet, 0.7, 0.1) == ("critical", [HEARD])
    assert severity(quiet, 0.3, 0.1) == ("normal", [])
    assert severity(ruled, 0.3, 0.1) == ("critical", ["health"])
    assert severity(ruled, 0.02, 0.1) == ("normal", [])


@pytest.mark.parametrize(
    ("text", "heard", "doubtful"),
    [
        ("Ma fille a passé la nuit sous perfusion", 0.6, True),
        ("Ma fille a passé la nuit sous perfusion", 0.85, False),
        ("Il a dû aller aux urgences", 0.2, True),
        ("Il a dû aller aux urgences", 0.4, False),
        ("Intoxication alimentaire le soir même", 0.0, False),
        ("Le chat dort", 0.3, False),
    ],
)
def test_what_is_critical_only_just_is_said_to_be_doubtful(
    text: str, heard: float, doubtful: bool
) -> None:
    class Unsure(World):
        thresholds = THRESHOLDS | {"clear": 0.8, "clear_ruled": 0.3}

        def read(self, texts: Sequence[str]) -> list[Heard]:
            return [Heard(GLAD, [], heard, 0.0, danger=(0, 3))] * len(texts)

    (found,) = Reader(Unsure()).read([Text(text)])
    assert (found.severity == "critical") == (text != "Le chat dort")
    assert found.doubtful is doubtful
    assert found.as_dict()["doubtful"] is doubtful


def test_an_alarm_in_a_post_about_the_world_is_always_doubtful() -> None:
    class Sure(World):
        def read(self, texts: Sequence[str]) -> list[Heard]:
            return [replace(one, critical=0.99, danger=(0, 3)) for one in super().read(texts)]

    (post,) = Reader(Sure()).read([Text("Le chat dort", post=True)])
    assert (post.severity, post.doubtful) == ("critical", True)


def test_a_post_about_the_world_has_no_topics_and_words_under_always_stand() -> None:
    class Busy(World):
        def read(self, texts: Sequence[str]) -> list[Heard]:
            rent = Told("price", "negative", 0.9, 0, 3)
            return [replace(one, topics=[rent], judges=0.3) for one in super().read(texts)]

    text = "Les loyers, et une intoxication alimentaire à la cantine"
    post, review = Reader(Busy()).read([Text(text, post=True), Text(text)])
    assert (post.sentiment, post.topics) == ("neutral", [])
    assert (post.severity, post.doubtful) == ("critical", True)
    assert (review.severity, review.doubtful) == ("critical", False)
    assert [topic.topic for topic in review.topics] == ["price"]


def test_a_danger_heard_in_words_that_are_none() -> None:
    text = "This burger is to die for, go there"
    rules = rules_of("en")
    ruled = find_severity(text, split_words(text, rules.contrasts), rules, "positive")
    start = text.index("to die")
    heard = Heard(GLAD, [], 0.7, 0.1, danger=(start, start + 6))
    assert join_severity(text, ruled, heard, THRESHOLDS).level == "normal", "not even high"
    besides = Heard(GLAD, [], 0.7, 0.1, danger=(text.index("go"), len(text)))
    assert join_severity(text, ruled, besides, THRESHOLDS).level == "critical"


class World:
    """A model that hears a sad text that judges no business."""

    name, revision, thresholds = "world", "1", THRESHOLDS

    def read(self, texts: Sequence[str]) -> list[Heard]:
        sad = (0.9, 0.05, 0.02, 0.02, 0.01)
        return [Heard(sad, [], 0.0, 0.0, judges=0.1)] * len(texts)


def test_a_post_about_the_world_is_neutral_and_a_review_is_about_the_business() -> None:
    text = "Une voiture a pris feu cette nuit, les factures brûlées"
    post, review = Reader(World()).read([Text(text, post=True), Text(text)])
    assert (post.sentiment, post.severity, post.topics) == ("neutral", "normal", [])
    assert sum(post.probabilities.values()) == pytest.approx(1, abs=1e-3)
    assert (review.sentiment, review.severity) == ("negative", "critical")


@pytest.mark.parametrize(("heard", "level"), [(0.4, "normal"), (0.7, "critical")])
def test_danger_in_a_post_about_the_world_must_be_heard_clearly(heard: float, level: str) -> None:
    class Wary(World):
        thresholds = THRESHOLDS | {"critical": 0.2}

        def read(self, texts: Sequence[str]) -> list[Heard]:
            return [replace(one, critical=heard, danger=(0, 3)) for one in super().read(texts)]

    post, review = Reader(Wary()).read([Text("Le chat dort", post=True), Text("Le chat dort")])
    assert (post.severity, review.severity) == (level, "critical")


def test_some_words_need_no_model() -> None:
    assert severity("Intoxication alimentaire le soir même", 0.0, 0.0)[0] == "critical"


def test_high_is_what_is_grave_and_not_critical() -> None:
    assert severity("Je passe chez un concurrent lundi", 0.05, 0.9)[0] == "high"
    assert severity("Je résilie", 0.05, 0.3) == ("high", ["leaving"])
    assert severity("Rien à signaler", 0.05, 0.3) == ("normal", [])


class Stars:
    """A model of stars alone."""

    name, revision = "stars", "1"

    def read(self, texts: Sequence[str]) -> list[tuple[float, float, float, float, float]]:
        return [GLAD] * len(texts)


def test_rules_decide_alone_for_a_model_of_stars() -> None:
    (reading,) = Reader(Stars()).read([Text("Le chargeur a pris feu, livraison très lente")])
    assert reading.severity == "critical"
    assert "delivery_time" in {topic.topic for topic in reading.topics}


def test_rules_look_at_the_beginning_of_an_endless_text() -> None:
    fire = "Le chargeur a pris feu."
    before, after = "La boutique est calme. ", " La boutique est calme."
    near, far = Reader(Stars()).read(
        [Text(fire + after * 2_000), Text(before * (LOOKED_AT // len(before) + 1) + fire)]
    )
    assert near.severity == "critical"
    assert far.severity == "normal"


class Calm:
    """A model that hears nothing grave."""

    name, revision, thresholds = "calm", "1", THRESHOLDS

    def read(self, texts: Sequence[str]) -> list[Heard]:
        return [Heard(GLAD, [], 0.0, 0.0)] * len(texts)


def test_an_operators_own_words_are_added(tmp_path: Path) -> None:
    own = "severity:\n  always: {safety: [lot 4217]}\n  never: [rayon boucherie]\n"
    (tmp_path / "fr.yaml").write_text(own, encoding="utf-8")
    text = Text("Encore le lot 4217 au rayon, je suis ravie quand même", language="fr")
    (plain,), (added,) = Reader(Calm()).read([text]), Reader(Calm(), tmp_path).read([text])
    assert (plain.severity, added.severity) == ("normal", "critical")
    assert added.reasons == [{"severity": "critical", "words": "lot 4217", "rule": "safety"}]
    assert Reader(Calm(), tmp_path).model != Reader(Calm()).model


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("fr.yaml", "prices: []", "“prices” is not known"),
        ("fr.yaml", "topics: {prices: {about: [cher]}}", "there is no topic “prices”"),
        ("fr.yaml", "severity: {always: {safety: ['..']}}", "not a phrase"),
        ("xx.yaml", "negators: [x]", "expected a language"),
    ],
)
def test_a_wrong_file_of_the_operator_is_named(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match=message) as refused:
        Reader(Calm(), tmp_path)
    assert name in str(refused.value)


def test_a_file_of_the_operator_in_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "fr.yaml").write_bytes("negators: [jamais été]\n".encode("latin-1"))
    with pytest.raises(ModelError, match=r"fr\.yaml"):
        Reader(Calm(), tmp_path)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_words_that_always_count(language: str) -> None:
    dangers = rules_of(language).dangers
    kept = [e for entries in dangers._exact.values() for e in entries if e.value.always]
    assert kept


def test_two_dangers_to_life_are_asked_about_however_calm_the_model_is() -> None:
    assert severity("Le pneu a lâché, ma fille saigne, les urgences", 0.001, 0.01)[0] == "critical"
    assert severity("Les urgences. Oui, les urgences !", 0.001, 0.01)[0] == "normal"
    assert severity("Des racistes, et une arnaque", 0.001, 0.01)[0] == "normal"
