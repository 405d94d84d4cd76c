"""From the two packages to the shipped files, in one command.

    python rebuild.py --data path/to/corpora [--out ../sentiment] [--work work] [--share 0.02]

Needs requirements.txt and the product installed beside it (thresholds are chosen with the product's
own rules). A step whose result is there already is not run again: empty the work folder for a
rebuild from nothing. Seeds are fixed. With a small share of the texts all steps run in minutes: the
model is of no use, but the way is seen to be open (give it an --out and a --work of its own).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
LAYERS = "0,2,4,6,8,9,10,11"
"""Of the twelve, those that are kept: of nine choices of eight, this one answered best before it
was taught again."""

WIDTHS = ("--heads", "72", "--middle", "1280")
"""What narrow.py leaves, of 96 heads in all and 1,536 middle units a layer."""


def steps(work: Path, data: Path, out: Path, share: float) -> list[tuple[Path, list[str]]]:
    """What each step makes, and its command."""
    names = ("base", "first", "second", "third", "small", "cut", "narrow")
    base, first, second, third, small, cut, narrow = (work / name for name in names)

    def fit(start: Path, made: Path, more: str) -> tuple[Path, list[str]]:
        paths = ["--start", str(start), "--out", str(made), "--data", str(data)]
        return made, ["train.py", *paths, "--share", str(share), *more.split()]

    def clean(texts: int) -> str:
        return f"--clean {round(share * texts)}"

    again = f"--epochs 3 --frozen 3 {clean(2000)} --copies 1 --rate 5e-5"
    plain = f"--copies 0 --lively 0.5 {clean(2500)} --clean-weight 1 --marked 0.35"
    last = f"{plain} --epochs 2 --rate-end 0.08 --mean 0.35"
    taught = f"{plain} --teacher {third} --ceiling"
    cutting = ["narrow.py", "--start", str(small), "--out", str(cut), *WIDTHS]
    return [
        (base, ["base.py", "--out", str(base)]),
        fit(base, first, f"--epochs 3 --frozen 3 {clean(900)}"),
        fit(first, second, again),
        fit(second, third, last),
        fit(third, small, f"{taught} --layers {LAYERS} --epochs 5 --rate 1.2e-4"),
        (cut, cutting),
        fit(cut, narrow, f"{taught} --epochs 5 --rate 9e-5 --rate-end 0.05 --mean 0.3"),
        (out / ".", ["export.py", "--start", str(narrow), "--out", str(out)]),
        (out / ".", ["thresholds.py", "--model", str(out)]),
    ]


def main() -> None:
    """Run every step that has not been."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=HERE.parent / "sentiment")
    parser.add_argument("--work", type=Path, default=HERE / "work")
    parser.add_argument("--share", type=float, default=1.0, help="part of the texts that is read")
    chosen = parser.parse_args()
    paths = (chosen.work.resolve(), chosen.data.resolve(), chosen.out.resolve())
    for made, command in steps(*paths, chosen.share):
        if made.parent == paths[0] and made.exists():
            print(f"{made.name}: there already")
            continue
        began = time.monotonic()
        subprocess.run([sys.executable, *command], cwd=HERE, check=True)
        print(f"{command[0]}: {(time.monotonic() - began) / 60:.0f} minutes", flush=True)


if __name__ == "__main__":
    main()
