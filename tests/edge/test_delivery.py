"""Nothing is lost and nothing is doubled: real outbox, real Mosquitto, real collector, and a power cut."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from anpr import topics
from anpr.broker.server import Broker
from anpr.collector.centre import Centre
from anpr.collector.sqlite import SqliteStore
from anpr.config import BrokerSettings, CentreSettings
from anpr.edge.hits import Identity, make_hit, new_id
from anpr.edge.outbox import Outbox
from anpr.types import Match
from anpr.wire import Clock
from tests.edge.scripted import entry, read
from tests.edge.test_link import make_link
from tests.support.polling import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from anpr.edge.link import Link
    from anpr.messages import Hit

pytestmark = pytest.mark.broker

WHO = Identity("car-1", new_id())


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path / "broker") as running:
        yield running


@contextmanager
def collecting(folder: Path, broker: Broker) -> Iterator[Centre]:
    centre = Centre(
        CentreSettings(fleet="demo", data_dir=folder / "centre", broker=BrokerSettings(port=broker.port))
    )
    centre.start()
    try:
        wait_for(lambda: centre.condition().connected, what="the collector")
        yield centre
    finally:
        centre.stop()


@contextmanager
def linked(outbox: Outbox, broker: Broker) -> Iterator[Link]:
    link = make_link(outbox, broker.port)
    link.start()
    try:
        yield link
    finally:
        link.stop()


def put(outbox: Outbox, number: int) -> Hit:
    plate = f"AB {number}"
    hit = make_hit(
        read(plate.replace(" ", "")),
        Match(entry(plate, 1 + number % 4), "exact", "v1", 1.0),
        WHO,
        Clock.NTP,
    )
    return outbox.put(topics.HIT, hit, priority=hit.entry.priority)


def stored(folder: Path) -> list[Hit]:
    store = SqliteStore(folder / "centre" / "centre.db")
    found = [kept.hit for kept in store.hits(10_000)]
    store.close()
    return found


def essence(hit: Hit) -> tuple[object, ...]:
    """A hit without its crop, which the centre keeps beside its store, under its hash."""
    return (hit.seq, hit.boot, hit.at, hit.entry, hit.read.raw, hit.read.captured_at, hit.read.crop_sha256)


def test_hits_survive_a_broker_that_is_killed_while_the_centre_is_down(
    tmp_path: Path, broker: Broker
) -> None:
    with collecting(tmp_path, broker):
        pass  # the centre has been here before, so the broker keeps messages for it
    outbox = Outbox(tmp_path / "car" / "outbox.db", resend_first_s=0.5)
    with linked(outbox, broker) as link:
        sent = [put(outbox, number) for number in range(1, 151)]
        wait_for(lambda: outbox.depth().sent == 150, what="the broker to have all")
        broker.kill()
        wait_for(lambda: not link.health.connected, what="the loss to be noticed")
        sent += [put(outbox, number) for number in range(151, 201)]
        broker.start()
        with collecting(tmp_path, broker):
            assert link.drain(30), outbox.depth()
    outbox.close()
    kept = stored(tmp_path)
    assert sorted(hit.seq for hit in kept) == list(range(1, 201)), "each once"
    assert {hit.id: essence(hit) for hit in kept} == {hit.id: essence(hit) for hit in sent}, (
        "as they were sent"
    )


def test_hits_survive_a_car_that_is_switched_off_before_the_centre_answered(
    tmp_path: Path, broker: Broker
) -> None:
    with collecting(tmp_path, broker):
        pass  # as above
    outbox = Outbox(tmp_path / "car" / "outbox.db")
    with linked(outbox, broker):
        sent = [put(outbox, number) for number in range(1, 21)]
        wait_for(lambda: outbox.depth().sent == 20, what="the broker to have all")
    outbox.close()
    broker.kill()
    broker.start()
    outbox = Outbox(tmp_path / "car" / "outbox.db")
    sent.append(put(outbox, 21))
    with collecting(tmp_path, broker), linked(outbox, broker) as link:
        assert link.drain(30), outbox.depth()
        assert link.receipts == 21
    outbox.close()
    assert {hit.id for hit in stored(tmp_path)} == {hit.id for hit in sent}
    assert sorted(hit.seq for hit in stored(tmp_path)) == list(range(1, 22)), "no number twice"
