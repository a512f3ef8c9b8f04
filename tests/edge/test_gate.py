"""An entry that an officer calls out of date is silent at once here; a list past its limit alerts nowhere."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from anpr.edge.gate import Gate
from anpr.edge.status import Level
from anpr.messages import Outcome
from tests.edge.scripted import Step, entry, make_car, read

if TYPE_CHECKING:
    from pathlib import Path

    from anpr.edge.car import Car

LISTED = entry("AB 1234")
OTHER = replace(LISTED, entry_id="second record", priority=4)
APART = {"repeat_after_s": 0, "repeat_after_m": 0}


def drive(car: Car) -> None:
    car.run(threading.Event(), until_end=True)


def seen(times: int = 1) -> list[Step]:
    return [Step(decided=(read("AB 1234"),)) for _ in range(times)]


def test_an_entry_called_out_of_date_is_silent_at_once_and_after_a_restart(tmp_path: Path):
    car = make_car(tmp_path, seen(), [LISTED], **APART)
    drive(car)
    (alert,) = car.alerts.waiting
    car.alerts.judge(alert.hit.id, Outcome.OUT_OF_DATE)
    car.close()
    again = make_car(tmp_path, seen(), [LISTED], **APART)
    drive(again)
    assert again.alerts.waiting == ()
    assert again.figures.hits == 0


def test_another_record_of_the_same_plate_still_alerts(tmp_path: Path):
    car = make_car(tmp_path, seen(), [LISTED, OTHER], **APART)
    drive(car)
    (alert,) = car.alerts.waiting
    assert alert.hit.entry.entry_id == LISTED.entry_id
    car.alerts.judge(alert.hit.id, Outcome.OUT_OF_DATE)
    car.close()
    again = make_car(tmp_path, seen(), [LISTED, OTHER], **APART)
    drive(again)
    assert [one.hit.entry.entry_id for one in again.alerts.waiting] == ["second record"]


def test_any_other_word_silences_nothing_and_a_mended_word_is_heard(tmp_path: Path):
    car = make_car(tmp_path, seen(), [LISTED], **APART)
    drive(car)
    (alert,) = car.alerts.waiting
    gate = Gate(tmp_path / "not-wanted.json", limit_s=3600, silence_s=3600)
    made_at = datetime.now(UTC)
    for outcome in (Outcome.CORRECT, Outcome.MISREAD, Outcome.WRONG_CLASS, Outcome.NOT_NOW):
        gate.note(alert.hit, outcome)
        assert gate.admits(LISTED, made_at)
    gate.note(alert.hit, Outcome.OUT_OF_DATE)
    assert not gate.admits(LISTED, made_at)
    gate.note(alert.hit, Outcome.CORRECT)
    assert gate.admits(LISTED, made_at)


def test_a_list_that_changes_the_entry_and_the_end_of_the_time_bring_it_back(tmp_path: Path):
    car = make_car(tmp_path, seen(), [LISTED], **APART)
    drive(car)
    (alert,) = car.alerts.waiting
    now = datetime.now(UTC)
    clock = [now]
    gate = Gate(tmp_path / "own.json", limit_s=1e9, silence_s=3600, now=lambda: clock[0])
    gate.note(alert.hit, Outcome.OUT_OF_DATE)
    assert gate.admits(replace(LISTED, source="confirmed again"), now)
    assert not gate.admits(LISTED, now)
    clock[0] = now + timedelta(seconds=3601)
    assert gate.admits(LISTED, now)


def test_a_damaged_file_of_silences_is_no_reason_to_stop(tmp_path: Path):
    (tmp_path / "own.json").write_bytes(b"\0{")
    gate = Gate(tmp_path / "own.json", limit_s=3600, silence_s=3600)
    assert gate.admits(LISTED, datetime.now(UTC))


def test_a_list_past_its_limit_raises_no_alert_and_the_light_is_red(tmp_path: Path):
    limit = {"stale_after_s": 3600, "list_limit_s": 7200}
    old = make_car(tmp_path / "old", seen(), [LISTED], list_age=timedelta(hours=3), **limit)
    drive(old)
    assert old.alerts.waiting == ()
    lamp = next(one for one in old.panel.status().lamps if one.name == "Hotlist")
    assert lamp.level is Level.FAIL
    assert "NO ALERTS from demo: 3 h old" in lamp.words
    stale = make_car(tmp_path / "stale", seen(), [LISTED], list_age=timedelta(minutes=90), **limit)
    drive(stale)
    (alert,) = stale.alerts.waiting
    assert alert.stale, "a stale list alerts and says so, up to the limit"
