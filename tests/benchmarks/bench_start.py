"""From process start to an answer, and the memory of a daemon at rest, beside a bare FastAPI.

``vigie run`` with the shipped configuration on a new database, in a folder of its own: with the
demonstration, and without it (and then without sources, so that it truly rests).
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import yaml

from tests.benchmarks.line import Line, Options

ROOT = Path(__file__).resolve().parents[2]
TURNS = 3
SETTLED_CPU, LOOK, LONGEST = 0.05, 3.0, 240.0
"""At rest: less than so much CPU in so many seconds; seconds waited for it."""
BARE = """
import sys, uvicorn, fastapi
app = fastapi.FastAPI()
app.get("/healthz")(lambda: "hello")
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_config=None, access_log=False)
"""


@dataclass(frozen=True)
class Started:
    """Seconds to the first answer and to the first page; what it holds at rest, in MB."""

    alive: float
    page: float
    rss: float
    pss: float
    settled: float


def lines(options: Options) -> Iterator[Line]:
    """Start-up and memory, each beside the bare application started the same way."""
    bare = [_started([sys.executable, "-c", BARE], None, "/healthz") for _ in range(TURNS)]
    floor = _middle(bare)
    beside = "bare FastAPI on uvicorn"
    for name, shown, turns in (("alone", False, TURNS), ("with demonstration", True, 1)):
        ours = _middle([_vigie(demonstration=shown) for _ in range(turns)])
        yield Line(f"vigie run, {name}, alive", ours.alive, "s", floor.alive, beside)
        yield Line(f"vigie run, {name}, first page", ours.page, "s", floor.page, beside)
        settled = f"at rest after {ours.settled:.0f} s"
        yield Line(f"vigie run, {name}, RSS at rest", ours.rss, "MB", floor.rss, beside, settled)
        yield Line(f"vigie run, {name}, PSS at rest", ours.pss, "MB", floor.pss, beside, settled)
    helped = statistics.median(_seconds([*_program(), "--help"]) for _ in range(TURNS))
    nothing = statistics.median(_seconds([sys.executable, "-c", "import typer"]) for _ in range(3))
    yield Line("vigie --help", helped, "s", nothing, "python -c 'import typer'")


def _middle(all_of_it: list[Started]) -> Started:
    return sorted(all_of_it, key=lambda one: one.alive)[len(all_of_it) // 2]


def _program() -> list[str]:
    return [sys.executable, "-m", "monitor.cli"]


def _seconds(command: list[str]) -> float:
    began = time.perf_counter()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(command, check=True, capture_output=True, env=environment)
    return time.perf_counter() - began


def _vigie(*, demonstration: bool) -> Started:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.yaml"
        shutil.copy(ROOT / "config.example.yaml", path)
        if not demonstration:
            told = yaml.safe_load(path.read_text(encoding="utf-8"))
            told["demonstration"] = False
            told["brands"][0]["sources"] = []
            path.write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf-8")
        command = [*_program(), "run", "--config", str(path), "--port"]
        return _started(command, folder, "/sign-in")


def _started(command: list[str], folder: str | None, page: str) -> Started:
    port = _free_port()
    with _running([*command, str(port)], folder) as process, httpx.Client(trust_env=False) as http:
        began = time.perf_counter()
        _answered(http, f"http://127.0.0.1:{port}/healthz", process)
        alive = time.perf_counter() - began
        _answered(http, f"http://127.0.0.1:{port}{page}", process)
        shown = time.perf_counter() - began
        settled = _settle(process.pid)
        rss, pss = _memory(process.pid)
        return Started(alive, shown, rss, pss, settled)


@contextmanager
def _running(command: list[str], folder: str | None) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=told, stderr=told, start_new_session=True
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _answered(http: httpx.Client, url: str, process: subprocess.Popen[bytes]) -> None:
    give_up = time.perf_counter() + 120
    while time.perf_counter() < give_up:
        assert process.poll() is None, f"it stopped with status {process.returncode}"
        try:
            if http.get(url).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.01)
    raise TimeoutError(f"{url} did not answer")


def _settle(pid: int) -> float:
    """Wait until the process, its children included, does next to nothing; seconds waited."""
    began = time.perf_counter()
    while time.perf_counter() - began < LONGEST:
        before = _cpu(pid)
        time.sleep(LOOK)
        if _cpu(pid) - before < SETTLED_CPU * LOOK:
            break
    return time.perf_counter() - began


def _cpu(pid: int) -> float:
    """CPU seconds of the process and of the children it has waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> tuple[float, float]:
    """RSS and PSS in MB (of 1,000,000 bytes)."""
    rows = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    told = {row.split()[0]: int(row.split()[1]) for row in rows[1:]}
    return told["Rss:"] * 1024 / 1e6, told["Pss:"] * 1024 / 1e6


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
