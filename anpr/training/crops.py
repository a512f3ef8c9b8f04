"""Plate crops as a detector cuts them from a photograph: the training food of the reader."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from anpr.training import effects
from anpr.training.mounting import mounted
from anpr.training.plates_world import plate as random_plate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from anpr.training.plates import Picture, Plate

#: Share of boxes that lie far off on some sides, most of them too wide.
FAR_OFF_SHARE = 0.1
#: Share of crops smoothed by a camera that hides its noise.
SMOOTHED_SHARE = 0.12
#: Share of daylight crops whose sheet is overexposed.
BURNT_SHARE = 0.1
#: Share of crops made pale by scattered light.
VEILED_SHARE = 0.08
#: Share of blurred crops whose camera shook instead of moving evenly.
SHAKEN_SHARE = 0.5


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


def _blurred(rng: np.random.Generator, image: Picture, char_px: float, budget: float) -> Picture:
    """Smeared, out of focus or neither."""
    roll = rng.random()
    if roll < 0.3:
        length_px = 0.42 * char_px * budget * rng.random() + 0.5
        # A car moves plates across, the road shakes the camera up and down.
        angle_deg = rng.normal(90 if rng.random() < 0.35 else 0, 25)
        if rng.random() < SHAKEN_SHARE:
            return effects.shake_blur(rng, image, length_px, angle_deg)
        return effects.motion_blur(image, length_px, angle_deg)
    if roll < 0.75:
        width = 0.06 if char_px < 13 else 0.105
        return effects.defocus(image, 0.3 + width * char_px * budget * rng.random())
    return image


def _weather(rng: np.random.Generator, image: Picture, mask: NDArray[np.uint8], char_px: float) -> Picture:
    """Light, then optics, then sensor; all share one budget, so that a person can still read it."""
    budget = rng.random() ** 1.5
    image = _lit(rng, image, budget)
    dark = rng.random() < 0.2
    if dark:
        image = effects.night(rng, image, mask, rng.random())
    burnt = not dark and rng.random() < BURNT_SHARE
    if rng.random() < 0.08:
        image = effects.rain(rng, image, rng.random() * budget)
    image = _blurred(rng, image, char_px, budget)
    if burnt:
        # The sensor overflows behind the lens: strokes are blurred first, and eaten away then.
        image = effects.burnt(rng, image, mask, rng.random())
    if rng.random() < VEILED_SHARE:
        image = effects.veil(rng, image, rng.random() * (0.4 + 0.6 * budget))
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
    panel = mounted(rng, plate, room_x, room_y)
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
