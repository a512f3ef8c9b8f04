"""``anpr run``: the car. Cameras to alerts on the screen, and hits to the centre."""

from __future__ import annotations

import dataclasses
import json
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from anpr.errors import ConfigError, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from anpr.config import CarSettings
    from anpr.edge.car import Car
    from anpr.edge.screen.server import Screen


def run(
    config: Annotated[Path | None, typer.Option(help="Settings file; options below stand above it.")] = None,
    source: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[NAME=]SOURCE", help="File, folder, /dev/video0 or rtsp://...; once for each camera."
        ),
    ] = None,
    vehicle: Annotated[str | None, typer.Option(help="The car's name.")] = None,
    fleet: Annotated[str | None, typer.Option(help="The fleet it belongs to.")] = None,
    gps: Annotated[str | None, typer.Option(help="gpsd://host:port, a GPX file to replay, or none.")] = None,
    hotlist: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Table of plates to import before driving.")
    ] = None,
    engine: Annotated[str | None, typer.Option(help="Detector and reader, as in `anpr read`.")] = None,
    data_dir: Annotated[
        Path | None, typer.Option("--data-dir", help="Where hotlist and outbox are kept.")
    ] = None,
    broker: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="The MQTT broker.")] = None,
    identity: Annotated[
        Path | None, typer.Option(help="Folder with the car's certificate, from `anpr enrol car`.")
    ] = None,
    screen_port: Annotated[
        int | None, typer.Option("--screen-port", min=1, max=65_535, help="TCP port of the alert screen.")
    ] = None,
    screen: Annotated[bool, typer.Option("--screen/--no-screen", help="Serve the alert screen.")] = True,
    realtime: Annotated[
        bool,
        typer.Option(
            "--realtime/--fast",
            help="Play recordings as a camera would, dropping late frames, or use every frame.",
        ),
    ] = True,
    loop: Annotated[bool, typer.Option("--loop", help="Start recordings again at their end.")] = False,
    until_end: Annotated[
        bool, typer.Option("--until-end", help="Stop when every recording has ended and all is delivered.")
    ] = False,
    drain_seconds: Annotated[
        float,
        typer.Option("--drain-seconds", min=0, help="Longest wait for the centre's receipts at the end."),
    ] = 10,
    seconds: Annotated[float | None, typer.Option(min=0, help="Stop after so long.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary at the end as JSON.")] = False,
) -> None:
    """Drive: read plates, check them against the hotlist, alert, and report hits to the centre."""
    from rich.console import Console

    from anpr import config as settings_file
    from anpr import log
    from anpr.edge import wiring
    from anpr.fleet.identity import Visitor
    from anpr.fleet.register import Role

    log.configure()
    notes = Console(stderr=True, highlight=False, soft_wrap=True)
    configured = settings_file.load(config).car
    changes = {
        "vehicle": vehicle,
        "fleet": fleet,
        "gps": gps,
        "engine": engine,
        "data_dir": data_dir,
        "screen_port": screen_port,
        "cameras": wiring.name_cameras(source) if source else None,
        "broker": {
            **dict(configured.broker),
            **(_broker(broker) if broker else {}),
            **({"identity": identity} if identity else {}),
        },
    }
    settings = _merge(configured, changes)
    # Before the reader is loaded, which takes its time.
    Visitor(settings.broker).check(Role.CAR, settings.vehicle, settings.fleet)
    notes.print("Loading the reader ...")
    car = wiring.build(settings, hotlist=hotlist, realtime=realtime, loop=loop)
    stop, hurry = _on_signals()
    served = _serve(car, settings, notes) if screen else None
    try:
        car.run(stop, seconds=seconds, until_end=until_end)
        patience_s = drain_seconds if until_end or car.panel.linked else 0.0
        if patience_s and car.outbox.depth().unreceipted:
            notes.print(f"Waiting up to {patience_s:g} s for the centre's receipts; Ctrl-C ends it.")
        car.finish(patience_s, hurry)
        summary = dataclasses.asdict(car.panel.summary())
    finally:
        if served is not None:
            served.stop()
    if as_json:
        print(json.dumps(summary))
    else:
        for name, value in summary.items():
            print(f"{name.replace('_', ' '):24}{'-' if value is None else value}")
    car.close()
    _complain(car)


def _serve(car: Car, settings: CarSettings, notes: Console) -> Screen:
    from anpr.edge.screen.server import Screen

    screen = Screen(car, settings.screen_host, settings.screen_port)
    screen.start()
    notes.print(
        f"{settings.vehicle} is driving.\n"
        f"  Alert screen   {screen.address}\n"
        f"  Driver's view  {screen.address}/driver\n"
        "Ctrl-C ends the drive."
    )
    return screen


def _on_signals() -> tuple[threading.Event, threading.Event]:
    """The first Ctrl-C ends the drive, the second one the waiting."""
    stop, hurry = threading.Event(), threading.Event()

    def heard(_number: int, _frame: object) -> None:
        (hurry if stop.is_set() else stop).set()

    signal.signal(signal.SIGINT, heard)
    signal.signal(signal.SIGTERM, heard)
    return stop, hurry


def _broker(given: str) -> dict[str, object]:
    host, _, port = given.rpartition(":")
    if not host or not port.isdigit():
        raise InputError(
            f"--broker {given} is no address.", "Write it as host:port, for example 127.0.0.1:1883."
        )
    return {"host": host.strip("[]"), "port": int(port)}


def _merge(settings: CarSettings, changes: Mapping[str, object]) -> CarSettings:
    from pydantic import ValidationError

    from anpr.config import CarSettings

    given = {key: value for key, value in changes.items() if value is not None}
    try:
        return CarSettings.model_validate({**dict(settings), **given})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigError(
            f"{where}: {first['msg']} (got {first.get('input')!r}).", "See `anpr run --help`."
        ) from error


def _complain(car: Car) -> None:
    """A recording that could not be read to its end is no success, even though what it gave is kept."""
    for camera in car.panel.cameras():
        if camera.ended and camera.last_error:
            raise InputError(
                f"{camera.name}: {camera.last_error}", f"{camera.frames} frames of it were used."
            )
