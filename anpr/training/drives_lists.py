"""The sample hotlist and the GPS tracks that go with the sample drives."""

from __future__ import annotations

import csv
import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from anpr.training.drives_clips import CLIPS
from anpr.training.marks import HK_LETTERS, pick

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = ("plate", "class", "category", "priority", "reason", "owner", "source", "valid_until")
_VALID_UNTIL = "2035-12-31"
_CASES = (
    ("stolen", 1, "Taken from a car park; occupants may resist"),
    ("wanted", 2, "Seen near a burglary; identify the driver"),
    ("unlicensed", 3, "Vehicle licence expired"),
    ("uninsured", 3, "No third-party cover on record"),
    ("other", 4, "Plates reported lost; check the chassis number"),
)
_START = datetime(2026, 5, 4, 1, 30, tzinfo=UTC)
#: Points along Nathan Road in Kowloon and Gloucester Road on Hong Kong Island: latitude, longitude.
_ROUTES = {
    "route-a": (
        "Nathan Road, Kowloon, northbound",
        7.0,
        (
            (22.29545, 114.17195),
            (22.29790, 114.17215),
            (22.30060, 114.17205),
            (22.30430, 114.17175),
            (22.30840, 114.17130),
            (22.31260, 114.17065),
            (22.31700, 114.16985),
            (22.32150, 114.16905),
        ),
    ),
    "route-b": (
        "Gloucester Road, Hong Kong Island, eastbound",
        13.0,
        (
            (22.27990, 114.16780),
            (22.28010, 114.17080),
            (22.28015, 114.17420),
            (22.28035, 114.17760),
            (22.28105, 114.18100),
            (22.28235, 114.18390),
            (22.28400, 114.18640),
            (22.28610, 114.18890),
        ),
    ),
}


def write_hotlist(path: Path, extra: int = 32, seed: int = 5) -> None:
    """Write the sample list: the listed plates of the clips, and `extra` marks that show in none of them."""
    rng = np.random.default_rng(seed)
    rows: list[tuple[str, ...]] = []

    def entry(plate: str, vehicle: str, case: int) -> None:
        category, priority, reason = _CASES[case]
        source = f"SAMPLE-{len(rows) + 1:04d}"
        rows.append(
            (
                plate,
                vehicle,
                category,
                str(priority),
                reason,
                "Traffic Kowloon" if len(rows) % 2 else "Regional Crime Unit",
                source,
                _VALID_UNTIL,
            )
        )

    listed = [actor for clip in CLIPS for actor in clip.actors if actor.listed]
    shown = {"".join(actor.plate).replace(" ", "") for clip in CLIPS for actor in clip.actors}
    for k, actor in enumerate(listed):
        entry("".join(actor.plate).replace(" ", ""), {"carrier": "car"}.get(actor.body, actor.body), k % 3)
    while len(rows) < len(listed) + extra:
        plate = pick(rng, HK_LETTERS, 2) + str(int(rng.integers(100, 10000)))
        if plate not in shown:
            shown.add(plate)
            entry(
                plate,
                ("car", "car", "taxi", "van", "lorry")[int(rng.integers(5))],
                int(rng.integers(len(_CASES))),
            )
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)


def _metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Distance on a sphere, good to a per mille over a street."""
    mean = math.radians((a[0] + b[0]) / 2)
    return 111_320 * math.hypot(b[0] - a[0], (b[1] - a[1]) * math.cos(mean))


def write_tracks(out_dir: Path, seconds: int = 240) -> None:
    """Write `route-a.gpx` and `route-b.gpx`: one point a second, with the slowing and stopping of traffic."""
    for name, (title, speed, points) in _ROUTES.items():
        reach = np.cumsum([0.0, *(_metres(a, b) for a, b in pairwise(points))])
        lines = [
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<gpx version="1.1" creator="anpr" xmlns="http://www.topografix.com/GPX/1/1">',
            f" <trk><name>{title}</name><trkseg>",
        ]
        gone = 0.0
        for second in range(seconds):
            lat = float(np.interp(gone, reach, [p[0] for p in points]))
            lon = float(np.interp(gone, reach, [p[1] for p in points]))
            at = (_START + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ")
            lines.append(f'  <trkpt lat="{lat:.6f}" lon="{lon:.6f}"><ele>5.0</ele><time>{at}</time></trkpt>')
            gone += speed * max(0.0, 0.75 + 0.45 * math.sin(second / 14) + 0.2 * math.sin(second / 5))
        lines += [" </trkseg></trk>", "</gpx>"]
        (out_dir / f"{name}.gpx").write_text("\n".join(lines) + "\n", encoding="utf-8")
