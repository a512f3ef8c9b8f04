"""Street pictures whose real plates are replaced by synthetic ones: real context, exact boxes.

A detector that knows single plates merges a Hong Kong plate and the mainland plate below it into one box,
because it never saw a pair. Pairs, two-row plates and black plates are drawn over the plates of labelled
street pictures, with the perspective, light and sharpness of the place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np

from anpr.training.distractors import distract
from anpr.training.plates_world import plate

if TYPE_CHECKING:
    from numpy.random import Generator

    from anpr.types import Box, Image


@dataclass(frozen=True, slots=True)
class PlatePicture:
    """A flat, frontal plate picture (BGR) and how many rows it has."""

    image: Image
    rows: int


class PlateSource(Protocol):
    """Draws plates for composites."""

    def main(self, rng: Generator) -> PlatePicture:
        """Draws a first plate of a vehicle: any country, one or two rows, any colour."""

    def second(self, rng: Generator) -> PlatePicture:
        """Draws a cross-boundary second plate: one row, white on black, blue or green."""


class DrawnPlates:
    """The plate generator as a source for composites: mostly Hong Kong, some of everywhere.

    Args:
        main_mix: shares of first plates by key of `plates_world.MIX`.
        second_mix: the same for second plates.
    """

    def __init__(
        self, main_mix: dict[str, float] | None = None, second_mix: dict[str, float] | None = None
    ) -> None:
        self._main_mix = main_mix or {
            "HK": 0.66,
            "MO": 0.03,
            "SG": 0.07,
            "MY": 0.04,
            "GB": 0.03,
            "EU": 0.05,
            "US": 0.04,
            "BR": 0.03,
            "CN": 0.05,
        }
        self._second_mix = second_mix or {"CN2": 0.8, "CN": 0.12, "MO": 0.08}

    def main(self, rng: Generator) -> PlatePicture:
        """Draws a first plate."""
        return self._draw(rng, self._main_mix)

    def second(self, rng: Generator) -> PlatePicture:
        """Draws a second plate."""
        return self._draw(rng, self._second_mix)

    @staticmethod
    def _draw(rng: Generator, mix: dict[str, float]) -> PlatePicture:
        drawn = plate(rng, 48, mix)
        return PlatePicture(drawn.image, drawn.rows)


@dataclass(frozen=True, slots=True)
class Composite:
    """A picture and the boxes of all plates in it, pixels."""

    image: Image
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class _Placed:
    """A plate on a flat canvas: x, y of its top left corner and its size, in canvas pixels."""

    image: Image
    x: float
    y: float
    width: float
    height: float


#: Share of vehicles whose plate is taken away: a bumper alone is no plate.
BARE_SHARE = 0.06
#: Share of vehicles that get a second plate.
PAIR_SHARE = 0.45
#: Share of pictures with signs, captions and lettering added.
DISTRACTED_SHARE = 0.45
#: Share of pictures turned to night.
NIGHT_SHARE = 0.12


def compose(image: Image, boxes: tuple[Box, ...], plates: PlateSource, rng: Generator) -> Composite:
    """Replaces each plate in a picture by a drawn plate or pair of plates.

    Args:
        image: street picture, height x width x 3, BGR.
        boxes: its plates, pixels.
        plates: draws the plates.
        rng: source of all chance.

    Returns:
        The new picture with the visible box of every plate in it.
    """
    canvas = image.copy()
    if rng.random() < DISTRACTED_SHARE:
        distract(canvas, _with_room(boxes), rng)
    found: list[Box] = []
    glow = np.zeros(canvas.shape[:2], np.float32)
    for box in boxes:
        if min(box[2] - box[0], box[3] - box[1]) < 5 or rng.random() < 0.12:
            found.append(box)
            continue
        _remove_plate(canvas, box)
        if rng.random() < BARE_SHARE:
            continue
        found.extend(_paste(canvas, image, box, _assembly(plates, rng), glow, rng=rng))
    canvas = _finish(canvas, glow, rng)
    height, width = canvas.shape[:2]
    clipped = [
        (max(0.0, b[0]), max(0.0, b[1]), min(float(width), b[2]), min(float(height), b[3])) for b in found
    ]
    return Composite(canvas, tuple(b for b in clipped if b[2] - b[0] > 3 and b[3] - b[1] > 3))


def _with_room(boxes: tuple[Box, ...]) -> np.ndarray:
    """Boxes with room for a pair of plates around each."""
    table = np.array(boxes, np.float32).reshape(-1, 4)
    tall = (table[:, 3] - table[:, 1])[:, None] * np.array([[-0.4, -1.2, 0.4, 1.2]], np.float32)
    room: np.ndarray = table + tall
    return room


def _assembly(plates: PlateSource, rng: Generator) -> list[_Placed]:
    """One plate, or a pair one above the other; lengths in units of the first plate's width."""
    first = plates.main(rng)
    height = first.image.shape[0] / first.image.shape[1]
    parts = [_Placed(first.image, 0, 0, 1, height)]
    if rng.random() >= PAIR_SHARE:
        return parts
    for _ in range(1 if rng.random() < 0.95 else 2):
        second = plates.second(rng)
        # Both plates have characters of about one size: a second plate is wider than a two-row plate.
        width = rng.uniform(1.1, 1.55) if first.rows == 2 else rng.uniform(0.82, 1.12)
        tall = width * second.image.shape[0] / second.image.shape[1]
        side = rng.normal(0, 0.04) + (1 - width) / 2
        gap = tall * float(rng.choice([rng.normal(0.02, 0.04), rng.uniform(-0.12, 0.3)]))
        bottom = max(p.y + p.height for p in parts)
        top = min(p.y for p in parts)
        y = bottom + gap if rng.random() < 0.85 else top - gap - tall
        parts.append(_Placed(second.image, side, y, width, tall))
    return parts


