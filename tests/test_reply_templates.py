"""The shipped templates: every combination renders, and none is stopped by the checker."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from crawlers.contract import ReplyLimit
from monitor.config import Brand, CustomerService
from monitor.places import template_folders
from monitor.reply import facts
from monitor.reply.check import Checked, check
from monitor.reply.checking import contacts
from monitor.reply.names import first_name
from monitor.reply.told import TOPICS, WRITTEN_IN, Told, voice
from monitor.reply.wording import (
    Composer,
    ReplyTemplateError,
    ReplyTemplates,
    environment,
    layout_for,
    layouts,
    wordings,
)

SHIPPED = environment(template_folders(None))
MOODS = (
    ("negative", "critical"),
    ("negative", "high"),
    ("neutral", "normal"),
    ("positive", "normal"),
)
CONTACTS = (
    CustomerService(email="service@lenoir.example", phone="01 99 00 12 34"),
    CustomerService(email="service.clients.europe@maison-lenoir.example"),
    CustomerService(phone="+33 1 99 00 12 34"),
    CustomerService(url="https://www.lenoir.example/aide"),
    CustomerService(),
)
HOSTILE = (
    "{{ 7*7 }}",
    "{% include 'fr/negative.txt' %}",
    "{{ review.__class__.__mro__ }}",
    "<script>alert(1)</script>",
    "{{ brand.email.__class__ }}%(x)s${y}",
)


def a_brand(contact: CustomerService = CONTACTS[0]) -> Brand:
    return Brand(key="lenoir", name="Maison Lenoir", customer_service=contact)


def told(**values: object) -> Told:
    usual = Told(
        language="fr",
        kind="reviews",
        author="Marie D.",
        first_name="Marie",
        title="",
        text="Un texte.",
        stars=None,
        sentiment="negative",
        severity="normal",
        complaints=(),
        praises=(),
        location="",
    )
    return replace(usual, **values)  # type: ignore[arg-type]  # fields by name, as the tests need


def composed(review: Told, brand: Brand | None = None, **values: object) -> str:
    said = voice(brand or a_brand(), review.language, "Nos colis partent de Tours.")
    composer = Composer(SHIPPED, review, said, **values)  # type: ignore[arg-type]  # as above
    return composer.write(layout_for(review, None))


@pytest.mark.parametrize("language", WRITTEN_IN)
def test_every_combination_passes_the_checker(language: str) -> None:
    kinds = [("reviews", "Un texte."), ("reviews", ""), ("posts", "Un texte.")]
    cases = product(MOODS, kinds, TOPICS)
    for number, ((sentiment, severity), (kind, text), topic) in enumerate(cases):
        brand = a_brand(CONTACTS[number % len(CONTACTS)])
        review = told(
            language=language,
            sentiment=sentiment,
            severity=severity,
            kind=kind,
            text=text,
            first_name=("Marie", "")[number % 2],
            complaints=() if sentiment == "positive" else (topic, "price"),
            praises=(topic,) if sentiment != "negative" else (),
        )
        reply = composed(review, brand, seed=str(number))
        limit = ReplyLimit(300, "graphemes") if kind == "posts" else ReplyLimit(1000)
        about = Checked(
            language=language,
            sentiment=sentiment,
            limit=limit,
            short=kind == "posts",
            brand=brand.name,
            contacts=contacts(brand),
        )
        found = {one.rule for one in check(reply, about)}
        assert found <= ({"tone_unchecked"} if language not in ("fr", "en") else set()), reply
        assert "!" not in reply
        assert "  " not in reply


@pytest.mark.parametrize("language", WRITTEN_IN)
def test_every_wording_of_every_part_renders(language: str) -> None:
    """Not only the ones that the seeds above happened to choose."""
    named = [name for name in SHIPPED.list_templates() if name.startswith(f"{language}/")]
    review = told(language=language, complaints=("refund", "staff"), praises=("staff",))
    composer = Composer(SHIPPED, review, voice(a_brand(), language, "Un fait."))
    for name in named:
        for wording in wordings(SHIPPED, name):
            said = wording.render(review=review, brand=composer.brand, say=composer.say)
            assert said.strip() or name.endswith("subjects.txt"), name
            assert not [
                one
                for one in check(
                    said,
                    Checked(
                        language=language, contacts=("service@lenoir.example", "01 99 00 12 34")
                    ),
                )
                if one.blocks and one.rule != "empty"
            ]


def test_all_languages_have_the_same_layouts() -> None:
    expected = layouts(SHIPPED, "fr")
    assert len(expected) == 11
    assert all(layouts(SHIPPED, language) == expected for language in WRITTEN_IN)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_blank_stands_before_the_mark_after_a_topic(language: str) -> None:
    for topic, part in product(TOPICS, ("also", "noted", "brief/negative")):
        for one in wordings(SHIPPED, f"{language}/{part}.txt"):
            review = told(language=language, complaints=(topic, topic))
            said = one.render(review=review, brand=voice(a_brand(), language), say=str)
            assert not re.search(r"\s[.,]| {2}|\s$", said.strip("\n")), said


@pytest.mark.parametrize("language", ["fr", "en"])
def test_french_and_english_have_words_for_every_topic(language: str) -> None:
    names = set(SHIPPED.list_templates())
    assert {f"{language}/topic/{topic}.txt" for topic in TOPICS} <= names


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_review_is_never_evaluated(hostile: str) -> None:
    for kind, sentiment in product(("reviews", "posts"), ("negative", "neutral", "positive")):
        plain = told(kind=kind, sentiment=sentiment)
        attacked = replace(
            plain,
            author=hostile,
            first_name=first_name(hostile) or "Marie",
            title=hostile,
            text=hostile,
            location=hostile,
        )
        assert composed(attacked) == composed(plain)


def test_text_shown_by_an_operators_template_stays_data(tmp_path: Path) -> None:
    for hostile in HOSTILE:
        templates = own(tmp_path, "Vous écrivez : {{ review.text }}")
        written = Composer(templates, told(text=hostile), voice(a_brand(), "fr")).write("negative")
        assert "49" not in written
        assert " ".join(hostile.split()) in written.replace("’", "'")


def own(folder: Path, text: str, name: str = "fr/negative.txt") -> ReplyTemplates:
    path = folder / "replies" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return environment(template_folders(folder))


def test_the_operators_folder_is_looked_in_first(tmp_path: Path) -> None:
    templates = own(tmp_path, "Bonjour {{ review.first_name }}, {{ say('reach') }}")
    written = Composer(templates, told(), voice(a_brand(), "fr")).write("negative")
    assert written == "Bonjour Marie, Écrivez-nous à service@lenoir.example."


@pytest.mark.parametrize(
    "text",
    [
        "{{ review.__class__ }}",
        "{{ review.text.upper() }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ say.__globals__ }}",
        "{{ review.nonsense }}",
        "{{ unknown }}",
        "{{ say('no/such/part') }}",
        "{% if %}",
        "one\n---\ntwo",
        "{{ 1 / 0 }}",
        "{{ say('negative') }}",
    ],
)
def test_a_template_that_cannot_be_used_is_named(tmp_path: Path, text: str) -> None:
    templates = own(tmp_path, text)
    with pytest.raises(ReplyTemplateError, match=r"replies/fr/\S+\.txt"):
        Composer(templates, told(), voice(a_brand(), "fr")).write("negative")


def test_wordings_are_stable_and_do_not_wear_out() -> None:
    review = told(complaints=("delivery_time",))
    assert composed(review, seed="a") == composed(review, seed="a")
    recent: list[str] = []
    for number in range(20):
        recent.append(composed(review, seed=str(number), recent=tuple(recent[-20:])))
    assert len(set(recent)) >= 16
    opening = {text.split("\n\n")[1].split(". ")[0] for text in recent[:5]}
    assert len(opening) == 5, "five openings, none twice in five replies"


def test_a_long_reply_gives_way_to_short_layouts() -> None:
    assert layout_for(told(), 350) == "short/negative"
    assert layout_for(told(kind="posts"), None) == "short/negative"
    assert layout_for(told(severity="critical", text=""), None) == "critical"
    assert layout_for(told(text="", sentiment="positive"), 4096) == "stars/positive"
    assert layout_for(told(sentiment="positive", stars=1), None) == "neutral"


@pytest.mark.parametrize(
    ("author", "name"),
    [
        ("Marie D.", "Marie"),
        ("Jean-Pierre Martin", "Jean-Pierre"),
        ("DUPONT Marie", "Marie"),
        ("Émilie", "Émilie"),
        ("marie", None),
        ("MARIE DUPONT", None),
        ("J. Martin", None),
        ("M Martin", None),
        ("Client anonyme", None),
        ("Dragon75", None),
        ("Très déçue", None),
        ("{{ 7*7 }}", None),
        ("", None),
        (None, None),
    ],
)
def test_first_names(author: str | None, name: str | None) -> None:
    assert first_name(author) == name


def test_good_faith_is_argued_only_where_it_bears() -> None:
    sentences = ("Nos colis partent le jour même.", "Nous sommes une maison familiale.")
    assert facts.fitting(sentences, ("delivery_time",)) == [sentences[0]]
    assert facts.fitting(sentences, ("price",)) == [sentences[1]]
    assert facts.fitting(sentences, ("delivery_time", "safety")) == []
    assert facts.fitting((), ("price",)) == []
