"""A period in one sentence, and what to do about it: from an overview's JSON."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from monitor.speech import N_, Speech
from monitor.topicnames import topic_name

Figures = dict[str, Any]
FEW = 5
"""Fewer reviews read than this say nothing about a week."""
ENOUGH_REVIEWED = 20
"""Negative reviews that the team looked at, from which on the share found among them is told: of
fewer the interval says nothing, and a team that begins by mending errors would read 0 %."""


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
            "négatifs n’est donc pas donnée. Reçus en tout : %(reviews)s.",
            "Lecture incomplète : %(sources)s n’ont pas pu être lues jusqu’au bout, la part d’avis "
            "négatifs n’est donc pas donnée. Reçus en tout : %(reviews)s.",
            len(rate["sources"]),
            sources=", ".join(rate["sources"]),
            reviews=reviews,
        )
    if received == 0:
        return _nothing(figures["coverage"], speech)
    if rate["share"] is None and not figures["volume"].get("unread", received):
        return speech.ngettext(
            "%(count)s avis, sans étoiles ni texte que Vigie sache lire.",
            "%(count)s avis, sans étoiles ni texte que Vigie sache lire.",
            received,
        )
    if rate["share"] is None:
        return speech.ngettext(
            "%(count)s avis, pas encore analysé.",
            "%(count)s avis, pas encore analysés.",
            received,
        )
    return _moved(figures, speech, reviews)


def _nothing(coverage: list[dict[str, Any]], speech: Speech) -> str:
    """No review, and how far that is to be trusted."""
    if not coverage:
        return speech.gettext("Aucun avis sur la période : aucune source n’est configurée.")
    in_part = [source["name"] for source in coverage if source["state"] != "complete"]
    if not in_part:
        return speech.gettext("Aucun avis sur la période, et toutes les sources ont été lues.")
    return speech.ngettext(
        "Aucun avis recueilli sur la période, mais %(sources)s n’a été lue qu’en partie.",
        "Aucun avis recueilli sur la période, mais %(sources)s n’ont été lues qu’en partie.",
        len(in_part),
        sources=", ".join(in_part),
    )


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


def illegible_sentence(figures: Figures, speech: Speech) -> str:
    """What could not be judged, for want of stars and of words that the model knows; empty where
    everything could."""
    # reports of before they were told apart have no such count
    count = figures["volume"].get("illegible", 0)
    if not count:
        return ""
    return speech.ngettext(
        "%(count)s avis n’a ni étoiles ni texte que Vigie sache lire : il ne compte pas dans la "
        "part d’avis négatifs.",
        "%(count)s avis n’ont ni étoiles ni texte que Vigie sache lire : ils ne comptent pas dans "
        "la part d’avis négatifs.",
        count,
    )


def illegible_path(scope: str) -> str:
    """The list of those that nobody has judged since, so that somebody may."""
    return f"/?view=all&sentiment=unknown&{scope}"


def grave_said(critical: int, doubtful: int, speech: Speech) -> str:
    """ "dont 3 critiques et 2 peut-être critiques"; empty where none is."""
    perhaps = speech.ngettext(
        "%(count)s peut-être critique", "%(count)s peut-être critiques", doubtful
    )
    if not critical:
        return speech.gettext("dont %(perhaps)s", perhaps=perhaps) if doubtful else ""
    clear = speech.ngettext("dont %(count)s critique", "dont %(count)s critiques", critical)
    if not doubtful:
        return clear
    return speech.gettext("%(clear)s et %(perhaps)s", clear=clear, perhaps=perhaps)


def to_do(figures: Figures) -> list[dict[str, Any]]:
    """Up to three things to do, the most pressing first, as code, count and name."""
    waiting = figures["waiting"]
    doubtful = waiting.get("doubtful", 0)
    calm = waiting["to_answer"] - waiting["late"] - waiting["critical"] - doubtful
    found = [
        {"do": "critical", "count": waiting["critical"]},
        *(
            {"do": "source", "name": source["name"], "count": 1}
            for source in figures["coverage"]
            if source["state"] == "broken" and not source.get("by_team")
        ),
        {"do": "late", "count": waiting["late"]},
        {"do": "doubtful", "count": doubtful},
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
    "doubtful": "/?view=doubtful",
    "late": "/?view=late",
    "answer": "/",
    "source": "/sources",
    "point": "/?view=all&sentiment=negative&polarity=negative&topic=",
}
WAITING = frozenset({"critical", "doubtful", "late", "answer"})
"""Those whose count is of what waits, and whose page shows what waits when it is opened."""


def to_do_path(one: dict[str, Any], scope: str) -> str:
    """The page where it is done; a point's is the list of the negative reviews that speak ill of
    it, those of the scope: ``week=2026-W46`` or ``days=2026-11-01..2026-11-28``."""
    path: str = PATHS[one["do"]]
    return f"{path}{one['name']}&{scope}" if one["do"] == "point" else path


def as_of(one: dict[str, Any], moment: datetime, speech: Speech) -> str:
    """ "au 16 nov. 2026, 07:00": for a count of what waited then, whose link leads to what waits
    when it is followed; empty for the others."""
    if one["do"] not in WAITING:
        return ""
    return speech.gettext("au %(moment)s", moment=speech.moment(moment))


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
    if one["do"] == "doubtful":
        return speech.ngettext(
            "Dire si l’avis peut-être critique l’est vraiment.",
            "Dire si les %(count)s avis peut-être critiques le sont vraiment.",
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
    # reports of before it was counted do not know how many negatives the share is of
    reviewed = (labels or {}).get("negatives", 0)
    if reviewed < ENOUGH_REVIEWED:
        return speech.gettext(
            "Le modèle %(model)s trouve %(share)s des avis négatifs d’après leur seul texte (de "
            "%(low)s à %(high)s), mesuré sur %(tests)s avis de test le %(day)s.",
            **values,
        )
    return speech.gettext(
        "Le modèle %(model)s trouve %(share)s des avis négatifs d’après leur seul texte (de "
        "%(low)s à %(high)s), mesuré sur %(tests)s avis de test le %(day)s, et %(own_share)s des "
        "%(own)s avis négatifs que votre équipe a revus (de %(own_low)s à %(own_high)s).",
        **values,
        own=speech.number(reviewed),
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
