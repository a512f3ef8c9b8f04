"""Matching: a read finds the entry it stands for, and nothing else."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from anpr.errors import StorageError
from anpr.hotlist.match import Matcher
from anpr.hotlist.store import HotlistStore
from tests.hotlist.examples import NOW, entry, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Iterator[HotlistStore]:
    with HotlistStore(tmp_path / "hotlist.sqlite3") as opened:
        yield opened


def test_a_listed_plate_matches_however_either_side_wrote_it(store: HotlistStore) -> None:
    store.replace("stolen", "v1", NOW, [entry("1 L0VE U")])
    match = Matcher(store).match(read("ILOVEU"), NOW + timedelta(minutes=5))
    assert match is not None
    assert match.entry == entry("1 L0VE U")
    assert (match.kind, match.list_version, match.list_age_s, match.differing) == ("exact", "v1", 300, None)


@pytest.mark.parametrize("raw", ["AB1235", "AB123", "AB12345", "8B1234", None, ""])
def test_a_plate_that_is_not_listed_never_matches(store: HotlistStore, raw: str | None) -> None:
    store.replace("stolen", "v1", NOW, [entry("AB 1234")])
    assert Matcher(store).match(read(raw), NOW) is None


def test_an_entry_matches_until_its_last_moment_and_not_after(store: HotlistStore) -> None:
    store.replace("stolen", "v1", NOW, [entry(valid_until=NOW)])
    matcher = Matcher(store)
    assert matcher.match(read("AB1234"), NOW) is not None
    assert matcher.match(read("AB1234"), NOW + timedelta(microseconds=1)) is None


def test_the_most_urgent_entry_wins_unless_it_has_run_out(store: HotlistStore) -> None:
    urgent = entry(list_name="armed", priority=1, valid_until=NOW)
    usual = entry(list_name="stolen", priority=3)
    store.replace("stolen", "v1", NOW, [usual])
    store.replace("armed", "v9", NOW, [urgent])
    matcher = Matcher(store)
    first = matcher.match(read("AB1234"), NOW)
    later = matcher.match(read("AB1234"), NOW + timedelta(hours=1))
    assert first is not None
    assert (first.entry, first.list_version) == (urgent, "v9")
    assert later is not None
    assert (later.entry, later.list_version) == (usual, "v1")


def test_a_list_replaced_by_another_process_counts_from_the_next_read_on(
    store: HotlistStore, tmp_path: Path
) -> None:
    store.replace("stolen", "v1", NOW, [entry("AB 1234")])
    matcher = Matcher(store)
    assert matcher.match(read("AB1234"), NOW) is not None
    with HotlistStore(tmp_path / "hotlist.sqlite3") as operator:
        operator.replace("stolen", "v2", NOW, [entry("CD 5678")])
    assert matcher.match(read("AB1234"), NOW) is None
    assert matcher.match(read("CD5678"), NOW) is not None


def test_a_clock_before_the_list_was_made_gives_age_nought_not_a_negative_one(store: HotlistStore) -> None:
    store.replace("stolen", "v1", NOW + timedelta(hours=1), [entry()])
    match = Matcher(store).match(read("AB1234"), NOW)
    assert match is not None
    assert match.list_age_s == 0


def test_a_store_that_cannot_be_read_is_an_error_and_not_a_silence(store: HotlistStore) -> None:
    store.close()
    with pytest.raises(StorageError, match="cannot be used"):
        Matcher(store).match(read("AB1234"), NOW)


def test_a_hundred_thousand_entries_are_searched_within_a_millisecond_a_read(store: HotlistStore) -> None:
    prefixes = [a + b for a in "ABCDEFGHJK" for b in "ABCDEFGHJK"]
    plates = (f"{prefix}{number}" for prefix in prefixes for number in range(1000, 2000))
    assert store.replace("large", "v1", NOW, (entry(plate, list_name="large") for plate in plates)) == 100_000
    matcher = Matcher(store)
    reads = [read(f"{prefixes[i % 100]}{1000 + i * 7 % 2000}") for i in range(1000)]
    # The processor's own time: what else a machine does at that moment is not the match's.
    started = time.process_time()
    found = sum(matcher.match(one, NOW) is not None for one in reads)
    assert found == sum(1000 + i * 7 % 2000 < 2000 for i in range(1000))
    assert (time.process_time() - started) / len(reads) < 0.001
