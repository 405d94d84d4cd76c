"""The house keeps its own rules: who imports whom, where heavy things live, what is documented."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
READS = {"tell": {"measure"}}
"""Measures are pure reads: what is told is what was measured."""
STAGES = {"collect", "understand", "measure", "reply", "tell"}
ONE_HOME = {
    "scrapy": ("crawlers/",),
    "transformers": ("monitor/understand/sentiment", "monitor/understand/origin.py"),
    "torch": ("monitor/understand/foreign.py",),
    "onnxruntime": ("monitor/understand/sentiment",),
    "apscheduler": ("monitor/daemon.py",),
    "fastapi": ("monitor/web/", "monitor/daemon.py"),
    "smtplib": ("monitor/tell/mail",),
}
MEETING_PLACES = {
    "cli",
    "daemon",
    "start",
    "jobs",
    "installation",
    "check",
    "checkup",
    "trial",
    "importing",
}
"""Where stages, crawlers and pages may meet: the command line and the daemon, by their parts."""


def _files(folder: str) -> list[Path]:
    return sorted(path for path in (ROOT / folder).rglob("*.py"))


def _imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Every module imported in the file, and whether at its top (type checking left out)."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        for parent in ast.iter_child_nodes(node):
            if isinstance(parent, ast.Import | ast.ImportFrom):
                top = isinstance(node, ast.Module)
                names = (
                    [alias.name for alias in parent.names]
                    if isinstance(parent, ast.Import)
                    else [f"{parent.module}.{alias.name}" for alias in parent.names]
                )
                for name in names:
                    yield name, top


def _room(path: Path) -> str:
    parts = path.relative_to(ROOT / "monitor").parts
    return parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", _files("crawlers"), ids=lambda path: path.name)
def test_crawlers_know_nothing_of_the_rest(path: Path) -> None:
    assert [name for name, _ in _imports(path) if name.split(".")[0] == "monitor"] == []


def test_who_may_import_whom() -> None:
    wrong = []
    for path in _files("monitor"):
        room = _room(path)
        for name, _ in _imports(path):
            if not _allowed(path, room, name.split(".")):
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert wrong == []


def _allowed(path: Path, room: str, name: list[str]) -> bool:
    if name[0] == "crawlers":
        where = path.relative_to(ROOT / "monitor").as_posix()
        knowing = room == "collect" or where in {"reply/publish.py", "reply/limits.py"}
        return knowing or room in MEETING_PLACES
    if name[0] != "monitor" or len(name) < 2 or room in MEETING_PLACES:
        return True
    target = name[1]
    if target == "web":
        return room == "web"
    if room in STAGES:
        return target not in STAGES - {room} - READS.get(room, set())
    if room == "store":
        return target in {"store", "clock", "config"}
    return True


def test_heavy_libraries_have_one_home() -> None:
    wrong = []
    for path in [*_files("monitor"), *_files("crawlers")]:
        where = path.relative_to(ROOT).as_posix()
        for name, _ in _imports(path):
            homes = ONE_HOME.get(name.split(".")[0])
            if homes and not where.startswith(homes):
                wrong.append(f"{where} imports {name}")
    assert wrong == []


def test_the_command_line_and_the_idle_daemon_do_not_pay_for_heavy_libraries() -> None:
    code = (
        "import sys, json; import monitor.cli, monitor.daemon, monitor.jobs, monitor.installation;"
        "print(json.dumps(sorted(sys.modules)))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    loaded = {name.split(".")[0] for name in json.loads(shown.stdout)}
    heavy = {"torch", "transformers", "scrapy", "weasyprint", "matplotlib", "onnxruntime", "scipy"}
    assert loaded & heavy == set()
    assert "monitor" in loaded


def test_no_module_asks_which_platform_it_has() -> None:
    from crawlers.contract import names

    platforms = set(names())
    wrong = []
    for path in _files("monitor"):
        if "demo" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Compare):
                said = {
                    leaf.value for leaf in ast.walk(node) if isinstance(leaf, ast.Constant)
                } & platforms
                if said:
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} compares with {said}")
    assert wrong == []
