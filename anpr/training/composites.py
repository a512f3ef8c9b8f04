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
from anpr.training.frames import frame
from anpr.training.overlays import (
    DARK_PAINTS,
    PAINTS,
    PALE_PAINTS,
    finish,
    light_of,
    remove_plate,
    repaint,
    warp_in,
)
from anpr.training.plates_world import plate

if TYPE_CHECKING:
    from collections.abc import Sequence

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

    def macau_pair(self, rng: Generator) -> tuple[PlatePicture, PlatePicture]:
        """Draws a Macau plate and the second plate of the same car: both black."""


class DrawnPlates:
    """The plate generator as a source for composites: mostly Hong Kong, some of everywhere.

    Args:
        main_mix: shares of first plates by key of `plates_world.MIX`.
        second_mix: the same for second plates.
        photographed: pictures of real plates, one row, tight and square on, to hang up now and then.
    """

    def __init__(
        self,
        main_mix: dict[str, float] | None = None,
        second_mix: dict[str, float] | None = None,
        photographed: Sequence[Image] = (),
    ) -> None:
        self._main_mix = main_mix or {
            "HK": 0.45,
            "MO": 0.03,
            "SG": 0.07,
            "MY": 0.04,
            "GB": 0.05,
            "EU": 0.07,
            "US": 0.19,
            "BR": 0.05,
            "CN": 0.05,
        }
        self._second_mix = second_mix or {"CN2": 0.8, "CN": 0.12, "MO": 0.08}
        self._photographed = photographed

    def main(self, rng: Generator) -> PlatePicture:
        """Draws a first plate, or takes a photographed one."""
        if self._photographed and rng.random() < PHOTOGRAPHED_SHARE:
            return PlatePicture(self._photographed[int(rng.integers(len(self._photographed)))], 1)
        return self._draw(rng, self._main_mix)

    def second(self, rng: Generator) -> PlatePicture:
        """Draws a second plate."""
        return self._draw(rng, self._second_mix)

    def macau_pair(self, rng: Generator) -> tuple[PlatePicture, PlatePicture]:
        """Draws a Macau plate and the second plate of the same car: both black."""
        return self._draw(rng, {"MO": 1.0}), self._draw(rng, {"CN2": 1.0})

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


#: Share of first plates that are photographs of real ones, where there are any.
PHOTOGRAPHED_SHARE = 0.2
#: Share of vehicles whose plate is taken away: a bumper alone is no plate.
BARE_SHARE = 0.06
#: Share of vehicles that get a second plate.
PAIR_SHARE = 0.45
#: Share of pairs that are a Macau plate and a mainland plate, black on black.
MACAU_SHARE = 0.14
#: Share of pictures with signs, captions and lettering added.
DISTRACTED_SHARE = 0.5
#: Share of places whose bodywork is painted anew, and of pairs whose car is made nearly black.
REPAINTED_SHARE, DARK_PAIR_SHARE = 0.3, 0.5
#: Share of the cars painted anew that are made pale: a white plate has little edge on them.
PALE_SHARE = 0.35
#: Share of single plates in a frame, which is wider than the plate and often lettered.
FRAMED_SHARE = 0.25


