"""A change of model in words: a break in the weekly chart, and between two reports."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from monitor.measure.models_read import model_part
from monitor.speech import Speech

Figures = dict[str, Any]


def read_otherwise(figures: Figures) -> list[bool]:
    """Of each week of the chart: whether another model than the newest read some of it.

    A week without reviews is as the one before it, the first ones as the first that has some.
    """
    newest = figures.get("model")
    read = [week.get("read_by") for week in figures["weeks"]]
    known = [any(name != newest for name in names) if names else None for names in read]
    last = next((one for one in known if one is not None), False)
    filled: list[bool] = []
    for one in known:
        last = last if one is None else one
        filled.append(last)
    return filled


def series_break(figures: Figures, speech: Speech) -> str:
    """What the dashed part of the weekly chart means; empty where there is none."""
    dashed = read_otherwise(figures)
    if not any(dashed):
        return ""
    names = {name for week in figures["weeks"] for name in week.get("read_by", ())}
    new_model = any(model_part(name) != model_part(figures["model"] or "") for name in names)
    first_alike = dashed.index(False) if False in dashed else 0
    if first_alike and not any(dashed[first_alike:]):
        day = datetime.fromisoformat(figures["weeks"][first_alike]["start"])
        return _break_before(speech.date(day, "d MMMM"), new_model, speech)
    if new_model:
        return speech.gettext(
            "En pointillé, des semaines lues, en tout ou en partie, par un autre modèle : elles ne "
            "se comparent pas tout à fait aux autres."
        )
    return speech.gettext(
        "En pointillé, des semaines lues, en tout ou en partie, avec d’autres règles : elles ne se "
        "comparent pas tout à fait aux autres."
    )


def _break_before(day: str, new_model: bool, speech: Speech) -> str:
    if new_model:
        return speech.gettext(
            "En pointillé, avant le %(day)s : avis lus par un autre modèle. Les deux parts ne se "
            "comparent pas tout à fait.",
            day=day,
        )
    return speech.gettext(
        "En pointillé, avant le %(day)s : avis lus avec d’autres règles. Les deux parts ne se "
        "comparent pas tout à fait.",
        day=day,
    )


def change_of_model(figures: Figures, speech: Speech) -> str:
    """What a model other than the last report's means for this report's change."""
    if figures["dissatisfaction_change"].get("reason") == "models":
        return speech.gettext(
            "Le modèle qui lit les avis a changé depuis le rapport précédent, et la semaine "
            "d’avant n’a pas encore été relue en entier : l’évolution n’est donc pas donnée."
        )
    return speech.gettext(
        "Le modèle qui lit les avis a changé depuis le rapport précédent. La semaine d’avant a "
        "été relue par le nouveau : l’évolution compare deux lectures pareilles, mais ce que le "
        "rapport précédent donnait peut différer."
    )
