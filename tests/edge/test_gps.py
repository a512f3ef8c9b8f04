"""The car knows where it is, says when it only remembers, and never blocks on a receiver that is gone."""

from __future__ import annotations

import json
import socket
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Self

import pytest

from anpr.edge.clock import clock_state
from anpr.edge.gps import FRESH_S, HOLD_S, GpsdGps, GpxGps, NoGps, distance_m, open_gps
from anpr.edge.tpv import fix_of
from anpr.errors import ConfigError, InputError
from anpr.types import Fix, FixSource
from anpr.wire import Clock
from tests.support.polling import wait_for

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def gpx(path: Path, points: list[tuple[float, float, int | None]]) -> Path:
    body = "".join(
        f'<trkpt lat="{lat}" lon="{lon}">'
        + ("" if at_s is None else f"<time>{(NOW + timedelta(seconds=at_s)).isoformat()}</time>")
        + "</trkpt>"
        for lat, lon, at_s in points
    )
    path.write_text(
        f'<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>{body}</trkseg></trk></gpx>'
    )
    return path


class Gpsd:
    """A listener that speaks gpsd's protocol as far as a client needs it."""

    VERSION: ClassVar = {"class": "VERSION", "release": "3.25", "proto_major": 3, "proto_minor": 15}

    def __enter__(self) -> Self:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.client: socket.socket | None = None
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            client.sendall(json.dumps(self.VERSION, separators=(",", ":")).encode() + b"\n")
            self.client = client

    def say(self, **report: object) -> None:
        wait_for(lambda: self.client is not None, what="the client")
        self.client.sendall(json.dumps({"class": "TPV", **report}).encode() + b"\n")

    def hang_up(self) -> None:
        wait_for(lambda: self.client is not None, what="the client")
        self.client.shutdown(socket.SHUT_RDWR)
        self.client.close()
        self.client = None

    def __exit__(self, *_: object) -> None:
        self._server.close()
        if self.client is not None:
            self.client.close()


def test_a_track_is_driven_at_the_speed_it_was_recorded_and_again_from_its_start(tmp_path: Path) -> None:
    gps = GpxGps(
        gpx(tmp_path / "drive.gpx", [(22.30, 114.17, 0), (22.30, 114.18, 100), (22.31, 114.18, 200)])
    )
    gps.start()
    start_s = gps._start_s
    middle = gps.fix(start_s + 50)
    assert (middle.lat_deg, round(middle.lon_deg, 6)) == (22.30, 114.175)
    assert middle.heading_deg == pytest.approx(90, abs=0.1)
    assert middle.speed_m_s == pytest.approx(distance_m(22.30, 114.17, 22.30, 114.18) / 100)
    again = gps.fix(start_s + 250)
    assert round(again.lon_deg, 6) == round(middle.lon_deg, 6)


def test_a_track_without_times_takes_a_second_a_point(tmp_path: Path) -> None:
    gps = GpxGps(gpx(tmp_path / "drive.gpx", [(22.0, 114.0, None), (22.0, 114.1, None), (22.0, 114.2, None)]))
    assert gps.fix(gps._start_s + 1.5).lon_deg == pytest.approx(114.15)


@pytest.mark.parametrize("content", ["no track", "<gpx></gpx>", "<gpx", ""])
def test_a_file_that_is_no_track_is_refused_with_the_next_step(tmp_path: Path, content: str) -> None:
    path = tmp_path / "bad.gpx"
    path.write_text(content)
    with pytest.raises(InputError, match=r"bad\.gpx"):
        open_gps(str(path))


def test_a_missing_track_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        open_gps(str(tmp_path / "none.gpx"))


def test_times_that_run_backwards_are_refused(tmp_path: Path) -> None:
    path = gpx(tmp_path / "drive.gpx", [(22.0, 114.0, 10), (22.0, 114.1, 0)])
    with pytest.raises(InputError, match="do not rise"):
        GpxGps(path)


def test_a_time_without_a_zone_is_utc(tmp_path: Path) -> None:
    path = gpx(tmp_path / "drive.gpx", [(22.0, 114.0, 0), (22.0, 114.1, 10)])
    path.write_text(path.read_text().replace("00:00:10+00:00", "00:00:10"))
    gps = GpxGps(path)
    assert gps.fix(gps._start_s + 5).lon_deg == pytest.approx(114.05)