def _paste(
    canvas: Image, original: Image, box: Box, parts: list[_Placed], glow: np.ndarray, *, rng: Generator
) -> list[Box]:
    """Draws the parts onto the canvas at a plate's place; returns the visible boxes."""
    left, right = min(p.x for p in parts), max(p.x + p.width for p in parts)
    top, bottom = min(p.y for p in parts), max(p.y + p.height for p in parts)
    box_width, box_height = box[2] - box[0], box[3] - box[1]
    aspect = (right - left) / (bottom - top)
    # Cover about the width of the old plate when the assembly is flat, about its area when it is tall.
    target_width = float(
        np.clip(
            np.sqrt(box_width * box_height * aspect) * rng.uniform(0.8, 1.5),
            0.55 * box_width,
            1.25 * box_width,
        )
    )
    scale = target_width / (right - left)
    squeeze = rng.uniform(0.62, 1.0) if rng.random() < 0.35 else rng.uniform(0.92, 1.0)
    slant = rng.normal(0, 0.05) + (rng.choice([-1, 1]) * (1 - squeeze) * rng.uniform(0, 0.6))
    centre = np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2 + rng.normal(0, 0.25) * box_height])
    keystone = rng.normal(0, 0.04)
    light = _light(original, box, rng)
    soft_px = abs(rng.normal(0, 0.55)) + 0.25
    out: list[Box] = []
    for part in parts:
        corners = np.array(
            [
                [part.x, part.y],
                [part.x + part.width, part.y],
                [part.x + part.width, part.y + part.height],
                [part.x, part.y + part.height],
            ]
        )
        flat = (corners - [(left + right) / 2, (top + bottom) / 2]) * scale
        skewed = np.stack(
            [
                flat[:, 0] * squeeze + flat[:, 1] * rng.normal(0, 0.01),
                flat[:, 1] * (1 + keystone * flat[:, 0] / target_width) + flat[:, 0] * slant,
            ],
            axis=1,
        )
        quad = (skewed + centre).astype(np.float32)
        _warp_in(canvas, part.image, quad, glow, light=light, soft_px=soft_px)
        seen = (
            float(quad[:, 0].min()),
            float(quad[:, 1].min()),
            float(quad[:, 0].max()),
            float(quad[:, 1].max()),
        )
        out = [_uncovered(other, seen) for other in out]
        out.append(seen)
    return out


def _uncovered(below: Box, above: Box) -> Box:
    """What stays visible of a box when another, roughly as wide, covers its upper or lower edge."""
    if above[0] > below[0] + 0.25 * (below[2] - below[0]) or above[2] < below[2] - 0.25 * (
        below[2] - below[0]
    ):
        return below
    if below[1] < above[1] < below[3]:
        return (below[0], below[1], below[2], above[1])
    if below[1] < above[3] < below[3]:
        return (below[0], above[3], below[2], below[3])
    return below


