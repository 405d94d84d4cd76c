"""The rules: topics with polarity and quotation, severity, in each language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from monitor.understand.phrases import Lexicon, fold, parse_phrase, split_words
from monitor.understand.rules import LANGUAGES, RuleError, build, revision, rules_of
from monitor.understand.severity import Severity, find_severity
from monitor.understand.topics import Topic, find_topics

CRITICAL = [
    ("fr", "Toute la famille malade dans la nuit après le tartare, on a fini aux urgences."),
    ("fr", "La trottinette a pris feu pendant la charge, heureusement nous étions là."),
    ("fr", "J'ai porté plainte et mon avocat vous contactera."),
    ("fr", "Trois cents euros prélevés sans mon accord, c'est de l'escroquerie."),
    ("fr", "Le vigile m'a dit que les gens de ma couleur n'entraient pas. Racisme pur."),
    ("fr", "Ils ont envoyé mon dossier médical à une autre patiente."),
    ("en", "My son has a nut allergy, they were told, he ended up in hospital."),
    ("en", "The charger melted and nearly burnt the house down."),
    ("en", "I am reporting them to Trading Standards and my solicitor."),
    ("en", "They took £400 from my account without my permission."),
    ("en", "Refused entry because of my guide dog."),
    ("en", "Somebody else's medical records were emailed to me."),
    ("de", "Nach dem Essen waren wir alle im Krankenhaus, Lebensmittelvergiftung."),
    ("de", "Das Ladegerät ist geschmolzen und fast hätte es gebrannt."),
    ("es", "Acabamos en urgencias por una intoxicación después de cenar."),
    ("es", "Me han cobrado sin mi autorización, voy a denunciar."),
    ("it", "Finiti al pronto soccorso dopo la cena di pesce."),
    ("it", "Mi hanno addebitato 90 euro senza autorizzazione, una truffa."),
    ("nl", "Na het eten zijn we allemaal ziek geworden, voedselvergiftiging."),
    ("nl", "De oplader is ontploft naast het bed van mijn dochter."),
]
NORMAL = [
    ("fr", "Le menu du premier avril était un vrai poisson d'avril, on a bien ri."),
    ("fr", "Leur tarte au citron, c'est une tuerie."),
    ("fr", "Toast à l'avocat parfait, service rapide."),
    ("fr", "Livraison en retard de deux jours, dommage."),
    ("fr", "Ce n'est pas une arnaque, tout s'est bien passé."),
    ("en", "The burger is to die for, killer fries too."),
    ("en", "I'm sick of waiting but the staff are nice."),
    ("en", "Cosy pub with a fireplace. An absolute steal at that price."),
    ("de", "Leider zu spät geliefert, sonst alles gut."),
    ("es", "La paella estaba fría y el servicio lento."),
    ("it", "Pizza buona ma servizio lento."),
    ("nl", "Lekker gegeten, bediening was traag."),
]


def severity_of(language: str, text: str, sentiment: str = "negative") -> Severity:
    rules = rules_of(language)
    return find_severity(text, split_words(text, rules.contrasts), rules, sentiment)


def topics_of(language: str, text: str, sentiment: str = "neutral") -> list[Topic]:
    rules = rules_of(language)
    return find_topics(text, split_words(text, rules.contrasts), rules, sentiment)


@pytest.mark.parametrize(("language", "text"), CRITICAL)
def test_critical_is_found_and_quoted(language: str, text: str) -> None:
    found = severity_of(language, text)
    assert found.level == "critical"
    assert found.reasons
    assert all(reason["words"] in text for reason in found.reasons)


@pytest.mark.parametrize(("language", "text"), NORMAL)
def test_what_merely_sounds_grave_is_normal(language: str, text: str) -> None:
    found = severity_of(language, text)
    assert (found.level, found.reasons) == ("normal", [])


def test_hazard_counts_in_praise_too_but_leaving_does_not() -> None:
    hazard = "Super séjour, mais la prise de la chambre a pris feu."
    assert severity_of("fr", hazard, "positive").level == "critical"
    leaving = "J'ai changé de banque pour eux et je ne reviendrais pas en arrière, au top."
    assert severity_of("fr", leaving, "positive").level == "normal"
    assert severity_of("fr", "Troisième panne en un mois, je résilie.").level == "high"


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("fr", "Livraison très rapide", ("delivery_time", "positive")),
        ("fr", "Le colis est arrivé tout cassé", ("delivery_condition", "negative")),
        ("fr", "Toujours pas remboursée au bout de deux mois", ("refund", "negative")),
        ("fr", "Service client injoignable", ("customer_service", "negative")),
        ("fr", "Accueil chaleureux et souriant", ("staff", "positive")),
        ("fr", "Jamais en retard, ponctuels", ("waiting", "positive")),
        ("en", "Fast delivery", ("delivery_time", "positive")),
        ("en", "The app crashes every morning", ("website", "negative")),
        ("en", "They refused a refund", ("refund", "negative")),
        ("en", "Lovely staff", ("staff", "positive")),
        ("de", "Schnelle Lieferung", ("delivery_time", "positive")),
        ("de", "Viel zu teuer", ("price", "negative")),
        ("es", "Muy amables todos", ("staff", "positive")),
        ("it", "Personale gentilissimo", ("staff", "positive")),
        ("nl", "Vriendelijk personeel", ("staff", "positive")),
    ],
)
def test_topics_have_their_polarity(language: str, text: str, expected: tuple[str, str]) -> None:
    found = topics_of(language, text)
    assert expected in {(topic.topic, topic.polarity) for topic in found}
    assert all(topic.words in text for topic in found)


def test_a_review_praises_one_thing_and_blames_another() -> None:
    found = topics_of("fr", "Personnel très gentil mais livraison beaucoup trop lente.")
    assert {(t.topic, t.polarity) for t in found} >= {
        ("staff", "positive"),
        ("delivery_time", "negative"),
    }


def test_negation_turns_the_sense() -> None:
    assert ("price", "positive") in {(t.topic, t.polarity) for t in topics_of("fr", "Pas cher")}
    rules = rules_of("en")
    assert "no" in rules.negators  # YAML reads a bare no as false


def test_phrases_ignore_case_accents_and_stay_in_their_sentence() -> None:
    lexicon = Lexicon([("retard* .. livr*", "late"), ("a / b c", "two")])
    assert [f.value for f in lexicon.find(split_words("RETARDÉ, la Livraison"))] == ["late"]
    assert not list(lexicon.find(split_words("En retard. Livraison demain")))
    assert [f.phrase for f in lexicon.find(split_words("b c a"))] == ["b c", "a"]
    assert fold("Straße Œuf ÉTÉ") == "strasse oeuf ete"


@pytest.mark.parametrize("phrase", ["", "..", "mot ..", ".. mot", "a! b"])
def test_a_wrong_phrase_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError, match=r"phrase|word"):
        parse_phrase(phrase)


def test_a_wrong_rule_file_is_named() -> None:
    good = {
        "negators": ["pas"],
        "contrasts": ["mais"],
        "opinions": {"positive": ["bon"], "negative": ["nul"]},
        "topics": {"price": {"about": ["prix"]}},
        "severity": {"never": [], "critical": {}, "high": {}},
    }
    assert build(good, "xx.yaml").negators == {"pas"}
    with pytest.raises(RuleError, match=r"xx\.yaml: .*prices"):
        build({**good, "topics": {"prices": {"about": ["prix"]}}}, "xx.yaml")
    with pytest.raises(RuleError, match=r"xx\.yaml: .*severity"):
        build({k: v for k, v in good.items() if k != "severity"}, "xx.yaml")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            "severity: {critical: {health: punaises}}",
            r"severity\.critical\.health: expected a list of phrases, such as \[punaises\]",
        ),
        ("severity: {crtical: {health: [punaises]}}", "severity: “crtical” is not known"),
        (
            "severity: {never: {health: [rayon boucherie]}}",
            r"severity\.never: expected a list of phrases",
        ),
        ("opinions: {positive: {staff: [sympa]}}", r"opinions\.positive: expected a list"),
        ("negators: {a: [ni]}", "negators: expected a list of phrases"),
        ("negators:", "negators: expected a list of phrases"),
        (
            "topics: {price: [prix]}",
            r"topics\.price: expected names, such as \{about: \[…\]\}",
        ),
        ("topics: {price: {about: {a: [prix]}}}", r"topics\.price\.about: expected a list"),
        ("topics: [prix]", r"topics: expected names, such as \{price: \{about: \[…\]\}\}"),
        (
            "severity: {critical: [punaises]}",
            r"severity\.critical: expected names, such as \{health: \[…\]\}",
        ),
        ("opinions: {postive: [bon]}", "opinions: “postive” is not known"),
        ("severity: {critical: {health: [2024-01-01]}}", "“2024-01-01” is not a phrase"),
        (
            "severity: {critical: {1: [punaises], health: [gale]}}",
            r"severity\.critical: “1” is not a name: put it between quotes",
        ),
        ("severity: {critical: {2024-01-01: [punaises]}}", "“2024-01-01” is not a name"),
        ("severity: {always: {no: [punaises]}}", r"severity\.always: “False” is not a name"),
        ("contrasts: [bien que]", "“bien que” is not one word"),
        ("negators: ['n*']", r"negators: “n\*” is not one word"),
        ('negators: ["n\'est"]', "“n'est” is not one word"),
        ("contrasts: ['|']", r"“\|” is not one word"),
        (
            "severity:\n  never: [rayon]\n  high: {a: [x]}\n  never: [boucherie]",
            "fr.yaml, line 4: “never” is given already",
        ),
    ],
)
def test_an_operators_slip_is_named_before_anything_is_read(
    tmp_path: Path, content: str, told: str
) -> None:
    (tmp_path / "fr.yaml").write_text(content, "utf-8")
    with pytest.raises(RuleError, match=told):
        revision({}, tmp_path)


def test_what_an_operator_adds_leaves_the_shipped_lists_in_place(tmp_path: Path) -> None:
    (tmp_path / "fr.yaml").write_text(
        "negators: [Nenni, ÊTRE]\n"
        "severity: {never: [rayon boucherie], high: {ours: [lot rappelé]}}",
        "utf-8",
    )
    own, shipped = rules_of("fr", tmp_path), rules_of("fr")
    assert own.negators == shipped.negators | {"nenni", "etre"}
    joke = "Leur tarte au citron, c'est une tuerie, et un lot rappelé."
    reasons = find_severity(joke, split_words(joke), own, "negative").reasons
    assert [(one["severity"], one["rule"]) for one in reasons] == [("high", "ours")]


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ([], "holds no rule file: expected fr.yaml, en.yaml"),
        (["notes.txt"], "holds no rule file"),
        (["fr.yml"], "fr.yml: name it fr.yaml"),
        (["en.yaml", "fr.YAML"], "fr.YAML: name it fr.yaml"),
        (["french.yml"], "french.yml: expected a language: fr, en"),
    ],
)
def test_no_file_of_an_operators_folder_is_passed_over(
    tmp_path: Path, names: list[str], told: str
) -> None:
    for name in names:
        (tmp_path / name).write_text("negators: [nenni]", "utf-8")
    with pytest.raises(RuleError, match=re.escape(told)):
        revision({}, tmp_path)
    for path in tmp_path.iterdir():
        path.unlink()
    (tmp_path / "fr.yaml").write_text("negators: [nenni]", "utf-8")
    (tmp_path / "notes.txt").write_text("ours", "utf-8")
    assert revision({}, tmp_path) != revision({})


def test_every_language_has_rules_and_the_rest_read_english() -> None:
    for language in LANGUAGES:
        assert rules_of(language).negators
    assert rules_of("sv").negators == rules_of("en").negators
    assert len(revision({})) == 8
    assert revision({}) != revision({"topic": 0.5})
