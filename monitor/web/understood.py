"""What was understood of a review, as its page shows it: each field, why, and who checked it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.speech import N_, Speech
from monitor.store import queries_review
from monitor.store.queries_review import Whole
from monitor.store.tables import Review, Urgency, Verdict
from monitor.topicnames import TOPICS, topic_name

SENTIMENTS = {"negative": N_("négatif"), "neutral": N_("neutre"), "positive": N_("positif")}
SEVERITIES = {"critical": N_("critique"), "high": N_("grave"), "normal": N_("normale")}
BOTH = "negative+positive"
POLARITIES = {**SENTIMENTS, BOTH: N_("partagé")}
"""What a topic may be said to be; praised and blamed in one review is possible."""
KINDS = {
    "health": N_("santé"),
    "safety": N_("sécurité"),
    "legal": N_("menace juridique"),
    "fraud": N_("fraude"),
    "discrimination": N_("discrimination"),
    "personal_data": N_("données personnelles"),
    "leaving": N_("client sur le départ"),
    "repeated": N_("problème qui dure"),
    "reach": N_("veut le faire savoir"),
}
"""What a reason of severity is about; one that is not named here shows its words alone."""


@dataclass(frozen=True)
class Checked:
    """Somebody's word on a field: a correction, or that the model was right."""

    by: str
    at: datetime
    confirms: bool


@dataclass(frozen=True)
class Said:
    """A topic or a reason with the words that carry it, which may be empty."""

    name: str
    words: str
    code: str = ""
    polarity: str = ""


@dataclass(frozen=True)
class Understood:
    """``reasons`` of a severity that is more than normal, unless a person set another.

    ``picks`` are every topic's code, name and what it is now (a key of POLARITIES, or ""), those
    that are there first. ``unchecked`` are the fields on which nobody has said anything.
    """

    checked: Mapping[str, Checked]
    reasons: list[Said]
    topics: list[Said]
    picks: list[tuple[str, str, str]]
    unchecked: list[str]
    elsewhere: bool
    """A post that was found to judge nothing of a business; nobody has said otherwise."""
    doubtful: bool
    """Critical only just, and nobody has said whether it is."""
    illegible: str
    """"script" for words that the model does not know, "wordless" for none, where there are no
    stars either and nobody has said what it is; else empty."""


def understood(whole: Whole, speech: Speech) -> Understood:
    """The review's reading, a person's word before the model's."""
    topics = topics_of(whole)
    now = {code: _polarity(code, topics) for code in TOPICS}
    names = [(code, topic_name(code, speech), polarity) for code, polarity in now.items()]
    return Understood(
        checked={
            field: Checked(person.name, at, _same(field, value, whole.verdict_at(at)))
            for field, (value, person, at) in whole.labels.items()
        },
        reasons=_reasons(whole, speech),
        topics=[
            Said(topic_name(one["topic"], speech), _words(one), one["topic"], one["polarity"])
            for one in topics
        ],
        picks=sorted(names, key=lambda pick: not pick[2]),
        unchecked=[] if whole.is_illegible else queries_review.unchecked(whole),
        elsewhere=_is_elsewhere(whole, topics),
        doubtful=whole.review.urgency == Urgency.DOUBTFUL,
        illegible=_illegible(whole),
    )


def _illegible(whole: Whole) -> str:
    if not whole.is_illegible:
        return ""
    words = f"{whole.version.title or ''}{whole.version.text}"
    return "script" if any(sign.isalpha() for sign in words) else "wordless"


def _is_elsewhere(whole: Whole, topics: list[dict[str, Any]]) -> bool:
    post = whole.review.kind == "posts" and whole.verdict is not None
    return post and whole.review.sentiment == "neutral" and not topics and not whole.labels


def topics_of(whole: Whole) -> list[dict[str, Any]]:
    """The topics that count: a person's, else the model's."""
    if "topics" in whole.labels:
        return list(whole.labels["topics"][0])
    return list(whole.verdict.topics) if whole.verdict else []


def reasons_of(whole: Whole) -> list[dict[str, Any]]:
    """Why the review is as grave as it is; none where a person set another severity."""
    if whole.verdict is None:
        return []
    return reasons_that_count(whole.review, whole.verdict.severity, whole.verdict.reasons)


def reasons_that_count(
    review: Review, severity: str, reasons: Iterable[dict[str, Any]]
) -> list[dict[str, Any]]:
    """A model's reasons for its severity, where that is more than normal and the review's own."""
    return [] if severity == "normal" or severity != review.severity else list(reasons)


def quotes(
    reasons: Iterable[Mapping[str, Any]], topics: Iterable[Mapping[str, Any]]
) -> list[tuple[str, str]]:
    """Words to mark, each with its kind. Severity first: a topic's must not cover them."""
    found = [(_words(one), "severity") for one in reasons]
    found += [(_words(one), str(one["polarity"])) for one in topics]
    return [quote for quote in found if quote[0]]


def reading_shown(whole: Whole) -> int:
    """What a page says it has shown, so that nothing is said of another; 0 for no reading."""
    return whole.verdict.id if whole.verdict else 0


def topics_mark(whole: Whole) -> str:
    """Changes with every correction of the topics: a form that shows older ones is not heeded."""
    label = whole.labels.get("topics")
    return f"{label[2].timestamp():.6f}" if label else ""


def picked(whole: Whole, picks: Iterable[str]) -> list[dict[str, Any]]:
    """Topics as a label keeps them, from ``refund:negative`` and the like; nonsense is left out.

    The quoted words of a topic that stays are kept, whatever its polarity has become.
    """
    chosen: dict[tuple[str, str], dict[str, Any]] = {}
    for pick in picks:
        code, _, polarity = pick.partition(":")
        if code in TOPICS and polarity in POLARITIES:
            for one in polarity.split("+"):
                words = _words_known(whole, code, one)
                chosen[code, one] = {"topic": code, "polarity": one, "words": words}
    return list(chosen.values())


def _words_known(whole: Whole, code: str, polarity: str) -> str:
    """The topic's quoted words: of that polarity first, then of any, from whoever gave some."""
    given = [*topics_of(whole), *(whole.verdict.topics if whole.verdict else ())]
    mine = [one for one in given if one["topic"] == code and _words(one)]
    mine.sort(key=lambda one: one["polarity"] != polarity)
    return _words(mine[0]) if mine else ""


def _polarity(code: str, topics: list[dict[str, Any]]) -> str:
    held = {str(one["polarity"]) for one in topics if one["topic"] == code}
    if {"negative", "positive"} <= held:
        return BOTH
    return next((one for one in SENTIMENTS if one in held and one != "neutral"), "".join(held))


def _reasons(whole: Whole, speech: Speech) -> list[Said]:
    return [
        Said(speech.gettext(KINDS[kind]) if kind in KINDS else "", _words(one))
        for one in reasons_of(whole)
        if (kind := str(one.get("rule", ""))) in KINDS or _words(one)
    ]


def _words(one: Mapping[str, Any]) -> str:
    return str(one.get("words") or "")


def _same(field: str, value: Any, verdict: Verdict | None) -> bool:
    """Whether a person's value is the model's own."""
    if verdict is None or (field == "sentiment" and not verdict.confidence):
        return False
    model = getattr(verdict, field)
    return bool(_pairs(value) == _pairs(model) if field == "topics" else value == model)


def _pairs(topics: Iterable[Mapping[str, Any]]) -> set[tuple[str, str]]:
    return {(str(one["topic"]), str(one["polarity"])) for one in topics}
