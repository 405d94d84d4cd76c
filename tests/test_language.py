"""Whose word counts for a review's language: its letters', its words', its platform's."""

from __future__ import annotations

import pytest

from monitor.understand.language import find_language


@pytest.mark.parametrize(
    ("text", "told", "language"),
    [
        ("这家餐厅非常好吃服务也很好", "en", "zh"),
        ("这家餐厅非常好吃服务也很好", "ja", "zh"),
        ("とても良い", "zh", "ja"),
        ("شكرا", "fr", "ar"),
        ("👍👍👍👍👍👍 شكرا 2024", "fr", "ar"),
        ("Спасибо", "en", "ru"),
        ("ขอบคุณ", "fr", "th"),
        ("ευχαριστώ", "de", "el"),
        ("好吃", "en", "zh"),
        ("好吃", None, "zh"),
    ],
)
def test_letters_overrule_the_platform(text: str, told: str | None, language: str) -> None:
    assert find_language(text, told) == language


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Top", "de"),
        ("好吃", "ja"),
        ("很好", "zh"),
        ("شكرا", "fa"),
        ("Dobro", "sr"),
        ("Добро", "sr"),
        ("Shukran", "ar"),
        ("Merci 谢谢", "fr"),
        ("iPhone 很好", "en"),
        ("👍", "ar"),
    ],
)
def test_what_letters_leave_open_the_platform_says(text: str, told: str) -> None:
    assert find_language(text, told) == told


@pytest.mark.parametrize(
    ("told", "language"),
    [
        ("French", "fr"),
        ("français", "fr"),
        ("Français (Canada)", "fr"),
        ("FRANCAIS", "fr"),
        ("Deutsch", "de"),
        ("allemand", "de"),
        ("Niederländisch", "nl"),
        ("Portuguese", "pt"),
        ("português", "pt"),
        ("日本語", "ja"),
        ("fr_CA", "fr"),
        (" pt-BR ", "pt"),
        ("fra", "fr"),
        ("nb-NO", "no"),
        ("iw", "he"),
        ("ceb", "ceb"),
    ],
)
def test_a_platform_says_a_language_by_code_or_name(told: str, language: str) -> None:
    assert find_language("👍", told) == language


@pytest.mark.parametrize("told", [" ", "xx", "und", "mul", "Klingonisch", "fr" * 50, "-", "1", "("])
def test_what_is_no_language_is_as_if_nothing_was_told(told: str) -> None:
    assert find_language("👍", told) == "und"
    for text in ("Livraison rapide", "شكرا", "Great"):
        assert find_language(text, told) == find_language(text)
