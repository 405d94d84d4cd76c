"""The benchmark of speed: both readers are given the same reviews, in turn."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from tests.benchmarks import bench_classify as bench
from tests.benchmarks.line import Options

TURN = bench.Figures(reviews=1, pieces=70, cold=1, peak=100, length=70, windowed=75)


def test_both_read_the_same_reviews_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[tuple[str, list[str]]] = []

    def measure(python: str, script: str, texts: list[str], *arguments: str) -> bench.Figures:
        turns.append((python, texts))
        speeds = {sys.executable: [40, 90, 60], "torch": [2, 3, 9]}[python]
        reviews = speeds[sum(one == python for one, _ in turns) - 1]
        return replace(TURN, reviews=reviews, pieces=reviews * 70)

    monkeypatch.setenv("VIGIE_TORCH_PYTHON", "torch")
    monkeypatch.setattr(bench, "measure", measure)
    monkeypatch.setattr(bench, "roof", lambda pieces: 8 * pieces)
    reviews, pieces, *_, roof = bench.lines(Options(rows=5))
    assert [python for python, _ in turns] == [sys.executable, "torch"] * 3
    assert all(texts == turns[0][1] for _, texts in turns)
    assert len(turns[0][1]) == 5
    assert (reviews.ours, reviews.other, reviews.ratio) == (60, 3, 20)
    assert (pieces.ours, pieces.other) == (4200, 210)
    assert (roof.ours, roof.other) == (60, 8 * 75)


def test_the_reviews_are_of_the_length_that_is_told() -> None:
    tokenizers = pytest.importorskip("tokenizers")
    path = bench.ROOT / "models" / "sentiment" / "tokenizer.json"
    tokenizer = tokenizers.Tokenizer.from_file(str(path))
    lengths = [len(one.ids) for one in tokenizer.encode_batch(bench.sample(bench.ROWS))]
    assert len(lengths) == bench.ROWS
    assert sum(lengths) / len(lengths) == pytest.approx(71, abs=5)
    assert max(lengths) <= 256, "the pipeline cuts off what is longer"
