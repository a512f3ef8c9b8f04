"""The centre sees what it never got, asks for it, and says when a start of a car is complete."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from anpr import topics
from anpr.collector.sqlite import SqliteStore
from anpr.collector.store import Arrival, Reject
from anpr.collector.views import CarView
from anpr.edge.link import Link
from anpr.edge.outbox import Outbox
from anpr.messages import Ledger, Numbers, Start, chain
from tests.support.hits import FLEET, FakeCar, new_id
from tests.support.polling import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from anpr.collector.centre import Centre
    from anpr.collector.ledgers import Answer
    from anpr.collector.store import Gaps
    from anpr.config import CentreSettings
    from anpr.messages import Hit

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "centre.db")
    yield opened
    opened.close()


def keep(store: SqliteStore, *messages: Hit) -> None:
    store.write([Arrival(message, NOW, retained=False) for message in messages], [])


def ledger(hits: Sequence[Hit], held: Sequence[tuple[int, int]] = (), boot: str | None = None) -> Ledger:
    digest = ""
    for hit in hits:
        digest = chain(digest, hit.id)
    start = Start(boot=hits[0].boot, first=hits[0].seq, last=hits[-1].seq, count=len(hits), digest=digest)
    return Ledger(
        vehicle=hits[0].vehicle,
        boot=boot or new_id(),
        at=NOW,
        starts=(start,),
        held=tuple(Numbers(first=first, last=last) for first, last in held),
    )


def answer(store: SqliteStore, message: Ledger) -> Answer:
    written = store.write([Arrival(message, NOW, retained=False)], [])
    return written.answers[0]


def gaps(store: SqliteStore) -> Gaps:
    found = store.cars()[0].gaps
    assert found is not None
    return found


def test_a_complete_start_is_settled(store: SqliteStore) -> None:
    car = FakeCar()
    hits = [car.hit() for _ in range(3)]
    keep(store, *hits)
    said = answer(store, ledger(hits))
    assert (said.gaps, said.settled) == ((), (car.boot,))
    assert (gaps(store).under_way, gaps(store).missing, gaps(store).differing) == (0, 0, 0)


def test_the_start_that_is_still_driving_is_not_settled(store: SqliteStore) -> None:
    car = FakeCar()
    hits = [car.hit() for _ in range(3)]
    keep(store, *hits)
    assert answer(store, ledger(hits, boot=car.boot)).settled == ()


def test_what_the_car_holds_is_under_way_and_the_rest_is_missing(store: SqliteStore) -> None:
    car = FakeCar()
    hits = [car.hit() for _ in range(6)]
    keep(store, hits[0], hits[3])
    said = answer(store, ledger(hits, held=[(2, 2), (5, 6)]))
    assert said.gaps == (Numbers(first=2, last=3), Numbers(first=5, last=6))
    assert said.settled == ()
    assert (gaps(store).under_way, gaps(store).missing) == (3, 1)
    assert CarView.of(store.cars()[0]).missing == 1
    keep(store, *hits)
    assert answer(store, ledger(hits)).settled == (car.boot,)
    assert gaps(store).missing == 0, "what came after all is missing no more"


def test_a_message_that_was_not_understood_is_here_and_not_missing(store: SqliteStore) -> None:
    car = FakeCar()
    hits = [car.hit() for _ in range(2)]
    keep(store, hits[0])
    store.write([], [Reject("topic", b"{", "broken", NOW, hits[1].id, car.name, hits[1].seq)])
    assert answer(store, ledger(hits)).settled == (car.boot,)


def test_another_message_under_a_number_is_told_apart(store: SqliteStore) -> None:
    car = FakeCar()
    hits = [car.hit() for _ in range(2)]
    keep(store, hits[0], hits[1].model_copy(update={"id": new_id()}))
    assert answer(store, ledger(hits)).settled == ()
    assert gaps(store).differing == 1


def missing(centre: Centre) -> int | None:
    found = centre.store.cars()[0].gaps
    return found.missing if found else None


@pytest.mark.broker
def test_a_hit_that_the_centre_lost_comes_again_while_the_car_has_it(
    centre: Centre, settings: CentreSettings, tmp_path: Path
) -> None:
    car = FakeCar("car-1")
    outbox = Outbox(tmp_path / "outbox.db")
    link = Link(settings.broker, fleet=FLEET, vehicle=car.name, boot=car.boot, outbox=outbox)
    link.start()
    sent = [outbox.put(topics.HIT, car.hit(), priority=1) for _ in range(4)]
    assert link.drain(20)
    link.stop()
    wait_for(lambda: missing(centre) == 0, what="the ledger at the end")

    lost = SqliteStore(settings.data_dir / "centre.db")
    lost._writer.execute("DELETE FROM hits WHERE id = ?", (sent[2].id,))
    lost.close()
    again = Link(settings.broker, fleet=FLEET, vehicle=car.name, boot=new_id(), outbox=outbox)
    again.start()
    wait_for(lambda: again.health.connected, what="the link")
    again.stop()  # says the ledger, and leaves
    wait_for(lambda: missing(centre) == 1, what="the centre to see it")
    once_more = Link(settings.broker, fleet=FLEET, vehicle=car.name, boot=new_id(), outbox=outbox)
    once_more.start()
    wait_for(lambda: centre.store.hit(sent[2].id) is not None, what="the hit")
    assert once_more.drain(20)
    once_more.stop()
    wait_for(lambda: missing(centre) == 0, what="the gap to close")
    outbox.close()


def test_what_a_car_gave_up_is_not_missing_and_does_not_keep_a_start_open(store: SqliteStore) -> None:
    car = FakeCar()
    hits = [car.hit() for _ in range(3)]
    keep(store, hits[0], hits[2])
    told = ledger(hits).model_copy(update={"given_up": (Numbers(first=2, last=2),)})
    said = answer(store, told)
    assert (said.gaps, said.settled) == ((), (car.boot,))
    assert gaps(store).missing == 0