def empty(image: Image, boxes: tuple[Box, ...], rng: Generator) -> Image:
    """Takes every plate out of a picture and adds signs, captions and lettering: nothing there is a plate."""
    canvas = image.copy()
    for box in boxes:
        remove_plate(canvas, box)
        if rng.random() < REPAINTED_SHARE:
            repaint(canvas, box, rng, DARK_PAINTS if rng.random() < 0.3 else PAINTS)
    distract(canvas, np.zeros((0, 4), np.float32), rng, near=boxes)
    return finish(canvas, np.zeros(canvas.shape[:2], np.float32), rng)


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
        distract(canvas, _with_room(boxes), rng, near=boxes)
    found: list[Box] = []
    glow = np.zeros(canvas.shape[:2], np.float32)
    for box in boxes:
        if min(box[2] - box[0], box[3] - box[1]) < 5 or rng.random() < 0.12:
            found.append(box)
            continue
        remove_plate(canvas, box)
        if rng.random() < BARE_SHARE:
            continue
        parts = _assembly(plates, rng)
        if len(parts) > 1 and rng.random() < DARK_PAIR_SHARE:
            repaint(canvas, box, rng, DARK_PAINTS if rng.random() < 0.8 else PAINTS)
        elif len(parts) == 1 and rng.random() < REPAINTED_SHARE:
            repaint(canvas, box, rng, PALE_PAINTS if rng.random() < PALE_SHARE else PAINTS)
        found.extend(_paste(canvas, image, box, parts, glow, rng=rng))
    canvas = finish(canvas, glow, rng)
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
    pair = rng.random() < PAIR_SHARE
    if pair and rng.random() < MACAU_SHARE:
        first, second = plates.macau_pair(rng)
        below = rng.random() < 0.4  # the mainland plate hangs above as often as not
    elif pair:
        first, second = plates.main(rng), plates.second(rng)
        below = rng.random() < 0.85
    else:
        first = second = plates.main(rng)
    height = first.image.shape[0] / first.image.shape[1]
    parts = [_Placed(first.image, 0, 0, 1, height)]
    if not pair:
        return parts
    # Both plates have characters of about one size: a second plate is wider than a two-row plate.
    width = rng.uniform(1.1, 1.6) if first.rows == 2 else rng.uniform(0.82, 1.15)
    tall = width * second.image.shape[0] / second.image.shape[1]
    side = rng.normal(0, 0.04) + (1 - width) / 2
    # Most pairs touch or nearly do; some overlap, some hang apart.
    gap = tall * float(
        rng.choice([abs(rng.normal(0, 0.03)), rng.normal(0.02, 0.05), rng.uniform(-0.12, 0.3)])
    )
    parts.append(_Placed(second.image, side, height + gap if below else -gap - tall, width, tall))
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
    light = light_of(original, box, rng)
    soft_px = abs(rng.normal(0, 0.55)) + 0.25
    shear = rng.normal(0, 0.01)

    def hang(picture: Image, x1: float, y1: float, x2: float, y2: float) -> np.ndarray:
        corners = np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]])
        flat = (corners - [(left + right) / 2, (top + bottom) / 2]) * scale
        across = flat[:, 0] * squeeze + flat[:, 1] * shear
        down = flat[:, 1] * (1 + keystone * flat[:, 0] / target_width) + flat[:, 0] * slant
        quad: np.ndarray = (np.stack([across, down], axis=1) + centre).astype(np.float32)
        warp_in(canvas, picture, quad, glow, light=light, soft_px=soft_px)
        return quad

    if len(parts) == 1 and rng.random() < FRAMED_SHARE:
        around, (x1, y1, x2, y2) = frame(parts[0].image, rng)
        hang(around, left + x1, top + y1, left + x2, top + y2)
    quads = [hang(part.image, part.x, part.y, part.x + part.width, part.y + part.height) for part in parts]
    return [visible(quad, quads[number + 1 :]) for number, quad in enumerate(quads)]


def visible(quad: np.ndarray, above: Sequence[np.ndarray]) -> Box:
    """The box around what other plates leave of a plate; corners in pixels, clockwise from the top left."""
    (x1, y1), (x2, y2) = quad.min(0), quad.max(0)
    origin = np.floor(quad.min(0)) - 1
    width, height = (np.ceil(quad.max(0)) - origin).astype(int) + 1
    left = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(left, (quad - origin).round().astype(np.int32), 1)
    whole = np.count_nonzero(left)
    for other in above:
        cv2.fillConvexPoly(left, (other - origin).round().astype(np.int32), 0)
    if np.count_nonzero(left) == whole:
        return float(x1), float(y1), float(x2), float(y2)
    rows = np.flatnonzero(left.any(1))
    columns = np.flatnonzero(left.any(0))
    if not len(rows):
        return 0.0, 0.0, 0.0, 0.0
    top, bottom = origin[1] + rows[0], origin[1] + rows[-1] + 1
    before, after = origin[0] + columns[0], origin[0] + columns[-1] + 1
    return float(max(x1, before)), float(max(y1, top)), float(min(x2, after)), float(min(y2, bottom))
