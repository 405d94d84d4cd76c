"""A platform on loopback: real HTTP, a free port, one function that answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

PATIENCE = 20.0
"""Seconds after which a hanging answer gives up by itself."""


@dataclass(frozen=True)
class Asked:
    """One request as it arrived; header names are lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        """The body as an HTML form."""
        return dict(parse_qsl(self.body.decode()))


@dataclass(frozen=True)
class Given:
    """One answer. A body that is neither text nor bytes is sent as JSON."""

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    hang: bool = False
    """Never answer (a time-out for whoever asked)."""
    cut: bool = False
    """Announce the whole body, send half of it and close."""

    def encoded(self) -> tuple[bytes, str]:
        """The body's bytes and their content type."""
        if isinstance(self.body, bytes):
            return self.body, "application/octet-stream"
        if isinstance(self.body, str):
            return self.body.encode(), "text/html; charset=utf-8"
        return json.dumps(self.body).encode(), "application/json; charset=utf-8"


Serve = Callable[[Asked], Given | None]
"""Answers a request; None is 404."""


class Server:
    """Serves on 127.0.0.1 while the ``with`` lasts; ``serve`` may be replaced at any time."""

    def __init__(self, serve: Serve) -> None:
        self.serve = serve
        self.asked: list[Asked] = []
        self.closing = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self._http.block_on_close = False
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Self:
        run = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        run.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            asked = self._asked()
            server.asked.append(asked)
            self._give(server.serve(asked) or Given(404, {"error": "not found"}))

        do_POST = do_PUT = do_DELETE = do_PATCH = do_GET  # noqa: N815 (http.server's names)

        def _asked(self) -> Asked:
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            return Asked(self.command, url.path, dict(parse_qsl(url.query)), headers, body)

        def _give(self, given: Given) -> None:
            if given.hang:
                server.closing.wait(PATIENCE)
                self.close_connection = True
                return
            body, kind = given.encoded()
            self.send_response(given.status)
            headers = {"Content-Type": kind, "Content-Length": str(len(body)), **given.headers}
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if given.cut else body)
            self.close_connection = self.close_connection or given.cut

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

    return Handler
