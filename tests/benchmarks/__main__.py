"""``python -m tests.benchmarks [names…] [--rows N] [--cache FOLDER]``: one table of figures."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tests.benchmarks.line import Line, Options

HERE = Path(__file__).parent
NAMES = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))


def main(
    names: Annotated[list[str] | None, typer.Argument(help=", ".join(NAMES))] = None,
    rows: Annotated[int | None, typer.Option(min=1, help="How much to do each with.")] = None,
    cache: Annotated[Path, typer.Option(help="Where databases are kept.")] = Options.cache,
) -> None:
    """Measure, and print what, ours, the peer or floor beside it, and the ratio."""
    unknown = sorted(set(names or ()) - set(NAMES))
    if unknown:
        raise typer.BadParameter(f"no benchmark {', '.join(unknown)}; there are {', '.join(NAMES)}")
    told = Console(stderr=True)
    table = _table()
    for line in _measured(names or NAMES, Options(rows, cache), told):
        told.print(*_cells(line), sep="   ", highlight=False)
        table.add_row(*_cells(line))
    Console(width=None if sys.stdout.isatty() else 150).print(table)


def _measured(names: list[str], options: Options, told: Console) -> Iterator[Line]:
    for name in names:
        told.rule(name)
        yield from importlib.import_module(f"tests.benchmarks.bench_{name}").lines(options)


def _table() -> Table:
    table = Table(title="Vigie, measured")
    table.add_column("what")
    for column in ("ours", "beside"):
        table.add_column(column, justify="right")
    table.add_column("which is")
    table.add_column("ratio", justify="right")
    table.add_column("target", no_wrap=True)
    table.add_column("and")
    return table


def _cells(line: Line) -> list[str]:
    return [
        line.what,
        _number(line.ours, line.unit),
        "" if line.other is None else _number(line.other, line.unit),
        line.beside,
        "" if line.ratio is None else f"{line.ratio:.2f}",
        _target(line),
        line.detail,
    ]


def _target(line: Line) -> str:
    """ "≥ 0.94 yes"; nothing for a figure that had no target."""
    if line.goal is None:
        return ""
    sign = "≤" if line.goal.at_most else "≥"
    return f"{sign} {line.goal.value:.3g} {'yes' if line.goal.is_met(line.ours) else 'no'}"


def _number(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"


if __name__ == "__main__":
    typer.run(main)
