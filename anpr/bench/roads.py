"""Synthetic drives through poor cameras, with their truth: far plates, shake, dim light, hard compression.

Unlike the sample drives these are meant to be hard: a single frame is often misread, as on a wet night.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anpr.training import effects, marks
from anpr.training.drives import Drive
from anpr.training.drives_clips import Actor, Clip
from anpr.training.drives_ground import DAY, DUSK, RAIN, Road

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anpr.training.drives_clips import Key
    from anpr.training.drives_stage import Sight
    from anpr.training.drives_vehicles import Body
    from anpr.types import Box, Image

#: Width and height of the pictures: what is left of a plate after a cheap dashcam's own compression.
SIZE = (960, 540)
FRAMES_PER_S = 10
SECONDS = 7.0
#: Lower characters than this cannot be read by a person, px.
LEAST_CHARACTER_PX = 4.5
#: Half of the plates seen in Hong Kong have two rows; some cars carry a second plate.
TWO_ROWS_SHARE = 0.45
STACKED_SHARE = 0.2

_STREET = Road(-5.2, 5.4, (-1.75,), (1.68, 1.9), (-4.9, 5.1))
_ROADS = (_STREET, Road(-6.0, 6.2, (-1.7, 1.7), (-5.3, 5.3), (), median=6.0))
_BODIES: tuple[Body, ...] = ("car", "car", "taxi", "carrier", "van", "minibus", "lorry")
_COLOURS = ((42, 34, 178), (232, 232, 230), (38, 36, 34), (178, 178, 176), (150, 84, 40), (112, 110, 108))


@dataclass(frozen=True, slots=True)
class Shown:
    """One plate that a person could read in one frame."""

    plate: int
    text: str
    rows: int
    box: Box
    character_px: float


class PoorDrive:
    """A drive of seven seconds, the same for the same seed.

    Args:
        seed: place, light, vehicles, marks and the camera's faults.
        size: width and height of the pictures.
    """

    def __init__(self, seed: int, size: tuple[int, int] = SIZE) -> None:
        rng = np.random.default_rng([seed, 7])
        self.seed = seed
        self._drive = Drive(clip(seed), *size)
        self._shake_px = float(rng.uniform(0.5, 3.5)) * size[0] / 1280
        self._noise = float(rng.uniform(2, 9))
        self._dim = float(rng.uniform(0.55, 1.0))
        self._quality = int(rng.integers(22, 60))

    def frames(self, frames_per_s: int = FRAMES_PER_S) -> Iterator[tuple[Image, tuple[Shown, ...]]]:
        """All frames (BGR) with the plates a person could read in each."""
        for index, (image, sights) in enumerate(self._drive.frames(frames_per_s)):
            picture = self._spoilt(np.random.default_rng([self.seed, 8, index]), image)
            picture.flags.writeable = False
            yield picture, tuple(map(self._shown, filter(_can_be_read, sights)))

    def _shown(self, sight: Sight) -> Shown:
        plate = self._drive.tags[sight.identity].plate
        x1, y1, x2, y2 = map(float, sight.box)
        return Shown(sight.identity, plate.text, plate.rows, (x1, y1, x2, y2), sight.char_px)

    def _spoilt(self, rng: np.random.Generator, image: Image) -> Image:
        """What this camera makes of a frame; its faults stay, the shake changes with every frame."""
        length_px = abs(float(rng.normal(0, self._shake_px)))
        if length_px > 1:
            image = effects.motion_blur(image, length_px, float(rng.uniform(0, 180)))
        dim = self._dim * float(rng.uniform(0.85, 1.1))
        image = np.asarray(np.clip(image * dim, 0, 255), np.uint8)
        return effects.jpeg(effects.sensor_noise(rng, image, self._noise), self._quality)


def _can_be_read(sight: Sight) -> bool:
    return sight.char_px >= LEAST_CHARACTER_PX


def clip(seed: int) -> Clip:
    """A random clip: two vehicles ahead, standing ones on the left, oncoming or waiting ones on the right."""
    rng = np.random.default_rng([seed, 6])
    mood = (DAY, DUSK, RAIN)[seed % 3]
    speed_m_s = float(rng.uniform(2.5, 9.0))
    near = float(rng.uniform(6, 9))
    ahead = (
        (0.0, near + float(rng.uniform(1, 8)), 0.0),
        (SECONDS / 2, near, float(rng.uniform(-0.3, 0.3))),
        (SECONDS, near + float(rng.uniform(1, 8)), 0.0),
    )
    actors = [_actor(rng, ahead, oncoming=False)]
    for left in (True, False):
        gap = float(rng.uniform(9, 13))
        for _ in range(4):
            x = float(rng.uniform(-3.8, -3.2) if left else rng.uniform(3.3, 3.7))
            closing = speed_m_s if left else speed_m_s * 1.1
            path: tuple[Key, ...] = ((0.0, gap, x), (SECONDS, gap - closing * SECONDS, x))
            actors.append(_actor(rng, path, oncoming=not left))
            gap += float(rng.uniform(9.5, 14))
    road = _ROADS[int(rng.integers(len(_ROADS)))]
    houses = bool(rng.integers(2))
    return Clip(f"poor-{seed}", seed, SECONDS, mood, road, speed_m_s, houses, tuple(actors))


def _actor(rng: np.random.Generator, path: tuple[Key, ...], *, oncoming: bool) -> Actor:
    mark = marks.hong_kong(rng, two_rows=bool(rng.random() < TWO_ROWS_SHARE))
    stacked = rng.random() < STACKED_SHARE
    second = marks.cross_boundary(rng).rows if stacked else ()
    body = _BODIES[int(rng.integers(len(_BODIES)))]
    colour = _COLOURS[int(rng.integers(len(_COLOURS)))]
    turn_deg = float(rng.normal(0, 3))
    return Actor(body, colour, mark.rows, path, second=second, oncoming=oncoming, turn_deg=turn_deg)
