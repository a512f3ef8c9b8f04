"""The car alerts on listed plates alone, forgets all others at once, and keeps driving whatever breaks."""

from __future__ import annotations

import json
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from anpr import log, topics
from anpr.broker.server import Broker
from anpr.edge.gps import NoGps
from anpr.edge.status import Level
from anpr.errors import ModelError, StorageError
from anpr.messages import Health, Hit
from anpr.types import Fix, FixSource
from tests.edge.scripted import ScriptedCapture, Step, entry, make_car, read
from tests.edge.test_link import Centre, free_port
from tests.edge.test_outbox import fill, small_disk  # noqa: F401 - a fixture
from tests.support.polling import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from anpr.edge.car import Car

LISTED = entry("AB 1234")
INNOCENT = "ZX9876"


def drive(car: Car) -> None:
    car.run(threading.Event(), until_end=True)


@contextmanager
def driving(car: Car) -> Iterator[Car]:
    """The car drives in a thread until the block ends."""
    stop = threading.Event()
    thread = threading.Thread(target=car.run, args=(stop,))
    thread.start()
    try:
        yield car
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def hits(car: Car) -> list[Hit]:
    return [Hit.model_validate_json(row.payload) for row in car.outbox.due(100) if row.topic == "hit"]


class Parked(NoGps):
    """Always at the same place."""

    def fix(self, mono_s: float) -> Fix:  # noqa: ARG002
        return Fix(22.3, 114.2, datetime.now(UTC), FixSource.GPS)


def test_a_listed_plate_alerts_once_and_is_on_disk(tmp_path: Path) -> None:
    sure = read("AB1234")
    car = make_car(
        tmp_path,
        [Step(), Step(decided=(sure,)), Step(decided=(replace(sure, track=2),)), Step(ended=(sure,))],
        [LISTED],
        gps=Parked(),
    )
    drive(car)
    assert len(car.alerts.waiting) == 1
    hit = hits(car)[0]
    assert hit.id == car.alerts.waiting[0].hit.id
    assert hit.entry.entry_id == LISTED.entry_id
    assert hit.place.lat_deg == 22.3
    assert hit.seq == 1
    summary = car.panel.summary()
    assert (summary.frames, summary.reads, summary.hits, summary.alerts, summary.stored) == (4, 1, 1, 1, 1)
    assert summary.frame_to_alert_p95_ms < 1000
    car.close()


def test_what_is_not_listed_alerts_nobody(tmp_path: Path) -> None:
    car = make_car(tmp_path, [Step(decided=(read(INNOCENT),), ended=(read(None), read(INNOCENT)))], [LISTED])
    drive(car)
    summary = car.panel.summary()
    assert (summary.reads, summary.cannot_read, summary.hits) == (1, 1, 0)
    assert car.outbox.depth().waiting == 0
    car.close()


def test_a_last_word_that_is_listed_alerts_although_it_was_never_sure_before(tmp_path: Path) -> None:
    car = make_car(tmp_path, [Step()], [LISTED], last=Step(ended=(read("AB1234", confidence=0.6),)))
    drive(car)
    assert len(car.alerts.waiting) == 1
    car.close()


def test_a_plate_that_cannot_be_read_is_not_matched_but_counted(tmp_path: Path) -> None:
    unread = replace(read("AB1234"), raw=None, normalised="")
    car = make_car(tmp_path, [Step(ended=(unread,))], [LISTED])
    drive(car)
    assert (car.panel.summary().hits, car.panel.summary().reads, car.panel.summary().cannot_read) == (0, 0, 1)
    car.close()


