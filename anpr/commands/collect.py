"""``anpr collect``: the centre with its console."""

from __future__ import annotations

import json
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from anpr.errors import AnprError, InputError

if TYPE_CHECKING:
    from anpr.collector.centre import Centre
    from anpr.config import CentreSettings

POLL_S = 0.5
MAX_PORT = 65_535


def collect(
    config: Annotated[Path | None, typer.Option(help="Settings file (TOML); options win over it.")] = None,
    broker: Annotated[str | None, typer.Option(help="The MQTT broker as host:port.")] = None,
    identity: Annotated[
        Path | None, typer.Option(help="Folder with its certificate, from `anpr enrol centre`.")
    ] = None,
    fleet: Annotated[str | None, typer.Option(help="Fleet whose messages are collected.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Where the store and the crops are kept.")] = None,
    host: Annotated[str | None, typer.Option(help="Address the console listens on.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=MAX_PORT, help="TCP port of the console.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of this copy; each copy needs its own.")] = None,
    no_console: Annotated[bool, typer.Option("--no-console", help="Collect only; serve no page.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a summary as JSON at the end.")] = False,
    log_level: Annotated[str, typer.Option(help="One of debug, info, warning, error.")] = "info",
) -> None:
    """Collect hits from the cars, keep them, and show them to the control room."""
    from pydantic import ValidationError

    from anpr import log
    from anpr.config import CentreSettings, load

    if log_level not in log.LEVELS:
        raise InputError(f"There is no log level {log_level}.", f"Use one of {', '.join(log.LEVELS)}.")
    log.configure(log_level)
    given = {
        "fleet": fleet,
        "data_dir": data_dir,
        "host": host,
        "port": port,
        "name": name,
    }
    table = load(config).centre.model_dump() | {
        key: value for key, value in given.items() if value is not None
    }
    table["broker"] |= ({} if broker is None else _broker(broker)) | (
        {} if identity is None else {"identity": identity}
    )
    try:
        settings = CentreSettings.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(
            f"--{first['loc'][0]} {first['input']} cannot be used: {first['msg']}.",
            "See `anpr collect --help`.",
        ) from error
    _run(settings, console=not no_console, as_json=as_json)


def _run(settings: CentreSettings, *, console: bool, as_json: bool) -> None:
    from anpr.collector.centre import Centre

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    ended = _watch_threads(stop)
    centre = Centre(settings)
    web = None
    if console:
        from anpr.collector.web import WebServer

        web = WebServer(centre, settings.host, settings.port)
        web.start()
        print(f"Control room: {web.address}", flush=True)
    centre.start()
    broker = settings.broker
    print(
        f"Collecting fleet {settings.fleet} from {broker.host}:{broker.port} into {settings.data_dir}."
        " Ctrl-C ends it.",
        flush=True,
    )
    # A plain wait without a timeout would hold signals back until it returns.
    while not stop.wait(POLL_S):
        pass
    if web is not None:
        web.stop()
    centre.finish()
    summary = _summary(centre)
    centre.stop()
    print(json.dumps(summary) if as_json else _sentence(summary), flush=True)
    if ended:
        raise AnprError(
            f"A part of the collector ended by itself: {ended[0]}.",
            "Start it again, as a service does, and report the traceback in its log. Cars keep their hits.",
        )


def _watch_threads(stop: threading.Event) -> list[str]:
    """Ends a collector one of whose threads ends by an error; returns the names of such threads.

    One that went on without its link or its ingest would look alive, and a shared subscription would go on
    giving it its part of the hits.
    """
    from anpr import log

    ended: list[str] = []

    def note(error: threading.ExceptHookArgs) -> None:
        name = error.thread.name if error.thread is not None else "one without a name"
        log.get("collect").error("a thread ended", thread=name, exc_info=error.exc_value)
        ended.append(name)
        stop.set()

    threading.excepthook = note
    return ended


def _summary(centre: Centre) -> dict[str, object]:
    counts = centre.store.counts()
    return {
        "hits": counts.hits,
        "verdicts": counts.verdicts,
        "duplicates": counts.duplicates,
        "rejects": counts.rejects,
        "receipts": counts.receipts,
        "delay_p50_ms": counts.delay_p50_ms,
        "delay_p95_ms": counts.delay_p95_ms,
        "faults": centre.condition().faults,
    }


def _sentence(summary: dict[str, object]) -> str:
    return (
        f"Stored {summary['hits']} hits and {summary['verdicts']} verdicts; {summary['receipts']} receipts,"
        f" {summary['duplicates']} duplicates, {summary['rejects']} rejects."
    )


def _broker(given: str) -> dict[str, object]:
    host, colon, port = given.rpartition(":")
    if not colon or not host or not port.isdigit() or not 1 <= int(port) <= MAX_PORT:
        raise InputError(f"{given} is no broker.", "Give it as host:port, for example 127.0.0.1:1883.")
    return {"host": host.strip("[]"), "port": int(port)}
