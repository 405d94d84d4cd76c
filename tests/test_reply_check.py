"""The reply checker: for each rule what must fire, and a near miss that must not."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from babel.messages.pofile import read_po

from crawlers.contract import ReplyLimit
from monitor.reply import check as checker
from monitor.reply import words
from monitor.reply.check import RULES_VERSION, Checked, check
from monitor.reply.tongue import language_of
from monitor.speech import FOLDER, Speech

FR = Checked(
    language="fr",
    brand="Maison Lenoir",
    contacts=("service@lenoir.example", "01 99 00 12 34", "https://www.lenoir.example/aide"),
    facts=("Nos colis partent sous 48 heures.", "Nous avons 90 % de clients fidèles."),
)
EN = replace(FR, language="en", facts=("Our parcels leave within 48 hours.",))
GOOD = {
    "fr": "Bonjour,\n\nMerci pour votre message. Nous comprenons votre déception. "
    "Notre service client vous répond à service@lenoir.example.\n\nBien cordialement,",
    "en": "Hello,\n\nThank you for your message. We understand your disappointment. "
    "Our customer service team can be reached at service@lenoir.example.\n\nKind regards,",
}

FIRES_AND_NOT: list[tuple[str, str, str, str]] = [
    # language, rule, what fires, the near miss
    ("fr", "placeholder", "Cher {{ nom }}, merci.", "Merci de votre avis (très clair)."),
    ("fr", "placeholder", "Bonjour [NOM], merci.", "Bonjour Marie, merci [de votre avis]."),
    ("fr", "placeholder", "Votre colis XXX nous importe.", "Votre taille XL nous importe."),
    ("en", "placeholder", "Dear <first name>, thank you.", "Dear Mary, thank you."),
    ("fr", "personal_data", "Écrivez à marie.d@mail.example.", "Écrivez à SERVICE@lenoir.example."),
    ("fr", "personal_data", "Votre numéro 06 11 22 33 44.", "Appelez le +33 1 99 00 12 34."),
    ("fr", "personal_data", "Compte FR7630006000011234567890189.", "Référence TVA de la maison."),
    ("fr", "personal_data", "Votre commande n° 48213-B est là.", "Votre commande de 2 articles."),
    ("fr", "personal_data", "Chez vous, 12 rue des Lilas.", "À deux pas de la rue des Lilas."),
    ("en", "personal_data", "Your order number 4821377 left.", "Your order of 3 items."),
    ("en", "personal_data", "Card 4111 1111 1111 1111.", "Open 9 to 12 and 14 to 18."),
    ("en", "personal_data", "You live at 14 Acacia Road.", "Our shop is on Acacia Road."),
    ("fr", "threat", "Nos avocats vous écriront.", "Vos avis nous aident."),
    ("fr", "threat", "Ces propos sont diffamatoires.", "Ces propos nous touchent."),
    ("fr", "threat", "Nous pourrions porter plainte.", "Nous comprenons votre plainte."),
    ("en", "threat", "We may take legal action.", "We take action on every remark."),
    ("en", "threat", "Our solicitors will write.", "Our staff will write."),
    ("fr", "blame", "Vous auriez dû lire la notice.", "Vous auriez dû recevoir un message."),
    ("fr", "blame", "C'est votre faute.", "C'est votre avis qui compte."),
    ("fr", "blame", "Vous n’avez pas lu les conditions.", "Vous n’avez pas eu de réponse."),
    ("en", "blame", "You should have read the terms.", "You should have received an e-mail."),
    ("en", "blame", "If you had checked the label.", "If you had any doubt, call us."),
    ("fr", "irony", "Bravo pour votre patience.", "Nous saluons votre patience."),
    ("en", "irony", "Clearly you misread it.", "We will answer clearly."),
    ("en", "irony", "We can’t please everyone.", "We wish to please everyone."),
    ("fr", "change_review", "Merci de modifier votre avis.", "Votre avis nous aide à changer."),
    ("fr", "change_review", "Supprimez votre commentaire.", "Merci de votre commentaire."),
    ("en", "change_review", "Please remove your review.", "Thank you for your review."),
    ("en", "change_review", "Could you update your rating?", "Our update follows your rating."),
    ("fr", "liability", "Nous sommes responsables du retard.", "Notre responsable vous rappelle."),
    ("fr", "liability", "C'est une erreur de notre part.", "Une attention de notre part."),
    ("fr", "liability", "Nous reconnaissons notre tort.", "Nous reconnaissons Marie."),
    ("en", "liability", "It was entirely our fault.", "The fault code helps our team."),
    ("en", "liability", "We accept full responsibility.", "We accept your remarks."),
    ("fr", "promise", "Nous vous rembourserons.", "Votre demande de remboursement est lue."),
    ("fr", "promise", "Voici un bon d'achat.", "Votre achat compte."),
    ("fr", "promise", "Cela ne se reproduira plus.", "Nous y veillons."),
    ("en", "promise", "We will refund you.", "Your refund request is being read."),
    ("en", "promise", "Here is a 10 % off voucher.", "We value your visit."),
    ("fr", "grovelling", "Mille excuses.", "Nous regrettons cette attente."),
    ("en", "grovelling", "We are deeply sorry.", "We are sorry."),
    ("fr", "familiar", "Merci pour ton avis.", "Merci pour le ton de votre avis."),
    ("en", "familiar", "Cheers for that, mate.", "Thank you for that."),
    (
        "fr",
        "asks_in_public",
        "Indiquez-nous votre numéro de commande.",
        "Indiquez-nous votre numéro de commande par e-mail.",
    ),
    (
        "en",
        "asks_in_public",
        "Please send us your order number.",
        "Please send us your order number by private message.",
    ),
    ("fr", "exclamation", "Merci beaucoup !", "Merci beaucoup."),
    ("fr", "capitals", "C'est TOUJOURS le cas.", "La TVA est comprise."),
    ("en", "capitals", "We NEVER do that.", "The UK team reads you."),
    ("fr", "claim", "Votre colis est parti le 12 mars.", "Votre colis est parti."),
    ("fr", "claim", "Nous livrons en 24 heures.", "Nos colis partent sous 48 heures."),
    ("fr", "claim", "Votre colis a été livré à temps.", "Votre colis compte pour nous."),
    ("en", "claim", "It left within 12 hours.", "Our parcels leave within 48 hours."),
    ("fr", "foreign_link", "Voyez https://ailleurs.example/x.", "Voyez www.lenoir.example/aide."),
]


def rules(text: str, about: Checked = FR) -> set[str]:
    return {one.rule for one in check(text, about)}


@pytest.mark.parametrize(("language", "rule", "fires", "near_miss"), FIRES_AND_NOT)
def test_a_rule_fires_and_its_near_miss_does_not(
    language: str, rule: str, fires: str, near_miss: str
) -> None:
    about = FR if language == "fr" else EN
    found = [one for one in check(fires, about) if one.rule == rule]
    assert found, fires
    assert found[0].blocks == (rule in checker.BLOCKING)
    assert found[0].start is not None
    assert found[0].end is not None
    assert 0 <= found[0].start < found[0].end <= len(fires)
    assert rule not in rules(near_miss, about), near_miss


def test_every_rule_of_words_is_in_the_table_or_tested_below() -> None:
    below = {"empty", "too_long", "no_greeting", "no_thanks", "other_language", "tone_unchecked"}
    assert {rule for _, rule, _, _ in FIRES_AND_NOT} | below | {"repeated"} == set(words.FINDINGS)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_good_reply_has_nothing_to_mend(language: str) -> None:
    assert check(GOOD[language], FR if language == "fr" else EN) == []


def test_typography_hides_nothing() -> None:
    assert "liability" in rules("C’est une erreur de notre part.")
    assert "threat" in rules("Nos\N{NO-BREAK SPACE}avocats vous écriront.")
    assert "promise" in rules("NOUS VOUS REMBOURSERONS.")


def test_spans_point_at_the_words() -> None:
    text = "Bonjour,\n\nMerci. Nous vous rembourserons demain."
    found = next(one for one in check(text, FR) if one.rule == "promise")
    assert text[found.start : found.end] == "Nous vous rembourserons"
    assert found.values["words"] == "Nous vous rembourserons"


def test_an_empty_reply() -> None:
    assert [one.rule for one in check(" \n ", FR)] == ["empty"]
    assert check(" ", FR)[0].blocks


@pytest.mark.parametrize(
    ("limit", "fits", "too_long"),
    [
        (ReplyLimit(10, "utf-8 bytes"), "é" * 5, "é" * 5 + "a"),
        (ReplyLimit(5, "characters"), "é" * 5, "é" * 6),
        (ReplyLimit(2, "graphemes"), "👩‍👩‍👧é", "👩‍👩‍👧éa"),
    ],
)
def test_length_in_the_platform_s_own_unit(limit: ReplyLimit, fits: str, too_long: str) -> None:
    about = replace(FR, limit=limit)
    assert "too_long" not in rules(fits, about)
    found = check(too_long, about)[0]
    assert (found.rule, found.blocks, found.values["excess"]) == ("too_long", True, 1)


def test_promises_where_the_house_allows_them() -> None:
    text = "Nous vous rembourserons."
    assert "promise" in rules(text)
    assert "promise" not in rules(text, replace(FR, promises_allowed=True))


def test_courtesy_and_its_mend() -> None:
    text = "Bonjour,\n\nNous avons lu votre message."
    found = next(one for one in check(text, FR) if one.rule == "no_thanks")
    assert found.start is not None
    mended = text[: found.start] + found.values["mend"] + text[found.end :]
    assert mended.startswith("Bonjour,\n\nMerci d’avoir pris le temps")
    assert "no_thanks" not in rules(mended)
    assert "no_thanks" not in rules(text, replace(FR, sentiment="positive"))
    assert "no_greeting" in rules("Merci pour votre message.")
    assert "no_greeting" not in rules("Merci pour votre message.", replace(FR, short=True))


def test_mends_read_well() -> None:
    text = "Nous sommes en tort, et merci !"
    for one in sorted(check(text, FR), key=lambda one: -(one.start or 0)):
        if one.rule in {"liability", "exclamation"}:
            text = text[: one.start] + one.values["mend"] + text[one.end :]
    assert text == "Nous sommes attentifs à ce que vous décrivez, et merci."


def test_language_other_than_the_review_s() -> None:
    found = [one for one in check(GOOD["en"], FR) if one.rule == "other_language"]
    assert [dict(one.values) for one in found] == [{"written": "en", "expected": "fr"}]
    assert not found[0].blocks


def test_languages_whose_tone_is_not_checked_say_so() -> None:
    german = "Guten Tag, vielen Dank für Ihre Nachricht. Wir sind für Sie da und lesen mit."
    assert rules(german, replace(FR, language="de")) == {"tone_unchecked"}
    assert "personal_data" in rules(f"{german} x@y.example", replace(FR, language="de"))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_repeated_text(language: str) -> None:
    about = replace(FR if language == "fr" else EN, recent=(GOOD[language],))
    assert "repeated" in rules(GOOD[language], about)
    other = "Bonjour, merci. Votre remarque sur nos horaires est juste, nous en parlerons."
    assert "repeated" not in rules(other, about)


def test_blocking_findings_come_first() -> None:
    found = check("Merci ! Nos avocats vous écriront !", FR)
    assert [one.blocks for one in found] == sorted((one.blocks for one in found), reverse=True)
    assert found[0].rule == "threat"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (GOOD["fr"], "fr"),
        (GOOD["en"], "en"),
        ("Buenos días: gracias por su opinión, que hemos leído con atención y con gusto.", "es"),
        ("Grazie per la Sua recensione, che abbiamo letto con attenzione e di cui siamo", "it"),
        ("Dank u voor uw beoordeling, die wij met aandacht hebben gelezen en van u", "nl"),
        ("Merci", None),
        ("12345 67 ?", None),
    ],
)
def test_the_language_of_a_text(text: str, language: str | None) -> None:
    assert language_of(text) == language


def test_the_rules_version_is_a_hash_of_code_and_patterns() -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", RULES_VERSION)
    assert checker._rules_version() == RULES_VERSION


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("rule", sorted(words.FINDINGS))
def test_every_finding_is_explained(rule: str, language: str) -> None:
    values: dict[str, Any] = {
        "words": "100 % sûr",
        "kind": "iban",
        "length": 1201,
        "most": 1000,
        "excess": 201,
        "unit": "utf-8 bytes",
        "written": "en",
        "expected": "fr",
        "language": "de",
        "mend": "x",
    }
    found = checker.Found(rule=rule, blocks=False, values=values)
    explained = words.explain(found, Speech(language))
    assert explained.mend == "x"
    assert "%(" not in explained.sentence
    assert explained.sentence.endswith((".", "?"))


def test_every_sentence_has_its_english() -> None:
    with (FOLDER / "en" / "reply.po").open("rb") as file:
        english = {message.id: message.string for message in read_po(file) if message.id}
    tables = (words.FINDINGS, words.KINDS, words.UNITS, words.REFUSALS, words.VOIDED)
    french = {sentence for table in tables for sentence in table.values()}
    french |= set(words.ORDERS.values())
    assert french == set(english)
    fields = re.compile(r"%\(\w+\)s")
    for sentence, said in english.items():
        assert sorted(fields.findall(str(said))) == sorted(fields.findall(str(sentence)))
