"""A disk that is full under the log as well: the collector goes on and counts what it left unsaid."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from anpr.bench import delivery_processes as processes
from anpr.bench.delivery_car import FLEET
from anpr.broker.server import Broker
from tests.support.hits import FakeCar, Publisher
from tests.support.polling import wait_for

if TYPE_CHECKING:
    from pathlib import Path

FULL_BYTES = 1
"""Less than any file of the collector has by then: not one more byte can be written."""


@pytest.mark.broker
def test_a_collector_that_can_log_nothing_finds_its_broker_again_and_stores(tmp_path: Path) -> None:
    with Broker(tmp_path / "broker") as broker:
        collector = processes.collector("collector-1", broker.port, tmp_path)
        collector.start()
        try:
            wait_for(lambda: collector.ready, what="the connection")
            collector.limit_files(FULL_BYTES)
            restart(broker)
            collector.limit_files(None)
            restart(broker)

            link = Publisher(broker.host, broker.port, ["car-1"], fleet=FLEET)
            link.send(FakeCar("car-1").hit())
            link.wait_receipted()
            link.close()
        finally:
            collector.stop()
    said = [json.loads(line) for line in collector.log_path.read_text().splitlines() if line.startswith("{")]
    assert said[-1]["hits"] == 1
    assert [one["event"] for one in said if one.get("part") == "log"] == ["the log could not be written"]


def restart(broker: Broker) -> None:
    """The collector wants to say that its broker is gone, and comes back."""
    seen = arrivals(broker)
    broker.kill()
    broker.start()
    wait_for(lambda: arrivals(broker) > seen, what="the collector's return")


def arrivals(broker: Broker) -> int:
    """How often the collector has come."""
    return broker.log_path.read_text().count("as anpr-collector-")
