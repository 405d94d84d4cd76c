"""The command line as scripts and people use it: a process, its output, its exit status."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.platforms.server import Server
from tests.simulation.trustpilot import Simulation, settings, some

PATIENCE = 120.0
"""Seconds; a busy machine is slow to start a process."""
KEYS = [
    *("external_id", "url", "author", "title", "text", "language", "stars"),
    *("written_at", "edited_at", "verified", "location", "reply"),
]
UNDERSTOOD = [
    *("language", "sentiment", "confidence", "probabilities", "stars", "topics"),
    *("severity", "reasons", "contradiction", "doubtful", "model"),
]
Vigie = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A home of its own, and no variable of the tests'."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    home = tmp_path / "home"
    home.mkdir()
    return {**kept, "HOME": str(home), "PYTHONUTF8": "1"}


@pytest.fixture
def vigie(tmp_path: Path, environment: dict[str, str]) -> Vigie:
    """Runs the program in an empty folder."""

    def run(*words: str, said: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "monitor.cli", *words],
            input=said,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment | more,
            timeout=PATIENCE,
        )

    return run


def configured(folder: Path, sources: list[dict[str, Any]] | None = None, **more: Any) -> Path:
    """A small configuration."""
    brand = {"key": "lumen", "name": "Maison Lumen", "sources": sources or []}
    told = {
        "brands": [brand],
        "collecting": {"allow_private_hosts": True, "pace_seconds": 0, "timeout_seconds": 10},
        **more,
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(told, sort_keys=False, allow_unicode=True), "utf-8")
    return path


def a_source(url: str) -> dict[str, Any]:
    return {"name": "avis", "platform": "trustpilot", "settings": settings(url, "api")}


# check and migrate


def test_check_and_migrate(vigie: Vigie, tmp_path: Path) -> None:
    configured(tmp_path, [a_source("http://127.0.0.1:9")])
    good = vigie("check")
    lines = good.stdout.splitlines()
    model = [line for line in lines if "classifier" in line]
    others = [line for line in lines if line not in model]
    assert all(line.startswith("✓") for line in others)
    assert "source avis: Trustpilot for Maison Lumen, replies are posted" in good.stdout
    assert good.returncode == (0 if model[0].startswith("✓") else 1)
    assert vigie("migrate").stdout.startswith(("migrated to", "nothing to migrate"))
    assert vigie("migrate").stdout == "nothing to migrate\n"


A_SOURCE = "brands:\n- key: a\n  name: A\n  sources:\n  - name: s\n    platform: "
BAD = {
    "an unknown key": ("brands:\n- key: a\n  name: A\n  colour: red\n", 4, "brands[0].colour"),
    "a missing key": ("brands:\n- key: a\n", 2, "brands[0].name"),
    "a wrong zone": (
        "brands:\n- key: a\n  name: A\n  time_zone: Paris\n",
        4,
        "brands[0].time_zone",
    ),
    "no such platform": (
        f"{A_SOURCE}nowhere\n",
        6,
        "brands[0].sources[0].platform",
    ),
    "a platform's setting": (
        f"{A_SOURCE}trustpilot\n    settings:\n      domain: a b\n",
        8,
        "brands[0].sources[0].settings.domain",
    ),
    "a secret that is not there": (
        "brands:\n- key: a\n  name: A\nmail:\n  password: ${NOWHERE}\n",
        5,
        "mail.password",
    ),
    "a key given twice": ("brands:\n- key: a\n  name: A\n  name: B\n", 4, "brands[0].name"),
    "not YAML": ("brands:\n- key: [a\n", 3, ""),
}


def test_each_bad_configuration_names_file_line_and_key(vigie: Vigie, tmp_path: Path) -> None:
    for what, (text, line, key) in BAD.items():
        (tmp_path / "wrong.yaml").write_text(text, "utf-8")
        told = vigie("check", "--config", "wrong.yaml")
        assert told.returncode == 2, what
        place = f"wrong.yaml, line {line}" + (f", {key}: " if key else ": ")
        assert place in told.stderr, (what, told.stderr)
        assert "Traceback" not in told.stderr
    missing = vigie("check", "--config", "nowhere.yaml")
    assert (missing.returncode, "nowhere.yaml: cannot be read" in missing.stderr) == (2, True)


# try


def test_try_prints_json_lines_and_refuses_private_addresses(vigie: Vigie, tmp_path: Path) -> None:
    configured(tmp_path, collecting={"pace_seconds": 0})
    with Server(Simulation(some(7))) as server:
        words = ["try", "trustpilot", "--set", f"base_url={server.url}"]
        words += ["--set", "domain=www.maison-lorette.example"]
        refused = vigie(*words)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr.startswith("private_address: ")
        (tmp_path / "config.yaml").rename(tmp_path / "aside.yaml")
        without = vigie(*words)  # the shipped demonstration may visit this machine, a trial may not
        assert (without.returncode, without.stdout) == (1, "")
        (tmp_path / "aside.yaml").rename(tmp_path / "config.yaml")
        shown = vigie(*words, "--allow-private", "--pages", "2")
    assert (shown.returncode, shown.stderr) == (0, "")
    found = [json.loads(line) for line in shown.stdout.splitlines()]
    assert [list(one) for one in found] == [KEYS] * 6
    assert [one["stars"] for one in found] == [3, 2, 1, 5, 4, 3]
    assert not (tmp_path / "var").exists(), "nothing is stored"
    unknown = vigie("try", "nowhere")
    assert unknown.returncode == 1
    assert "trustpilot" in unknown.stderr


# classify


def test_classify_keeps_the_order_and_answers_bad_lines_in_their_place(
    vigie: Vigie, tmp_path: Path
) -> None:
    configured(tmp_path)
    lines = [
        {"text": "Parfait, livraison rapide et lampe magnifique, merci !", "language": "fr"},
        "not json",
        {"title": "no text"},
        {"text": "Arrived broken, three weeks late, and nobody answers. Never again.", "stars": 1},
    ]
    said = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    told = vigie("classify", said=said)
    if "model.onnx is missing" in told.stderr:
        pytest.skip(f"the model is not trained yet: {told.stderr.strip()}")
    good, bad, worse, last = [json.loads(line) for line in told.stdout.splitlines()]
    assert told.returncode == 1
    assert told.stderr.strip() == "2 bad lines"
    assert [list(bad), list(worse)] == [["error"], ["error"]]
    assert (good["language"], good["sentiment"]) == ("fr", "positive")
    assert (last["language"], last["sentiment"]) == ("en", "negative")
    assert list(good) == UNDERSTOOD
    assert sum(good["probabilities"].values()) == pytest.approx(1, abs=1e-3)
    assert vigie("classify", said=json.dumps({"text": "ok"}) + "\n").returncode == 0


# once, import, user, report


def test_once_works_off_and_names_each_failure(vigie: Vigie, tmp_path: Path) -> None:
    platform = Simulation(some(7))
    with Server(platform) as server:
        configured(tmp_path, [a_source(server.url)])
        unknown = vigie("once", "nothing")
        assert unknown.returncode == 2
        assert "collect" in unknown.stderr
        done = vigie("once", "collect", "--config", "config.yaml")
        assert (done.returncode, "collect: 1 done" in done.stderr) == (0, True)
        assert vigie("once", "collect").returncode == 0, "nothing is due"
        platform.lie = "html for json"
        configured(tmp_path, [a_source(server.url) | {"name": "encore"}])
        failed = vigie("once", "collect")
    assert failed.returncode == 1
    assert "source encore: changed: the platform sent an HTML page where JSON was due" in (
        failed.stderr
    )
    assert "Traceback" not in failed.stderr


SHEET = """date;note;texte;auteur
12/11/2026;1;Jamais reçu;Camille
pas une date;2;Cassé;Dominique
13/11/2026;9;Bien;Claude
14/11/2026;5;Très bien;Sacha
"""


def test_import_lists_what_it_rejects_and_twice_is_free(vigie: Vigie, tmp_path: Path) -> None:
    configured(tmp_path)
    (tmp_path / "avis.csv").write_text(SHEET, "utf-8")
    columns = "columns={written_at: date, stars: note, text: texte, author: auteur}"
    words = ["import", "avis.csv", "--source", "enquete", "--set", columns]
    words += ["--set", "date_format=%d/%m/%Y"]
    first = vigie(*words)
    assert first.stdout == "2 read, 2 new, 0 changed\n", first.stderr
    assert first.returncode == 1
    rejected = first.stderr.strip().splitlines()
    assert len(rejected) == 2
    assert re.search(r"\b3: .*pas une date", rejected[0]), rejected
    assert re.search(r"\b4: .*9", rejected[1]), rejected
    again = vigie(*words)
    assert again.stdout == "2 read, 0 new, 0 changed\n"
    report = vigie("report", "--week", "2026-W46", "--out", "out")
    assert report.returncode == 0, report.stderr
    written = {Path(line).name for line in report.stdout.splitlines()}
    assert {"report.html", "report.txt", "report.json"} <= written
    assert all((tmp_path / line).stat().st_size for line in report.stdout.splitlines())
    figures = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    assert figures["figures"]["volume"]["received"] == 2
    assert vigie("report", "--week", "week 46", "--out", "out").returncode == 2


def test_user_add_list_link_withdraw(vigie: Vigie, tmp_path: Path) -> None:
    configured(tmp_path, pages={"public_url": "https://vigie.example"})
    link = r"https://vigie\.example/welcome/[\w-]{30,}\n"
    added = vigie("user", "add", "Zoe@example.org", "--name", "Zoé", "--role", "approver")
    assert re.fullmatch(r"Zoé <zoe@example\.org>, approver\n" + link, added.stdout), added.stderr
    twice = vigie("user", "add", "zoe@example.org", "--name", "Zoé")
    assert (twice.returncode, twice.stderr) == (1, "not done: email taken\n")
    assert vigie("user", "list").stdout == "zoe@example.org  approver  Zoé\n"
    other = vigie("user", "link", "zoe@example.org").stdout
    assert re.fullmatch(link, other)
    assert other not in added.stdout
    assert vigie("user", "link", "nobody@example.org").returncode == 1
    assert vigie("user", "withdraw", "zoe@example.org").returncode == 0
    assert "withdrawn" in vigie("user", "list").stdout


# run


def children(pid: int) -> set[int]:
    """Every descendant of a process."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True)
    pairs = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()]
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        parent = waiting.pop()
        born = {child for child, its in pairs if its == parent} - found
        found |= born
        waiting += born
    return found


def is_there(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_run_starts_in_an_empty_folder_and_stops_on_sigterm(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor.cli", "run", "--port", str(port)],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        cwd=tmp_path,
        env=environment,
    )
    with process:
        assert process.stderr is not None
        try:
            said = ""
            while "/welcome/" not in said:
                line = process.stderr.readline()
                assert line, f"it stopped: {said}"
                said += line
            assert re.search(r"http://127\.0\.0\.1:\d+/welcome/[\w-]{30,}", said)
            here = httpx.HTTPTransport(retries=20)  # the link is printed before the port is open
            with httpx.Client(transport=here, timeout=PATIENCE) as client:
                alive = client.get(f"http://127.0.0.1:{port}/healthz")
            assert alive.status_code == 200
            family = children(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            rest = process.stderr.read()
        assert process.wait(PATIENCE) == 0, rest
    assert "Traceback" not in said + rest
    assert [pid for pid in family if is_there(pid)] == []
