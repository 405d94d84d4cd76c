"""What a classifier must beat: a word list, and counted n-grams under logistic regression."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from monitor.measure.accuracy import SENTIMENTS, Found
from monitor.testpart import LabelledText

TONE = 0.05
"""From this distance to zero on, VADER's authors take a text for positive or negative."""
FEATURES = 60_000
SURE = 0.5
"""A topic is said from this probability on."""


def full_text(text: LabelledText) -> str:
    """Title and text, as one."""
    return f"{text.title}\n{text.text}" if text.title else text.text


class Vader:
    """VADER, for English alone: C. J. Hutto and E. Gilbert, ICWSM (2014)."""

    def __init__(self) -> None:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

        self._analyzer = SentimentIntensityAnalyzer()

    def find(self, texts: Sequence[LabelledText]) -> list[Found]:
        """Sentiment alone; it knows of no stars, topics or severity."""
        return [self._found(full_text(text)) for text in texts]

    def _found(self, text: str) -> Found:
        tone = float(self._analyzer.polarity_scores(text)["compound"])
        name = "neutral" if abs(tone) < TONE else ("positive" if tone > 0 else "negative")
        either = {"negative": (1 - tone) / 2, "neutral": 0.0, "positive": (1 + tone) / 2}
        return Found(name, either)


class Linear:
    """Logistic regressions over some features of a text: one for each thing that is labelled, one a
    topic with its polarity. The features are scikit-learn's kind: by default TF-IDF of word and
    character n-grams."""

    def __init__(self, texts: Sequence[LabelledText], features: Any = None) -> None:
        self._features = features or _ngrams()
        table = self._features.fit_transform([full_text(text) for text in texts])
        self._sentiment = _trained(table, texts, lambda text: text.right.sentiment)
        self._stars = _trained(table, texts, lambda text: text.right.stars)
        self._severity = _trained(table, texts, lambda text: text.right.severity)
        self._language = _trained(table, texts, lambda text: text.right.language)
        self._labels, self._topics = _trained_topics(table, texts)

    def find(self, texts: Sequence[LabelledText]) -> list[Found]:
        """All that is labelled."""
        table = self._features.transform([full_text(text) for text in texts])
        chances = self._sentiment.predict_proba(table)
        topics = self._topics.predict_proba(table) >= SURE
        rest = zip(
            *(one.predict(table) for one in (self._stars, self._severity, self._language)),
            strict=True,
        )
        return [
            self._found(chance, told, found)
            for chance, told, found in zip(chances, topics, rest, strict=True)
        ]

    def _found(self, chance: Any, told: Any, rest: tuple[Any, Any, Any]) -> Found:
        known = dict(zip(self._sentiment.classes_, map(float, chance), strict=True))
        probabilities = {name: known.get(name, 0.0) for name in SENTIMENTS}
        sentiment = max(probabilities, key=probabilities.__getitem__)
        return Found(
            sentiment=sentiment,
            probabilities=probabilities,
            confidence=probabilities[sentiment],
            stars=int(rest[0]),
            severity=str(rest[1]),
            topics=frozenset(
                label for label, is_said in zip(self._labels, told, strict=True) if is_said
            ),
            language=str(rest[2]),
        )


def _ngrams() -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import FeatureUnion

    common: dict[str, Any] = {"sublinear_tf": True, "min_df": 2, "max_features": FEATURES}
    return FeatureUnion(
        [
            ("words", TfidfVectorizer(ngram_range=(1, 2), **common)),
            ("letters", TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), **common)),
        ]
    )


def _trained(
    table: Any, texts: Sequence[LabelledText], right: Callable[[LabelledText], Any]
) -> Any:
    from sklearn.linear_model import LogisticRegression

    known = [number for number, text in enumerate(texts) if right(text) is not None]
    model = LogisticRegression(C=10, max_iter=500)
    return model.fit(table[known], [right(texts[number]) for number in known])


def _trained_topics(table: Any, texts: Sequence[LabelledText]) -> tuple[list[tuple[str, str]], Any]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.preprocessing import MultiLabelBinarizer

    binarizer = MultiLabelBinarizer()
    right = binarizer.fit_transform([sorted(text.right.topics or ()) for text in texts])
    model = OneVsRestClassifier(LogisticRegression(C=10, solver="liblinear"))
    return [tuple(label) for label in binarizer.classes_], model.fit(table, right)
