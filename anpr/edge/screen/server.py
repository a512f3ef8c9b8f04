"""Serves the alert screen on this machine's own address, in a thread."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from typing import TYPE_CHECKING

import uvicorn

from anpr.edge.screen.app import Bell, make_app
from anpr.errors import ConfigError, LinkError

if TYPE_CHECKING:
    from anpr.edge.car import Car

START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 5.0


class Screen:
    """The alert screen's server.

    Args:
        car: what is shown.
        host: an address of this machine alone; the screen has no log-in.
        port: TCP port; 0 takes a free one.

    Raises:
        ConfigError: the address could be reached from elsewhere.
        LinkError: the port is taken.
    """

    def __init__(self, car: Car, host: str, port: int) -> None:
        if not is_loopback(host):
            raise ConfigError(
                f"The alert screen has no log-in, so it may not listen on {host}.",
                "Set screen_host to 127.0.0.1 and show it in a browser on the car's own computer.",
            )
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((host, port))
        except OSError as error:
            self._socket.close()
            raise LinkError(
                f"The alert screen cannot listen on port {port}: {error.strerror}.",
                "Stop the program that has it, or choose another with --screen-port.",
            ) from error
        self.port = int(self._socket.getsockname()[1])
        self.address = f"http://{'localhost' if host in ('127.0.0.1', '::1') else host}:{self.port}"
        self._bell = Bell()
        self._server = uvicorn.Server(
            uvicorn.Config(
                make_app(car, self.port, self._bell),
                log_config=None,
                access_log=False,
                lifespan="off",
                ws="none",
                timeout_graceful_shutdown=1,
            )
        )
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="screen", daemon=True
        )

    def start(self) -> None:
        """Starts to serve; returns when it answers."""
        self._thread.start()
        deadline_s = time.monotonic() + START_TIMEOUT_S
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline_s:
                raise LinkError("The alert screen did not start.", "Read the log, and start again.")
            time.sleep(0.01)

    def stop(self) -> None:
        """Ends all streams and stops."""
        self._bell.close()
        self._server.should_exit = True
        if self._thread.ident is not None:
            self._thread.join(STOP_TIMEOUT_S)
        self._socket.close()


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
