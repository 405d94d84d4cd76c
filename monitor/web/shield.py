"""Headers that keep pages ours, and a limit on what may be sent to them."""

from __future__ import annotations

from fastapi import HTTPException
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 2 * 1024 * 1024
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # same-origin, not no-referrer: with the latter browsers send forms without their origin
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
FOREVER = "public, max-age=31536000, immutable"


class Shield:
    """Wraps the application: every answer carries the headers, no request is endless."""

    def __init__(self, app: ASGIApp, *, secure: bool, most_bytes: int = MOST_BYTES) -> None:
        self.app = app
        self.secure = secure
        self.most_bytes = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add_headers(MutableHeaders(scope=message), scope)
            await send(message)

        await self.app(scope, self._limited(scope, receive), send_with_headers)

    def _add_headers(self, headers: MutableHeaders, scope: Scope) -> None:
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        versioned = scope["path"].startswith("/static/") and scope["query_string"]
        headers.setdefault("cache-control", FOREVER if versioned else "no-store")
        if self.secure:
            headers.setdefault("strict-transport-security", "max-age=31536000")

    def _limited(self, scope: Scope, receive: Receive) -> Receive:
        announced = dict(scope["headers"]).get(b"content-length", b"")
        too_much = announced.isdigit() and int(announced) > self.most_bytes
        taken = 0

        async def receive_limited() -> Message:
            nonlocal taken
            if too_much:
                raise HTTPException(413)
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self.most_bytes:
                raise HTTPException(413)
            return message

        return receive_limited
