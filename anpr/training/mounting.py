"""What a plate hangs on: bodywork, a frame, a shadow, another plate beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from anpr.training import plates_asia
from anpr.training.plates import Plate, blend, block_text, paint, shade

if TYPE_CHECKING:
    from anpr.training.plates import Picture

#: Share of plates in a frame, and the colours of frames.
FRAMED_SHARE = 0.3
_FRAMES = ((20, 20, 20), (170, 170, 170), (40, 40, 40))
_PAINTS = (
    (235, 235, 235),
    (25, 25, 25),
    (60, 60, 60),
    (150, 150, 150),
    (40, 40, 170),
    (150, 80, 30),
    (60, 120, 60),
    (40, 180, 230),
    (90, 60, 200),
    (110, 140, 160),
)


def bodywork(rng: np.random.Generator, width: int, height: int) -> Picture:
    """A piece of bumper, grille or boot lid: bands of paint and shadow with slight curves."""
    small = np.empty((24, 16, 3), np.float32)
    base = np.array(shade(rng, _PAINTS[int(rng.integers(len(_PAINTS)))], 20), np.float32)
    small[:] = base * (0.8 + 0.4 * rng.random((24, 1, 1), dtype=np.float32) * rng.random())
    for _ in range(int(rng.integers(1, 5))):
        top = int(rng.integers(24))
        small[top : top + int(rng.integers(1, 7))] *= rng.uniform(0.15, 1.3)
    small *= 1 + np.linspace(-1, 1, 16, dtype=np.float32)[None, :, None] * rng.uniform(-0.25, 0.25)
    picture = cv2.resize(
        small, (width, height), interpolation=cv2.INTER_LINEAR if rng.random() < 0.5 else cv2.INTER_NEAREST
    )
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    if rng.random() < 0.15:
        step = int(rng.integers(3, 9))
        picture[::step] = (picture[::step] * 0.4).astype(np.uint8)
        picture[:, ::step] = (picture[:, ::step] * 0.5).astype(np.uint8)
    return np.asarray(picture, np.uint8)


def mounted(rng: np.random.Generator, plate: Plate, room_x: int, room_y: int) -> Picture:
    """The plate on its bodywork with shadow, frame and neighbours, `room` px on each side."""
    height, width = plate.image.shape[:2]
    panel = bodywork(rng, width + 2 * room_x, height + 2 * room_y)
    frame = _FRAMES[int(rng.integers(len(_FRAMES)))] if rng.random() < FRAMED_SHARE else None
    if frame is not None:
        frame = shade(rng, frame, 15)
        _rim(rng, panel, plate, (room_x, room_y), frame)
    elif rng.random() < 0.6:
        drop = max(round(plate.char_px * 0.08), 1)
        paint(
            panel,
            plate.alpha,
            room_x + int(rng.integers(-drop, drop + 1)),
            room_y + drop,
            (0, 0, 0),
            rng.uniform(0.3, 0.7),
        )
    _neighbour(rng, panel, plate, room_x, room_y)
    area = panel[room_y : room_y + height, room_x : room_x + width]
    blend(area, plate.image, plate.alpha[:, :, None])
    if frame is not None and rng.random() < 0.6:
        _lip(rng, area, plate, frame)
    return panel


def _rim(
    rng: np.random.Generator, panel: Picture, plate: Plate, at: tuple[int, int], colour: tuple[int, int, int]
) -> None:
    """A frame around the plate, sometimes with a dealer's name."""
    height, width = plate.image.shape[:2]
    rim = max(round(plate.char_px * rng.uniform(0.05, 0.18)), 1)
    frame = np.full((height + 2 * rim, width + 2 * rim), 255, np.uint8)
    paint(panel, frame, at[0] - rim, at[1] - rim, colour)
    if rng.random() < 0.4 and rim > 3:
        name = ("MOTORS", "AUTO HK", "TEL 23456789", "SERVICE", "GARAGE")[int(rng.integers(5))]
        dealer = block_text(name, max(rim - 2, 5))
        left = at[0] + width // 2 - dealer.shape[1] // 2
        paint(panel, dealer, left, at[1] + height, shade(rng, (200, 200, 200), 40))


def _lip(rng: np.random.Generator, area: Picture, plate: Plate, colour: tuple[int, int, int]) -> None:
    """What the frame covers of the plate: its edge, in America also what is printed above and below."""
    height, width = area.shape[:2]
    across, down = (round(plate.char_px * rng.uniform(0, 0.09)) for _ in range(2))
    if plate.country == "US":
        down = round(plate.char_px * rng.uniform(0, 0.3))
    edge = np.full((height, width), 255, np.uint8)
    edge[down : height - down, across : width - across] = 0
    paint(area, edge, 0, 0, colour)


def _neighbour(rng: np.random.Generator, panel: Picture, plate: Plate, room_x: int, room_y: int) -> None:
    """The second plate of a cross-boundary car close above or below, a badge, or a lamp."""
    height, width = plate.image.shape[:2]
    chance = {"cross-boundary": 0.8, "blue": 0.2, "macau": 0.4}.get(
        plate.kind, 0.3 if plate.country == "HK" else 0.03
    )
    if rng.random() > chance:
        return
    px = max(round(plate.char_px * rng.uniform(0.85, 1.2)), 6)
    if plate.country == "HK":
        other = (
            plates_asia.mainland(rng, px, second_plate=True)
            if rng.random() < 0.85
            else plates_asia.macau(rng, px)
        )
        below = rng.random() < 0.9
    else:
        other = plates_asia.hong_kong(rng, px)
        below = rng.random() < 0.12
    gap = round(plate.char_px * rng.uniform(-0.12, 0.3))
    left = room_x + (width - other.image.shape[1]) // 2 + round(rng.normal(0, 0.3) * plate.char_px)
    top = room_y + height + gap if below else room_y - gap - other.image.shape[0]
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + other.image.shape[1], panel.shape[1]), min(top + other.image.shape[0], panel.shape[0])
    if x0 < x1 and y0 < y1:
        panel[y0:y1, x0:x1] = other.image[y0 - top : y1 - top, x0 - left : x1 - left]
