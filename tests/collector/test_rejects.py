"""What could not be understood is kept within bounds; what made way is counted, and no number is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from anpr.collector.sqlite import SqliteStore
from anpr.collector.store import Arrival, Reject
from tests.collector.test_ledgers import answer, ledger
from tests.support.hits import FakeCar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from anpr.messages import Hit

NOW = datetime(2026, 1, 2, tzinfo=UTC)
ROOM_BYTES = 20_000
BROKEN_BYTES = 1_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "centre.db", reject_bytes=ROOM_BYTES)
    yield opened
    opened.close()


def broken(number: int, hit: Hit | None = None) -> Reject:
    """Nonsense that came in the given second, on the topic of a car; with a hit, under that one's number."""
    payload = f"{number:04}".encode().ljust(BROKEN_BYTES, b".")
    at = NOW + timedelta(seconds=number)
    if hit is None:
        return Reject("anpr/v1/test/car/car-1/hit", payload, "no JSON", at, None, None)
    return Reject("anpr/v1/test/car/car-1/hit", payload, "no hit", at, hit.id, hit.vehicle, hit.seq)


def flood(store: SqliteStore, numbers: range) -> int:
    """Nonsense in batches, as it comes; returns how many old ones were said to make way."""
    return sum(
        store.write([], [broken(number) for number in numbers[at : at + 10]]).dropped
        for at in range(0, len(numbers), 10)
    )


def test_the_oldest_make_way_and_are_counted(store: SqliteStore) -> None:
    dropped = flood(store, range(100))
    kept = store.rejects(1000)
    assert sum(one.size_bytes for one in kept) <= ROOM_BYTES
    assert len(kept) >= 10, "the room is used"
    newest = [NOW + timedelta(seconds=number) for number in range(99, 99 - len(kept), -1)]
    assert [one.last_at for one in kept] == newest
    assert (store.counts().rejects, store.counts().rejects_dropped) == (len(kept), dropped)
    assert len(kept) + dropped == 100


def test_what_comes_again_is_not_old(store: SqliteStore) -> None:
    flood(store, range(10))
    store.write([], [Reject("t", b"again", "no JSON", NOW, None, None)])
    for number in range(10, 100):
        store.write(
            [], [broken(number), Reject("t", b"again", "no JSON", NOW + timedelta(days=1), None, None)]
        )
    assert [one.times for one in store.rejects(1000) if one.topic == "t"] == [91]


def test_a_numbered_one_is_still_found_by_the_ledger_after_its_content_went(store: SqliteStore) -> None:
    hits = [FakeCar("car-1").hit()]
    store.write([], [broken(0, hits[0])])
    flood(store, range(1, 100))
    (row,) = [one for one in store.rejects(1000) if one.reason == "no hit"]
    assert row.size_bytes == 0
    assert answer(store, ledger(hits)).gaps == ()


def test_without_nonsense_nothing_is_dropped(store: SqliteStore) -> None:
    car = FakeCar("car-1")
    arrivals = [Arrival(car.hit(), NOW, retained=False) for _ in range(50)]
    assert store.write(arrivals, [broken(1)]).dropped == 0
    assert (store.counts().hits, store.counts().rejects, store.counts().rejects_dropped) == (50, 1, 0)
