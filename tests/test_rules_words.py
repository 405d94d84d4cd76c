"""The words of the shipped rule files: what each language must hear as grave, and what not."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
import yaml

from monitor.understand.phrases import split_words
from monitor.understand.rules import FOLDER, LANGUAGES, rules_of
from monitor.understand.severity import Severity, find_severity
from monitor.understand.topics import find_topics

GRAVE = [
    ("fr", "safety", "Colis livré, la batterie a explosé au bout de deux jours."),
    ("fr", "safety", "Le vélo livré a causé un accident grave."),
    ("fr", "fraud", "Vol de mes bijoux dans la chambre."),
    ("fr", "legal", "Mon avocat vous a écrit, on se verra au tribunal."),
    ("fr", "legal", "L'huissier est passé ce matin."),
    ("fr", "safety", "Il roulait comme un fou sur l'autoroute."),
    ("fr", "health", "Toute la tablée a eu une gastro."),
    ("fr", "health", "Aux urgences après une erreur du dentiste."),
    ("fr", "safety", "L'alarme incendie n'a pas sonné."),
    ("en", "health", "Long story short, we all got food poisoning."),
    ("en", "health", "We book here every year and got food poisoning."),
    ("en", "safety", "We had to book another hotel after the fire brigade came."),
    ("en", "health", "My son is allergic to nuts and had a severe reaction."),
    ("en", "health", "My wife fell ill just hours after the meal."),
    ("en", "discrimination", "The waiter was racist."),
    ("en", "safety", "The driver was drunk and speeding."),
    ("en", "safety", "The fire exit was blocked."),
    ("en", "health", "There was a mouse in our room."),
    ("en", "health", "The carbon monoxide alarm went off at night."),
    ("en", "legal", "We are taking them to court."),
    ("de", "health", "Mein Sohn hat sich übergeben."),
    ("de", "legal", "Wir sehen uns vor Gericht."),
    ("de", "legal", "Anzeige bei der Polizei ist gestellt."),
    ("de", "health", "Im Salat war eine Made."),
    ("de", "safety", "Die Wunde musste genäht werden."),
    ("de", "safety", "Aus der Steckdose schlugen Funken."),
    ("de", "fraud", "Betrug, nur weg hier!"),
    ("de", "safety", "Der Erzieher hat mein Kind allein gelassen."),
    ("es", "health", "Sin embargo sufrimos intoxicación alimentaria."),
    ("es", "legal", "He puesto una denuncia y mi abogado os escribirá."),
    ("es", "legal", "Nos vemos en el juzgado."),
    ("es", "safety", "Hubo un incendio y salían chispas del enchufe."),
    ("es", "safety", "El cargador explotó."),
    ("es", "discrimination", "El camarero acosó a mi hermana."),
    ("es", "health", "El pollo estaba en mal estado."),
    ("es", "legal", "Sin libro de reclamaciones, vino la policía."),
    ("it", "legal", "Il mio avvocato ha fatto denuncia, ci vediamo in tribunale."),
    ("it", "health", "È arrivata l'ambulanza."),
    ("it", "safety", "È scoppiato un incendio in cucina."),
    ("it", "safety", "La batteria è esplosa."),
    ("it", "safety", "La presa faceva scintille."),
    ("it", "safety", "Hanno lasciato mio figlio da solo nel parco."),
    ("it", "discrimination", "Il cameriere era razzista."),
    ("nl", "health", "Met de ambulance naar het ziekenhuis."),
    ("nl", "health", "We werden ziek van het eten."),
    ("nl", "health", "Er liep een muis door de keuken."),
    ("nl", "safety", "Er was een explosie, mijn zoon raakte gewond."),
    ("nl", "legal", "Wij stappen naar de rechter."),
    ("nl", "discrimination", "De portier heeft mijn zoon geslagen."),
    ("nl", "health", "Ik boek hier nooit meer, vergiftigd eten."),
]
HARMLESS = [
    ("fr", "Le vol de retour était à l'heure."),
    ("fr", "Un vrai resto gastro."),
    ("fr", "Avocats trop mûrs, salade d'avocat, toast à l'avocat."),
    ("fr", "Le chauffeur m'a téléphoné avant de livrer."),
    ("fr", "Souris sans fil et enceinte bluetooth tombée en panne."),
    ("fr", "Le seul restaurant où les enfants sont bien reçus."),
    ("fr", "Poulet avc frites, les prix ont explosé."),
    ("en", "A crime novel with a poisoned vicar."),
    ("en", "Great carbon monoxide alarm, arrived next day."),
    ("en", "Identity theft protection is five pounds a month."),
    ("en", "The wireless mouse works well."),
    ("en", "The food was great ill be back."),
    ("en", "The staff left us alone to browse, lots of privacy."),
    ("en", "My driver phoned to say he was near."),
    ("en", "The foundation matches my skin colour."),
    ("de", "Das Gericht war sehr lecker."),
    ("de", "Das Paket wurde an den Nachbarn übergeben."),
    ("de", "Made in Germany, sauber genäht."),
    ("de", "Die Anzeige am Gerät ist gut lesbar."),
    ("de", "Die Lieferzeit betrug nur zwei Tage."),
    ("de", "Der Henkel ist gebrochen, man wird damit allein gelassen."),
    ("es", "La paella estaba quemada y cara."),
    ("es", "Mucha demanda, bajo consumo."),
    ("es", "Solo hay un menú para niños, y sangría."),
    ("es", "Helado con chispas de chocolate."),
    ("es", "Nos acostamos tarde; me quitaron la muela del juicio."),
    ("it", "Hotel vicino all'ospedale."),
    ("it", "Denuncia di sinistro fatta online."),
    ("it", "Crudo di pesce, esplosione di sapori."),
    ("it", "Solo due stanze adatte ai bambini."),
    ("it", "Ci ha chiamati per nome, registrati senza problemi."),
    ("nl", "Lange rij bij de kassa."),
    ("nl", "De draadloze muis werkt prima."),
    ("nl", "Per ongeluk de rechter schoen besteld."),
    ("nl", "Veel privacy, de telefoon wordt snel opgenomen."),
]
ALONE = {
    "fr": "tribunal huissier infarctus dgccrf",
    "en": "racist homophobic prejudiced",
    "es": "denuncia juzgado tribunal policía ocu querella incendio fractura acoso rgpd",
    "it": "avvocato denuncia tribunale carabinieri ambulanza ricoverata incendio cortocircuito",
    "nl": "explosie kortsluiting gaslek gewond letsel infectie doodziek ambulance",
}
TOGETHER = (
    *("cafard*|rat", "mon|ma|mes", "vol de|d|des", "deuxieme|"),
    *("dead|live|saw", "glass|metal", "wrong|double", "going|want", "because i|", "slapped|shoved"),
    *("second|third", "por mi|", "per .. mia", "een|ernstig"),
)
"""Beginnings of the phrases in which a long list and the word beside it are meant."""


def severity_of(language: str, text: str) -> Severity:
    rules = rules_of(language)
    return find_severity(text, split_words(text, rules.contrasts), rules, "negative")


@pytest.mark.parametrize(("language", "kind", "text"), GRAVE)
def test_a_grave_sentence_is_found_with_its_kind(language: str, kind: str, text: str) -> None:
    found = severity_of(language, text)
    assert kind in {r["rule"] for r in found.reasons if r["severity"] == "critical"}


@pytest.mark.parametrize(("language", "text"), HARMLESS)
def test_an_everyday_sentence_is_not(language: str, text: str) -> None:
    assert severity_of(language, text).reasons == []


@pytest.mark.parametrize("language", ALONE)
def test_words_of_a_list_are_found_alone(language: str) -> None:
    for word in ALONE[language].split():
        assert severity_of(language, word).level == "critical", word


def test_an_opinion_stands_alone_and_a_contrast_ends_a_negation() -> None:
    rules = rules_of("de")
    text = "Leider Betrug und Abzocke bei der Lieferung"
    topics = find_topics(text, split_words(text, rules.contrasts), rules, "positive")
    assert ("delivery_time", "negative") in {(t.topic, t.polarity) for t in topics}
    assert severity_of("es", "Comimos sin intoxicación").level == "normal"


def phrases_of(part: Any, where: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every phrase and where it stands."""
    if isinstance(part, dict):
        for name, inner in part.items():
            yield from phrases_of(inner, (*where, name))
    else:
        yield from ((where, phrase) for line in part for phrase in line.split(" / "))


@pytest.mark.parametrize("language", LANGUAGES)
def test_contrasts_and_lists_are_of_single_words(language: str) -> None:
    content = yaml.safe_load((FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
    for word in (*content["negators"], *content["contrasts"]):
        assert len(word.split()) == 1, word
    for where, phrase in phrases_of({name: content[name] for name in ("opinions", "severity")}):
        for one, other in pairwise(phrase.split()):
            if one[0] == "." or other[0] == "." or "never" in where or phrase.startswith(TOGETHER):
                continue
            left, right = len(one.split("|")), len(other.split("|"))
            assert left + right < 10, f"a word of several in a list? {phrase}"
            assert where[0] == "severity" or max(left, right) < 6, phrase


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "Depuis l'annonce mon téléphone a explosé."),
        ("en", "After the sale my phone exploded with messages."),
        ("de", "Mein Handy explodierte vor Nachrichten."),
        ("nl", "Mijn telefoon ontplofte van de berichten."),
    ],
)
def test_a_phone_that_explodes_may_only_ring(language: str, text: str) -> None:
    assert not severity_of(language, text).certain
