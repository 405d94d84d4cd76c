"""A period in one sentence, and what to do about it: from an overview's JSON."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from monitor.speech import N_, Speech
from monitor.topicnames import topic_name

Figures = dict[str, Any]
FEW = 5
"""Fewer reviews read than this say nothing about a week."""


def sentence(figures: Figures, speech: Speech) -> str:
    """ "Semaine calme : 41 avis, pas de changement réel de la part d’avis négatifs." """
    parts = [_headline(figures, speech), _alarm(figures, speech), _waiting(figures, speech)]
    return " ".join(part for part in parts if part)


def is_week(figures: Figures) -> bool:
    """Whether the period is one week: 167 to 169 hours."""
    start, end = (datetime.fromisoformat(figures[name]) for name in ("start", "end"))
    return abs((end - start) - timedelta(days=7)) <= timedelta(hours=1)


def _headline(figures: Figures, speech: Speech) -> str:
    received = figures["volume"]["received"]
    rate = figures["dissatisfaction"]
    reviews = speech.ngettext("%(count)s avis", "%(count)s avis", received)
    if rate.get("withheld"):
        return speech.ngettext(
            "Lecture incomplète : %(sources)s n’a pas pu être lue jusqu’au bout, la part d’avis "
            "négatifs n’est donc pas donnée. Reçu par ailleurs : %(reviews)s.",
            "Lecture incomplète : %(sources)s n’ont pas pu être lues jusqu’au bout, la part d’avis "
            "négatifs n’est donc pas donnée. Reçu par ailleurs : %(reviews)s.",
            len(rate["sources"]),
            sources=", ".join(rate["sources"]),
            reviews=reviews,
        )
    if received == 0:
        return speech.gettext("Aucun avis sur la période, et toutes les sources ont été lues.")
    if rate["share"] is None:
        return speech.ngettext(
            "%(count)s avis, pas encore analysé.",
            "%(count)s avis, pas encore analysés.",
            received,
        )
    return _moved(figures, speech, reviews)


def _moved(figures: Figures, speech: Speech, reviews: str) -> str:
    negatives, n = (figures["dissatisfaction"][name] for name in ("negatives", "n"))
    if n < FEW:
        return speech.ngettext(
            "Trop peu d’avis pour conclure : %(reviews)s, dont %(count)s négatif.",
            "Trop peu d’avis pour conclure : %(reviews)s, dont %(count)s négatifs.",
            negatives,
            reviews=reviews,
        )
    share = speech.percent(figures["dissatisfaction"]["share"], 0)
    before = figures["dissatisfaction_before"]["share"]
    values = {
        "reviews": reviews,
        "share": share,
        "before": speech.percent(before, 0) if before is not None else "",
    }
    word = figures["dissatisfaction_change"]["word"]
    if word == "worse":
        return speech.gettext(
            "La part d’avis négatifs augmente : %(share)s (%(reviews)s), contre %(before)s "
            "auparavant.",
            **values,
        )
    if word == "better":
        return speech.gettext(
            "La part d’avis négatifs recule : %(share)s (%(reviews)s), contre %(before)s "
            "auparavant.",
            **values,
        )
    return _unmoved(figures, speech, values)


def _unmoved(figures: Figures, speech: Speech, values: dict[str, str]) -> str:
    """No better and no worse: nothing before, not comparable, calm but for a day, or calm."""
    if not values["before"]:
        return speech.gettext(
            "%(reviews)s, dont %(share)s de négatifs ; rien à comparer auparavant.", **values
        )
    if figures["dissatisfaction_change"].get("reason") == "models":
        return speech.gettext(
            "%(reviews)s, dont %(share)s de négatifs ; la période précédente n’a pas été lue par "
            "le même modèle : rien à conclure.",
            **values,
        )
    if figures["sudden"]["alarm"]["raised"]:
        return speech.gettext(
            "%(reviews)s, pas de changement établi sur l’ensemble.", reviews=values["reviews"]
        )
    if is_week(figures):
        return speech.gettext(
            "Semaine calme : %(reviews)s, pas de changement réel de la part d’avis négatifs "
            "(%(share)s).",
            **values,
        )
    return speech.gettext(
        "Période calme : %(reviews)s, pas de changement réel de la part d’avis négatifs "
        "(%(share)s).",
        **values,
    )


def _alarm(figures: Figures, speech: Speech) -> str:
    sudden = figures["sudden"]
    if not sudden["alarm"]["raised"]:
        return ""
    return speech.gettext(
        "Les avis négatifs se sont accumulés de façon inhabituelle le %(day)s.",
        day=speech.date(datetime.fromisoformat(sudden["at"]), "d MMMM"),
    )


def _waiting(figures: Figures, speech: Speech) -> str:
    waiting = figures["waiting"]
    if waiting["critical"]:
        return speech.ngettext(
            "%(count)s avis critique attend une réponse.",
            "%(count)s avis critiques attendent une réponse.",
            waiting["critical"],
        )
    if waiting["late"]:
        return speech.ngettext(
            "%(count)s avis attend depuis trop longtemps.",
            "%(count)s avis attendent depuis trop longtemps.",
            waiting["late"],
        )
    return ""


def to_do(figures: Figures) -> list[dict[str, Any]]:
    """Up to three things to do, the most pressing first, as code, count and name."""
    waiting = figures["waiting"]
    calm = waiting["to_answer"] - waiting["late"] - waiting["critical"]
    found = [
        {"do": "critical", "count": waiting["critical"]},
        *(
            {"do": "source", "name": source["name"], "count": 1}
            for source in figures["coverage"]
            if source["state"] == "broken"
        ),
        {"do": "late", "count": waiting["late"]},
        *(
            {"do": "point", "name": point["topic"], "count": point["mentions"]}
            for point in _pressing(figures["points"])
        ),
        {"do": "answer", "count": waiting["to_answer"] if calm > 0 else 0},
    ]
    return [one for one in found if one["count"]][:3]


def _pressing(points: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What got worse, else what is complained of most, if by more than one."""
    worse = [point for point in points if point["change"]["word"] == "worse"]
    return [point for point in worse or points if point["mentions"] > 1][:1]


