"""Car and centre over TLS: messages arrive; what is broken, swollen or played back is kept and counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import uuid_utils

from anpr import topics
from anpr.broker.server import Broker
from anpr.collector.centre import Centre
from anpr.config import BrokerSettings, CentreSettings
from anpr.edge.link import Link
from anpr.edge.outbox import Outbox
from anpr.edge.status import Level, link_lamp
from anpr.errors import ConfigError, PolicyError
from anpr.fleet.register import State
from anpr.messages import Receipt
from tests.broker.guests import TAKEN, Guest
from tests.edge.test_outbox import verdict
from tests.fleet.people import FLEET, Fleet
from tests.support.hits import FakeCar
from tests.support.polling import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.broker

HIT = topics.HIT.path(FLEET, "car-1")


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet(tmp_path / "ca")


@pytest.fixture
def broker(fleet: Fleet, tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path / "broker", identity=fleet.broker()) as running:
        yield running


@pytest.fixture
def centre(fleet: Fleet, broker: Broker, tmp_path: Path) -> Iterator[Centre]:
    papers = fleet.centre("collector-1")
    broker.renew()
    settings = CentreSettings(fleet=FLEET, data_dir=tmp_path / "centre", broker=address(broker, papers))
    running = Centre(settings)
    running.start()
    wait_for(lambda: running.condition().connected, what="the collector's connection")
    yield running
    running.stop()


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    box = Outbox(tmp_path / "car" / "outbox.db", resend_first_s=0.3)
    yield box
    box.close()


def address(broker: Broker, papers: Path | None) -> BrokerSettings:
    return BrokerSettings(host=broker.host, port=broker.port, identity=papers)


def link(broker: BrokerSettings, outbox: Outbox, vehicle: str = "car-1", fleet: str = FLEET) -> Link:
    return Link(
        broker,
        fleet=fleet,
        vehicle=vehicle,
        boot=str(uuid_utils.uuid7()),
        outbox=outbox,
        jitter=lambda: 0.0,
    )


def test_a_message_goes_the_whole_way_and_its_receipt_back(
    fleet: Fleet, broker: Broker, centre: Centre, outbox: Outbox
):
    line = link(address(broker, fleet.car()), outbox)
    broker.renew()
    line.start()
    outbox.put(topics.VERDICT, verdict(), priority=1)
    assert line.drain(20)
    assert centre.store.counts().verdicts == 1
    assert line.health.words.startswith("Linked")
    assert line.health.next_step == ""
    line.stop()


def test_a_car_says_early_that_its_certificate_ends(fleet: Fleet, broker: Broker, outbox: Outbox):
    papers = fleet.car(days_ago=25)
    line = link(address(broker, papers), outbox)
    line.start()
    wait_for(lambda: line.health.connected, what="the link")
    assert line.health.words.startswith("The certificate of car-1 ends in ")
    assert "anpr enrol renew" in line.health.next_step
    assert link_lamp(line.health).level is Level.WARN
    fleet.authority.renew("car-1", datetime.now(UTC))
    broker.restart()
    wait_for(lambda: line.health.words.startswith("Linked"), what="the newer certificate")
    line.stop()


def test_a_car_whose_certificate_ran_out_or_was_revoked_is_told_and_keeps_its_hits(
    fleet: Fleet, broker: Broker, outbox: Outbox
):
    gone = link(address(broker, fleet.car("car-1", days_ago=31)), outbox)
    gone.start()
    outbox.put(topics.VERDICT, verdict(), priority=1)
    wait_for(lambda: "ended on" in gone.health.words, what="the words")
    assert not gone.health.connected
    gone.stop()
    lost = link(address(broker, fleet.car("car-2")), outbox, "car-2")
    fleet.revoke("car-2")
    broker.renew()
    lost.start()
    wait_for(lambda: "does not let this car's certificate in" in lost.health.words, what="the words")
    lost.stop()
    assert outbox.depth().unreceipted == 1


# The MQTT client leaves the socket of a failed handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_car_talks_to_its_own_fleets_broker_alone(broker: Broker, outbox: Outbox, tmp_path: Path):
    stranger = Fleet(tmp_path / "other").car()
    line = link(address(broker, stranger), outbox)
    line.start()
    wait_for(lambda: "is not the fleet's broker" in line.health.words, what="the words")
    line.stop()


def test_papers_of_somebody_else_and_plain_mqtt_over_a_network_are_refused_at_the_start(
    fleet: Fleet, outbox: Outbox, tmp_path: Path
):
    papers = fleet.car("car-1")
    here = BrokerSettings(identity=papers)
    with pytest.raises(ConfigError, match="is of car car-1 of fleet test, and this is car car-9"):
        link(here, outbox, "car-9")
    with pytest.raises(ConfigError, match="of fleet elsewhere"):
        link(here, outbox, "car-1", "elsewhere")
    with pytest.raises(ConfigError, match="this is centre car-1"):
        Centre(CentreSettings(fleet=FLEET, data_dir=tmp_path / "c", name="car-1", broker=here))
    with pytest.raises(PolicyError, match="plain MQTT goes no further"):
        link(BrokerSettings(host="broker.test"), outbox)


def test_a_renewed_certificate_that_is_half_copied_is_taken_up_later(
    fleet: Fleet, broker: Broker, outbox: Outbox
):
    papers = fleet.car(days_ago=25)
    line = link(address(broker, papers), outbox)
    line.start()
    wait_for(lambda: line.health.connected, what="the link")
    whole = fleet.authority.renew("car-1", datetime.now(UTC)) / "certificate.pem"
    newer = whole.read_bytes()
    whole.write_bytes(newer[:300])
    broker.restart()
    wait_for(lambda: not line.health.connected, what="the loss")
    wait_for(lambda: line.health.connected, what="the return with the certificate that it has")
    whole.write_bytes(newer)
    broker.restart()
    wait_for(
        lambda: line._session._visitor.papers.state(datetime.now(UTC)) is State.GOOD, what="the newer one"
    )
    line.stop()


@pytest.mark.parametrize(
    "payload", [b"", b"\0\xff", b"{}", b"[" * 9_000, b'{"schema":"anpr.hit/1"}', b"9" * 200_000]
)
def test_a_member_that_sends_nonsense_is_heard_out_and_counted(
    fleet: Fleet, broker: Broker, centre: Centre, payload: bytes
):
    with Guest(broker, fleet.car()) as car:
        for _ in range(3):
            assert car.publish(HIT, payload) == TAKEN
    wait_for(lambda: [one.times for one in centre.store.rejects(10)] == [3], what="the rejects")
    assert centre.store.rejects(10)[0].size_bytes == len(payload)
    assert centre.condition().faults == 0


def test_more_than_a_message_may_carry_is_refused_and_reaches_nobody(
    fleet: Fleet, broker: Broker, centre: Centre
):
    papers = fleet.car()
    for size in (topics.MAX_LIST_BYTES + 1, 5_000_000):
        with Guest(broker, papers) as car:
            assert car.publish(HIT, b"x" * size) != TAKEN
    with Guest(broker, papers) as car:
        assert car.publish(HIT, b"small") == TAKEN
    wait_for(lambda: centre.store.counts().rejects > 0, what="the small one")
    assert [one.size_bytes for one in centre.store.rejects(10)] == [5]


def test_a_message_that_is_played_back_is_a_duplicate_or_a_reject(
    fleet: Fleet, broker: Broker, centre: Centre
):
    hit = FakeCar("car-1").hit(at=datetime.now(UTC) - timedelta(hours=1))
    payload = hit.model_dump_json().encode()
    first, second = fleet.car("car-1"), fleet.car("car-2")
    broker.renew()
    with Guest(broker, first) as car, Guest(broker, second) as thief:
        car.subscribe(topics.RECEIPT.path(FLEET, "car-1"))
        thief.subscribe(topics.RECEIPT.path(FLEET, "car-1"))
        for _ in range(5):
            assert car.publish(HIT, payload) == TAKEN
        assert thief.publish(HIT, payload) == "Not authorized"
        assert thief.publish(topics.HIT.path(FLEET, "car-2"), payload) == TAKEN
        wait_for(lambda: centre.store.counts().rejects == 1, what="the reject")
        wait_for(
            lambda: sum(len(Receipt.model_validate_json(body).ids) for _, body in car.heard) == 5,
            what="five receipts",
        )
        assert thief.heard == []
    counts = centre.store.counts()
    assert (counts.hits, counts.duplicates) == (1, 4)
    assert "says it is from car-1, but came on the topic of car-2" in centre.store.rejects(1)[0].reason
