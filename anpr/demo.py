"""The whole chain on one machine: two cars on sample clips, a real broker, a collector with its console.

Every part is a process of its own, started by the same command that a patrol car and a centre use.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, cast

from anpr.errors import AnprError, InputError, LinkError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

N_CARS = 2
HOST = "127.0.0.1"
START_S = 60
"""A cold start reads models and compiles bytecode; slow disks take their time."""
STOP_S = 45
REPEAT_AFTER_S = "45"
"""The clips are short and loop: a vehicle that comes round again is taken for a new passage this soon."""


@dataclass(frozen=True, slots=True)
class DemoCar:
    """One car of the demo: its name, the clips it drives through, its track and its screen."""

    name: str
    clips: tuple[Path, ...]
    track: Path
    port: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What the whole chain did; ``lost`` is what a car sent that the centre has not stored."""

    frames: int
    reads: int
    cannot_read: int
    hits: int
    stored: int
    receipts: int
    lost: int
    frame_to_alert_p95_ms: float | None

    @property
    def ok(self) -> bool:
        """Something was hit, and all of it arrived and was receipted."""
        return self.hits > 0 and self.lost == 0 and self.receipts >= self.hits


def free_port(preferred: int) -> int:
    """The preferred TCP port when nobody has it, else any free one."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise LinkError("No TCP port is free on this machine.", "Stop some servers and start the demo again.")


class Demo:
    """Starts and stops the parts, and counts what they did.

    Args:
        videos: folder with clips, truth files, ``hotlist.csv`` and GPX tracks.
        directory: where the parts keep their data and logs; emptied first.
        seconds: how long the cars drive; None until told to stop.
    """

    def __init__(self, videos: Path, directory: Path, seconds: float | None) -> None:
        self.videos = videos
        self.directory = directory
        self.seconds = seconds
        clips = sorted(videos.glob("*.mp4"))
        tracks = sorted(videos.glob("*.gpx"))
        if len(clips) < N_CARS or len(tracks) < N_CARS or not (videos / "hotlist.csv").exists():
            raise InputError(
                f"{videos} holds {len(clips)} clips and {len(tracks)} tracks; {N_CARS} each are needed.",
                "Name the checkout's sample_videos with --videos, or render them with `make videos`.",
            )
        half = (len(clips) + 1) // 2
        self.broker_port = free_port(1883)
        self.console_port = free_port(8090)
        self.cars = (
            DemoCar("car-a", (*clips[:half],), tracks[0], free_port(8081)),
            DemoCar("car-b", (*clips[half:],), tracks[1], free_port(8082)),
        )

    @property
    def console(self) -> str:
        """Address of the control room's console."""
        return f"http://{HOST}:{self.console_port}"

    def screens(self) -> dict[str, str]:
        """Address of each car's alert screen."""
        return {car.name: f"http://{HOST}:{car.port}" for car in self.cars}

    @contextmanager
    def running(self) -> Iterator[Running]:
        """Starts broker, centre and cars in this order, and stops them in the reverse one."""
        from anpr.broker.server import Broker

        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        with ExitStack() as stack:
            broker = stack.enter_context(Broker(self.directory / "broker", self.broker_port))
            centre = stack.enter_context(self.part("centre", self._centre(broker.port)))
            wait_for_port(self.console_port, centre)
            cars = [
                stack.enter_context(self.part(car.name, self._car(car, broker.port))) for car in self.cars
            ]
            for car, part in zip(self.cars, cars, strict=True):
                wait_for_port(car.port, part)
            yield Running(self, centre, cars)

    def _centre(self, broker_port: int) -> list[str]:
        options = {
            "--broker": f"{HOST}:{broker_port}",
            "--port": str(self.console_port),
            "--data-dir": str(self.directory / "centre"),
        }
        return ["collect", "--json", *chain.from_iterable(options.items())]

    def _car(self, car: DemoCar, broker_port: int) -> list[str]:
        options = {
            "--vehicle": car.name,
            "--broker": f"{HOST}:{broker_port}",
            "--gps": str(car.track),
            "--hotlist": str(self.videos / "hotlist.csv"),
            "--data-dir": str(self.directory / car.name),
            "--screen-port": str(car.port),
        }
        if self.seconds is not None:
            options["--seconds"] = str(self.seconds)
        sources = [("--source", str(clip)) for clip in car.clips]
        return ["run", "--json", "--realtime", "--loop", *chain.from_iterable((*options.items(), *sources))]

    @contextmanager
    def part(self, name: str, arguments: list[str]) -> Iterator[Part]:
        """One ``anpr`` process that is stopped at the end."""
        with (
            (self.directory / f"{name}.out").open("wb") as out,
            (self.directory / f"{name}.log").open("wb") as log,
            # A session of its own: Ctrl-C reaches the demo alone, which then stops the parts in order.
            subprocess.Popen(
                [sys.executable, "-m", "anpr", *arguments],
                stdout=out,
                stderr=log,
                start_new_session=True,
                env={**os.environ, "ANPR_CAR__REPEAT_AFTER_S": REPEAT_AFTER_S},
            ) as process,
        ):
            part = Part(name, process, self.directory / f"{name}.out", self.directory / f"{name}.log")
            try:
                yield part
            finally:
                part.stop()


