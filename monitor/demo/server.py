"""Runs the demonstration's platform and post office on loopback, in one thread."""

from __future__ import annotations

import asyncio
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.demo.mailbox import Mailbox, protocol

if TYPE_CHECKING:
    import uvicorn
    from starlette.applications import Starlette

LOOPBACK = "127.0.0.1"
START_WITHIN = 15.0
"""Seconds."""


def listen(port: int) -> socket.socket:
    """A socket on loopback at that port, or at a free one when it is taken."""
    try:
        return _bound(port)
    except OSError:
        return _bound(0)


def _bound(port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((LOOPBACK, port))
        made.listen(128)
    except OSError:
        made.close()
        raise
    made.setblocking(False)
    return made


@dataclass
class Running:
    """The two servers at work."""

    thread: threading.Thread
    server: uvicorn.Server

    def stop(self) -> None:
        """Close both and wait for the thread; safe to call twice."""
        self.server.should_exit = True
        self.thread.join(START_WITHIN)


def run(app: Starlette, web: socket.socket, mailbox: Mailbox, mail: socket.socket) -> Running:
    """Serve the application and the post office on these sockets until they are stopped."""
    import uvicorn

    settings = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(settings)
    ready = threading.Event()

    def work() -> None:
        try:
            asyncio.run(_serve(server, web, mailbox, mail, ready))
        finally:
            web.close()
            mail.close()
            ready.set()

    thread = threading.Thread(target=work, name="demonstration", daemon=True)
    thread.start()
    if not ready.wait(START_WITHIN) or not thread.is_alive():
        raise RuntimeError("the demonstration's servers did not start")
    return Running(thread, server)


async def _serve(
    server: uvicorn.Server,
    web: socket.socket,
    mailbox: Mailbox,
    mail: socket.socket,
    ready: threading.Event,
) -> None:
    loop = asyncio.get_running_loop()
    post_office = await loop.create_server(protocol(mailbox), sock=mail)
    # Connections made from now on wait in the listening sockets' queues.
    ready.set()
    async with post_office:
        await server.serve(sockets=[web])
