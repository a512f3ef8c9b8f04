"""One sighting, one alert; the most urgent first; and every verdict reaches the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from anpr.edge.alerts import MUTE_MAX_S, RECENT, Alert, Alerts, Repeats
from anpr.edge.hits import Identity, make_hit, new_id
from anpr.edge.outbox import Outbox
from anpr.errors import InputError
from anpr.messages import Outcome, Verdict
from anpr.types import Fix, FixSource, Match, PlateRead
from anpr.wire import Clock
from tests.edge.scripted import NOW, entry, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WHO = Identity("car-1", new_id())
LISTED = entry("AB 1234")
DEGREES_A_METRE = 1 / 111_195


def at(seconds: float, metres: float | None = None, **changes: object) -> PlateRead:
    """The listed plate, seen at a time and, when a place is known, so far up the road."""
    fix = None
    if metres is not None:
        fix = Fix(22.3 + metres * DEGREES_A_METRE, 114.2, NOW, FixSource.GPS)
    return read("AB1234", mono_ns=int((1000 + seconds) * 1e9), fix=fix, **changes)


def admitted(*reads: PlateRead) -> list[bool]:
    repeats = Repeats(after_s=300, after_m=200)
    return [repeats.admits(LISTED, seen) for seen in reads]


def test_the_same_vehicle_on_two_cameras_and_new_tracks_is_one_alert() -> None:
    assert admitted(at(0), at(0.4, camera="rear"), at(5, track=9), at(250, track=12)) == [
        True,
        False,
        False,
        False,
    ]


def test_a_second_passage_needs_time_and_distance() -> None:
    assert admitted(at(0, 0), at(400, 50)) == [True, False], "time alone: we stand in a queue"
    assert admitted(at(0, 0), at(30, 900)) == [True, False], "distance alone: we follow it"
    assert admitted(at(0, 0), at(400, 900)) == [True, True]


def test_a_vehicle_that_is_followed_for_long_is_one_sighting() -> None:
    drive = [at(step * 60, step * 500) for step in range(60)]
    assert admitted(*drive) == [True, *[False] * 59]


def test_without_a_position_time_alone_decides() -> None:
    assert admitted(at(0), at(299)) == [True, False]
    assert admitted(at(0), at(300)) == [True, True]
    assert admitted(at(0, 0), at(400)) == [True, True]


def test_frames_of_cameras_that_run_side_by_side_may_come_out_of_order() -> None:
    assert admitted(at(10), at(9.5, camera="rear"), at(10.2)) == [True, False, False]


def test_another_entry_for_the_same_plate_is_news() -> None:
    repeats = Repeats(after_s=300, after_m=200)
    assert repeats.admits(LISTED, at(0))
    assert repeats.admits(entry("AB 1234", entry_id="id-new"), at(1))


class Time:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    box = Outbox(tmp_path / "outbox.db")
    yield box
    box.close()


@pytest.fixture
def alerts(outbox: Outbox, time: Time) -> Alerts:
    return Alerts(outbox, WHO, "PC 4711", lambda: Clock.NTP, monotonic=time)


def put(alerts: Alerts, plate: str, priority: int = 1) -> str:
    hit = make_hit(
        read(plate.replace(" ", "")), Match(entry(plate, priority), "exact", "v1", 1.0), WHO, Clock.NTP
    )
    alerts.put(Alert(hit, b"jpeg", yellow=False, stale=False, mono_ns=0))
    return hit.id


def test_the_most_urgent_comes_first_and_then_the_newest(alerts: Alerts) -> None:
    information = put(alerts, "AA 1", 4)
    older = put(alerts, "AA 2", 2)
    newer = put(alerts, "AA 3", 2)
    urgent = put(alerts, "AA 4", 1)
    assert [alert.hit.id for alert in alerts.waiting] == [urgent, newer, older, information]


def test_an_alert_waits_until_it_is_judged_and_the_verdict_goes_to_the_centre(
    alerts: Alerts, outbox: Outbox
) -> None:
    hit = put(alerts, "AB 1234")
    for other in range(RECENT * 2):
        put(alerts, f"XX {other + 1}", 2)
    assert alerts.find(hit).outcome is None
    verdict = alerts.judge(hit, Outcome.MISREAD)
    sent = Verdict.model_validate_json(outbox.due(1)[0].payload)
    assert sent == verdict
    assert (sent.hit, sent.outcome, sent.officer, sent.seq) == (hit, Outcome.MISREAD, "PC 4711", 1)
    assert alerts.recent[0].hit.id == hit
    assert len(alerts.waiting) == RECENT * 2


def test_a_verdict_can_be_mended(alerts: Alerts, outbox: Outbox) -> None:
    hit = put(alerts, "AB 1234")
    alerts.judge(hit, Outcome.NOT_NOW)
    alerts.judge(hit, Outcome.CORRECT)
    assert [alert.outcome for alert in alerts.recent] == [Outcome.CORRECT]
    assert outbox.depth().waiting == 2, "both words are kept"


def test_a_verdict_on_an_unknown_hit_is_refused(alerts: Alerts) -> None:
    with pytest.raises(InputError, match="not here any more"):
        alerts.judge(new_id(), Outcome.CORRECT)


def test_a_verdict_that_cannot_be_stored_leaves_the_alert_in_its_place(
    alerts: Alerts, outbox: Outbox
) -> None:
    from anpr.errors import StorageError

    hit = put(alerts, "AB 1234")
    outbox._connection.execute("PRAGMA query_only=ON")
    with pytest.raises(StorageError):
        alerts.judge(hit, Outcome.CORRECT)
    assert [alert.hit.id for alert in alerts.waiting] == [hit]


def test_silence_has_an_end_and_a_limit(alerts: Alerts, time: Time) -> None:
    alerts.mute(1e9)
    assert alerts.muted_s == MUTE_MAX_S
    time.now_s += MUTE_MAX_S
    assert alerts.muted_s == 0
    alerts.mute(60)
    alerts.mute(0)
    assert alerts.muted_s == 0


def test_those_who_listen_hear_of_each_change(alerts: Alerts) -> None:
    heard: list[int] = []
    alerts.listen(lambda: heard.append(1))
    hit = put(alerts, "AB 1234")
    alerts.judge(hit, Outcome.CORRECT)
    alerts.mute(10)
    assert len(heard) == 3
