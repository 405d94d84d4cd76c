"""What a review is about: topics, each with its polarity and the words that carry it.

Where the model hears topics it decides, and a rule that finds the same topic makes it enough to be
less sure; where it knows none (another model, another language) the rules decide alone.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from monitor.understand.phrases import CLAUSE_END, SENTENCE_END, Found, Word
from monitor.understand.rules import Mention, Rules
from monitor.understand.sentiment import Told

REACH = 3
"""A negation turns what stands at most so many words after it, in the same clause."""
QUOTE = 160
"""Longest quotation, in characters."""
TELLING = 8
"""Characters of a quotation that says enough by itself."""
EDGE = re.compile(f"{SENTENCE_END.pattern}|{CLAUSE_END.pattern}")
PLACES = ("clause", "sentence")
"""Where an opinion must stand to say something of a topic named: the nearest counts."""
NEAR = 8
"""Opinions on each side of a topic among which the nearest is looked for: they may overlap."""
OPPOSITE = {"positive": "negative", "negative": "positive"}


@dataclass(frozen=True)
class Topic:
    """A topic of a review. ``words`` is a quotation of the text, word for word."""

    topic: str
    polarity: str
    words: str

    def as_dict(self) -> dict[str, Any]:
        """As verdict rows and JSON lines carry it."""
        return {"topic": self.topic, "polarity": self.polarity, "words": self.words}


@dataclass(frozen=True)
class Opinion:
    """A word of praise or blame, negation counted."""

    polarity: str
    first: int
    last: int


class Beside:
    """The opinions of each clause and sentence, in the order of the text: the nearest few are found
    without looking at all, since a hostile text may hold thousands."""

    def __init__(self, words: Sequence[Word], opinions: Sequence[Opinion]) -> None:
        self._of: dict[tuple[str, int], list[Opinion]] = {}
        for opinion in opinions:
            for place in PLACES:
                key = (place, getattr(words[opinion.first], place))
                self._of.setdefault(key, []).append(opinion)

    def near(self, place: str, number: int, first: int) -> list[Opinion]:
        """The NEAR opinions on each side of a word, of those in its clause or sentence."""
        all_there = self._of.get((place, number), [])
        at = bisect_left(all_there, first, key=lambda opinion: opinion.first)
        return all_there[max(0, at - NEAR) : at + NEAR]


def is_negated(words: Sequence[Word], first: int, negators: frozenset[str]) -> bool:
    """Whether a negation stands shortly before the word, in its clause."""
    before = words[max(0, first - REACH) : first]
    return any(w.folded in negators and w.clause == words[first].clause for w in before)


def find_topics(text: str, words: Sequence[Word], rules: Rules, sentiment: str) -> list[Topic]:
    """Topics in the order of the text, once a polarity. ``sentiment`` decides where nothing else
    does: the opinion nearest in the clause, then in the sentence, then the whole review's."""
    opinions = list(_opinions(words, rules))
    beside = Beside(words, opinions)
    found: dict[tuple[str, str], Topic] = {}
    for mention in _widest(rules.mentions.find(words)):
        polarity = _polarity(mention, words, rules, beside, sentiment)
        key = (mention.value.topic, polarity)
        if key not in found:
            found[key] = Topic(*key, quote(text, words, mention, opinions))
    return _settled(found)


def quote(
    text: str, words: Sequence[Word], mention: Found[Any], opinions: Iterable[Opinion] = ()
) -> str:
    """The words met, stretched to the opinion of the same clause, or cut when too long."""
    first, last = mention.first, mention.last
    for opinion in opinions:
        if words[opinion.first].clause == words[mention.first].clause:
            first, last = min(first, opinion.first), max(last, opinion.last)
    start, end = words[first].start, words[last].end
    if end - start > QUOTE:
        start, end = words[mention.first].start, words[mention.last].end
    return _cut(text, start, end)


def _cut(text: str, start: int, end: int) -> str:
    """At most QUOTE characters of a stretch; where there is a blank, no half word at the end."""
    if end - start <= QUOTE:
        return text[start:end]
    return text[start : start + QUOTE + 1].rpartition(" ")[0] or text[start : start + QUOTE]


