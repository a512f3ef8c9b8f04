"""Runs the web side in a thread of its own, so that the one who started it keeps the signals."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING

import uvicorn

from anpr.collector.api import build
from anpr.collector.stream import Pulse
from anpr.errors import LinkError

if TYPE_CHECKING:
    from anpr.collector.centre import Centre

START_S = 15.0
STOP_S = 3


class WebServer:
    """Serves the console of a collector over HTTP.

    Args:
        centre: whose console; its changes wake the live streams from now on.
        host: address to listen on.
        port: TCP port; 0 takes a free one.

    Raises:
        LinkError: the port cannot be listened on.
    """

    def __init__(self, centre: Centre, host: str, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((host, port))
        except OSError as error:
            self._socket.close()
            raise LinkError(
                f"The console cannot listen on port {port} of {host}: {error.strerror}.",
                "Choose another with --port, or stop the program that holds it.",
            ) from error
        self.port = int(self._socket.getsockname()[1])
        shown = f"[{host}]" if ":" in host else host
        self.address = f"http://{shown}:{self.port}"
        self._pulse = Pulse()
        centre.on_change = self._pulse.beat
        config = uvicorn.Config(
            build(centre, self._pulse),
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=STOP_S,
            server_header=False,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="web")

    def start(self) -> None:
        """Returns once requests are answered."""
        self._thread.start()
        deadline = time.monotonic() + START_S
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise LinkError("The console did not start.", "Read the lines above for its reason.")
            time.sleep(0.01)

    def stop(self) -> None:
        """Ends the live streams, answers what is under way, then ends."""
        self._pulse.close()
        self._server.should_exit = True
        if self._thread.ident is not None:
            self._thread.join(2 * STOP_S)
        self._socket.close()
