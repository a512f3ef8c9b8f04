"""The link, against a real Mosquitto: it comes back by itself, and only a receipt settles a message."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import paho.mqtt.client as mqtt
import pytest
import uuid_utils
from paho.mqtt.enums import CallbackAPIVersion

from anpr import topics
from anpr.broker.server import Broker, find_mosquitto
from anpr.config import BrokerSettings
from anpr.edge import session
from anpr.edge.link import Beat, Link
from anpr.edge.outbox import Outbox
from anpr.messages import Position, Receipt, Verdict
from tests.edge.test_outbox import verdict
from tests.support.polling import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.broker


class Centre:
    """Hears everything on the broker, and gives receipts when told to."""

    def __init__(self, port: int) -> None:
        self.heard: list[mqtt.MQTTMessage] = []
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self._client.on_message = lambda _client, _user, message: self.heard.append(message)
        ready = threading.Event()
        self._client.on_subscribe = lambda *_: ready.set()
        self._client.on_connect = lambda client, *_: client.subscribe("anpr/#", qos=1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert ready.wait(10)

    def of(self, topic: topics.Topic) -> list[mqtt.MQTTMessage]:
        path = topic.path("demo", "car-1")
        return [message for message in list(self.heard) if message.topic == path]

    def states(self) -> list[str]:
        return [json.loads(message.payload)["state"] for message in self.of(topics.STATUS)]

    def receipt(self, *ids: str) -> None:
        receipt = Receipt(vehicle="car-1", at=datetime.now(UTC), ids=ids)
        self.say(receipt.model_dump_json())

    def say(self, payload: str) -> None:
        self._client.publish(topics.RECEIPT.path("demo", "car-1"), payload, qos=1)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path / "broker") as running:
        yield running


@pytest.fixture
def centre(broker: Broker) -> Iterator[Centre]:
    client = Centre(broker.port)
    yield client
    client.close()


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    box = Outbox(tmp_path / "car" / "outbox.db", resend_first_s=0.3)
    yield box
    box.close()


def make_link(outbox: Outbox, port: int, *beats: Beat) -> Link:
    return Link(
        BrokerSettings(port=port),
        fleet="demo",
        vehicle="car-1",
        boot=str(uuid_utils.uuid7()),
        outbox=outbox,
        beats=beats,
        jitter=lambda: 0.0,
    )


@pytest.fixture
def link(outbox: Outbox, broker: Broker) -> Iterator[Link]:
    line = make_link(outbox, broker.port)
    line.start()
    wait_for(lambda: line.health.connected, what="the link")
    yield line
    line.stop()


def put(outbox: Outbox) -> Verdict:
    return outbox.put(topics.VERDICT, verdict(), priority=1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_message_arrives_as_it_was_stored_and_leaves_the_outbox_on_its_receipt(
    link: Link, outbox: Outbox, centre: Centre
) -> None:
    message = put(outbox)
    wait_for(lambda: bool(centre.of(topics.VERDICT)), what="the message")
    arrived = centre.of(topics.VERDICT)[0]
    assert Verdict.model_validate_json(arrived.payload) == message
    assert arrived.qos == 1
    assert 0 < arrived.properties.MessageExpiryInterval <= topics.VERDICT.expiry_s
    assert outbox.depth().unreceipted == 1, "PUBACK alone settles nothing"
    centre.receipt(message.id)
    assert link.drain(10)
    assert link.receipts == 1


def test_without_a_receipt_it_is_sent_again(link: Link, outbox: Outbox, centre: Centre) -> None:
    put(outbox)
    wait_for(lambda: len(centre.of(topics.VERDICT)) >= 3, what="three sendings")
    assert len({message.payload for message in centre.of(topics.VERDICT)}) == 1
    assert not link.drain(0)


def test_what_the_broker_takes_for_nobody_is_offered_again_within_seconds(
    tmp_path: Path, broker: Broker
) -> None:
    """As after a restart of Mosquitto, until a collector has subscribed again."""
    outbox = Outbox(tmp_path / "car" / "outbox.db")
    link = make_link(outbox, broker.port)
    link.start()
    try:
        sent = outbox.put(topics.VERDICT, verdict(), priority=1)
        wait_for(lambda: not outbox.due(1), what="the acknowledgement of the first sending")
        assert outbox.depth().waiting == 1
        centre = Centre(broker.port)
        # A message that somebody had heard, and nobody answered, would wait for 11 s at least.
        wait_for(lambda: bool(centre.of(topics.VERDICT)), timeout_s=10, what="the message")
        assert json.loads(centre.of(topics.VERDICT)[0].payload)["id"] == sent.id
        wait_for(lambda: outbox.depth().sent == 1, what="the acknowledgement")
        centre.close()
    finally:
        link.stop()
        outbox.close()


def test_presence_is_said_and_the_goodbye_is_no_will(
    broker: Broker, outbox: Outbox, centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "WILL_DELAY_S", 0)
    line = make_link(outbox, broker.port)
    line.start()
    wait_for(lambda: centre.states() == ["online"], what="online")
    line.stop()
    wait_for(lambda: centre.states() == ["online", "stopping"], what="stopping")


def test_a_car_that_vanishes_is_said_to_be_offline_by_the_broker(
    broker: Broker, outbox: Outbox, centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "WILL_DELAY_S", 0)
    line = make_link(outbox, broker.port)
    line.start()
    wait_for(lambda: centre.states() == ["online"], what="online")
    line._session._client.socket().shutdown(socket.SHUT_RDWR)
    wait_for(lambda: "offline" in centre.states(), what="the will")
    wait_for(lambda: centre.states()[-1] == "online", what="the return")
    line.stop()


def test_the_position_is_sent_again_and_again_and_kept_by_the_broker(
    broker: Broker, outbox: Outbox, centre: Centre
) -> None:
    position = Position.model_validate(
        {
            "vehicle": "car-1",
            "place": {"lat_deg": 22.3, "lon_deg": 114.2, "at": "2026-01-02T03:04:05Z", "source": "gps"},
        }
    )
    line = make_link(outbox, broker.port, Beat(topics.POSITION, 0.1, lambda: position))
    line.start()
    wait_for(lambda: len(centre.of(topics.POSITION)) >= 2, what="two positions")
    late = Centre(broker.port)
    wait_for(lambda: bool(late.of(topics.POSITION)), what="the retained position")
    assert late.of(topics.POSITION)[0].retain
    assert Position.model_validate_json(late.of(topics.POSITION)[0].payload) == position
    late.close()
    line.stop()


def test_a_receipt_that_is_nonsense_is_counted_and_harms_nothing(
    link: Link, outbox: Outbox, centre: Centre
) -> None:
    message = put(outbox)
    for nonsense in ("{", "[]", '{"schema":"anpr.receipt/1"}', "\x00"):
        centre.say(nonsense)
    centre.receipt(str(uuid_utils.uuid7()))
    centre.receipt(message.id)
    assert link.drain(10)
    assert link.rejects == 4
    assert link.failures == 0


def test_a_broker_that_is_not_there_is_named_with_the_next_step(outbox: Outbox) -> None:
    port = free_port()
    line = make_link(outbox, port)
    line.start()
    put(outbox)
    wait_for(lambda: "No broker answers" in line.health.words, what="the words")
    assert f"127.0.0.1:{port}" in line.health.words
    assert "hits are kept" in line.health.next_step
    line.stop()
    assert outbox.depth().waiting == 1


def test_a_broker_that_refuses_is_named_with_the_next_step(tmp_path: Path, outbox: Outbox) -> None:
    port = free_port()
    config = tmp_path / "strict.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous false\n")
    with subprocess.Popen([find_mosquitto(), "-c", str(config)], stderr=subprocess.DEVNULL) as strict:
        line = make_link(outbox, port)
        line.start()
        wait_for(lambda: "refuses this car" in line.health.words, what="the words")
        assert "certificate" in line.health.next_step
        line.stop()
        strict.terminate()


def test_a_pump_that_fails_is_shown_and_starts_again(link: Link, outbox: Outbox, centre: Centre) -> None:
    outbox._connection.execute("PRAGMA query_only=ON")
    centre.receipt(str(uuid_utils.uuid7()))
    wait_for(lambda: link.health.words == "Sending fails", what="the light")
    outbox._connection.execute("PRAGMA query_only=OFF")
    message = put(outbox)
    wait_for(lambda: bool(centre.of(topics.VERDICT)), what="the message")
    wait_for(lambda: link.health.connected, what="the light")
    centre.receipt(message.id)
    assert link.drain(10)


def test_it_comes_back_by_itself_when_the_broker_does(
    link: Link, outbox: Outbox, centre: Centre, broker: Broker
) -> None:
    broker.kill()
    wait_for(lambda: not link.health.connected, what="the loss")
    assert "comes back by itself" in link.health.next_step
    message = put(outbox)
    broker.start()
    wait_for(lambda: link.health.connected, what="the return")
    wait_for(lambda: message.id in str([m.payload for m in centre.of(topics.VERDICT)]), what="the message")
