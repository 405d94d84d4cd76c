"""From the two packages to the shipped files, in one command.

    python rebuild.py --data ../../../shared/data [--out ../sentiment] [--work work]

Needs requirements.txt and the product installed beside it (thresholds are chosen with the product's
own rules). A step whose result is there already is not run again: empty the work folder for a
rebuild from nothing. Seeds are fixed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
LAYERS = "1,3,5,7,9,11"


def steps(work: Path, data: Path, out: Path) -> list[tuple[Path, list[str]]]:
    """What each step makes, and its command."""
    base, teacher, student = work / "base", work / "teacher", work / "student"
    fit = ["train.py", "--data", str(data)]
    small = ["--teacher", str(teacher), "--layers", LAYERS, "--ceiling"]
    return [
        (base, ["base.py", "--out", str(base)]),
        (teacher, [*fit, "--start", str(base), "--out", str(teacher), "--frozen", "3"]),
        (student, [*fit, "--start", str(teacher), *small, "--out", str(student)]),
        (out / ".", ["export.py", "--start", str(student), "--out", str(out)]),
        (out / ".", ["thresholds.py", "--model", str(out)]),
    ]


def main() -> None:
    """Run every step that has not been."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=HERE.parent / "sentiment")
    parser.add_argument("--work", type=Path, default=HERE / "work")
    chosen = parser.parse_args()
    paths = (chosen.work.resolve(), chosen.data.resolve(), chosen.out.resolve())
    for made, command in steps(*paths):
        if made.parent == paths[0] and made.exists():
            print(f"{made.name}: there already")
            continue
        began = time.monotonic()
        subprocess.run([sys.executable, *command], cwd=HERE, check=True)
        print(f"{command[0]}: {(time.monotonic() - began) / 60:.0f} minutes", flush=True)


if __name__ == "__main__":
    main()
