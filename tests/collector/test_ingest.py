"""What a car sends is stored once, receipted, never lost; what cannot be understood is kept as it came."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from typing import TYPE_CHECKING

import pytest

from anpr import topics
from anpr.collector.centre import Centre
from anpr.collector.link import Link
from anpr.messages import LinkState, Outcome
from tests.support.hits import FLEET, FakeCar, Publisher
from tests.support.polling import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from anpr.broker.server import Broker
    from anpr.collector.crops import Crops
    from anpr.config import CentreSettings

pytestmark = pytest.mark.broker


def connected(centre: Centre) -> Callable[[], bool]:
    return lambda: centre.condition().connected


def stored_ids(centre: Centre) -> list[str]:
    return [stored.hit.id for stored in centre.store.hits(10_000)]


def test_a_hit_is_stored_with_its_crop_and_receipted(
    centre: Centre, publisher: Callable[..., Publisher]
) -> None:
    car = FakeCar("car-1")
    link = publisher("car-1")
    hit = car.hit("AB 1234")
    link.send(hit)
    link.wait_receipted()
    stored = centre.store.hit(hit.id)
    assert stored is not None
    assert stored.hit.read.raw == "AB1234"
    assert stored.hit.entry == hit.entry
    assert stored.received_at >= hit.read.captured_at
    assert centre.crops.get(hit.read.crop_sha256) == hit.read.crop_jpeg
    assert centre.store.counts().receipts == 1


def test_the_same_hit_twice_is_stored_once_and_receipted_twice(
    centre: Centre, publisher: Callable[..., Publisher]
) -> None:
    hit = FakeCar("car-1").hit()
    link = publisher("car-1")
    link.send(hit)
    link.wait_receipted()
    link.send(hit)
    link.wait_receipted()
    assert stored_ids(centre) == [hit.id]
    assert link.receipts == [hit.id, hit.id]
    assert centre.store.counts().duplicates == 1


def test_a_verdict_is_joined_to_its_hit_even_when_it_comes_first(
    centre: Centre, publisher: Callable[..., Publisher]
) -> None:
    car = FakeCar("car-1")
    hit = car.hit()
    link = publisher("car-1")
    link.send(car.verdict(hit, Outcome.MISREAD))
    link.wait_receipted()
    link.send(hit)
    link.wait_receipted()
    stored = centre.store.hit(hit.id)
    assert stored is not None
    assert [one.verdict.outcome for one in stored.verdicts] == [Outcome.MISREAD]
    events = centre.store.events_after(0, 10)
    assert [changed.hit.id for _, changed in events] == [hit.id, hit.id]


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"\xff\xfe not json", "Invalid JSON"),
        (b"{}", "Field required"),
        (b"[" * 5_000, "Invalid JSON"),
        (b"", "Invalid JSON"),
    ],
)
def test_a_message_that_is_no_hit_is_kept_as_it_came(
    centre: Centre, publisher: Callable[..., Publisher], payload: bytes, reason: str
) -> None:
    link = publisher("car-1")
    path = topics.HIT.path(FLEET, "car-1")
    link.send_bytes(path, payload)
    wait_for(lambda: centre.store.counts().rejects == 1, what="the reject")
    (reject,) = centre.store.rejects(10)
    assert reason in reject.reason
    assert (reject.topic, reject.size_bytes) == (path, len(payload))
    # It was acknowledged and does not come round again, and those behind it pass.
    good = FakeCar("car-1").hit()
    link.send(good)
    link.wait_receipted()
    assert centre.store.rejects(10)[0].times == 1


def test_the_same_broken_message_again_is_counted_and_not_kept_twice(
    centre: Centre, publisher: Callable[..., Publisher]
) -> None:
    link = publisher("car-1")
    for _ in range(3):
        link.send_bytes(topics.HIT.path(FLEET, "car-1"), b"broken")
    wait_for(lambda: [one.times for one in centre.store.rejects(10)] == [3], what="the third")


def test_a_car_that_speaks_for_another_is_refused(
    centre: Centre, publisher: Callable[..., Publisher]
) -> None:
    hit = FakeCar("car-2").hit()
    link = publisher("car-1", "car-2")
    link.send_bytes(topics.HIT.path(FLEET, "car-1"), hit.model_dump_json().encode())
    wait_for(lambda: centre.store.counts().rejects == 1, what="the reject")
    assert "says it is from car-2, but came on the topic of car-1" in centre.store.rejects(1)[0].reason
    assert stored_ids(centre) == []
    assert link.receipts == []


def test_a_hit_whose_crop_was_altered_is_kept_as_a_reject_and_its_car_may_stop_sending(
    centre: Centre, publisher: Callable[..., Publisher]
) -> None:
    hit = FakeCar("car-1").hit()
    altered = json.loads(hit.model_dump_json())
    altered["read"]["crop_sha256"] = hashlib.sha256(b"another").hexdigest()
    link = publisher("car-1")
    link.send_bytes(topics.HIT.path(FLEET, "car-1"), json.dumps(altered).encode())
    wait_for(lambda: link.receipts == [hit.id], what="the receipt")
    assert "not the one its hash names" in centre.store.rejects(1)[0].reason
    assert stored_ids(centre) == []


def test_another_message_under_a_known_id_does_not_vanish(
    centre: Centre, publisher: Callable[..., Publisher]
) -> None:
    car = FakeCar("car-1")
    first = car.hit("AB 1234")
    second = car.hit("CD 5678").model_copy(update={"id": first.id})
    link = publisher("car-1")
    link.send(first)
    link.wait_receipted()
    link.send(second)
    link.wait_receipted()
    stored = centre.store.hit(first.id)
    assert stored is not None
    assert stored.hit.entry.plate == "AB 1234"
    assert "belongs to another message" in centre.store.rejects(1)[0].reason
    assert centre.store.counts().duplicates == 0


def test_the_state_of_a_car_is_known_even_when_it_spoke_before_the_collector_came(
    settings: CentreSettings, publisher: Callable[..., Publisher]
) -> None:
    car = FakeCar("car-7")
    link = publisher("car-7")
    link.send(car.status(LinkState.ONLINE))
    link.send(car.position(22.3193, 114.1694))
    late = Centre(settings)
    late.start()
    try:
        wait_for(lambda: [one.position is not None for one in late.store.cars()] == [True], what="the car")
        (state,) = late.store.cars()
        assert state.status is not None
        assert state.status.state is LinkState.ONLINE
        assert state.last_seen_at is None, "the broker spoke for the car; the car itself may be gone"
        link.send(car.health())
        wait_for(lambda: late.store.cars()[0].last_seen_at is not None, what="the car's own word")
        assert late.store.cars()[0].change > state.change
    finally:
        late.stop()


def test_the_will_of_an_earlier_run_does_not_put_the_next_run_offline(
    centre: Centre, publisher: Callable[..., Publisher]
) -> None:
    earlier = FakeCar("car-1")
    will = earlier.status(LinkState.OFFLINE)
    link = publisher("car-1")
    link.send(FakeCar("car-1").status(LinkState.ONLINE))
    link.send(will)
    link.send(earlier.health())
    wait_for(lambda: [one.health is not None for one in centre.store.cars()] == [True], what="the health")
    (state,) = centre.store.cars()
    assert state.status is not None
    assert state.status.state is LinkState.ONLINE


def test_nothing_is_lost_or_doubled_when_the_broker_dies_with_the_centre_down(
    settings: CentreSettings, broker: Broker, publisher: Callable[..., Publisher]
) -> None:
    first = Centre(settings)
    first.start()
    wait_for(lambda: first.condition().connected, what="the first connection")
    first.stop()
    car = FakeCar("car-1")
    link = publisher("car-1")
    hits = [car.hit(f"AB {number}") for number in range(1000, 1300)]
    for hit in hits[:200]:
        link.send(hit)
    broker.kill()
    for hit in hits[200:]:
        link.send(hit)
    broker.restart()
    again = Centre(settings)
    again.start()
    try:
        link.wait_connected()
        link.resend()
        link.wait_receipted()
        assert sorted(stored_ids(again)) == sorted(hit.id for hit in hits)
    finally:
        again.stop()


def test_a_crash_between_commit_and_acknowledgement_stores_nothing_twice(
    settings: CentreSettings, publisher: Callable[..., Publisher], monkeypatch: pytest.MonkeyPatch
) -> None:
    car = FakeCar("car-1")
    link = publisher("car-1")
    hits = [car.hit(f"AB {number}") for number in range(1000, 1020)]
    with monkeypatch.context() as patch:
        # To broker and cars a collector that died here looks just like one that never got to these.
        patch.setattr(Link, "ack", lambda _link, _delivery: None)
        patch.setattr(Link, "send_receipts", lambda _link, _vehicle, _ids: None)
        first = Centre(settings)
        first.start()
        wait_for(lambda: first.condition().connected, what="the first connection")
        for hit in hits:
            link.send(hit)
        wait_for(lambda: len(stored_ids(first)) == len(hits), what="the commit")
        first.stop()
    assert link.receipts == []
    again = Centre(settings)
    again.start()
    try:
        link.wait_receipted()
        assert sorted(stored_ids(again)) == sorted(hit.id for hit in hits)
        assert again.store.counts().duplicates == len(hits)
    finally:
        again.stop()


def test_a_second_collector_under_the_same_name_is_told_apart(
    settings: CentreSettings, tmp_path: Path
) -> None:
    first = Centre(settings)
    first.start()
    wait_for(lambda: first.condition().connected, what="the first connection")
    second = Centre(settings.model_copy(update={"data_dir": tmp_path / "second"}))
    second.start()
    try:
        wait_for(lambda: "--name" in str(first.condition().trouble), 15, "the advice")
    finally:
        first.stop()
        second.stop()


def test_two_collectors_share_the_work(
    settings: CentreSettings, tmp_path: Path, publisher: Callable[..., Publisher]
) -> None:
    other = settings.model_copy(update={"name": "collector-2", "data_dir": tmp_path / "second"})
    centres = [Centre(settings), Centre(other)]
    for centre in centres:
        centre.start()
    try:
        for centre in centres:
            wait_for(connected(centre), what="the connection")
        car = FakeCar("car-1")
        link = publisher("car-1")
        hits = [car.hit(f"AB {number}") for number in range(1000, 1100)]
        for hit in hits:
            link.send(hit)
        link.wait_receipted()
        shares = [stored_ids(centre) for centre in centres]
        assert sorted(shares[0] + shares[1]) == sorted(hit.id for hit in hits)
        assert all(shares)
    finally:
        for centre in centres:
            centre.stop()


def test_a_fault_of_our_own_is_survived_and_the_message_kept(
    centre: Centre, publisher: Callable[..., Publisher], monkeypatch: pytest.MonkeyPatch
) -> None:
    car = FakeCar("car-1")
    bad, good = car.hit("XX 1"), car.hit("AB 1234")
    put_all = type(centre.crops).put_all

    def stumble(kept: Crops, crops: Mapping[str, bytes]) -> None:
        if bad.read.crop_sha256 in crops:
            raise ZeroDivisionError
        put_all(kept, crops)

    monkeypatch.setattr(type(centre.crops), "put_all", stumble)
    link = publisher("car-1")
    link.send(bad)
    link.send(good)
    wait_for(lambda: stored_ids(centre) == [good.id], what="the good hit")
    wait_for(lambda: centre.store.counts().rejects == 1, what="the reject")
    assert "ZeroDivisionError" in centre.store.rejects(1)[0].reason
    assert centre.condition().faults >= 1


def test_the_store_is_made_to_last(centre: Centre, settings: CentreSettings) -> None:
    with sqlite3.connect(settings.data_dir / "centre.db") as look:
        assert look.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        tables = look.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '%sqlite_%'"
        ).fetchall()
    look.close()
    assert len(tables) > 8
    assert all("STRICT" in sql for _, sql in tables)
    assert centre.store._writer.execute("PRAGMA synchronous").fetchone()[0] == 2
