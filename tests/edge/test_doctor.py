"""The doctor: every fault of a car is found, named, and comes with the next step."""

from __future__ import annotations

import json
import queue
import socket
import sqlite3
import subprocess
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from typer.testing import CliRunner

from anpr.broker.server import Broker, find_mosquitto
from anpr.cli import app
from anpr.config import BrokerSettings, CameraSettings, CarSettings
from anpr.edge import doctor_camera, doctor_model, doctor_packages, doctor_parts
from anpr.edge.doctor import Check, Finding, Level, examine
from anpr.errors import AnprError, LinkError, ModelError
from anpr.hotlist.store import FILE_NAME, HotlistStore
from anpr.types import Detection, Reading
from anpr.vision.engines import Engine
from tests.hotlist.examples import entry
from tests.support.polling import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from anpr.types import Image

GPX = (
    '<gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>'
    '<trkpt lat="22.3" lon="114.17"/><trkpt lat="22.31" lon="114.17"/></trkseg></trk></gpx>'
)


def fine() -> Finding:
    return Finding(Level.OK, "It works.")


# --- the visit as a whole


def test_a_check_that_hangs_counts_as_broken_and_holds_nobody_up():
    never = threading.Event()

    def hangs() -> Finding:
        never.wait()
        return fine()

    found = {
        check.name: finding
        for check, finding in examine([Check("hangs", hangs), Check("works", fine)], limit_s=0.5)
    }
    never.set()
    assert found["works"].level is Level.OK
    assert (found["hangs"].level, found["hangs"].sentence) == (
        Level.FAIL,
        "It has not answered within 0.5 s.",
    )


def test_checks_run_side_by_side():
    both = threading.Barrier(2, timeout=20)

    def meets() -> Finding:
        both.wait()
        return fine()

    found = list(examine([Check("one", meets), Check("two", meets)], limit_s=20))
    assert [finding.level for _, finding in found] == [Level.OK, Level.OK]


def test_a_part_that_says_what_is_wrong_is_quoted():
    def broken() -> Finding:
        raise LinkError("The cable is cut.", "Replace it.")

    ((_, finding),) = examine([Check("cable", broken)])
    assert finding == Finding(Level.FAIL, "The cable is cut.", "Replace it.")


def test_a_check_that_breaks_down_is_a_failure_with_its_traceback(monkeypatch: pytest.MonkeyPatch):
    raised: queue.SimpleQueue[threading.ExceptHookArgs] = queue.SimpleQueue()
    monkeypatch.setattr(threading, "excepthook", raised.put)

    def breaks() -> Finding:
        raise ZeroDivisionError

    ((_, finding),) = examine([Check("sums", breaks)])
    assert (finding.level, finding.sentence) == (Level.FAIL, "The check itself broke down.")
    assert raised.get(timeout=20).exc_type is ZeroDivisionError


# --- packages


def test_the_libraries_of_this_machine_are_fine():
    assert doctor_packages.packages().level is not Level.FAIL


@pytest.mark.parametrize(
    ("reason", "step"),
    [
        ("libGL.so.1: cannot open shared object file", "sudo apt install libgl1"),
        ("libgthread-2.0.so.0: cannot open shared object file", "sudo apt install libglib2.0-0"),
        ("libodd.so.3: cannot open shared object file", "holds libodd.so"),
        ("No module named 'av'", "pip install --force-reinstall"),
    ],
)
def test_a_missing_system_library_is_named_with_its_package(
    reason: str, step: str, monkeypatch: pytest.MonkeyPatch
):
    def refuse(_name: str) -> None:
        raise ImportError(reason)

    monkeypatch.setattr(doctor_packages.importlib, "import_module", refuse)
    finding = doctor_packages.packages()
    assert finding.level is Level.FAIL
    assert step in finding.next_step


# --- cameras


def film(path: Path, width: int, height: int, *, flat: bool = False) -> CameraSettings:
    import cv2

    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (width, height))
    rng = np.random.default_rng(7)
    for _ in range(5):
        image = rng.integers(0, 255, (height, width, 3), np.uint8)
        writer.write(np.zeros_like(image) if flat else image)
    writer.release()
    return CameraSettings(name="front", source=str(path))


def test_a_good_recording_is_described(tmp_path: Path):
    finding = doctor_camera.camera(film(tmp_path / "a.avi", 1280, 720))
    assert finding == Finding(Level.OK, "It delivers 1280×720 pixels, 25 frames/s.")  # noqa: RUF001


def test_a_small_or_dark_picture_is_worth_a_look(tmp_path: Path):
    small = doctor_camera.camera(film(tmp_path / "small.avi", 640, 360))
    dark = doctor_camera.camera(film(tmp_path / "dark.avi", 1280, 720, flat=True))
    assert (small.level, dark.level) == (Level.WARN, Level.WARN)
    assert "too small to read" in small.sentence
    assert "Uncover the lens" in dark.next_step


