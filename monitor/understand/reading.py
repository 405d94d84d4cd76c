"""Reading reviews: language, sentiment, topics and severity, joined in one Reading."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from monitor.understand import rules as rule_files
from monitor.understand.language import find_language
from monitor.understand.phrases import WORD, split_words
from monitor.understand.rules import Rules, rules_of
from monitor.understand.sentiment import (
    USUAL,
    Heard,
    StarProbabilities,
    load,
    read_facts,
    shipped_folder,
)
from monitor.understand.severity import Severity, find_severity, join_severity
from monitor.understand.topics import Topic, find_topics, join_topics
from monitor.understand.weigh import Weighed, lessened, weigh

RULED = 50_000
"""Characters that the rules look at, as many as the model reads whole: a hostile text must not hold
up the others."""
LONGEST = 100_000
"""Characters that are looked at. Of a longer text so many are, from first to last: a megabyte of
them would take half a gigabyte of memory."""
STRETCHES = 16
"""In which they are taken from it."""
SURE = 0.5
"""Probability from which danger counts in a post that judges no business: its fires and thefts are
nearly always somebody else's (of 498 such posts of the tune part one is critical)."""
FAR = 0.2
"""Below this probability of judging a business a post is surely about something else."""
UNREADABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
UNSEEN = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
    "|(?<=[^\\W\\d_])\u200d(?=[^\\W\\d_])"
)
"""What has no width (soft hyphens, zero-width spaces, marks of direction): it came with a paste,
or was put there to hide a word. The joiner between emoji stays."""
SOME = re.compile(r"(?s).{1,64}(?![\u0300-\u036f])|.{1,64}")
"""A stretch to normalise by itself, where possible up to a whole letter: the time it takes is
quadratic in the marks that stand on one letter."""


@dataclass(frozen=True)
class Text:
    """What is to be read: a review's words, and what its platform says of it."""

    text: str
    title: str | None = None
    language: str | None = None
    """As the platform says, or None."""
    stars: int | None = None
    """1 to 5, or None."""
    post: bool = False
    """Written on a social network, where not everything that is found is about a business."""


@dataclass(frozen=True)
class Reading:
    """What was understood of one text."""

    language: str
    sentiment: str
    confidence: float
    """Probability of the sentiment; 0 where there was nothing to go by: no stars, and no words
    that the model knows."""
    probabilities: dict[str, float]
    stars: int
    topics: list[Topic]
    severity: str
    reasons: list[dict[str, Any]]
    contradiction: bool
    doubtful: bool = False
    """Critical only just: perhaps a false alarm."""

    def as_dict(self) -> dict[str, Any]:
        """As JSON carries it."""
        return {
            "language": self.language,
            "sentiment": self.sentiment,
            "confidence": self.confidence,
            "probabilities": self.probabilities,
            "stars": self.stars,
            "topics": [topic.as_dict() for topic in self.topics],
            "severity": self.severity,
            "reasons": self.reasons,
            "contradiction": self.contradiction,
            "doubtful": self.doubtful,
        }


class Model(Protocol):
    """What a reader asks of a model. One that hears more than stars has ``thresholds``."""

    name: str
    revision: str

    def read(self, texts: Sequence[str]) -> Sequence[Heard | StarProbabilities]:
        """What is heard in each text, in order; star probabilities where that is all."""


class Reader:
    """Reads texts with one model and the rules. ``model`` names both, with their revisions."""

    def __init__(self, sentiment: Model, own_rules: Path | None = None) -> None:
        rule_files.check_own(own_rules)
        self._own_rules = own_rules
        self._sentiment = sentiment
        self._thresholds: Mapping[str, float] = getattr(sentiment, "thresholds", {})
        rules = rule_files.revision(self._thresholds, own_rules)
        self.model = f"{sentiment.name}@{sentiment.revision}+{rules}"

    def read(self, items: Sequence[Text]) -> list[Reading]:
        """A reading of each item, in order; an empty text is judged by its stars. The model reads
        a text that occurs several times once."""
        texts = [full_text(item) for item in items]
        worded = [text for text in dict.fromkeys(texts) if WORD.search(text)]
        read = self._sentiment.read(worded)
        heard = [_understood(one) for one in read]
        by_text = dict(zip(worded, heard, strict=True))
        return [
            self._join(item, text, by_text.get(text))
            for item, text in zip(items, texts, strict=True)
        ]

    def _join(self, item: Text, text: str, heard: Heard | None) -> Reading:
        weighed = weigh(_told(item, heard), item.stars)
        language = find_language(text, item.language)
        ruled = find_ruled(item, text, heard, rules_of(language, self._own_rules))
        topics = ruled.joined_topics(text, heard, self._thresholds)
        severity = ruled.joined_severity(text, heard, self._thresholds)
        return Reading(
            language=language,
            sentiment=weighed.sentiment,
            confidence=round(weighed.confidence, 4),
            probabilities={name: round(p, 4) for name, p in weighed.probabilities.items()},
            stars=weighed.stars,
            topics=topics,
            severity=severity.level,
            reasons=severity.reasons,
            contradiction=_contradicts(item, weighed, severity),
            doubtful=severity.doubtful,
        )


