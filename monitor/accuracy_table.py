"""The figures of an evaluation as the terminal shows them: a row a figure, a column a language."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from monitor.evaluating import Evaluated
from monitor.measure.accuracy import Accuracy, Measured
from monitor.measure.bootstrap import Estimate
from monitor.measure.shares import Share

WIDE = 150
ROWS: dict[str, Callable[[Accuracy], Share | Estimate]] = {
    "negative from positive": lambda a: a.binary,
    "three sentiments": lambda a: a.sentiment,
    "macro-F1 of the three": lambda a: a.macro_f1,
    "stars exact": lambda a: a.stars_exact,
    "stars within one": lambda a: a.stars_within_one,
    "negatives found": lambda a: a.negative_recall,
    "negatives rightly so": lambda a: a.negative_precision,
    "criticals found": lambda a: a.critical_recall,
    "criticals rightly so": lambda a: a.critical_precision,
    "high severity found": lambda a: a.high_recall,
    "high severity rightly so": lambda a: a.high_precision,
    "topics, micro-F1": lambda a: a.topics_f1,
    "their polarity": lambda a: a.polarity,
    "language, 10+ words": lambda a: a.language,
    "calibration error": lambda a: a.calibration.error,
}


def show(evaluated: Evaluated) -> None:
    """Print the tables on standard output."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDE)
    console.print(f"{evaluated.model}: percentages, with 95% intervals", highlight=False)
    console.print(table("Test part, by the text alone", evaluated.alone))
    console.print(table("Test part, with the stars given", evaluated.starred))
    if evaluated.labels is None:
        console.print("Labels: the team has not corrected any reading of this model yet.")
    else:
        console.print(table("Labels: what the team corrected", evaluated.labels))


def table(title: str, found: Measured) -> Table:
    """The figures in total, then by language."""
    made = Table(title=title, title_justify="left")
    columns = {"all": found.total, **found.languages}
    made.add_column("")
    for name in columns:
        made.add_column(name, justify="right")
    made.add_row("texts", *(str(one.n) for one in columns.values()))
    for name, figure in ROWS.items():
        made.add_row(name, *(cell(figure(one)) for one in columns.values()))
    return made


def cell(figure: Share | Estimate) -> str:
    """ "95.1 (93-97)", or a dash where there is no data."""
    value = figure.share if isinstance(figure, Share) else figure.value
    if value is None or figure.low is None or figure.high is None:
        return "–"
    return f"{100 * value:.1f} ({100 * figure.low:.0f}-{100 * figure.high:.0f})"


@contextmanager
def progress(total: int) -> Iterator[Callable[[int], object]]:
    """A bar on standard error, where that is a terminal; gives what moves it on."""
    console = Console(stderr=True)
    columns = ("reading", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=total)
        yield lambda read: bar.advance(task, read)
