"""``anpr broker``: writes a Mosquitto configuration and runs it."""

from __future__ import annotations

import getpass
import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from anpr.errors import LinkError


def broker(
    directory: Annotated[Path, typer.Option("--dir", help="Where its data and log are kept.")] = Path(
        "broker-data"
    ),
    port: Annotated[int, typer.Option(min=1, max=65_535, help="TCP port.")] = 1883,
    listen: Annotated[
        str, typer.Option(help="Address to listen on; beyond this machine only with --identity.")
    ] = "127.0.0.1",
    identity: Annotated[
        Path | None,
        typer.Option(help="Folder that `anpr enrol broker` made: TLS, and members of the fleet alone."),
    ] = None,
    print_config: Annotated[
        bool, typer.Option("--print-config", help="Print the Mosquitto configuration and end.")
    ] = False,
) -> None:
    """Run the MQTT broker (Mosquitto) that cars and centre meet at.

    With --identity it notices within seconds when certificates were renewed or revoked there.
    """
    from anpr import log
    from anpr.broker.config import BrokerConfig
    from anpr.broker.server import Broker

    if print_config:
        print(
            BrokerConfig(directory, port, listen, getpass.getuser(), secured=identity is not None).text(),
            end="",
        )
        return
    log.configure()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    server = Broker(directory, port, listen, identity)
    server.start()
    how = "plain MQTT, for demonstrations" if server.papers is None else f"TLS as {server.papers.own.name}"
    print(
        f"Broker on {server.host}:{server.port} ({how}), data and log in {directory}. Ctrl-C ends it.",
        flush=True,
    )
    code = server.tend(stop)
    server.stop()
    if code:
        raise LinkError(f"Mosquitto ended with code {code}.", f"Its reason is in {server.log_path}.")
    print("Broker ended; what it held is saved.")
