"""Capitals are read as speech; nothing moves, so that quotations stay where they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.understand import Text, open_reader
from monitor.understand.quiet import quiet


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("TRÈS BON ACCUEIL, À REFAIRE", "très bon accueil, à refaire"),
        ("Une ARNAQUE.", "Une arnaque."),
        ("Service NUL DE CHEZ NUL !", "Service nul de chez nul !"),
        ("A FUIR", "a fuir"),
        ("Ma TV, mon PC et la SNCF", "Ma TV, mon PC et la SNCF"),
        ("Die Lieferung kam am Montag.", "Die Lieferung kam am Montag."),
        ("STRASSENBAHN İSTANBUL", "strassenbahn İstanbul"),
        ("", ""),
    ],
)
def test_shouting_is_read_as_speech(text: str, read: str) -> None:
    assert quiet(text) == read


@given(st.text())
def test_every_letter_stays_in_its_place(text: str) -> None:
    spoken = quiet(text)
    assert len(spoken) == len(text)
    assert all(a == b or a.lower() == b for a, b in zip(text, spoken, strict=True))


@pytest.mark.parametrize(
    ("text", "sentiment"),
    [
        ("TRES BON ACCUEIL, CONSEILS CLAIRS ET LIVRAISON RAPIDE, JE RECOMMANDE", "positive"),
        ("JAMAIS LIVRE, AUCUNE REPONSE AU TELEPHONE, A FUIR", "negative"),
        ("Great service, ABSOLUTELY RECOMMEND, quick and friendly", "positive"),
        ("SEHR FREUNDLICHES PERSONAL, SCHNELLE LIEFERUNG, GERNE WIEDER", "positive"),
    ],
)
def test_the_words_decide_not_how_loud_they_are(text: str, sentiment: str) -> None:
    loud, low = open_reader().read([Text(text), Text(text.capitalize())])
    assert loud.sentiment == low.sentiment == sentiment