@dataclass(frozen=True, slots=True)
class Part:
    """One process of the demo with the files it writes."""

    name: str
    process: subprocess.Popen[bytes]
    out: Path
    log: Path

    def stop(self) -> None:
        """Asks the process to finish; kills it when it does not within the time given."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.process.kill()

    def report(self) -> dict[str, object]:
        """The counts that the process printed when it stopped.

        Raises:
            AnprError: it ended without them.
        """
        for line in reversed(self.out.read_text(encoding="utf-8").splitlines()):
            if line.startswith("{"):
                return cast("dict[str, object]", json.loads(line))
        raise AnprError(f"{self.name} ended without a summary.", f"Read {self.log}.\n{self.tail()}")

    def tail(self) -> str:
        """The last lines of its log, for an error message."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:])


@dataclass(frozen=True, slots=True)
class Running:
    """The demo while it runs."""

    demo: Demo
    centre: Part
    cars: list[Part]

    def alive(self) -> bool:
        """Whether any car still drives.

        Raises:
            AnprError: the centre, or a car that was to drive on, has ended by itself.
        """
        if self.centre.process.poll() is not None:
            raise AnprError(
                "The collector ended by itself.", f"Read {self.centre.log}.\n{self.centre.tail()}"
            )
        for car in self.cars:
            if car.process.poll() not in (None, 0):
                raise AnprError(f"{car.name} ended by itself.", f"Read {car.log}.\n{car.tail()}")
        return any(car.process.poll() is None for car in self.cars)

    def finish(self) -> Summary:
        """Stops the cars, then the centre, and adds up what they say of themselves."""
        for part in (*self.cars, self.centre):
            part.stop()
        cars = [car.report() for car in self.cars]
        centre = self.centre.report()
        total = {
            key: sum(int(cast("int", car[key])) for car in cars)
            for key in ("frames", "reads", "cannot_read", "hits", "receipts")
        }
        stored = int(cast("int", centre["hits"]))
        delays = [
            float(cast("float", p95)) for car in cars if (p95 := car["frame_to_alert_p95_ms"]) is not None
        ]
        return Summary(
            **total,
            stored=stored,
            lost=total["hits"] - stored,
            frame_to_alert_p95_ms=max(delays, default=None),
        )


def wait_for_port(port: int, part: Part) -> None:
    """Returns when something listens on the port.

    Raises:
        AnprError: the process ended, or did not listen in time.
    """
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and part.process.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(0.5)
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.1)
    raise AnprError(f"{part.name} did not start.", f"Read {part.log}.\n{part.tail()}")
