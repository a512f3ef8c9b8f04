"""Plates as a shaking dashcam on a road sees them, by pinhole geometry and a seed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anpr.types import Box, Detection

if TYPE_CHECKING:
    from random import Random

FOCAL_PX, WIDTH_PX, HEIGHT_PX = 1100.0, 1920, 1080
CAMERA_M, PLATE_M = 1.3, (0.52, 0.13)
NEAREST_M, FARTHEST_M, SMALLEST_PX = 3.0, 40.0, 22.0


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A plate's place: metres to the right, metres ahead at the start, metres a second, metres high."""

    x_m: float
    z_m: float
    speed_m_s: float
    height_m: float = 0.6
    stacked: bool = False


def parked_row(random: Random) -> list[Vehicle]:
    """Two rows of parked cars, passed at 22 to 47 km/h."""
    speed = -random.uniform(6, 13)
    right = [Vehicle(random.uniform(3.2, 4), 6 + 6.0 * k, speed, stacked=k % 7 == 0) for k in range(22)]
    left = [Vehicle(-random.uniform(5, 6), 10 + 9.0 * k, speed) for k in range(10)]
    return [*right, *left]


def drive(vehicles: list[Vehicle], random: Random, frames_per_s: float) -> list[list[tuple[int, Detection]]]:
    """12 s of frames: the plates found in each, with the number of the plate that is really there."""
    phase = random.uniform(0, math.tau)
    frames = []
    for index in range(int(12 * frames_per_s)):
        at_s = index / frames_per_s
        yaw = 0.1 * math.sin(0.9 * at_s) + 0.006 * math.sin(9 * at_s + phase)
        bob_px = 0.008 * FOCAL_PX * math.sin(11 * at_s + phase)
        found = []
        for number, vehicle in enumerate(vehicles):
            z_m = vehicle.z_m + vehicle.speed_m_s * at_s
            if not NEAREST_M < z_m < FARTHEST_M:
                continue
            x = WIDTH_PX / 2 + FOCAL_PX * math.tan(math.atan2(vehicle.x_m, z_m) - yaw)
            y = HEIGHT_PX / 2 + FOCAL_PX * (CAMERA_M - vehicle.height_m) / z_m + bob_px
            width, height = (FOCAL_PX * side / z_m for side in PLATE_M)
            for row in range(1 + vehicle.stacked):
                box = _jittered((x, y + 1.15 * row * height), width, height, random)
                if _visible(box) and random.random() > 0.12:
                    found.append((number + 1000 * row, Detection(box, 0.8)))
        frames.append(found)
    return frames


def _jittered(centre: tuple[float, float], width: float, height: float, random: Random) -> Box:
    def off(size: float) -> float:
        return random.gauss(0, max(0.8, 0.03 * size))

    (x, y), half_w, half_h = centre, width / 2, height / 2
    return (
        x - half_w + off(width),
        y - half_h + off(height),
        x + half_w + off(width),
        y + half_h + off(height),
    )


def _visible(box: Box) -> bool:
    x1, y1, x2, y2 = box
    return x1 > 0 and y1 > 0 and x2 < WIDTH_PX and y2 < HEIGHT_PX and x2 - x1 > SMALLEST_PX
