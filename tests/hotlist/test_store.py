"""The local store: a list is there as a whole or not at all."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlite_utils import Database

from anpr.errors import StorageError
from anpr.hotlist.schema import migrations
from anpr.hotlist.store import HotlistStore
from anpr.types import MatchRule
from tests.hotlist.examples import NOW, entry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.synchronize import Event
    from pathlib import Path

    from anpr.types import ListEntry


def test_entries_come_back_as_they_went_in_also_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "hotlist.sqlite3"
    given = [
        entry("粤ZN727港", rule=MatchRule.NEAR, covert=True),
        entry("AB 1234", valid_until=NOW + timedelta(microseconds=7)),
        entry("CD 12??", rule=MatchRule.PATTERN, person_linked=True),
    ]
    with HotlistStore(path) as store:
        assert store.replace("stolen", "2026-03-02T09:30:00Z-1a2b3c4d", NOW, given) == 3
    with HotlistStore(path) as store:
        assert set(store.entries("stolen")) == set(given)
        (one,) = store.lists()
    assert (one.name, one.version, one.made_at, one.entries) == (
        "stolen",
        "2026-03-02T09:30:00Z-1a2b3c4d",
        NOW,
        3,
    )


def test_a_store_of_before_near_matches_keeps_its_entries_as_exact_ones(tmp_path: Path) -> None:
    path = tmp_path / "h"
    connection = sqlite3.connect(path)
    migrations.apply(Database(connection), stop_before="m002_near_and_patterns")
    connection.execute("INSERT INTO lists VALUES (1, 'stolen', 'v1', 0, 1)")
    connection.execute(
        "INSERT INTO entries VALUES (1, 'a', 'AB 1234', 'AB1234', 'taxi', 'stolen', 1, 'r', 'o', 's', 0)"
    )
    connection.commit()
    connection.close()
    with HotlistStore(path) as store:
        (one,) = store.entries("stolen")
        assert (one.plate, one.rule, one.covert, one.person_linked) == (
            "AB 1234",
            MatchRule.EXACT,
            False,
            False,
        )
        assert [kind for kind, _ in store.matching("AB1234")] == [MatchRule.EXACT]
        assert store.matching("AB1235") == ()


def test_a_store_that_knew_no_places_of_signs_still_finds_near_entries(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "h")
    migrations.apply(Database(connection), stop_before="m003_near_signs_by_place")
    connection.execute("INSERT INTO lists VALUES (1, 'stolen', 'v1', 0, 1)")
    connection.execute(
        "INSERT INTO entries VALUES"
        " (1, 'a', '粤Z 12', '粤Z12', 'taxi', 'stolen', 1, 'r', 'o', 's', 0, 'near', 0, 0, NULL)"
    )
    connection.commit()
    connection.close()
    with HotlistStore(tmp_path / "h") as store:
        # 粤Z12 is read with one sign off in each place.
        for key in ("皖Z12", "粤212", "粤Z92", "粤Z17"):
            assert [kind for kind, _ in store.matching(key)] == [MatchRule.NEAR]


def test_replacing_one_list_leaves_the_others_alone(tmp_path: Path) -> None:
    with HotlistStore(tmp_path / "h") as store:
        store.replace("stolen", "v1", NOW, [entry("AB 1234")])
        store.replace("wanted", "v1", NOW, [entry("CD 5678", list_name="wanted")])
        store.replace("stolen", "v2", NOW, [])
        assert [(one.name, one.version, one.entries) for one in store.lists()] == [
            ("stolen", "v2", 0),
            ("wanted", "v1", 1),
        ]
        assert store.entries("stolen") == ()
        assert len(store.entries("wanted")) == 1


def test_a_replacement_that_fails_half_way_leaves_the_former_version(tmp_path: Path) -> None:
    def breaks() -> Iterator[ListEntry]:
        yield entry("CD 5678")
        raise RuntimeError("the source dried up")

    with HotlistStore(tmp_path / "h") as store:
        store.replace("stolen", "v1", NOW, [entry("AB 1234")])
        with pytest.raises(RuntimeError, match="dried up"):
            store.replace("stolen", "v2", NOW, breaks())
        with pytest.raises(StorageError):
            store.replace("stolen", "v3", NOW, [entry("EF 1"), entry("EF 1")])
        assert store.lists()[0].version == "v1"
        assert store.entries("stolen") == (entry("AB 1234"),)


def test_a_full_disk_leaves_the_former_version_and_says_so(tmp_path: Path) -> None:
    with HotlistStore(tmp_path / "h") as store:
        store.replace("stolen", "v1", NOW, [entry("AB 1234")])
        # SQLite itself refuses to grow, with the error that a full disk gives.
        store._connection.execute("PRAGMA max_page_count=20")
        with pytest.raises(StorageError, match=r"full.*Check free space"):
            store.replace("stolen", "v2", NOW, (entry(f"AB {number}") for number in range(1, 9999)))
        assert store.lists()[0].version == "v1"
        assert store.entries("stolen") == (entry("AB 1234"),)


def test_an_entry_of_another_list_is_refused(tmp_path: Path) -> None:
    with HotlistStore(tmp_path / "h") as store, pytest.raises(ValueError, match="among those of wanted"):
        store.replace("wanted", "v1", NOW, [entry(list_name="stolen")])


def test_a_reader_never_sees_half_a_list(tmp_path: Path) -> None:
    old, new = [f"AB {n}" for n in range(1, 501)], [f"CD {n}" for n in range(1, 501)]
    path, done = tmp_path / "h", threading.Event()
    with HotlistStore(path) as reader:
        reader.replace("stolen", "0", NOW, [entry(plate) for plate in old])

        def write() -> None:
            with HotlistStore(path) as writer:
                for version in range(1, 9):
                    plates = new if version % 2 else old
                    writer.replace("stolen", str(version), NOW, [entry(plate) for plate in plates])
            done.set()

        thread = threading.Thread(target=write)
        thread.start()
        seen = set()
        while not done.is_set():
            seen.add(frozenset(one.plate for one in reader.entries("stolen")))
        thread.join()
    assert seen <= {frozenset(old), frozenset(new)}


def _replace_until_killed(path: Path, begun: Event) -> None:
    def endless() -> Iterator[ListEntry]:
        number = 0
        while True:
            number += 1
            if number == 2000:
                begun.set()
            yield entry(f"CD {number}", entry_id=str(number))

    HotlistStore(path).replace("stolen", "v2", NOW, endless())


def test_a_process_killed_while_replacing_leaves_the_former_version(tmp_path: Path) -> None:
    path = tmp_path / "h"
    with HotlistStore(path) as store:
        store.replace("stolen", "v1", NOW, [entry("AB 1234")])
    context = multiprocessing.get_context("spawn")
    begun = context.Event()
    process = context.Process(target=_replace_until_killed, args=(path, begun))
    process.start()
    assert begun.wait(60)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    with HotlistStore(path) as store:
        assert store.lists()[0].version == "v1"
        assert store.entries("stolen") == (entry("AB 1234"),)


def test_two_processes_may_open_a_new_store_at_once(tmp_path: Path) -> None:
    failures: list[Exception] = []

    def open_it() -> None:
        try:
            HotlistStore(tmp_path / "h").close()
        except StorageError as error:
            failures.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_file_that_is_no_store_is_refused_with_the_next_step(tmp_path: Path) -> None:
    path = tmp_path / "hotlist.sqlite3"
    path.write_text("plate,class\nAB 1234,taxi\n" * 100)
    with pytest.raises(StorageError, match="move it away and import"):
        HotlistStore(path)


def test_expired_entries_are_counted(tmp_path: Path) -> None:
    with HotlistStore(tmp_path / "h") as store:
        store.replace("stolen", "v1", NOW, [entry("AB 1", valid_until=NOW), entry("AB 2")])
        assert store.expired(NOW) == 0
        assert store.expired(NOW + timedelta(seconds=1)) == 1
