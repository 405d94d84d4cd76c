"""A wheel installs into a clean place and runs from any folder, its data found inside it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from models.training.corpora import part_of
from monitor.testpart import read_tests

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked where it would be installed; its dependencies are this run's own."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    site = folder / "site"
    zipfile.ZipFile(wheel).extractall(site)
    return site


def vigie(site: Path, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run the installed program from a folder that has nothing in it."""
    empty = site.parent / "empty"
    shutil.rmtree(empty, ignore_errors=True)
    empty.mkdir()
    return subprocess.run(
        [sys.executable, "-c", "from monitor.cli import main; main()", *arguments],
        cwd=empty,
        env={**os.environ, "PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"},
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_only_two_packages_are_importable_names(installed: Path) -> None:
    names = {path.name for path in installed.iterdir() if not path.name.endswith(".dist-info")}
    assert names == {"crawlers", "monitor"}


def test_the_installed_program_finds_its_own_files(installed: Path) -> None:
    code = (
        "import monitor, pathlib; from monitor.places import shipped;"
        "inside = pathlib.Path(monitor.__file__).parent;"
        "assert all(inside in shipped(n).parents for n in"
        " ('templates', 'models/sentiment', 'config.example.yaml'));"
        "print('inside')"
    )
    environment = {**os.environ, "PYTHONPATH": str(installed), "PYTHONSAFEPATH": "1"}
    shown = subprocess.run(
        [sys.executable, "-c", code],
        cwd=installed.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.strip() == "inside"


def test_the_installed_program_checks_and_classifies(installed: Path) -> None:
    checked = vigie(installed, "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "classifier: " in checked.stdout
    line = '{"text": "Très déçu, colis jamais arrivé et personne ne répond."}\n'
    told = vigie(installed, "classify", given=line)
    assert told.returncode == 0, told.stderr
    assert '"sentiment": "negative"' in told.stdout


def test_of_the_labelled_reviews_the_wheel_carries_the_test_part_alone(installed: Path) -> None:
    carried = {path.name for path in (installed / "monitor/models/reviews").glob("*.jsonl")}
    reviews = (ROOT / "models" / "training" / "reviews").glob("*.jsonl")
    assert carried == {path.name for path in reviews if part_of(path.stem) == "test"}
    assert (installed / "monitor/models/reviews/README.md").exists(), "it names their licence"
    assert len(read_tests(installed / "monitor/models/reviews")) == len(read_tests())


def test_neither_torch_nor_training_is_in_the_wheel(installed: Path) -> None:
    assert not list(installed.rglob("*training*"))
    metadata = next(installed.glob("*.dist-info")) / "METADATA"
    needed = [line for line in metadata.read_text().splitlines() if line.startswith("Requires")]
    asked = [line for line in needed if "torch" in line and "extra == " not in line]
    assert not asked
    assert len(needed) > 10
