"""A real broker and a real collector on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from anpr.broker.server import Broker
from anpr.collector.centre import Centre
from anpr.config import BrokerSettings, CentreSettings
from tests.support.hits import FLEET, Publisher
from tests.support.polling import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path / "broker") as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, broker: Broker) -> CentreSettings:
    return CentreSettings(
        fleet=FLEET,
        data_dir=tmp_path / "centre",
        broker=BrokerSettings(host=broker.host, port=broker.port),
        max_reject_bytes=1_000_000,
    )


@pytest.fixture
def centre(settings: CentreSettings) -> Iterator[Centre]:
    running = Centre(settings)
    running.start()
    wait_for(lambda: running.condition().connected, what="the collector's connection")
    yield running
    running.stop()


@pytest.fixture
def publisher(broker: Broker) -> Iterator[Callable[..., Publisher]]:
    made: list[Publisher] = []

    def connect(*cars: str) -> Publisher:
        made.append(Publisher(broker.host, broker.port, cars))
        return made[-1]

    yield connect
    for one in made:
        one.close()