@pytest.mark.broker
@pytest.mark.parametrize("terminal", [True, False])
def test_a_plate_that_is_no_hit_leaves_no_trace_on_disk_in_the_log_or_on_the_wire(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    log.configure("debug")
    with Broker(tmp_path / "broker") as broker:
        centre = Centre(broker.port)
        steps = [
            Step(decided=(read(INNOCENT),)),
            RuntimeError("a picture that breaks the reader"),
            Step(decided=(read("AB1234"),), ended=(read(INNOCENT),)),
        ]
        car = make_car(tmp_path / "car", steps, [LISTED], port=broker.port, endless=True, gps=Parked())
        with driving(car):
            wait_for(lambda: bool(centre.of(topics.HIT)), what="the hit")
            wait_for(lambda: bool(centre.of(topics.HEALTH)), what="the health")
            wait_for(lambda: bool(centre.of(topics.POSITION)), what="the position")
        car.finish(0)
        wire = b"".join(message.payload for message in centre.heard)
        disk = b"".join(path.read_bytes() for path in (tmp_path / "car").rglob("*") if path.is_file())
        said = "".join(capfd.readouterr())
        car.close()
        centre.close()
    assert b"AB1234" in wire, "the test can see plates on the wire"
    assert b"AB1234" in disk, "and on the disk"
    for trace in (INNOCENT, "ZX 9876"):
        assert trace.encode() not in wire
        assert trace.encode() not in disk
        assert trace not in said
    assert "breaks the reader" in said, "the log is there"


def test_a_picture_that_cannot_be_worked_on_is_counted_and_the_next_one_is_read(tmp_path: Path) -> None:
    car = make_car(tmp_path, [RuntimeError("broken"), Step(decided=(read("AB1234"),))], [LISTED])
    drive(car)
    assert (car.panel.summary().stage_errors, car.panel.summary().hits) == (1, 1)
    car.close()


def test_pictures_that_keep_failing_turn_the_light_red(tmp_path: Path) -> None:
    car = make_car(tmp_path, [RuntimeError("broken")] * 2, [LISTED])
    car._cameras[0].failures = 4
    stop = threading.Event()
    stop.set()
    car._supervised(car._cameras[0], stop, lambda: (_ for _ in ()).throw(RuntimeError("broken")))
    lamp = next(lamp for lamp in car.panel.status().lamps if lamp.name == "Reader")
    assert lamp.level is Level.FAIL
    car.close()


def test_a_blind_reader_is_said_aloud_and_the_drive_goes_on(tmp_path: Path) -> None:
    def blind() -> None:
        raise ModelError("The reader is blind.", "Restart.")

    car = make_car(tmp_path, [Step(decided=(read("AB1234"),))], [LISTED], self_test=blind)
    drive(car)
    lamp = next(lamp for lamp in car.panel.status().lamps if lamp.name == "Reader")
    assert (lamp.level, lamp.words, lamp.next_step) == (Level.FAIL, "The reader is blind.", "Restart.")
    assert car.panel.status().level is Level.FAIL
    assert car.panel.summary().hits == 1
    car.close()


def test_an_old_list_alerts_and_says_stale(tmp_path: Path) -> None:
    car = make_car(tmp_path, [Step(decided=(read("AB1234"),))], [LISTED], list_age=timedelta(days=2))
    drive(car)
    assert car.alerts.waiting[0].stale
    assert car.alerts.waiting[0].hit.list_age_s == pytest.approx(2 * 86_400, abs=60)
    lamp = next(lamp for lamp in car.panel.status().lamps if lamp.name == "Hotlist")
    assert (lamp.level, lamp.words) == (Level.WARN, "STALE: 1 plates, 2 days old")
    car.close()


def test_a_car_without_a_list_is_red_because_it_would_find_nothing(tmp_path: Path) -> None:
    car = make_car(tmp_path)
    lamp = next(lamp for lamp in car.panel.status().lamps if lamp.name == "Hotlist")
    assert lamp.level is Level.FAIL
    assert "import" in lamp.next_step.lower()
    car.close()


def test_the_idle_screen_says_what_is_watched_in_counts_only(tmp_path: Path) -> None:
    car = make_car(tmp_path, [], [LISTED, entry("XY 1")], endless=True)
    status = car.panel.status()
    assert (status.headline, status.detail) == ("Watching", "front camera 0 frames/s, 2 listed plates")
    assert "AB" not in str(status)
    car.close()


def test_a_camera_that_vanishes_is_named_with_its_next_step(tmp_path: Path) -> None:
    car = make_car(tmp_path, [], [LISTED], endless=True)
    capture = car._cameras[0].capture
    assert isinstance(capture, ScriptedCapture)
    capture.state.delivering = False
    capture.state.last_error = "The camera is gone. Check its cable."
    status = car.panel.status()
    assert status.headline == "No camera delivers"
    assert status.lamps[0].next_step == "The camera is gone. Check its cable."
    car.close()


def test_without_a_broker_alerts_come_all_the_same(tmp_path: Path) -> None:
    car = make_car(tmp_path, [Step(decided=(read("AB1234"),))], [LISTED], port=free_port(), endless=True)
    with driving(car):
        wait_for(lambda: bool(car.alerts.waiting), what="the alert")
        wait_for(lambda: "No broker answers" in str(car.panel.status().lamps), what="the light")
    car.finish(0)
    assert car.outbox.depth().waiting == 1
    car.close()


def test_a_disk_that_fills_stops_the_reading_loses_no_hit_and_goes_on_by_itself(
    small_disk: Path,  # noqa: F811
) -> None:
    turn = threading.Event()
    reads = [read("AB1234"), read("XY1")]

    def second() -> Step:
        turn.wait(20)
        fill(small_disk)
        return Step(decided=(reads[1],))

    steps = [Step(decided=(reads[0],)), second, Step(decided=(read("CC33"),))]
    listed = [LISTED, entry("XY 1", 2), entry("CC 33", 3)]
    car = make_car(small_disk, steps, listed, endless=True)
    filler = small_disk / "filler"
    with driving(car):
        wait_for(lambda: len(car.alerts.waiting) == 1, what="the first alert")
        wait_for(lambda: car.panel.summary().stored == 1, what="the first hit on disk")
        turn.set()
        wait_for(lambda: len(car.alerts.waiting) == 2, what="the alert on a full disk")
        wait_for(lambda: car.panel.status().headline == "Reading stopped", what="the words")
        lamp = car.panel.status().lamps[-1]
        assert (lamp.level, lamp.words) == (Level.FAIL, "1 hits not on disk")
        assert car.panel.summary().frames == 2, "reading has stopped"
        filler.unlink()
        wait_for(lambda: len(car.alerts.waiting) == 3, what="the reading to go on")
        wait_for(lambda: car.panel.summary().stored == 3, what="all hits on disk")
    kept = sorted(hits(car), key=lambda hit: hit.seq)
    assert [hit.entry.plate for hit in kept] == [one.plate for one in listed], "each once and in order"
    car.close()


def test_a_disk_that_stays_full_is_no_quiet_end(small_disk: Path) -> None:  # noqa: F811
    def full() -> Step:
        fill(small_disk)
        return Step(decided=(read("AB1234"),))

    car = make_car(small_disk, [full], [LISTED])
    drive(car)
    car.finish(0)
    assert car.panel.summary().not_stored == 1
    with pytest.raises(StorageError, match="1 hits could not be stored"):
        car.close()


def test_too_little_room_stops_the_reading_before_anything_is_lost(tmp_path: Path) -> None:
    car = make_car(tmp_path, [Step()], [LISTED], endless=True, min_free_bytes=10**18)
    with driving(car):
        wait_for(lambda: car.panel.status().headline == "Reading stopped", what="the words")
        assert "goes on by itself" in car.panel.status().detail
    assert car.panel.summary().frames == 0
    with pytest.raises(StorageError, match="Reading had stopped"):
        car.close()


def test_health_tells_counts_and_never_a_plate(tmp_path: Path) -> None:
    car = make_car(
        tmp_path,
        [Step(decided=(read("AB1234"),), ended=(read("AB1234"), read(None), read(INNOCENT)))],
        [LISTED],
    )
    drive(car)
    health = car.panel.health()
    assert (health.frames, health.reads, health.cannot_read, health.hits) == (1, 2, 1, 1)
    assert health.outbox_waiting == 1
    assert health.list_version == "2026-01-02.1"
    payload = health.model_dump_json()
    assert Health.model_validate(json.loads(payload)) == health
    assert "1234" not in payload.replace(str(health.disk_free_bytes), "").replace(health.at.isoformat(), "")
    car.close()


def test_time_limits_end_the_drive(tmp_path: Path) -> None:
    car = make_car(tmp_path, [], [LISTED], endless=True)
    began = time.monotonic()
    car.run(threading.Event(), seconds=0.3)
    assert 0.3 <= time.monotonic() - began < 5
    car.close()
