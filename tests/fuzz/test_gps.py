"""Whatever a receiver or a recorded track says, the car has a place on earth or none."""

from __future__ import annotations

import json
from datetime import UTC
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from anpr.edge.gps import GpxGps
from anpr.edge.tpv import fix_of
from anpr.errors import InputError
from anpr.messages import Place
from tests.fuzz.budget import BUDGET
from tests.fuzz.mutations import damaged, payloads

if TYPE_CHECKING:
    from pathlib import Path

    from anpr.types import Fix

REPORT = {
    "class": "TPV",
    "device": "/dev/ttyUSB0",
    "mode": 3,
    "time": "2026-11-22T12:00:00.000Z",
    "lat": 22.3,
    "lon": 114.17,
    "eph": 4.5,
    "speed": 11.2,
    "track": 40.0,
}
LINE = json.dumps(REPORT).encode()
TRACK = (
    b'<?xml version="1.0"?><gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1"><trk>'
    b'<trkseg><trkpt lat="22.3" lon="114.17"><time>2026-11-22T12:00:00Z</time></trkpt>'
    b'<trkpt lat="22.31" lon="114.18"><time>2026-11-22T12:00:10Z</time></trkpt></trkseg></trk></gpx>'
)


def on_earth(fix: Fix | None) -> None:
    """What the car would send of it is a message."""
    if fix is not None:
        Place(
            lat_deg=fix.lat_deg,
            lon_deg=fix.lon_deg,
            at=fix.at,
            source=fix.source,
            accuracy_m=fix.accuracy_m,
            speed_m_s=fix.speed_m_s,
            heading_deg=fix.heading_deg,
        )
        fix.at.astimezone(UTC)


@BUDGET
@given(line=payloads(LINE))
def test_a_report_is_a_place_or_refused(line: bytes):
    try:
        fix = fix_of(line)
    except ValueError:
        return
    on_earth(fix)


@BUDGET
@given(data=damaged(TRACK) | st.binary(max_size=200) | st.sampled_from([TRACK * 2, b"<gpx>" * 20_000]))
def test_a_track_is_driven_or_refused(tmp_path: Path, data: bytes):
    path = tmp_path / "drive.gpx"
    path.write_bytes(data)
    try:
        gps = GpxGps(path)
    except InputError:
        return
    for into_s in (0.0, 0.5, 3.0, 1e6):
        on_earth(gps.fix(gps._start_s + into_s))