def _warp_in(
    canvas: Image, plate: Image, quad: np.ndarray, glow: np.ndarray, *, light: np.ndarray, soft_px: float
) -> None:
    """Warps a flat plate onto four corners of the canvas, lit and softened."""
    margin = 6
    x1, y1 = np.floor(quad.min(0)).astype(int) - margin
    x2, y2 = np.ceil(quad.max(0)).astype(int) + margin
    x1, y1, x2, y2 = max(0, x1), max(0, y1), min(canvas.shape[1], x2), min(canvas.shape[0], y2)
    if x2 - x1 < 4 or y2 - y1 < 4:
        return
    shrink = max(1.0, plate.shape[1] / max(8.0, float(np.linalg.norm(quad[1] - quad[0]))) / 2)
    if shrink > 1:
        plate = cv2.resize(plate, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA)
    height, width = plate.shape[:2]
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    # Half-resolution aliasing is avoided by warping at twice the size and averaging down.
    matrix = cv2.getPerspectiveTransform(source, (quad - [x1, y1]).astype(np.float32) * 2)
    size = ((x2 - x1) * 2, (y2 - y1) * 2)
    drawn = cv2.warpPerspective(plate, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    mask = cv2.warpPerspective(np.full((height, width), 255, np.uint8), matrix, size)
    half = (x2 - x1, y2 - y1)
    drawn = cv2.resize(drawn, half, interpolation=cv2.INTER_AREA).astype(np.float32)
    alpha = cv2.resize(mask, half, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    drawn = cv2.GaussianBlur(drawn, (0, 0), soft_px)
    alpha = cv2.GaussianBlur(alpha, (0, 0), soft_px * 0.8)[..., None]
    lit = np.clip(drawn * light, 0, 255)
    place = canvas[y1:y2, x1:x2]
    place[:] = np.clip(place * (1 - alpha) + lit * alpha, 0, 255).astype(np.uint8)
    bright = drawn.mean(2) / 255 * alpha[..., 0]
    glow[y1:y2, x1:x2] = np.maximum(glow[y1:y2, x1:x2], bright)


def _remove_plate(canvas: Image, box: Box) -> None:
    """Paints a plate over with its surroundings."""
    grow_x, grow_y = max(2, 0.06 * (box[2] - box[0])), max(2, 0.1 * (box[3] - box[1]))
    height, width = canvas.shape[:2]
    x1, y1 = int(max(0, box[0] - grow_x)), int(max(0, box[1] - grow_y))
    x2, y2 = int(min(width, box[2] + grow_x)), int(min(height, box[3] + grow_y))
    pad = max(4, (y2 - y1) // 3)
    ax, ay, bx, by = max(0, x1 - pad), max(0, y1 - pad), min(width, x2 + pad), min(height, y2 + pad)
    region = canvas[ay:by, ax:bx]
    shrink = max(1.0, (bx - ax) / 80)
    small = cv2.resize(region, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA)
    mask = np.zeros(small.shape[:2], np.uint8)
    mask[
        int((y1 - ay) / shrink) : int(np.ceil((y2 - ay) / shrink)),
        int((x1 - ax) / shrink) : int(np.ceil((x2 - ax) / shrink)),
    ] = 255
    if mask.all():
        return
    filled = cv2.resize(
        cv2.inpaint(small, mask, 3, cv2.INPAINT_TELEA), (bx - ax, by - ay), interpolation=cv2.INTER_LINEAR
    )
    canvas[y1:y2, x1:x2] = filled[y1 - ay : y2 - ay, x1 - ax : x2 - ax]


def _light(original: Image, box: Box, rng: Generator) -> np.ndarray:
    """Colour gain of the place, from the brightest part of the plate that hung there."""
    x1, y1, x2, y2 = (int(v) for v in box)
    place = original[max(0, y1) : max(y2, y1 + 1), max(0, x1) : max(x2, x1 + 1)].reshape(-1, 3)
    bright = np.percentile(place.mean(1), 92) if len(place) else 200.0
    gain = float(np.clip(bright / 225 * rng.uniform(0.85, 1.25), 0.3, 1.2))
    tint = 1 + rng.normal(0, 0.03, 3)
    light: np.ndarray = (gain * tint).astype(np.float32)
    return light


def _finish(image: Image, glow: np.ndarray, rng: Generator) -> Image:
    """Night, softness of a far lens, sensor noise and compression over the whole picture."""
    out = image.astype(np.float32)
    if rng.random() < NIGHT_SHARE:
        dark = rng.uniform(0.12, 0.45)
        halo = cv2.GaussianBlur(glow, (0, 0), rng.uniform(1, 4)) * rng.uniform(0.1, 0.6)
        lit = (np.clip(glow, 0, 1) * rng.uniform(0.4, 1.1) + halo)[..., None]
        out = out * np.maximum(dark, np.minimum(lit, 1.6)) + halo[..., None] * 60
    if rng.random() < 0.2:
        shrink = rng.uniform(1.3, 2.4)
        small = cv2.resize(out, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA)
        out = cv2.resize(small, (out.shape[1], out.shape[0]), interpolation=cv2.INTER_CUBIC)
    if rng.random() < 0.5:
        cv2.setRNGSeed(int(rng.integers(2**31)))  # OpenCV draws noise ten times faster
        out += cv2.randn(np.empty(out.shape, np.float32), 0.0, rng.uniform(1, 7))
    ok, data = cv2.imencode(
        ".jpg", np.clip(out, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(45, 95))]
    )
    if not ok:
        raise RuntimeError("a composed picture could not be encoded")
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)
