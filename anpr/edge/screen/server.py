"""The alert screen's web server, on this machine's own address."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from anpr.edge.screen.app import Bell, make_app
from anpr.errors import ConfigError
from anpr.serving import Serving

if TYPE_CHECKING:
    from anpr.edge.car import Car

STOP_S = 1


class Screen(Serving):
    """Serves the alert screen over HTTP.

    Args:
        car: what is shown.
        host: an address of this machine alone; the screen has no log-in.
        port: TCP port; 0 takes a free one.

    Attributes:
        address: for the browser.

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
        bell = Bell()
        super().__init__(
            "The alert screen",
            lambda taken: make_app(car, taken, bell),
            host,
            port,
            option="--screen-port",
            close=bell.close,
            stop_s=STOP_S,
        )
        self.address = f"http://{'localhost' if host in ('127.0.0.1', '::1') else host}:{self.port}"


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
