"""The map's coast is cut to its region without losing what lies inside."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from anpr.collector import coast

MAP = Path(coast.__file__).parent / "console" / "static" / "map"


def test_a_shore_across_the_border_is_cut_at_it(tmp_path: Path) -> None:
    rings = [
        (1, [(113.0, 22.2), (114.0, 22.2), (114.0, 22.4), (113.0, 22.4), (113.0, 22.2)]),
        (2, [(114.1, 22.25), (114.2, 22.25), (114.2, 22.3), (114.1, 22.3), (114.1, 22.25)]),
        (1, [(10.0, 50.0), (11.0, 50.0), (11.0, 51.0), (10.0, 50.0)]),
    ]
    data, lines = b"", []
    for level, ring in rings:
        raw = np.array(ring, "<f4").tobytes()
        south, north = min(lat for _, lat in ring), max(lat for _, lat in ring)
        lines.append(f"{level} 100.0 {len(ring)} {south} {north} {len(data)} {len(raw)} 0")
        data += raw
    (tmp_path / "gshhs_f.dat").write_bytes(data)
    (tmp_path / "gshhsmeta_f.dat").write_text("\n".join(lines))

    coast.main(tmp_path, tmp_path / "cut.json")

    land, lake = json.loads((tmp_path / "cut.json").read_text())["features"]
    assert (land["properties"]["kind"], lake["properties"]["kind"]) == ("land", "lake")
    points = land["geometry"]["coordinates"][0]
    assert points[0] == points[-1]
    assert min(lon for lon, _ in points) == coast.WEST
    assert max(lon for lon, _ in points) == 114.0


def test_the_shipped_map_is_closed_small_and_says_whose_it_is() -> None:
    shipped = MAP / "hong-kong-coast.json"
    assert shipped.stat().st_size < 400_000
    collection = json.loads(shipped.read_text())
    assert "LGPL" in collection["notice"]
    assert "LGPL" in (MAP / "NOTICE.md").read_text()
    for name in ("hong-kong-coast.json", "new-land.json"):
        for feature in json.loads((MAP / name).read_text())["features"]:
            ring = feature["geometry"]["coordinates"][0]
            assert ring[0] == ring[-1]
            assert len(ring) >= 4
