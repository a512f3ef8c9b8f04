"""What a certificate opens: held against the table of topics, at the real broker, topic by topic."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from anpr import topics
from anpr.broker.server import Broker
from anpr.fleet import access, acl
from anpr.fleet.access import Verb
from anpr.fleet.register import Member, Role
from tests.broker.guests import TAKEN, Guest
from tests.fleet.people import FLEET, Fleet
from tests.support.polling import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.broker

OTHERS = "chan", "collector-1"
SHA = "0" * 64


@pytest.fixture(scope="module")
def guests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Guest]]:
    fleet = Fleet(tmp_path_factory.mktemp("fleet") / "ca")
    folders = [fleet.car("car-1"), fleet.car("car-2", "stolen"), fleet.centre(), fleet.operator()]
    with Broker(tmp_path_factory.mktemp("broker"), identity=fleet.broker()) as broker:
        let_in = {folder.name: Guest(broker, folder) for folder in folders}
        yield let_in
        for guest in let_in.values():
            guest.close()


def writers(guests: dict[str, Guest], topic: str) -> set[str]:
    answers = {name: guest.publish(topic) for name, guest in guests.items()}
    assert set(answers.values()) <= {TAKEN, "Not authorized"}
    return {name for name, answer in answers.items() if answer == TAKEN}


@pytest.mark.parametrize("topic", topics.TOPICS, ids=lambda topic: topic.name)
def test_a_topic_is_written_by_its_writer_alone(guests: dict[str, Guest], topic: topics.Topic):
    expected = "car-1" if topic.writer == "car" else "collector-1"
    assert writers(guests, topic.path(FLEET, "car-1")) == {expected}


@pytest.mark.parametrize("topic", topics.TOPICS, ids=lambda topic: topic.name)
def test_nobody_writes_in_another_fleet_or_as_a_car_that_it_is_not(
    guests: dict[str, Guest], topic: topics.Topic
):
    assert writers(guests, topic.path("other", "car-1")) == set()
    if topic.writer == "car":
        for name in (*OTHERS, "car-3"):
            assert writers(guests, topic.path(FLEET, name)) == set()


@pytest.mark.parametrize(
    "topic", [topics.manifest(FLEET, "stolen"), topics.blob(FLEET, "stolen", SHA)], ids=["manifest", "blob"]
)
def test_lists_are_written_by_operators_alone(guests: dict[str, Guest], topic: str):
    assert writers(guests, topic) == {"chan"}


@pytest.mark.parametrize(
    "topic",
    [
        "$SYS/broker/version",
        "anpr",
        "anpr/v1",
        f"anpr/v1/{FLEET}",
        "anything",
        f"{topics.HIT.path(FLEET, 'car-1')}/x",
    ],
)
def test_what_is_in_no_table_is_written_by_nobody(guests: dict[str, Guest], topic: str):
    assert writers(guests, topic) == set()


def test_everybody_hears_what_is_meant_for_them_and_nothing_else(guests: dict[str, Guest]):
    for guest in guests.values():
        guest.subscribe("#")
        guest.subscribe(f"{topics.of_car(FLEET, 'car-1')}/#")
        guest.heard.clear()
    expected: dict[str, set[str]] = {name: set() for name in guests}
    for topic in topics.TOPICS:
        for car in ("car-1", "car-2"):
            path = topic.path(FLEET, car)
            guests[car if topic.writer == "car" else "collector-1"].publish(path)
            expected["collector-1" if topic.writer == "car" else car].add(path)
    expected["chan"] |= {topics.HOTLIST.path(FLEET, car) for car in ("car-1", "car-2")}
    for name, readers in (("stolen", ("car-1", "car-2")), ("wanted", ("car-1",))):
        manifest, blob = topics.manifest(FLEET, name), topics.blob(FLEET, name, SHA)
        guests["chan"].publish(manifest)
        guests["chan"].publish(blob)
        expected["collector-1"].add(manifest)
        for car in readers:
            expected[car] |= {manifest, blob}
    # A broker hands over in order: whoever has heard the last message has heard what came before.
    for car in ("car-1", "car-2"):
        guests["collector-1"].publish(topics.RECEIPT.path(FLEET, car), b"last")
    guests["car-1"].publish(topics.HOTLIST.path(FLEET, "car-1"), b"last")
    for name, guest in guests.items():
        wait_for(lambda guest=guest: b"last" in [payload for _, payload in guest.heard], what=name)
        assert {topic for topic, _ in guest.heard} == expected[name]


def test_what_is_kept_for_latecomers_is_kept_from_those_it_is_not_meant_for(guests: dict[str, Guest]):
    status = topics.STATUS.path(FLEET, "car-1")
    assert guests["car-1"].publish(status, b"kept", retain=True) == TAKEN
    for name in ("car-2", "collector-1"):
        guests[name].heard.clear()
        guests[name].subscribe(status)
    wait_for(lambda: (status, b"kept") in guests["collector-1"].heard, what="the retained state")
    guests["collector-1"].publish(topics.RECEIPT.path(FLEET, "car-2"), b"after")
    wait_for(lambda: b"after" in [payload for _, payload in guests["car-2"].heard], what="the receipt")
    assert status not in [topic for topic, _ in guests["car-2"].heard]


def test_every_topic_of_the_table_is_granted_to_a_writer_and_a_reader():
    granted = access.table(FLEET)
    for topic in topics.TOPICS:
        by_car = next(one for one in granted if one.topic == topic.path(FLEET, access.OWN))
        by_centre = next(one for one in granted if one.topic == topic.path(FLEET, access.ANY))
        assert (by_car.role, by_centre.role) == (Role.CAR, Role.CENTRE)
        assert (by_car.verb, by_centre.verb) == (
            (Verb.WRITE, Verb.READ) if topic.writer == "car" else (Verb.READ, Verb.WRITE)
        )


def test_both_brokers_are_told_the_same():
    members = [
        Member(name="car-1", role=Role.CAR),
        Member(name="car-2", role=Role.CAR, lists=("stolen",)),
        Member(name="collector-1", role=Role.CENTRE),
        Member(name="chan", role=Role.OPERATOR),
        Member(name="broker-1", role=Role.BROKER, hosts=("broker.test",)),
    ]
    texts = acl.mosquitto(FLEET, members), acl.emqx(FLEET, members)
    assert all("broker-1" not in text for text in texts)
    for topic in topics.TOPICS:
        own, every = topic.path(FLEET, "%u"), topic.path(FLEET, "+")
        written = topic.writer == "car"
        assert f"pattern {'write' if written else 'read'} {own}\n" in texts[0]
        assert f"topic {'read' if written else 'write'} {every}\n" in texts[0]
        rules = [line for line in texts[1].splitlines() if line.startswith("{allow")]
        mine = topic.path(FLEET, "${username}")
        assert any(
            rule.startswith(f"{{allow, all, {'publish' if written else 'subscribe'}, ")
            and f'"{mine}"' in rule
            for rule in rules
        )
        assert any(
            rule.startswith(
                f'{{allow, {{username, "collector-1"}}, {"subscribe" if written else "publish"}, '
            )
            and f'"{every}"' in rule
            for rule in rules
        )
    assert texts[1].endswith("{deny, all}.\n")