PATHS = {
    "critical": "/?view=critical",
    "late": "/?view=late",
    "answer": "/",
    "source": "/sources",
    "point": "/?view=all&sentiment=negative&topic=",
}


def to_do_path(one: dict[str, Any], week: str | None = None) -> str:
    """The page where it is done; a point's is the list of the negative reviews that name it, those
    of a week where one is given."""
    path: str = PATHS[one["do"]]
    if one["do"] != "point":
        return path
    return f"{path}{one['name']}" + (f"&week={week}" if week else "")


def to_do_sentence(one: dict[str, Any], speech: Speech) -> str:
    """A thing to do, as one would say it to a colleague."""
    count = one["count"]
    if one["do"] == "critical":
        return speech.ngettext(
            "Répondre à l’avis critique qui attend.",
            "Répondre aux %(count)s avis critiques qui attendent.",
            count,
        )
    if one["do"] == "late":
        return speech.ngettext(
            "Répondre à l’avis qui a dépassé le délai promis.",
            "Répondre aux %(count)s avis qui ont dépassé le délai promis.",
            count,
        )
    if one["do"] == "source":
        return speech.gettext("Rétablir la lecture de la source %(name)s.", name=one["name"])
    if one["do"] == "point":
        return speech.ngettext(
            "Chercher la cause du point « %(topic)s » : %(count)s avis négatif le cite.",
            "Chercher la cause du point « %(topic)s » : %(count)s avis négatifs le citent.",
            count,
            topic=topic_name(one["name"], speech),
        )
    return speech.ngettext(
        "Répondre à l’avis encore sans réponse.",
        "Répondre aux %(count)s avis encore sans réponse.",
        count,
    )


def error_sentence(known: Figures | None, speech: Speech) -> str:
    """How often the model misses a negative review; empty until it has been evaluated."""
    if known is None:
        return ""
    tests, labels = known["tests"], known["labels"]
    values = {
        "model": known["model"],
        "tests": speech.number(tests["n"]),
        "day": speech.date(datetime.fromisoformat(known["measured_at"]), "long"),
        **_spread(tests, "", speech),
    }
    if labels is None:
        return speech.gettext(
            "Le modèle %(model)s trouve %(share)s des avis négatifs d’après leur seul texte (de "
            "%(low)s à %(high)s), mesuré sur %(tests)s avis d’essai le %(day)s.",
            **values,
        )
    return speech.ngettext(
        "Le modèle %(model)s trouve %(share)s des avis négatifs d’après leur seul texte (de "
        "%(low)s à %(high)s), mesuré sur %(tests)s avis d’essai le %(day)s, et %(own_share)s de "
        "ceux que votre équipe a revus (de %(own_low)s à %(own_high)s), sur %(count)s correction.",
        "Le modèle %(model)s trouve %(share)s des avis négatifs d’après leur seul texte (de "
        "%(low)s à %(high)s), mesuré sur %(tests)s avis d’essai le %(day)s, et %(own_share)s de "
        "ceux que votre équipe a revus (de %(own_low)s à %(own_high)s), sur %(count)s corrections.",
        labels["n"],
        **values,
        **_spread(labels, "own_", speech),
    )


def _spread(recall: Figures, prefix: str, speech: Speech) -> dict[str, str]:
    return {prefix + name: speech.percent(recall[name], 0) for name in ("share", "low", "high")}


WORDS = {
    "better": N_("en amélioration"),
    "worse": N_("en dégradation"),
    "more": N_("en hausse"),
    "fewer": N_("en baisse"),
    "no conclusion": N_("pas de changement établi"),
}


def change_word(word: str, speech: Speech) -> str:
    """A change in words."""
    return speech.gettext(WORDS[word])


def change_said(change: dict[str, Any], speech: Speech) -> str:
    """A change in words, with the reason where it has one."""
    if change.get("reason") == "models":
        return speech.gettext("pas de conclusion : les deux périodes ont été lues différemment")
    return change_word(change["word"], speech)


def place_change(change: dict[str, Any], speech: Speech) -> str:
    """A change in a word or two, for a table."""
    if change.get("reason") == "models":
        return speech.gettext("non comparable")
    return change_word(change["word"], speech)
