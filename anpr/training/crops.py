"""Plate crops as a detector cuts them from a photograph: the training food of the reader."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from anpr.training import effects, plates_asia
from anpr.training.plates import Plate, blend, block_text, paint, shade
from anpr.training.plates_world import plate as random_plate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from anpr.training.plates import Picture

#: Share of boxes that lie far off on some sides, most of them too wide.
FAR_OFF_SHARE = 0.1
#: Share of crops smoothed by a camera that hides its noise.
SMOOTHED_SHARE = 0.12
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


@dataclass(frozen=True, slots=True)
class PlateCrop:
    """One crop with its label.

    Attributes:
        image: BGR uint8 of any size, as cut by an imperfect detector.
        text: the serial (A-Z, 0-9, Chinese characters), rows joined top to bottom.
        rows: 1 or 2, or as the plate has it.
        quad: corners of the plate read, clockwise from its top left, 4 by 2 px; may lie a little outside.
        country, kind: as of the plate.
        char_px: height of a character in the crop, px, before perspective.
    """

    image: Picture
    text: str
    rows: int
    quad: NDArray[np.float32]
    country: str
    kind: str
    char_px: float


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


def _mount(rng: np.random.Generator, plate: Plate, room_x: int, room_y: int) -> Picture:
    """The plate on its bodywork with shadow, frame and neighbours, `room` px on each side."""
    height, width = plate.image.shape[:2]
    panel = bodywork(rng, width + 2 * room_x, height + 2 * room_y)
    unit = plate.char_px
    if rng.random() < 0.3:
        rim = max(round(unit * rng.uniform(0.05, 0.18)), 1)
        frame = np.full((height + 2 * rim, width + 2 * rim), 255, np.uint8)
        colour = shade(rng, ((20, 20, 20), (170, 170, 170), (40, 40, 40))[int(rng.integers(3))], 15)
        paint(panel, frame, room_x - rim, room_y - rim, colour)
        if rng.random() < 0.4 and rim > 3:
            dealer = block_text(
                ("MOTORS", "AUTO HK", "TEL 23456789", "SERVICE", "GARAGE")[int(rng.integers(5))],
                max(rim - 2, 5),
            )
            paint(
                panel,
                dealer,
                room_x + width // 2 - dealer.shape[1] // 2,
                room_y + height,
                shade(rng, (200, 200, 200), 40),
            )
    elif rng.random() < 0.6:
        drop = max(round(unit * 0.08), 1)
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
    return panel


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


def _cut(rng: np.random.Generator, quad: NDArray[np.float32]) -> tuple[float, float, float, float]:
    """An imperfect detector's box: -5 to +15 per cent loose on each side, seldom far off on some of them."""
    (x0, y0), (x1, y1) = quad.min(0), quad.max(0)
    width, height = x1 - x0, y1 - y0
    loose = rng.uniform(-0.05, 0.15) if rng.random() < 0.6 else rng.uniform(-0.03, 0.06)
    # The height of a flat plate bounds the loss at the sides, so that no character is cut off.
    reach = np.minimum((width, height, width, height), 1.6 * height)
    pad = (loose + rng.normal(0, 0.02, 4)).clip(-0.05, 0.18)
    if rng.random() < FAR_OFF_SHARE:
        pad = np.where(rng.random(4) < 0.6, rng.uniform(-0.06, 0.42, 4), pad)
    pad *= reach
    return x0 - pad[0], y0 - pad[1], x1 + pad[2], y1 + pad[3]


def _lit(rng: np.random.Generator, image: Picture, budget: float) -> Picture:
    """Light, dirt and glare, by chance."""
    if rng.random() < 0.75:
        image = effects.light(rng, image)
    if rng.random() < 0.25:
        image = effects.dirt(rng, image, rng.random() * budget)
    if rng.random() < 0.12:
        image = effects.glare(rng, image, rng.random())
    return image


