"""The console's web server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anpr.collector.api import build
from anpr.collector.stream import Pulse
from anpr.serving import Serving

if TYPE_CHECKING:
    from anpr.collector.centre import Centre

STOP_S = 3


class WebServer(Serving):
    """Serves the console of a collector over HTTP.

    Args:
        centre: whose console; its changes wake the live streams from now on.
        host: address to listen on.
        port: TCP port; 0 takes a free one.

    Attributes:
        address: for the browser.

    Raises:
        LinkError: the port cannot be listened on.
    """

    def __init__(self, centre: Centre, host: str, port: int) -> None:
        pulse = Pulse()
        super().__init__(
            "The console",
            lambda _: build(centre, pulse),
            host,
            port,
            option="--port",
            close=pulse.close,
            stop_s=STOP_S,
        )
        centre.on_change = pulse.beat
        self.address = f"http://{f'[{host}]' if ':' in host else host}:{self.port}"
