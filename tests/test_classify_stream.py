"""vigie classify as a stream: constant memory, answers as they come, a clean end at any moment."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path
from subprocess import PIPE

import pytest

from monitor.understand import Reading, Text
from monitor.understand.stream import LONGEST_LINE, Progress, classify_stream

PATIENCE = 120.0


class Quick:
    """Reads without a model: the stars are the text's length, as far as five."""

    model = "quick@1"

    def read(self, items: Sequence[Text]) -> list[Reading]:
        return [self._one(item.text) for item in items]

    def _one(self, text: str) -> Reading:
        chances = {"negative": 1.0, "neutral": 0.0, "positive": 0.0}
        stars = min(len(text), 5)
        return Reading("fr", "negative", 1.0, chances, stars, [], "normal", [], False)


class Arriving:
    """A file that gives a block a time, and holds none."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self.blocks = blocks

    def read1(self, size: int, /) -> bytes:
        return next(self.blocks, b"")


def answered(blocks: Iterator[bytes]) -> tuple[list[str], Progress]:
    out: list[str] = []
    done = Progress()
    classify_stream(Arriving(blocks), out.append, Quick(), done, lambda _: None)
    return out, done


def resident() -> int:
    """Bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def test_a_hundred_thousand_lines_are_held_no_more_than_a_thousand() -> None:
    def blocks() -> Iterator[bytes]:
        for number in range(0, 100_000, 500):
            yield b"".join(b'{"text": "%d"}\n' % each for each in range(number, number + 500))

    held: list[int] = []
    written = 0

    def write(line: str) -> None:
        nonlocal written
        written += len(line)

    def told(done: Progress) -> None:
        if done.lines % 1_000 == 0:
            held.append(resident())

    done = Progress()
    classify_stream(Arriving(blocks()), write, Quick(), done, told)
    assert (done.lines, done.bad, len(held)) == (100_000, 0, 100)
    assert written > 15_000_000
    assert max(held) - held[0] < 4_000_000


def test_an_endless_line_is_refused_and_not_held() -> None:
    def blocks() -> Iterator[bytes]:
        yield b'{"text": "'
        for _ in range(800):  # 51 MB
            yield b"a" * 64_000
        yield b'"}\n{"text": "ok"}\n'

    tracemalloc.start()
    out, done = answered(blocks())
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 16 * LONGEST_LINE
    assert (done.lines, done.bad) == (2, 1)
    assert "longer than" in json.loads(out[0])["error"]
    assert json.loads(out[1])["stars"] == 2


def test_what_has_arrived_is_answered_before_more_is_waited_for() -> None:
    out: list[str] = []
    seen: list[int] = []

    def blocks() -> Iterator[bytes]:
        for block in (b'{"text": "a"}\n{"te', b'xt": "ab"}\n', b'{"text": "abc"}'):
            seen.append(len(out))
            yield block
        seen.append(len(out))

    classify_stream(Arriving(blocks()), out.append, Quick(), Progress(), lambda _: None)
    assert seen == [0, 1, 2, 2]
    assert [json.loads(line)["stars"] for line in out] == [1, 2, 3]


def test_files_of_other_editors_are_read() -> None:
    file = io.BytesIO('\ufeff{"text": "é"}\r\n{"text": "éé"}'.encode())
    out: list[str] = []
    done = Progress()
    classify_stream(file, out.append, Quick(), done, lambda _: None)
    assert [json.loads(line)["stars"] for line in out] == [1, 2]
    assert done == Progress(lines=2, bad=0)


def test_every_answer_names_the_model_and_a_wrong_kind_is_told() -> None:
    lines = b'{"text": "a"}\n{"text": "a", "kind": 5}\n{"text": "a", "kind": "post"}\n'
    out, done = answered(iter([lines]))
    first, wrong, post = map(json.loads, out)
    assert (first["model"], post["model"], done.bad) == ("quick@1", "quick@1", 1)
    assert wrong == {"error": "“kind” must be a string"}


# the program itself

LINE = b'{"text": "Livraison rapide, merci."}\n'


@pytest.fixture
def told(tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text("brands: [{key: a, name: A}]\n", "utf-8")
    return tmp_path


def started(
    folder: Path, stdin: int = PIPE, stdout: int = PIPE, stderr: int = PIPE
) -> subprocess.Popen[bytes]:
    # as from a terminal: a test run in the background of a shell hands on that SIGINT is ignored
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        words = [sys.executable, "-m", "monitor.cli", "classify"]
        return subprocess.Popen(words, cwd=folder, stdin=stdin, stdout=stdout, stderr=stderr)
    finally:
        signal.signal(signal.SIGINT, before)


def first_answer(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(LINE)
    process.stdin.flush()
    return process.stdout.readline()  # comes while the input is still open


def test_ctrl_c_and_a_gone_reader_end_it_without_a_traceback(told: Path) -> None:
    asked, left = started(told), started(told)
    with asked, left:
        assert "sentiment" in json.loads(first_answer(asked))
        asked.send_signal(signal.SIGINT)
        out, err = asked.communicate(timeout=PATIENCE)
        assert (asked.returncode, out, err.decode()) == (
            130,
            b"",
            "stopped; 1 lines are answered\n",
        )
        assert "sentiment" in json.loads(first_answer(left))
        assert left.stdout is not None
        left.stdout.close()
        assert left.stdin is not None
        left.stdin.write(LINE)
        left.stdin.close()
        assert left.wait(PATIENCE) == 141
        assert left.stderr is not None
        assert left.stderr.read() == b""


@pytest.mark.parametrize(
    ("streams", "status", "told_of"),
    [
        (">/dev/full", 1, "stopped: No space left on device"),
        (">&-", 2, "standard input and standard output must be open"),
        ("<&-", 2, "standard input and standard output must be open"),
    ],
)
def test_a_stream_that_fails_is_told_in_a_sentence(
    told: Path, streams: str, status: int, told_of: str
) -> None:
    command = f'exec "{sys.executable}" -m monitor.cli classify {streams}'
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=told,
        input=LINE,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stderr.decode()) == (status, f"{told_of}\n")


def test_a_terminal_is_shown_how_far_it_is(told: Path) -> None:
    (told / "reviews.jsonl").write_bytes(LINE * 150)
    ours, theirs = pty.openpty()
    with (told / "reviews.jsonl").open("rb") as source, (told / "out.jsonl").open("wb") as out:
        with started(told, source.fileno(), out.fileno(), theirs) as process:
            os.close(theirs)
            shown = shown_on(ours)
        assert process.returncode == 0
    os.close(ours)
    assert re.search(r"150 lines, [\d,]+/s", shown), shown
    assert "100%" in shown
    answers = (told / "out.jsonl").read_text("utf-8").splitlines()
    assert len([json.loads(line) for line in answers]) == 150


def shown_on(terminal: int) -> str:
    """All that a process shows on a terminal until it ends."""
    shown = b""
    try:
        while block := os.read(terminal, 4096):
            shown += block
    except OSError:  # what Linux says when the other side has closed
        pass
    return re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", shown.decode())