def _weather(rng: np.random.Generator, image: Picture, mask: NDArray[np.uint8], char_px: float) -> Picture:
    """Light, then optics, then sensor; all share one budget, so that a person can still read it."""
    budget = rng.random() ** 1.5
    image = _lit(rng, image, budget)
    dark = rng.random() < 0.2
    if dark:
        image = effects.night(rng, image, mask, rng.random())
    if rng.random() < 0.08:
        image = effects.rain(rng, image, rng.random() * budget)
    roll = rng.random()
    if roll < 0.3:
        image = effects.motion_blur(
            image,
            0.42 * char_px * budget * rng.random() + 0.5,
            rng.normal(0, 25) if rng.random() < 0.75 else rng.uniform(0, 180),
        )
    elif roll < 0.75:
        image = effects.defocus(
            image, 0.3 + (0.06 if char_px < 13 else 0.105) * char_px * budget * rng.random()
        )
    image = effects.tone(rng, image)
    if rng.random() < 0.7:
        image = effects.sensor_noise(
            rng, image, min(rng.uniform(1, 14 if dark else 8) * rng.random(), 0.22 * float(image.std()))
        )
    if rng.random() < SMOOTHED_SHARE:
        image = effects.smoothed(image, rng.uniform(15, 60))
    if rng.random() < 0.25:
        image = effects.sharpen(image, rng.uniform(0.4, 1.8), max(0.04 * char_px, 0.7))
    if rng.random() < 0.65:
        image = effects.jpeg(image, int(rng.integers(28, 92)))
    return image


def crop_of(
    rng: np.random.Generator,
    plate: Plate,
    char_px: float,
    part: tuple[int, int, int, int] | None = None,
) -> PlateCrop:
    """`plate` photographed with characters about `char_px` high, and cut out.

    Args:
        rng: source of all chance.
        plate: what is cut out.
        char_px: height of a character in the crop, px.
        part: where in the picture of `plate` the plate lies that is read, as left, top, right, bottom in px;
            None for all of it.
    """
    scale = char_px / plate.char_px
    height, width = plate.image.shape[:2]
    room_y = max(round(height * 0.45), 4)
    room_x = max(round(height * 0.5 + width * 0.06), 4)
    panel = _mount(rng, plate, room_x, room_y)
    target = effects.pose(rng, width * scale, height * scale)
    box = np.array(_cut(rng, target))
    origin = np.floor(box[:2])
    out_w, out_h = (int(v) for v in np.maximum(np.ceil(box[2:]) - origin, 4))
    target = target - origin.astype(np.float32)
    mask = np.zeros(panel.shape[:2], np.uint8)
    mask[room_y : room_y + height, room_x : room_x + width] = plate.alpha
    shrink = min(scale * 1.3, 1.0)
    if shrink < 0.9:
        panel = np.asarray(
            cv2.resize(panel, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), np.uint8
        )
        mask = np.asarray(
            cv2.resize(mask, (panel.shape[1], panel.shape[0]), interpolation=cv2.INTER_AREA), np.uint8
        )
    else:
        shrink = 1.0
    right, bottom = room_x + width, room_y + height
    corners = np.array([[room_x, room_y], [right, room_y], [right, bottom], [room_x, bottom]], np.float32)
    # Pixel centres lie at half coordinates, also after shrinking.
    homography = cv2.getPerspectiveTransform(
        (corners * shrink - 0.5).astype(np.float32), (target - 0.5).astype(np.float32)
    )
    image = cv2.warpPerspective(
        panel, homography, (out_w, out_h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    if part is not None:
        x0, y0, x1, y1 = part
        inner = np.add([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], [room_x, room_y])
        seen = (inner[None] * shrink - 0.5).astype(np.float32)
        target = cv2.perspectiveTransform(seen, homography)[0] + 0.5
    plate_mask = cv2.warpPerspective(mask, homography, (out_w, out_h), flags=cv2.INTER_LINEAR)
    image = _weather(rng, np.asarray(image, np.uint8), np.asarray(plate_mask, np.uint8), char_px)
    if rng.random() < 0.2:
        # Web photographs have often been through another scale.
        zoom = rng.uniform(1.1, 2.2)
        image = np.asarray(cv2.resize(image, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC), np.uint8)
        target = target * np.float32(zoom)
        char_px *= zoom
        if rng.random() < 0.3:
            image = effects.sharpen(image, rng.uniform(0.3, 1.5), max(0.04 * char_px, 0.7))
    return PlateCrop(image, plate.text, plate.rows, target, plate.country, plate.kind, char_px)


def crop(rng: np.random.Generator, mix: dict[str, float] | None = None) -> PlateCrop:
    """A random plate as a detector would cut it out of a photograph.

    The same generator state gives the same crop.

    Args:
        rng: source of all chance.
        mix: country key to share, as of `plates_world.MIX`, which is the default.
    """
    char_px = math.exp(rng.uniform(math.log(8), math.log(60)))
    drawn = random_plate(rng, int(np.clip(round(char_px * 1.4), 18, 72)), mix)
    # Crowded plates: below about 9 px a person cannot read them.
    return crop_of(rng, drawn, max(char_px, 9.0 if drawn.country in {"US", "CN"} else 8.0))
