"""``anpr broker``: writes a Mosquitto configuration and runs it."""

from __future__ import annotations

import contextlib
import getpass
import signal
from pathlib import Path
from typing import Annotated

import typer

from anpr.broker.config import LOOPBACK, BrokerConfig
from anpr.broker.server import Broker
from anpr.errors import LinkError


def broker(
    directory: Annotated[Path, typer.Option("--dir", help="Where its data and log are kept.")] = Path(
        "broker-data"
    ),
    port: Annotated[int, typer.Option(min=1, max=65_535, help="TCP port.")] = 1883,
    listen: Annotated[
        str, typer.Option(help="Address to listen on; there are no passwords yet, so keep it local.")
    ] = LOOPBACK,
    print_config: Annotated[
        bool, typer.Option("--print-config", help="Print the Mosquitto configuration and end.")
    ] = False,
) -> None:
    """Run the MQTT broker (Mosquitto) that cars and centre meet at."""
    if print_config:
        print(BrokerConfig(directory, port, listen, getpass.getuser()).text(), end="")
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    server = Broker(directory, port, listen)
    server.start()
    print(f"Broker on {server.host}:{server.port}, data and log in {directory}. Ctrl-C ends it.", flush=True)
    if listen != LOOPBACK:
        print(f"Careful: anybody who reaches {listen}:{port} can read and write here.", flush=True)
    code = 0
    with contextlib.suppress(KeyboardInterrupt):
        code = server.wait()
    server.stop()
    if code:
        raise LinkError(f"Mosquitto ended with code {code}.", f"Its reason is in {server.log_path}.")
    print("Broker ended; what it held is saved.")
