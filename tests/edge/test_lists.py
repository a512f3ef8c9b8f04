"""A signed list goes from the operator's desk over a real broker into cars; anything else does not."""

from __future__ import annotations

import json
import random
import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import paho.mqtt.client as mqtt
import pytest
import uuid_utils
from paho.mqtt.enums import CallbackAPIVersion

from anpr import topics
from anpr.broker.server import Broker
from anpr.config import BrokerSettings
from anpr.edge.link import Link
from anpr.edge.lists import ListLine
from anpr.edge.outbox import Outbox
from anpr.hotlist import listfile
from anpr.hotlist.match import Matcher
from anpr.hotlist.sending import Sender
from anpr.list_messages import ListReport
from tests.hotlist import ceremony
from tests.hotlist.examples import entry, read
from tests.support.polling import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from anpr.edge.fetch import Fetcher
    from tests.hotlist.ceremony import Desk

pytestmark = pytest.mark.broker

SOON = datetime.now(UTC) + timedelta(days=30)
FIRST = entry("AB 1234", valid_until=SOON)
SECOND = entry("CD 5678", valid_until=SOON)
FLEET = "demo"


@dataclass
class Patrol:
    """A car as far as lists and the link go."""

    name: str
    held: ceremony.Car
    lists: ListLine
    outbox: Outbox
    link: Link

    def stop(self) -> None:
        self.link.stop()
        self.lists.close()
        self.outbox.close()
        self.held.store.close()


def patrol(path: Path, port: int, desk: Desk, name: str = "car-1", fetcher: Fetcher | None = None) -> Patrol:
    held = ceremony.car(path / name, desk)
    lists = ListLine(
        fleet=FLEET,
        vehicle=name,
        lists=held.store,
        receiver=held.receiver,
        stale_after_s=86_400,
        fetcher=fetcher,
        jitter=lambda: 0.0,
    )
    outbox = Outbox(path / name / "outbox.db")
    link = Link(
        BrokerSettings(port=port),
        fleet=FLEET,
        vehicle=name,
        boot=str(uuid_utils.uuid7()),
        outbox=outbox,
        lists=lists,
        jitter=lambda: 0.0,
    )
    link.start()
    return Patrol(name, held, lists, outbox, link)


class Intruder:
    """Somebody who may write to the broker, and reads what cars report."""

    def __init__(self, port: int) -> None:
        self.reports: list[ListReport] = []
        ready = threading.Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self._client.on_message = lambda _client, _user, message: self.reports.append(
            ListReport.model_validate_json(message.payload)
        )
        self._client.on_subscribe = lambda *_: ready.set()
        self._client.on_connect = lambda client, *_: client.subscribe(topics.HOTLIST.path(FLEET, "+"), qos=1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert ready.wait(10)

    def says(self, topic: str, payload: bytes) -> None:
        self._client.publish(topic, payload, qos=1, retain=True).wait_for_publish(10)

    def hears_refusal(self, reason: str) -> None:
        wait_for(
            lambda: bool(self.reports) and any(one.reason == reason for one in self.reports[-1].refusals),
            what=f"the report of a refusal: {reason}",
        )

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path / "broker") as running:
        yield running


@pytest.fixture
def office(tmp_path: Path) -> Desk:
    return ceremony.desk(tmp_path / "office")


@pytest.fixture
def car(tmp_path: Path, broker: Broker, office: Desk) -> Iterator[Patrol]:
    one = patrol(tmp_path, broker.port, office)
    yield one
    one.stop()


@pytest.fixture
def intruder(broker: Broker) -> Iterator[Intruder]:
    one = Intruder(broker.port)
    yield one
    one.close()


def send(broker: Broker, office: Desk) -> None:
    with Sender("127.0.0.1", broker.port, FLEET) as sender:
        sender.send(office.repository)


def holds(car: Patrol, office: Desk) -> bool:
    published = office.repository.published()
    return published is not None and car.held.version() == published.version


MANIFEST = topics.manifest(FLEET, "stolen")


def test_a_published_list_is_held_and_reported_and_a_recalled_entry_is_silent(
    broker: Broker, office: Desk, car: Patrol, intruder: Intruder
):
    published = office.publish(FIRST, SECOND)
    send(broker, office)
    wait_for(lambda: holds(car, office), what="the list")
    matcher = Matcher(car.held.store)
    match = matcher.match(read("CD 5678"), datetime.now(UTC))
    assert match is not None
    assert match.list_version == published.version
    wait_for(lambda: bool(intruder.reports and intruder.reports[-1].lists), what="the report")
    (held,) = intruder.reports[-1].lists
    assert (held.version, held.entries, held.signed, held.stale) == (published.version, 2, True, False)

    office.repository.recall(["CD5678"], office.signer(ceremony.LEE), datetime.now(UTC))
    send(broker, office)
    wait_for(lambda: matcher.match(read("CD 5678"), datetime.now(UTC)) is None, what="silence")
    assert matcher.match(read("AB 1234"), datetime.now(UTC)) is not None


def test_a_car_that_was_away_fetches_the_newest_list_when_it_comes(
    broker: Broker, office: Desk, tmp_path: Path
):
    office.publish(FIRST)
    send(broker, office)
    office.publish(SECOND)
    send(broker, office)
    late = patrol(tmp_path, broker.port, office, "car-9")
    wait_for(lambda: holds(late, office), what="the list")
    assert late.held.plates() == {"CD5678"}
    late.stop()