@pytest.mark.parametrize("place", [(22.0, 1114.1), (91.0, 114.1), (float("nan"), 114.1)])
def test_a_track_that_leaves_the_earth_is_refused(tmp_path: Path, place: tuple[float, float]) -> None:
    path = gpx(tmp_path / "drive.gpx", [(22.0, 114.0, 0), (*place, 10)])
    with pytest.raises(InputError, match="not on Earth"):
        GpxGps(path)


def test_an_address_that_cannot_be_understood_is_refused() -> None:
    with pytest.raises(ConfigError, match="gpsd://127"):
        open_gps("gpsd://localhost:port")


def test_a_car_without_gps_has_no_place() -> None:
    gps = open_gps("none")
    assert isinstance(gps, NoGps)
    assert gps.fix(0.0) is None
    assert gps.health.working is None


def test_gpsd_gives_fixes_that_are_held_for_a_while_and_then_forgotten() -> None:
    now_s = 1000.0
    with Gpsd() as gpsd:
        gps = GpsdGps("127.0.0.1", gpsd.port, monotonic=lambda: now_s)
        gps.start()
        gpsd.say(mode=1)
        gpsd.say(
            mode=3, lat=22.3, lon=114.2, eph=4.5, speed=13.0, track=360.0, time="2026-01-02T03:04:05.000Z"
        )
        wait_for(lambda: gps.fix(now_s) is not None, what="a fix")
        fix = gps.fix(now_s)
        assert fix == Fix(
            22.3, 114.2, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), FixSource.GPS, 4.5, 13.0, heading_deg=0.0
        )
        assert gps.health.working
        assert gps.fix(now_s + FRESH_S + 1).source is FixSource.HELD
        assert gps.fix(now_s + HOLD_S + 1) is None
        gps.stop()


def test_gpsd_that_goes_away_is_named_and_found_again() -> None:
    with Gpsd() as gpsd:
        gps = GpsdGps("127.0.0.1", gpsd.port, jitter=lambda: 0.0)
        gps.start()
        gpsd.say(mode=2, lat=22.3, lon=114.2)
        wait_for(lambda: bool(gps.health.working), what="a fix")
        gpsd.hang_up()
        wait_for(lambda: "closed the connection" in gps.health.next_step, what="the words")
        assert "gpsd runs" in gps.health.next_step
        gpsd.say(mode=2, lat=22.4, lon=114.2)
        wait_for(lambda: gps.fix(1e12) is None and bool(gps.health.working), what="the return")
        gps.stop()


def test_no_gpsd_at_all_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    gps = GpsdGps("127.0.0.1", port)
    gps.start()
    wait_for(lambda: "refused" in gps.health.next_step, what="the words")
    assert gps.health.words == "gpsd does not answer"
    gps.stop()


def test_a_report_without_a_fix_is_no_fix() -> None:
    assert fix_of('{"class": "TPV", "mode": 1, "lat": 1.0, "lon": 2.0}') is None
    assert fix_of('{"class": "TPV", "mode": 3}') is None


def test_a_report_that_makes_no_sense_is_counted_and_the_next_one_taken() -> None:
    with Gpsd() as gpsd:
        gps = GpsdGps("127.0.0.1", gpsd.port)
        gps.start()
        gpsd.say(mode="three", lat=22.3, lon=114.2)
        gpsd.say(mode=3, lat=[22.3], lon=114.2)
        gpsd.say(mode=3, lat=222.3, lon=114.2)
        gpsd.say(mode=3, lat=22.3, lon=114.2)
        wait_for(lambda: bool(gps.health.working), what="a fix")
        assert gps.rejects == 3
        gps.stop()


def test_the_clock_says_what_it_was_set_by() -> None:
    fix = Fix(22.3, 114.2, NOW, FixSource.GPS)
    assert clock_state(fix, NOW) is Clock.GPS
    assert clock_state(fix, NOW + timedelta(hours=1)) in {Clock.NTP, Clock.UNSYNCED}
    assert clock_state(None) in {Clock.NTP, Clock.UNSYNCED}
