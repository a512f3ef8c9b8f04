"""A car whose cameras play a script: what is read is given, all the rest is real."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from anpr.config import BrokerSettings, CarSettings
from anpr.edge.car import Car
from anpr.edge.gate import Gate
from anpr.edge.gps import NoGps
from anpr.edge.parts import Camera
from anpr.hotlist.match import Matcher
from anpr.hotlist.store import HotlistStore
from anpr.plates import normal_form
from anpr.types import Category, Frame, Image, ListEntry, PlateRead, VehicleClass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from anpr.edge.gps import Gps

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def plate_picture(text: str = "AB 1234", *, yellow: bool = False) -> Image:
    """A drawn plate."""
    import cv2

    image = np.full((44, 190, 3), (40, 190, 235) if yellow else (235, 235, 235), np.uint8)
    cv2.putText(image, text, (8, 33), cv2.FONT_HERSHEY_SIMPLEX, 1.1, (20, 20, 20), 3, cv2.LINE_AA)
    return image


def read(text: str | None, **changes: object) -> PlateRead:
    """A read as the pipeline gives it."""
    plate = PlateRead(
        raw=text,
        normalised=normal_form(text) if text else "",
        confidence=0.97 if text else 0.0,
        alternatives=(),
        rows=1,
        n_frames=4,
        camera="front",
        track=1,
        first_at=NOW,
        last_at=NOW,
        first_s=None,
        last_s=None,
        captured_at=datetime.now(UTC),
        frame_index=1,
        mono_ns=time.monotonic_ns(),
        frame_sha256="0" * 64,
        box=(10.0, 20.0, 200.0, 64.0),
        crop=plate_picture(text or ""),
    )
    return replace(plate, **changes)  # type: ignore[arg-type]


def entry(plate: str, priority: int = 1, **changes: object) -> ListEntry:
    """A line of a hotlist."""
    line = ListEntry(
        list_name="demo",
        entry_id=f"id-{plate}",
        plate=plate,
        key=normal_form(plate),
        vehicle_class=VehicleClass.PRIVATE_CAR,
        category=Category.STOLEN,
        priority=priority,
        reason="Taken from a car park in Mong Kok",
        owner="Regional Crime Unit",
        source="RCU 26-0042",
        valid_until=datetime.now(UTC) + timedelta(days=30),
    )
    return replace(line, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Step:
    decided: tuple[PlateRead, ...] = ()
    ended: tuple[PlateRead, ...] = ()


@dataclass
class State:
    delivering: bool = True
    ended: bool = False
    frames: int = 0
    dropped: int = 0
    last_error: str | None = None


@dataclass
class ScriptedCapture:
    """Gives one frame for each step of the script, then ends or falls silent."""

    camera: str
    left: int
    arrived: threading.Event
    endless: bool = False
    state: State = field(default_factory=State)

    @property
    def finished(self) -> bool:
        return self.left == 0 and not self.endless

    def start(self) -> None:
        self.arrived.set()

    def stop(self) -> None:
        pass

    def take(self) -> Frame | None:
        if self.left == 0:
            return None
        self.left -= 1
        self.state.frames += 1
        image = np.zeros((4, 4, 3), np.uint8)
        return Frame(image, self.camera, self.state.frames, datetime.now(UTC), time.monotonic_ns())


@dataclass
class ScriptedPipeline:
    """Answers each frame with the next step; a step may be an error to raise or a function to call."""

    steps: list[Step | Exception | Callable[[], Step]]
    last: Step = Step()

    def feed(self, frame: Frame) -> Step:  # noqa: ARG002
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step if isinstance(step, Step) else step()

    def flush(self) -> Step:
        return self.last


def make_car(
    folder: Path,
    steps: Sequence[Step | Exception | Callable[[], Step]] = (),
    entries: Sequence[ListEntry] = (),
    *,
    port: int | None = None,
    endless: bool = False,
    gps: Gps | None = None,
    last: Step = Step(),
    self_test: Callable[[], None] = lambda: None,
    list_age: timedelta = timedelta(minutes=3),
    **settings: object,
) -> Car:
    """A car with one scripted camera and a real hotlist, outbox and, given a port, link."""
    store = HotlistStore(folder / "hotlist.db")
    if entries:
        store.replace("demo", "2026-01-02.1", datetime.now(UTC) - list_age, entries)
    arrived = threading.Event()
    configured = CarSettings(
        vehicle="car-1",
        data_dir=folder,
        broker=BrokerSettings(port=port or 1),
        **{"min_free_bytes": 0, **settings},
    )
    gate = Gate(
        folder / "not-wanted.json", limit_s=configured.list_limit_s, silence_s=configured.not_wanted_s
    )
    return Car(
        configured,
        cameras=[
            Camera(
                ScriptedCapture("front", len(steps), arrived, endless), ScriptedPipeline(list(steps), last)
            )
        ],
        arrived=arrived,
        matcher=Matcher(store, gate.admits),
        lists=store,
        gate=gate,
        gps=gps or NoGps(),
        self_test=self_test,
        linked=port is not None,
    )
