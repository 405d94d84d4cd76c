"""A Mastodon server for tests: mastodon_mock, as a child process on loopback."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

OWN_TOKEN = "mock_token"
OWN_ACCOUNT = "testuser"
START = 30.0
"""Seconds a start may take on a busy machine."""


@dataclass(frozen=True)
class Customer:
    """Somebody with an account, who posts about the brand."""

    name: str
    url: str
    token: str

    def post(self, text: str, **more: Any) -> str:
        """Post a text; the post's id."""
        return str(self._ask("POST", "/api/v1/statuses", {"status": text, **more})["id"])

    def edit(self, post_id: str, text: str) -> None:
        """Replace the text of one's own post."""
        self._ask("PUT", f"/api/v1/statuses/{post_id}", {"status": text})

    def delete(self, post_id: str) -> None:
        """Delete one's own post."""
        self._ask("DELETE", f"/api/v1/statuses/{post_id}")

    def reblog(self, post_id: str) -> None:
        """Boost a post."""
        self._ask("POST", f"/api/v1/statuses/{post_id}/reblog")

    def answers(self, post_id: str) -> list[dict[str, Any]]:
        """What was answered to a post, as anybody sees it."""
        return list(self._ask("GET", f"/api/v1/statuses/{post_id}/context")["descendants"])

    def _ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}"}
        return _told(httpx.request(method, self.url + path, json=body, headers=headers))


@dataclass(frozen=True)
class MockServer:
    """A running server. Our own account is ``OWN_ACCOUNT``, with the token ``OWN_TOKEN``."""

    url: str

    @property
    def own(self) -> Customer:
        """Our own account, for what a person does by hand."""
        return Customer(OWN_ACCOUNT, self.url, OWN_TOKEN)

    def customer(self, name: str) -> Customer:
        """A new account."""
        form = {
            "username": name,
            "email": f"{name}@mail.example",
            "password": "a password",
            "agreement": "true",
        }
        token = _told(httpx.post(f"{self.url}/api/v1/accounts", data=form))["access_token"]
        return Customer(name, self.url, token)

    def fail(self, path: str, *, effect: dict[str, Any], count: int = 1) -> None:
        """Make the next ``count`` requests of a path fail ("status", "ratelimit", "timeout")."""
        rule = {"match": {"path": path}, "effect": effect, "count": count}
        _told(httpx.post(f"{self.url}/api/v1/_mock/faults", json=rule))


@contextmanager
def mastodon_mock() -> Iterator[MockServer]:
    """A fresh server, its data in memory; stopped at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-m", "mastodon_mock", "serve", "--in-memory"]
    with tempfile.TemporaryDirectory() as empty, tempfile.TemporaryFile() as log:
        # an empty folder: it reads settings from the one it starts in
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            cwd=empty,
            stdout=log,
            stderr=log,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _await(process, url, log)
            yield MockServer(url)
        finally:
            process.terminate()
            process.wait(timeout=10)


def _await(process: subprocess.Popen[bytes], url: str, log: Any) -> None:
    until = time.monotonic() + START
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"{url}/api/v2/instance").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.05)  # a child process cannot tell us that it is ready
    log.seek(0)
    raise RuntimeError(f"mastodon_mock did not start: {log.read().decode()[-2000:]}")


def _told(answer: httpx.Response) -> dict[str, Any]:
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found
