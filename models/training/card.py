"""Draw the model card's figures and print its tables, from the test part.

    python card.py [--out ../sentiment]      # in the product's environment

Writes calibration.png and confusion.png beside the card and prints Markdown.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from monitor.accuracy_table import ROWS
from monitor.evaluating import read_cases
from monitor.measure.accuracy import SENTIMENTS, Accuracy, Measured, measured
from monitor.measure.shares import Share
from monitor.testpart import read_tests
from monitor.understand import open_reader

INK, ACCENT = "#1f2328", "#2f5d50"


def table(found: Measured) -> Iterator[str]:
    """Every figure in total and by language, with its 95% interval."""
    columns = {"all": found.total, **found.languages}
    yield "| | " + " | ".join(columns) + " |"
    yield "|---|" + "---|" * len(columns)
    yield "| texts | " + " | ".join(str(one.n) for one in columns.values()) + " |"
    for name, figure in ROWS.items():
        yield f"| {name} | " + " | ".join(cell(figure(one)) for one in columns.values()) + " |"


def cell(figure: Any) -> str:
    """A figure with its interval."""
    value = figure.share if isinstance(figure, Share) else figure.value
    if value is None:
        return "–"
    return f"{value:.3f} ({figure.low:.2f}-{figure.high:.2f})"


def draw_calibration(columns: dict[str, Accuracy], path: Path) -> None:
    """How often it was right, by how sure it was: on the diagonal, probabilities mean what they
    say."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5.4), layout="constrained")
    for place, (name, one) in enumerate(columns.items(), start=1):
        axes = figure.add_subplot(2, 4, place)
        axes.plot([0, 1], [0, 1], color="#b8bec4", linewidth=1)
        points = [
            (b.confidence, b.right.share, b.right.low or 0.0, b.right.high or 1.0)
            for b in one.calibration.bins
            if b.confidence is not None and b.right.share is not None and b.right.n >= 5
        ]
        sure, right, low, high = np.array(points).T
        spread = [right - low, high - right]
        axes.errorbar(sure, right, yerr=spread, fmt="o-", color=ACCENT, markersize=4)
        axes.set_title(f"{name}: error {one.calibration.error.value:.3f}", fontsize=9, color=INK)
        axes.set_xlim(0.3, 1.02)
        axes.set_ylim(0, 1.02)
        axes.tick_params(labelsize=7)
    figure.supxlabel("how sure", fontsize=9)
    figure.supylabel("share right", fontsize=9)
    figure.savefig(path, dpi=110)


def draw_confusion(found: Accuracy, path: Path) -> None:
    """What each sentiment was taken for."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.4, 3.8), layout="constrained")
    axes = figure.add_subplot()
    rows = [[found.confusion[right][said] for said in SENTIMENTS] for right in SENTIMENTS]
    shares = [[count / max(1, sum(row)) for count in row] for row in rows]
    axes.imshow(shares, cmap="Greens", vmin=0, vmax=1)
    for y, row in enumerate(rows):
        for x, count in enumerate(row):
            colour = "white" if shares[y][x] > 0.6 else INK
            axes.text(x, y, f"{count}\n{shares[y][x]:.0%}", ha="center", va="center", color=colour)
    axes.set_xticks(range(3), SENTIMENTS)
    axes.set_yticks(range(3), SENTIMENTS)
    axes.set_xlabel("taken for")
    axes.set_ylabel("is")
    figure.savefig(path, dpi=110)


def failures(cases: Sequence[Any], texts: Sequence[Any]) -> Iterator[str]:
    """The most confident mistakes."""
    wrong = [
        (case.found.confidence, case, text)
        for case, text in zip(cases, texts, strict=True)
        if case.found.sentiment != case.right.sentiment
    ]
    for sure, case, text in sorted(wrong, key=lambda one: -one[0])[:24]:
        words = " ".join(text.text.split())[:150]
        yield f"- {text.right.language} {case.right.sentiment} taken for {case.found.sentiment}"
        yield f"  ({sure:.2f}): {words}"


def main() -> None:
    """Measure, draw, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "sentiment")
    chosen = parser.parse_args()
    texts = read_tests()
    cases = [alone for alone, _ in read_cases(open_reader(), texts, int)]
    found = measured(cases)
    draw_calibration({"all": found.total, **found.languages}, chosen.out / "calibration.png")
    draw_confusion(found.total, chosen.out / "confusion.png")
    print("\n".join([*table(found), "", *failures(cases, texts)]))


if __name__ == "__main__":
    main()