def test_what_is_forged_older_mixed_or_held_back_is_refused_and_the_refusal_reported(
    broker: Broker, office: Desk, car: Patrol, intruder: Intruder, tmp_path: Path
):
    office.publish(FIRST)
    old = office.repository.bundle()
    office.publish(SECOND)
    send(broker, office)
    wait_for(lambda: holds(car, office), what="the list")
    new = office.repository.bundle()
    assert old is not None
    assert new is not None

    intruder.says(MANIFEST, old.manifest())
    intruder.hears_refusal("rollback")

    office.publish(FIRST, SECOND)
    newest = office.repository.bundle()
    assert newest is not None
    intruder.says(MANIFEST, replace(newest, targets=old.targets).manifest())
    intruder.hears_refusal("mixed")

    other = ceremony.desk(tmp_path / "other")
    for _ in range(5):
        other.publish(FIRST)
    intruder.says(MANIFEST, other.manifest())
    intruder.hears_refusal("unsigned")

    office.publish(FIRST, now=datetime.now(UTC) - timedelta(days=2))
    intruder.says(MANIFEST, office.manifest())
    intruder.hears_refusal("expired")

    assert car.held.plates() == {"CD5678"}, "what it held stays in use"
    office.publish(FIRST, SECOND)
    send(broker, office)
    wait_for(lambda: holds(car, office), what="the good list")
    wait_for(lambda: intruder.reports[-1].refusals == (), what="the all-clear")


def test_altered_bytes_under_the_right_topic_are_refused_until_the_right_ones_come(
    office: Desk, car: Patrol, intruder: Intruder
):
    published = office.publish(FIRST)
    blob = topics.blob(FLEET, "stolen", published.proof.packed.hashes["sha256"])
    intruder.says(
        blob, listfile.pack(listfile.content(listfile.make("stolen", 1, datetime.now(UTC), [SECOND])))
    )
    intruder.says(MANIFEST, office.manifest())
    intruder.hears_refusal("altered")
    assert car.held.version() is None
    intruder.says(blob, published.blob)
    wait_for(lambda: holds(car, office), what="the right bytes")


def test_nonsense_on_the_topics_is_refused_and_harms_nothing(
    broker: Broker, office: Desk, car: Patrol, intruder: Intruder
):
    office.publish(FIRST)
    good = json.loads(office.manifest())
    for nonsense in (b"\0", b"{}", b"[" * 10_000, json.dumps({**good, "snapshot": "{}"}).encode()):
        intruder.says(MANIFEST, nonsense)
        intruder.hears_refusal("mixed" if b"schema" in nonsense else "malformed")
        intruder.reports.clear()
    assert car.link.failures == 0
    send(broker, office)
    wait_for(lambda: holds(car, office), what="the list")


def test_a_list_as_large_as_a_message_may_be_arrives_whole(broker: Broker, office: Desk, car: Patrol):
    rng = random.Random(3)  # noqa: S311 - filler that does not compress
    published = office.publish(
        *(
            entry(f"AB {number}", entry_id=str(number), reason=rng.randbytes(250).hex(), valid_until=SOON)
            for number in range(900)
        )
    )
    assert 230_000 < len(published.blob) <= topics.MAX_LIST_BYTES
    send(broker, office)
    wait_for(lambda: holds(car, office), 60, "the large list")
    assert len(car.held.plates()) == 900


def test_a_list_that_nobody_renews_stays_in_use_and_is_reported_as_stale(
    broker: Broker, office: Desk, car: Patrol
):
    office.publish(FIRST, now=datetime.now(UTC) - timedelta(hours=23))
    send(broker, office)
    wait_for(lambda: holds(car, office), what="the list")
    aged = ListLine(
        fleet=FLEET, vehicle="car-1", lists=car.held.store, receiver=car.held.receiver, stale_after_s=3600
    )
    (held,) = aged.report().lists
    assert held.stale
    assert held.age_s > 22 * 3600
    assert car.held.plates() == {"AB1234"}
    office.repository.refresh(datetime.now(UTC))
    send(broker, office)
    wait_for(lambda: not aged.report().lists[0].stale, what="a fresh list")


def test_twenty_cars_hold_a_change_and_a_recall_within_a_minute(
    broker: Broker, office: Desk, tmp_path: Path, record_property: pytest.RecordProperty
):
    fleet = [patrol(tmp_path, broker.port, office, f"car-{number}") for number in range(20)]
    wait_for(lambda: all(one.link.health.connected for one in fleet), 60, "twenty links")
    office.publish(FIRST, SECOND)
    with Sender("127.0.0.1", broker.port, FLEET) as sender:
        sender.send(office.repository)
        wait_for(lambda: all(holds(one, office) for one in fleet), 60, "twenty cars with the list")
    office.repository.recall(["CD5678"], office.signer(ceremony.LEE), datetime.now(UTC))
    published = office.repository.published()
    assert published is not None
    with Sender("127.0.0.1", broker.port, FLEET) as sender:
        sender.send(office.repository)
        spread = sender.wait("stolen", published.version, 60)
    assert len(spread.seconds) == 20
    assert not spread.missing
    record_property("recall_p95_s", spread.seconds[18])
    assert spread.seconds[18] < 60
    for one in fleet:
        assert one.held.plates() == {"AB1234"}
        one.stop()
