"""The outbox forgets nothing until the centre has it, and never numbers two messages alike."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import uuid_utils

from anpr.edge.outbox import Outbox
from anpr.edge.turns import LIVE_S
from anpr.errors import StorageError
from anpr.messages import Outcome, Verdict
from anpr.topics import VERDICT
from anpr.wire import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def verdict(officer: str = "PC 1") -> Verdict:
    return Verdict(
        id=str(uuid_utils.uuid7()),
        vehicle="car-1",
        boot=str(uuid_utils.uuid7()),
        seq=0,
        at=datetime(2026, 1, 2, tzinfo=UTC),
        clock=Clock.NTP,
        hit=str(uuid_utils.uuid7()),
        outcome=Outcome.CORRECT,
        officer=officer,
    )


class Time:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def outbox(tmp_path: Path, time: Time) -> Iterator[Outbox]:
    box = Outbox(tmp_path / "outbox.db", monotonic=time, jitter=lambda: 0.5, resend_first_s=10)
    yield box
    box.close()


def put(outbox: Outbox, priority: int = 1) -> Verdict:
    return outbox.put(VERDICT, verdict(), priority=priority)


def test_a_message_is_on_disk_complete_before_it_is_sent(outbox: Outbox) -> None:
    message = put(outbox)
    with sqlite3.connect(f"file:{outbox.path}?mode=ro", uri=True) as other:
        topic, payload = other.execute("SELECT topic, payload FROM message").fetchone()
    other.close()
    assert topic == "verdict"
    assert Verdict.model_validate_json(payload) == message
    assert json.loads(payload)["schema"] == "anpr.verdict/1"


def test_the_file_is_durable_and_strict(outbox: Outbox) -> None:
    pragma = outbox._connection.execute
    assert pragma("PRAGMA journal_mode").fetchone() == ("wal",)
    assert pragma("PRAGMA synchronous").fetchone() == (2,)
    with pytest.raises(sqlite3.IntegrityError):
        pragma("UPDATE counter SET value = 'many'")


def test_numbers_are_never_used_twice_even_after_pruning_and_restarting(tmp_path: Path) -> None:
    seen: list[int] = []
    for _ in range(3):
        box = Outbox(tmp_path / "outbox.db")
        for _ in range(2):
            message = put(box)
            seen.append(message.seq)
            box.mark_received([message.id])
            box.prune()
        box.close()
    assert seen == [1, 2, 3, 4, 5, 6]


def test_a_sent_message_stays_until_the_centre_has_it(outbox: Outbox) -> None:
    message = put(outbox)
    outbox.mark_sent([message.id])
    assert outbox.prune() == 0
    assert outbox.depth().unreceipted == 1
    assert outbox.mark_received([message.id]) == 1
    assert outbox.mark_received([message.id]) == 0, "a second receipt is no second storing"
    assert outbox.prune() == 1
    assert outbox.depth().unreceipted == 0


def test_a_late_puback_does_not_wake_a_received_message(outbox: Outbox, time: Time) -> None:
    message = put(outbox)
    outbox.mark_received([message.id])
    outbox.mark_sent([message.id])
    time.now_s += 10_000
    assert outbox.due(10) == []


def test_without_a_receipt_it_is_sent_again_and_again_ever_more_rarely(outbox: Outbox, time: Time) -> None:
    message = put(outbox)
    waits: list[float] = []
    for _ in range(10):
        assert [row.id for row in outbox.due(10)] == [message.id]
        outbox.mark_sent([message.id])
        start_s = time.now_s
        while not outbox.due(10):
            time.now_s += 1
        waits.append(time.now_s - start_s)
    assert waits == [10, 20, 40, 80, 160, 320, 640, 900, 900, 900]


def test_a_refused_message_is_offered_again(outbox: Outbox, time: Time) -> None:
    message = put(outbox)
    outbox.mark_refused([message.id])
    assert outbox.due(10) == []
    assert outbox.depth().waiting == 1
    time.now_s += 11
    assert [row.id for row in outbox.due(10)] == [message.id]


def test_live_hits_go_before_the_backlog_and_urgent_ones_first(outbox: Outbox, time: Time) -> None:
    old_urgent = put(outbox, priority=1)
    old_plain = put(outbox, priority=4)
    time.now_s += LIVE_S + 1
    live_plain = put(outbox, priority=4)
    live_urgent = put(outbox, priority=1)
    newer_urgent = put(outbox, priority=1)
    assert [row.id for row in outbox.due(10)] == [
        message.id for message in (newer_urgent, live_urgent, live_plain, old_urgent, old_plain)
    ]


def test_what_was_sent_before_does_not_hold_up_what_never_was(outbox: Outbox, time: Time) -> None:
    urgent = put(outbox, priority=1)
    outbox.mark_sent([urgent.id])
    time.now_s += 30
    calm = put(outbox, priority=4)
    assert [row.id for row in outbox.due(10)] == [calm.id, urgent.id]


def test_what_nobody_heard_is_still_live_and_due_within_seconds(outbox: Outbox, time: Time) -> None:
    message = put(outbox)
    for _ in range(10):
        outbox.mark_unheard([message.id])
        assert outbox.due(10) == []
        time.now_s += 2
        assert [(row.id, row.live) for row in outbox.due(10)] == [(message.id, True)]


def test_a_backlog_has_a_bound_of_its_own_and_live_hits_have_none(outbox: Outbox, time: Time) -> None:
    old = [outbox.put(VERDICT, verdict(), priority=1).id for _ in range(5)]
    time.now_s += LIVE_S + 1
    live = [outbox.put(VERDICT, verdict(), priority=4).id for _ in range(3)]
    assert [(row.id, row.live) for row in outbox.due(20, (), 2)] == [
        *((id_, True) for id_ in reversed(live)),
        *((id_, False) for id_ in old[:2:-1]),
    ]
    outbox.mark_sent(live)
    time.now_s += 30
    assert outbox.due(20, (), 0) == [], "what is sent again is no live hit"


def test_a_bounded_outbox_refuses_new_messages_and_takes_receipts(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db", max_bytes=100_000)
    kept: list[str] = []

    def fill() -> None:
        while len(kept) < 1000:
            kept.append(outbox.put(VERDICT, verdict(), priority=1).id)

    with pytest.raises(StorageError, match="is full"):
        fill()
    assert len(kept) > 20
    assert outbox.depth().unreceipted == len(kept)
    outbox.mark_sent(kept)
    assert outbox.mark_received(kept[:20]) == 20
    outbox.prune()
    assert outbox.put(VERDICT, verdict(), priority=1).seq == len(kept) + 1, "and no number was lost"
    outbox.close()


def test_what_is_on_its_way_is_not_sent_twice(outbox: Outbox) -> None:
    first, second = put(outbox), put(outbox)
    assert [row.id for row in outbox.due(1, in_flight={second.id})] == [first.id]


def test_what_an_earlier_start_left_is_due_at_once_but_after_live_hits(tmp_path: Path, time: Time) -> None:
    box = Outbox(tmp_path / "outbox.db", monotonic=time)
    left = put(box)
    box.mark_sent([left.id])
    box.close()
    time.now_s = 5.0  # the machine was started anew, and its clock with it
    box = Outbox(tmp_path / "outbox.db", monotonic=time)
    live = put(box, priority=4)
    assert [row.id for row in box.due(10)] == [live.id, left.id]
    box.close()


def test_two_processes_cannot_share_one_outbox(outbox: Outbox) -> None:
    with pytest.raises(StorageError, match="Another process"):
        Outbox(outbox.path)


def test_a_damaged_file_is_named_and_never_thrown_away(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    path.write_bytes(b"this is no database, but it might have been one" * 100)
    with pytest.raises(StorageError, match="move it aside and keep it"):
        Outbox(path)
    assert path.read_bytes().startswith(b"this is no database")


def test_a_process_killed_while_storing_leaves_every_message_it_had_promised(tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from tests.edge.test_outbox import put;"
        "from anpr.edge.outbox import Outbox\n"
        "box = Outbox(Path(sys.argv[1]))\n"
        "for _ in range(25): print(put(box).id, flush=True)\n"
        "os.kill(os.getpid(), 9)"
    )
    path = tmp_path / "outbox.db"
    run = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=False
    )
    promised = run.stdout.split()
    assert run.returncode == -9
    assert len(promised) == 25
    box = Outbox(path)
    assert {row.id for row in box.due(100)} == set(promised)
    box.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("FULL DISK NOT TESTED: mounting a small tmpfs needs root")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(os.urandom(1024))
        except OSError:
            pass
    return filler


def test_a_full_disk_is_said_aloud_and_loses_nothing(small_disk: Path) -> None:
    box = Outbox(small_disk / "outbox.db")
    kept = [put(box).id]
    filler = fill(small_disk)
    with pytest.raises(StorageError, match=r"is full.*Free space on it"):
        kept.extend(put(box).id for _ in range(1000))
    assert {row.id for row in box.due(2000)} == set(kept), "what was promised is still there"
    filler.unlink()
    after = put(box)
    assert after.seq == len(kept) + 1, "the failed message used no number"
    box.close()


def test_what_was_pruned_is_given_back_to_the_disk(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db")
    ids = [outbox.put(VERDICT, verdict("x" * 100), priority=1).id for _ in range(300)]
    outbox.shrink()
    full = (tmp_path / "outbox.db").stat().st_size
    outbox.mark_received(ids)
    assert outbox.prune() == 300
    outbox.shrink()
    assert (tmp_path / "outbox.db").stat().st_size < full / 3
    outbox.close()