@dataclass(frozen=True)
class Ruled:
    """What the rules find in a text."""

    topics: list[Topic]
    severity: Severity
    elsewhere: bool = False
    """It is a post about no business: it has no topics, and its danger is doubtful."""

    def joined_topics(
        self, text: str, heard: Heard | None, thresholds: Mapping[str, float]
    ) -> list[Topic]:
        """The topics, with what the model hears."""
        if self.elsewhere or heard is None or heard.topics is None:
            return self.topics
        return join_topics(text, self.topics, heard.topics, thresholds)

    def joined_severity(
        self, text: str, heard: Heard | None, thresholds: Mapping[str, float]
    ) -> Severity:
        """The severity, with what the model hears; danger elsewhere must be heard clearly."""
        if heard is None:
            return self.severity
        if not self.elsewhere:
            return join_severity(text, self.severity, heard, thresholds)
        raised = {name: max(least, SURE) for name, least in thresholds.items()}
        found = join_severity(text, self.severity, heard, raised)
        return replace(found, doubtful=found.level == "critical")


def find_ruled(item: Text, text: str, heard: Heard | None, rules: Rules) -> Ruled:
    """The rules' topics and severity of an item whose full text this is."""
    # the words decide what high severity and bare topics mean, not the stars beside them
    by_text = weigh(_told(item, heard), None if heard else item.stars).sentiment
    words = split_words(text[:RULED], rules.contrasts)
    severity = find_severity(text, words, rules, by_text)
    if _is_elsewhere(item, heard):
        # a fire in the news has the words of a fire in the kitchen: only the model tells them,
        # but for what is under "always" where it is not sure that no business is judged
        stands = severity.certain and (heard is None or (heard.judges or 0.0) >= FAR)
        return Ruled([], severity if stands else Severity(), elsewhere=True)
    return Ruled(find_topics(text, words, rules, by_text), severity)


def reader_name(
    folder: Path | None = None, own_rules: Path | None = None, alarms: str = USUAL
) -> str:
    """What the reader of that folder signs its verdicts with, without loading it. ModelError."""
    facts = read_facts(folder or shipped_folder(), alarms)
    return f"{facts.name}@{facts.revision}+{rule_files.revision(facts.thresholds, own_rules)}"


def open_reader(
    folder: Path | None = None,
    threads: int = 1,
    own_rules: Path | None = None,
    alarms: str = USUAL,
) -> Reader:
    """A reader with the model of a folder (the shipped one by default), and rules added to the
    shipped ones; so many alarms. Raises ModelError."""
    return Reader(load(folder, threads, alarms), own_rules)


def clean(text: str) -> str:
    """The text as Unicode wants it, without what is not seen; what cannot be read (NUL, lone
    surrogates) made blank."""
    text = shortened(text)
    if text.isascii():
        return UNREADABLE.sub(" ", text)
    seen = UNSEEN.sub("", UNREADABLE.sub(" ", text))
    return "".join(unicodedata.normalize("NFC", some) for some in SOME.findall(seen))


def full_text(item: Text) -> str:
    """Title and text, as the model was trained to read them."""
    title, text = clean(item.title or "").strip(), clean(item.text).strip()
    # platforms without titles give the text's beginning as one
    is_apart = title and not text.startswith(title.rstrip(".…"))
    return shortened(f"{title}\n{text}") if is_apart else text


def shortened(text: str) -> str:
    """The text; of one longer than LONGEST, stretches at even distances, a line each."""
    if len(text) <= LONGEST:
        return text
    size = LONGEST // STRETCHES - 1
    starts = (n * (len(text) - size) // (STRETCHES - 1) for n in range(STRETCHES))
    return "\n".join(text[start : start + size] for start in starts)


def _understood(read: Heard | StarProbabilities) -> Heard | None:
    """What a model hears; None where it was not taught the script."""
    heard = read if isinstance(read, Heard) else Heard(read)
    return heard if heard.understood else None


def _told(item: Text, heard: Heard | None) -> StarProbabilities | None:
    """What the words say of the business; None where there are none."""
    if heard is None:
        return None
    if item.post and heard.judges is not None:
        return lessened(heard.stars, heard.judges)
    return heard.stars


def _is_elsewhere(item: Text, heard: Heard | None) -> bool:
    """A post that judges no business, as far as the model hears."""
    return item.post and heard is not None and heard.judges is not None and heard.judges < 0.5


def _contradicts(item: Text, weighed: Weighed, severity: Severity) -> bool:
    hazard = item.stars is not None and item.stars >= 4 and severity.level == "critical"
    return weighed.contradiction or hazard
