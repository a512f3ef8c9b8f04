"""Serves a web application from a thread of its own, so that the one who started it keeps the signals."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import uvicorn

from anpr.errors import LinkError

if TYPE_CHECKING:
    from collections.abc import Callable

START_S = 20.0


class Serving:
    """A web application over HTTP.

    Args:
        name: what it is called in errors, such as ``The console``.
        make: makes the application, for the port it is served on.
        host: address to listen on.
        port: TCP port; 0 takes a free one.
        option: names another port, such as ``--port``.
        close: ends the streams that would otherwise be waited for.
        stop_s: how long answers that are under way may take at the end.

    Attributes:
        port: the TCP port.

    Raises:
        LinkError: the port cannot be listened on.
    """

    def __init__(
        self,
        name: str,
        make: Callable[[int], Any],
        host: str,
        port: int,
        *,
        option: str,
        close: Callable[[], None],
        stop_s: int,
    ) -> None:
        self._name, self._close, self._stop_s = name, close, stop_s
        self._socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((host, port))
        except OSError as error:
            self._socket.close()
            raise LinkError(
                f"{name} cannot listen on port {port} of {host}: {error.strerror}.",
                f"Choose another with {option}, or stop the program that holds it.",
            ) from error
        self.port = int(self._socket.getsockname()[1])
        config = uvicorn.Config(
            make(self.port),
            log_config=None,
            access_log=False,
            ws="none",
            timeout_graceful_shutdown=stop_s,
            server_header=False,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="web", daemon=True
        )

    def start(self) -> None:
        """Returns once requests are answered.

        Raises:
            LinkError: none was within 20 seconds.
        """
        self._thread.start()
        deadline_s = time.monotonic() + START_S
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline_s:
                raise LinkError(f"{self._name} did not start.", "Read the lines above for its reason.")
            time.sleep(0.01)

    def stop(self) -> None:
        """Ends the streams, answers what is under way, then ends."""
        self._close()
        self._server.should_exit = True
        if self._thread.ident is not None:
            self._thread.join(2 * self._stop_s)
        self._socket.close()
