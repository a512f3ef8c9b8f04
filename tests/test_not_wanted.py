"""From an officer's word to a silent fleet: at once in the car, then the task, the recall, all other cars."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from anpr.broker.server import Broker
from anpr.collector.centre import Centre
from anpr.collector.web import WebServer
from anpr.config import BrokerSettings, CarSettings, CentreSettings
from anpr.edge.car import Car
from anpr.edge.gate import Gate
from anpr.edge.gps import NoGps
from anpr.edge.parts import Camera
from anpr.hotlist.match import Matcher
from anpr.hotlist.sending import Sender
from anpr.messages import Outcome
from tests.edge.scripted import ScriptedCapture, ScriptedPipeline, Step, read
from tests.hotlist import ceremony
from tests.hotlist.examples import entry
from tests.support.polling import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.hotlist.ceremony import Desk

pytestmark = pytest.mark.broker

SOON = datetime.now(UTC) + timedelta(days=30)
FLEET = "demo"
APART = {"repeat_after_s": 0, "repeat_after_m": 0, "min_free_bytes": 0}


class Patrol:
    """A car with a scripted camera, a real link and signed lists, that drives until it is stopped."""

    def __init__(self, path: Path, name: str, port: int, office: Desk) -> None:
        self.held = ceremony.car(path / name, office)
        settings = CarSettings(
            vehicle=name, fleet=FLEET, data_dir=path / name, broker=BrokerSettings(port=port), **APART
        )
        gate = Gate(settings.data_dir / "gate.json", limit_s=1e6, silence_s=1e6)
        arrived = threading.Event()
        self.capture = ScriptedCapture("front", 0, arrived, endless=True)
        self.pipeline = ScriptedPipeline([])
        self.car = Car(
            settings,
            cameras=[Camera(self.capture, self.pipeline)],
            arrived=arrived,
            matcher=Matcher(self.held.store, gate.admits),
            lists=self.held.store,
            gate=gate,
            gps=NoGps(),
            self_test=lambda: None,
            receiver=self.held.receiver,
        )
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self.car.run, args=(self._stop,))
        self._thread.start()

    def sees(self, plate: str) -> int:
        """Drives by the plate once; returns how many hits there have been since the start."""
        # The car is done with a frame when it takes the next one.
        self.pipeline.steps += [Step(decided=(read(plate),)), Step()]
        self.capture.left += 2
        wait_for(lambda: not self.pipeline.steps, 60, "the frame")
        return self.car.figures.hits

    def close(self) -> None:
        self._stop.set()
        self._thread.join(20)
        self.car.finish(0)
        self.car.close()


@pytest.fixture
def office(tmp_path: Path) -> Desk:
    return ceremony.desk(tmp_path / "office")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path / "broker") as running:
        yield running


@pytest.fixture
def fleet(tmp_path: Path, broker: Broker, office: Desk) -> Iterator[tuple[Patrol, Patrol]]:
    first, second = (Patrol(tmp_path, name, broker.port, office) for name in ("car-1", "car-2"))
    yield first, second
    first.close()
    second.close()


@pytest.fixture
def client(tmp_path: Path, broker: Broker) -> Iterator[httpx.Client]:
    centre = Centre(
        CentreSettings(fleet=FLEET, data_dir=tmp_path / "centre", broker=BrokerSettings(port=broker.port))
    )
    centre.start()
    server = WebServer(centre, "127.0.0.1", 0)
    server.start()
    with httpx.Client(base_url=server.address) as one:
        yield one
    server.stop()
    centre.stop()


def test_an_entry_called_out_of_date_is_silent_here_at_once_and_everywhere_once_its_owner_recalls_it(
    fleet: tuple[Patrol, Patrol],
    broker: Broker,
    client: httpx.Client,
    office: Desk,
    record_property: pytest.RecordProperty,
):
    published = office.publish(entry("AB 1234", valid_until=SOON), entry("CD 5678", valid_until=SOON))
    first, second = fleet
    with Sender("127.0.0.1", broker.port, FLEET) as sender:
        sender.send(office.repository)
    for one in (first, second):
        wait_for(lambda one=one: one.held.version() == published.version, 60, "the list in both cars")

    assert first.sees("AB 1234") == 1
    (alert,) = first.car.alerts.waiting
    first.car.alerts.judge(alert.hit.id, Outcome.OUT_OF_DATE)
    assert first.sees("AB 1234") == 1, "silent here at once"
    assert second.sees("AB 1234") == 1, "no word of one car silences another"

    def tasks() -> list[dict[str, object]]:
        return list(client.get("/api/tasks").raise_for_status().json()["tasks"])

    wait_for(lambda: len(tasks()) == 1, 60, "the task")
    assert tasks()[0]["entry"]["plate"] == "AB 1234"
    begun_s = time.monotonic()
    office.repository.recall(["AB1234"], office.signer(ceremony.LEE), datetime.now(UTC))
    with Sender("127.0.0.1", broker.port, FLEET) as sender:
        sender.send(office.repository)
    wait_for(lambda: (tasks()[0]["recalled"], tasks()[0]["silent"]) == (True, 2), 60, "silence in both cars")
    record_property("recall_to_shown_silent_s", round(time.monotonic() - begun_s, 2))
    assert second.sees("AB 1234") == 1
    assert second.sees("CD 5678") == 2, "the rest of the list alerts as before"
    number = tasks()[0]["number"]
    client.post(
        f"/api/tasks/{number}/close", json={"person": "Insp Lee", "reason": "Found"}
    ).raise_for_status()
    assert not tasks()[0]["open"]