@pytest.mark.parametrize("source", ["/dev/video97", "rtsp://127.0.0.1:9/live", "nowhere.mp4"])
def test_a_camera_that_is_not_there_is_an_error_with_the_next_step(source: str):
    with pytest.raises(AnprError) as raised:
        doctor_camera.camera(CameraSettings(name="front", source=source))
    assert raised.value.next_step


# --- model


class Eye:
    """A detector that sees what it is told to see."""

    def __init__(self, *boxes: tuple[float, float, float, float]) -> None:
        self.boxes = boxes

    def detect(self, image: Image, scale: float = 1.0) -> list[Detection]:  # noqa: ARG002
        assert image.ndim == 3
        return [Detection(box, 0.9) for box in self.boxes]


class Tongue:
    """A reader that says what it is told to say."""

    margin = 0.04

    def __init__(self, text: str) -> None:
        self.text = text

    def read(self, crops: Sequence[Image]) -> list[Reading]:
        return [Reading(self.text, (0.9,) * len(self.text), 1) for _ in crops]


@pytest.mark.parametrize(
    ("eye", "tongue", "sentence"),
    [
        (Eye(), Tongue("AB1234"), "does not see"),
        (Eye((515, 480, 765, 534)), Tongue("A81234"), "reads AB 1234 as A81234"),
        (Eye((515, 480, 765, 534)), Tongue(""), "reads AB 1234 as nothing"),
    ],
)
def test_a_dead_model_is_found_out(eye: Eye, tongue: Tongue, sentence: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("anpr.vision.engines.load", lambda name: Engine(name, eye, tongue))
    with pytest.raises(ModelError, match=sentence):
        doctor_model.model("default")


@pytest.mark.models
def test_the_shipped_weights_read_the_drawn_plate():
    finding = doctor_model.model("default")
    assert finding.level is not Level.FAIL
    assert "AB 1234 is found and read" in finding.sentence


# --- position and clock


@contextmanager
def gpsd(*reports: dict[str, object]) -> Iterator[str]:
    """A receiver's daemon that says these reports to whoever connects."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                for report in ({"class": "VERSION", "release": "3.22", "proto_major": 3}, *reports):
                    connection.sendall(json.dumps(report, separators=(",", ":")).encode() + b"\n")
                connection.recv(1000)
                connection.recv(1000)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"gpsd://127.0.0.1:{server.getsockname()[1]}"
        thread.join(10)


def test_a_fix_is_told_with_its_age_and_accuracy():
    at = (datetime.now(UTC) - timedelta(seconds=1)).isoformat().replace("+00:00", "Z")
    with gpsd({"class": "TPV", "mode": 3, "lat": 22.3, "lon": 114.2, "time": at, "eph": 4.2}) as address:
        finding = doctor_parts.gps(address)
    assert finding.level is Level.OK
    assert "accurate to 4 m" in finding.sentence


def test_a_receiver_without_sky_fails_with_the_next_step(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor_parts, "GPS_PATIENCE_S", 0.5)
    with gpsd({"class": "TPV", "mode": 1}) as address:
        finding = doctor_parts.gps(address)
    assert finding.level is Level.FAIL
    assert finding.next_step


def test_a_gpx_track_a_missing_one_and_none_are_told_apart(tmp_path: Path):
    (tmp_path / "drive.gpx").write_text(GPX)
    assert doctor_parts.gps(str(tmp_path / "drive.gpx")).level is Level.OK
    assert doctor_parts.gps("none").level is Level.WARN
    with pytest.raises(AnprError, match="cannot be read"):
        doctor_parts.gps(str(tmp_path / "other.gpx"))


@pytest.mark.parametrize(("steered", "level"), [(True, Level.OK), (False, Level.WARN)])
def test_a_clock_that_nothing_keeps_right_is_worth_a_look(
    steered: bool, level: Level, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("anpr.edge.clock._steered", lambda: steered)
    assert doctor_parts.clock().level is level


# --- disk


@pytest.mark.parametrize(
    ("free", "level"), [(100, Level.FAIL), (1000, Level.WARN), (9000, Level.OK)], ids=str
)
def test_room_on_the_disk_is_compared_with_what_reading_needs(
    free: int, level: Level, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    usage = doctor_parts.shutil.disk_usage(tmp_path)._replace(free=free)
    monkeypatch.setattr(doctor_parts.shutil, "disk_usage", lambda _path: usage)
    assert doctor_parts.disk(tmp_path / "not yet" / "made", 500).level is level
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_cannot_be_written_fails():
    assert "Nothing can be written" in doctor_parts.disk(Path("/proc/self"), 0).sentence


# --- broker


@pytest.mark.broker
def test_a_running_broker_takes_us(tmp_path: Path):
    with Broker(tmp_path) as server:
        finding = doctor_parts.broker(BrokerSettings(host=server.host, port=server.port))
    assert finding.level is Level.OK


def test_no_broker_says_how_to_get_one():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    finding = doctor_parts.broker(BrokerSettings(port=port))
    assert finding.level is Level.FAIL
    assert "anpr broker" in finding.next_step or "apt install" in finding.next_step


@pytest.mark.broker
def test_a_broker_that_refuses_is_quoted(tmp_path: Path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "strict.conf").write_text(f"listener {port} 127.0.0.1\nallow_anonymous false\n")
    log = (tmp_path / "log").open("w")
    with log, subprocess.Popen([find_mosquitto(), "-c", tmp_path / "strict.conf"], stderr=log) as process:
        try:
            wait_for(lambda: "refuses" in doctor_parts.broker(BrokerSettings(port=port)).sentence)
            assert "Not authorized" in doctor_parts.broker(BrokerSettings(port=port)).sentence
        finally:
            process.terminate()


def test_a_port_that_does_not_speak_mqtt_is_found_out(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor_parts, "BROKER_PATIENCE_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        finding = doctor_parts.broker(BrokerSettings(port=mute.getsockname()[1]))
    assert "does not speak MQTT" in finding.sentence


# --- hotlist and screen


@pytest.mark.parametrize(
    ("made_before", "valid_for", "level", "words"),
    [
        (timedelta(hours=1), timedelta(days=1), Level.OK, "1 entries in 1 list, 60 min old"),
        (timedelta(days=3), timedelta(days=1), Level.WARN, "stale"),
        (timedelta(days=8), timedelta(days=1), Level.FAIL, "too old"),
        (timedelta(hours=1), timedelta(days=-1), Level.FAIL, "every entry has run out"),
    ],
)
def test_a_hotlist_is_judged_by_age_and_by_what_is_still_valid(
    made_before: timedelta, valid_for: timedelta, level: Level, words: str, tmp_path: Path
):
    now = datetime.now(UTC)
    with HotlistStore(tmp_path / FILE_NAME) as store:
        store.replace("stolen", "v1", now - made_before, [entry(valid_until=now + valid_for)])
    finding = doctor_parts.hotlist(tmp_path, 86_400, 604_800)
    assert finding.level is level
    assert words in finding.sentence


def test_no_hotlist_fails_and_none_is_made_by_looking(tmp_path: Path):
    finding = doctor_parts.hotlist(tmp_path, 86_400, 604_800)
    assert finding.level is Level.FAIL
    assert "anpr hotlist import" in finding.next_step
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_hotlist_store_is_an_error(tmp_path: Path):
    (tmp_path / FILE_NAME).write_bytes(b"no database" * 100)
    with pytest.raises(AnprError, match="cannot be used"):
        doctor_parts.hotlist(tmp_path, 86_400, 604_800)
    assert sqlite3.sqlite_version_info >= doctor_packages.OLDEST_SQLITE


def test_a_screen_port_that_is_taken_is_worth_a_look():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert doctor_parts.screen("127.0.0.1", port).level is Level.WARN
    assert doctor_parts.screen("127.0.0.1", port).level is Level.OK


# --- the verb


@pytest.fixture
def healthy(monkeypatch: pytest.MonkeyPatch) -> Callable[[Finding], None]:
    """Makes a car of two parts, one of which finds what the test says."""

    def of(finding: Finding) -> None:
        parts = (Check("clock", fine), Check("disk", lambda: finding))
        monkeypatch.setattr(doctor_parts, "checks", lambda _car: parts)
        monkeypatch.setenv("COLUMNS", "160")

    return of


def test_a_ready_car_ends_in_exit_code_0_even_with_things_to_look_at(healthy: Callable[[Finding], None]):
    healthy(Finding(Level.WARN, "Little room.", "Free some."))
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 0
    assert "Ready for the shift" in result.output
    assert "! look" in result.output
    assert "Free some." in result.output


def test_a_car_with_a_failure_ends_in_exit_code_1_and_says_what_to_do(healthy: Callable[[Finding], None]):
    healthy(Finding(Level.FAIL, "No room.", "Free some."))
    result = CliRunner().invoke(app, ["doctor", "--json"])
    assert result.exit_code == 1
    told = json.loads(result.output)
    assert not told["ok"]
    assert told["checks"][-1] == {
        "check": "disk",
        "level": "fail",
        "sentence": "No room.",
        "next_step": "Free some.",
    }


def test_every_part_of_a_car_is_visited():
    car = CarSettings(cameras=(CameraSettings(name="front", source="a.mp4"),))
    names = [check.name for check in doctor_parts.checks(car)]
    assert names == [
        "camera front",
        "model",
        "gps",
        "clock",
        "disk",
        "certificate",
        "broker",
        "hotlist",
        "screen",
    ]
