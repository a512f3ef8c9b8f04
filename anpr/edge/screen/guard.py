"""Keeps other web pages, and other machines, away from the alert screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

NAMES = ("127.0.0.1", "localhost", "[::1]")
HTTP_PORT = 80
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Guard:
    """Answers only requests that were addressed to this screen, and changes only what its own page asks for.

    A page of another origin can make an officer's browser send requests here. The Host header stops names
    that were bent to this machine's address, and the Origin header stops foreign pages from judging alerts.

    Args:
        app: what is guarded.
        port: where the screen listens.
    """

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._app = app
        self._hosts = {f"{name}:{port}" for name in NAMES} | (set(NAMES) if port == HTTP_PORT else set())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if headers.get("host") not in self._hosts:
            await PlainTextResponse("This screen answers on its own address only.", 421)(scope, receive, send)
            return
        if scope["method"] not in ("GET", "HEAD") and headers.get("origin") not in {
            f"http://{host}" for host in self._hosts
        }:
            await PlainTextResponse("Only the screen's own page may do this.", 403)(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer["Content-Security-Policy"] = POLICY
                answer["X-Content-Type-Options"] = "nosniff"
                answer["Referrer-Policy"] = "no-referrer"
                # Nothing of a hit may stay behind in a browser's cache; on loopback caching gains nothing.
                answer["Cache-Control"] = "no-store"
            await send(message)

        await self._app(scope, receive, send_guarded)
