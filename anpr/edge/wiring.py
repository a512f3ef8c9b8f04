"""Builds a car from its settings: engine, cameras, hotlist, GPS."""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from anpr.config import CameraSettings
from anpr.edge.car import Car
from anpr.edge.gate import FILE_NAME as GATE_FILE
from anpr.edge.gate import Gate
from anpr.edge.gps import open_gps
from anpr.edge.parts import Camera
from anpr.edge.selftest import self_test
from anpr.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anpr.config import CarSettings
    from anpr.hotlist.receiver import Receiver

NAMED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9_.-]{0,63})=(.+)$")
"""``front=/dev/video0``"""
NAME_MAX = 40


def name_cameras(sources: Sequence[str]) -> tuple[CameraSettings, ...]:
    """Cameras from the command line: ``name=source``, or a name made from the source."""
    cameras: list[CameraSettings] = []
    for number, given in enumerate(sources, 1):
        named = NAMED.match(given)
        name, source = named.groups() if named else (_name(given, number), given)
        if any(camera.name == name for camera in cameras):
            name = f"{name}-{number}"
        cameras.append(CameraSettings(name=name, source=source))
    return tuple(cameras)


def _name(source: str, number: int) -> str:
    if "://" in source:
        return f"camera-{number}"
    stem = re.sub(r"[^A-Za-z0-9_.-]+", "-", Path(source).stem).strip("-._")[:NAME_MAX]
    return stem or f"camera-{number}"


def build(settings: CarSettings, *, hotlist: Path | None, realtime: bool, loop: bool) -> Car:
    """Puts a car together, ready to drive.

    Args:
        settings: the car's table.
        hotlist: a table to import first, under its file name.
        realtime: play recordings at the speed they were recorded.
        loop: start recordings again at their end.

    Raises:
        AnprError: something is missing without which there is no use in driving.
    """
    from anpr.edge.fetch import Fetcher
    from anpr.hotlist.importing import TRUST_FOLDER, import_file
    from anpr.hotlist.match import Matcher
    from anpr.hotlist.store import FILE_NAME, HotlistStore
    from anpr.vision import engines
    from anpr.vision.cadence import Cadence
    from anpr.vision.capture import Capture
    from anpr.vision.fusion import Fusion
    from anpr.vision.pipeline import Pipeline

    if not settings.cameras:
        raise ConfigError(
            "No camera is configured.",
            "Give --source with a file or /dev/video0, or cameras in the settings.",
        )
    gps = open_gps(settings.gps)
    store = HotlistStore(settings.data_dir / FILE_NAME)
    if hotlist is not None:
        import_file(store, hotlist.stem, hotlist, datetime.now(UTC))
    gate = Gate(settings.data_dir / GATE_FILE, limit_s=settings.list_limit_s, silence_s=settings.not_wanted_s)
    server = settings.list_server
    fetcher = Fetcher(server, settings.data_dir / TRUST_FOLDER / "fetched") if server.url else None
    engine = engines.load(settings.engine)
    arrived = threading.Event()
    fusion = Fusion()
    return Car(
        settings,
        cameras=[
            Camera(
                Capture(camera.name, camera.source, realtime=realtime, loop=loop, arrived=arrived),
                Pipeline(
                    engine.detector,
                    engine.reader,
                    min_confidence=settings.min_confidence,
                    closer=engine.closer,
                    cadence=Cadence(settings.looks_per_s),
                    fusion=fusion,
                ),
            )
            for camera in settings.cameras
        ],
        arrived=arrived,
        matcher=Matcher(store, gate.admits),
        lists=store,
        gate=gate,
        gps=gps,
        self_test=partial(self_test, engine),
        receiver=_receiver(settings.data_dir),
        fetcher=fetcher,
    )


def _receiver(data_dir: Path) -> Receiver | None:
    """What verifies signed lists; None, and nothing loaded for it, in a car that was given no root."""
    from anpr.hotlist.importing import signed_lists
    from anpr.hotlist.store import FILE_NAME, HotlistStore

    if not signed_lists(data_dir):
        return None
    from anpr.hotlist.receiver import Receiver
    from anpr.hotlist.trust import Trust

    return Receiver(Trust(data_dir), HotlistStore(data_dir / FILE_NAME))