def join_topics(
    text: str, ruled: Sequence[Topic], told: Sequence[Told], thresholds: Mapping[str, float]
) -> list[Topic]:
    """The topics heard and ruled, in the order of the text. ``thresholds``: the probability from
    which a topic counts ("topic"), counts when a rule finds it too ("topic_ruled"), and from which
    its less probable polarities count as well ("second")."""
    rules: dict[str, list[Topic]] = {}
    for topic in ruled:
        rules.setdefault(topic.topic, []).append(topic)
    heard: dict[str, list[Told]] = {}
    for one in sorted(told, key=lambda one: -one.chance):
        heard.setdefault(one.topic, []).append(one)
    found: list[tuple[int, Topic]] = []
    for code, (best, *others) in heard.items():
        if best.chance >= thresholds["topic_ruled" if code in rules else "topic"]:
            counted = [best, *(one for one in others if one.chance >= thresholds["second"])]
            judged = [one for one in counted if one.polarity != "neutral"]
            found.extend(
                (one.start, _topic(text, one, rules.get(code, ()))) for one in judged or counted
            )
    return [topic for _, topic in sorted(found, key=lambda pair: pair[0])]


def _topic(text: str, one: Told, ruled: Sequence[Topic]) -> Topic:
    words = whole_words(text, one.start, one.end)
    same = [topic.words for topic in ruled if topic.polarity == one.polarity]
    return Topic(one.topic, one.polarity, words or next(iter(same), ""))


def whole_words(text: str, start: int, end: int) -> str:
    """A stretch of the text widened to whole words, within its line, at most QUOTE characters."""
    while start > 0 and text[start - 1 : start + 1].isalnum():
        start -= 1
    while 0 < end < len(text) and text[end - 1 : end + 1].isalnum():
        end += 1
    part = _cut(text, start, end).strip().split("\n")
    return max(part, key=len).strip(" ,;:–—-")


def telling_words(text: str, start: int, end: int) -> str:
    """whole_words, with the rest of the clause about a stretch so short that it tells nothing."""
    if len(words := whole_words(text, start, end)) >= TELLING:
        return words
    before = max((m.end() for m in EDGE.finditer(text, max(start - QUOTE, 0), start)), default=0)
    after = EDGE.search(text, end)
    first = max(before, start - QUOTE // 2)
    return whole_words(text, first, min(after.start() if after else len(text), end + QUOTE // 2))


def _opinions(words: Sequence[Word], rules: Rules) -> Iterable[Opinion]:
    for found in _widest(rules.opinions.find(words)):
        negated = is_negated(words, found.first, rules.negators)
        yield Opinion(OPPOSITE[found.value] if negated else found.value, found.first, found.last)


def _widest(found: Iterable[Found[Any]]) -> list[Found[Any]]:
    """Without those that lie within a wider phrase of the same kind of thing."""
    kept: list[Found[Any]] = []
    for one in sorted(found, key=lambda f: (f.first, f.first - f.last)):
        if not any(_covers(other, one) for other in kept[-8:]):
            kept.append(one)
    return kept


def _covers(wide: Found[Any], narrow: Found[Any]) -> bool:
    same = not isinstance(wide.value, Mention) or wide.value.topic == narrow.value.topic
    return same and wide.first <= narrow.first and narrow.last <= wide.last


def _polarity(
    mention: Found[Mention],
    words: Sequence[Word],
    rules: Rules,
    beside: Beside,
    sentiment: str,
) -> str:
    own = mention.value.polarity
    if own is not None:
        return OPPOSITE[own] if is_negated(words, mention.first, rules.negators) else own
    for place in PLACES:
        near = beside.near(place, getattr(words[mention.first], place), mention.first)
        if near:
            return min(near, key=lambda o: _distance(o, mention)).polarity
    return sentiment


def _distance(opinion: Opinion, mention: Found[Mention]) -> int:
    if opinion.last < mention.first:
        return mention.first - opinion.last
    return max(0, opinion.first - mention.last)


def _settled(found: dict[tuple[str, str], Topic]) -> list[Topic]:
    """A bare mention says nothing where the same topic is praised or blamed."""
    judged = {topic for topic, polarity in found if polarity != "neutral"}
    return [t for t in found.values() if t.polarity != "neutral" or t.topic not in judged]
