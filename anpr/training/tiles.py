"""Training tiles for the detector: street pictures and composites cut, scaled and packed into squares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from anpr.training.composites import PlateSource, compose, empty

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.random import Generator

    from anpr.training.data import LabelledPicture
    from anpr.types import Box, Image

#: The grey ultralytics letterboxes with; the exported model expects the same.
PADDING_GREY = 114
#: Plate widths a tile is scaled to, px: a far car in a dashcam frame up to a car at the kerb.
NARROWEST_PX, WIDEST_PX = 18.0, 260.0
#: Share of views that hold no drawn plate and look at what was mistaken for one, or at a bare car.
NEGATIVE_SHARE = 0.15
#: Share of those that look at a mistaken place, where any are known.
LURE_SHARE = 0.4
#: Share of views that lose detail, as a small picture does that the detector enlarges.
COARSE_SHARE = 0.12
#: Share of views with little light.
DARK_SHARE = 0.1
#: A box of which less than this share is left after cutting is not a plate any more.
VISIBLE_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Tile:
    """A square picture with its plate boxes in pixels (n x 4, x1 y1 x2 y2)."""

    image: Image
    boxes: np.ndarray


class TileMaker:
    """Makes training tiles without end.

    Args:
        pictures: labelled pictures to start from.
        plates: draws plates for composites; None trains on the real plates alone.
        size_px: side of a tile.
        composite_share: share of pictures whose plates are replaced.
        lures: by picture, places that were mistaken for plates; they are looked at more often.
    """

    def __init__(
        self,
        pictures: Sequence[LabelledPicture],
        plates: PlateSource | None,
        size_px: int = 640,
        composite_share: float = 0.6,
        lures: Mapping[Path, Sequence[Box]] | None = None,
    ) -> None:
        self._pictures = pictures
        self._luring = [picture for picture in pictures if lures and lures.get(picture.path)]
        self._lures = lures or {}
        self._plates = plates
        self._size_px = size_px
        self._composite_share = composite_share if plates is not None else 0.0
        self._decoded: dict[Path, Image] = {}

    def tile(self, rng: Generator) -> Tile:
        """One tile: a single view, or four small ones packed together so that each step sees more plates."""
        size = self._size_px
        if rng.random() < 0.5:
            return self._view(rng, size)
        image = np.full((size, size, 3), PADDING_GREY, np.uint8)
        half = size // 2
        boxes = []
        for top in (0, half):
            for left in (0, half):
                part = self._view(rng, half)
                image[top : top + half, left : left + half] = part.image
                boxes.append(part.boxes + np.array([left, top, left, top], np.float32))
        return Tile(image, np.concatenate(boxes))

    def _read(self, path: Path) -> Image:
        """Decodes a picture once; a few thousand street pictures fit in memory."""
        if path not in self._decoded:
            self._decoded[path] = np.asarray(cv2.imread(str(path)), dtype=np.uint8)
        return self._decoded[path]

    def _view(self, rng: Generator, size: int) -> Tile:
        if rng.random() < NEGATIVE_SHARE:
            return _augment(self._negative(rng, size), rng)
        picture = self._pictures[int(rng.integers(len(self._pictures)))]
        image = self._read(picture.path)
        boxes: tuple[Box, ...] = tuple(plate.box for plate in picture.plates)
        if self._plates is not None and rng.random() < self._composite_share:
            made = compose(image, boxes, self._plates, rng)
            image, boxes = made.image, made.boxes
        return _augment(_cut(image, _table(boxes), _table(boxes), size, rng), rng)

    def _negative(self, rng: Generator, size: int) -> Tile:
        """A place that was mistaken for a plate, or a picture whose plates were taken out."""
        if self._luring and rng.random() < LURE_SHARE:
            picture = self._luring[int(rng.integers(len(self._luring)))]
            truth = _table(plate.box for plate in picture.plates)
            return _cut(self._read(picture.path), truth, _table(self._lures[picture.path]), size, rng)
        picture = self._pictures[int(rng.integers(len(self._pictures)))]
        boxes = tuple(plate.box for plate in picture.plates)
        image = empty(self._read(picture.path), boxes, rng)
        focus = _table(boxes) if rng.random() < 0.4 else _table(())
        return _cut(image, _table(()), focus, size, rng)


def _table(boxes: Iterable[Box]) -> np.ndarray:
    return np.array(list(boxes), np.float32).reshape(-1, 4)


def letterbox(image: Image, size_px: int) -> tuple[Image, float, int, int]:
    """Scales the longer side to `size_px` and pads to a square; returns scale and padding too."""
    height, width = image.shape[:2]
    scale = size_px / max(height, width)
    new = (max(1, round(width * scale)), max(1, round(height * scale)))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    out = np.full((size_px, size_px, 3), PADDING_GREY, np.uint8)
    left, top = (size_px - new[0]) // 2, (size_px - new[1]) // 2
    out[top : top + new[1], left : left + new[0]] = cv2.resize(image, new, interpolation=interpolation)
    return out, scale, left, top


def _cut(image: Image, boxes: np.ndarray, looked_at: np.ndarray, size: int, rng: Generator) -> Tile:
    """Scales a picture and cuts a square around one of the places looked at (anywhere when there is none)."""
    height, width = image.shape[:2]
    whole = size / max(height, width)
    if len(looked_at):
        focus = looked_at[int(rng.integers(len(looked_at)))]
        plate_px = max(4.0, float(focus[2] - focus[0]))
        wanted = np.exp(rng.uniform(np.log(NARROWEST_PX), np.log(min(WIDEST_PX, size * 0.6))))
        # Half of the views keep the whole picture, as the detector sees it; the rest choose the plate's size.
        scale = whole * rng.uniform(0.55, 1.35) if rng.random() < 0.45 else wanted / plate_px
        scale = float(np.clip(scale, whole * 0.35, 2.2))
        centre = ((focus[0] + focus[2]) / 2, (focus[1] + focus[3]) / 2)
    else:
        scale = whole * rng.uniform(0.8, 2.0)
        centre = (rng.uniform(0, width), rng.uniform(0, height))
    shown = size / scale

    def corner(middle: float, side: float) -> float:
        if side <= shown:
            return -float(rng.uniform(0, shown - side))
        return float(np.clip(middle - shown * rng.uniform(0.15, 0.85), 0, side - shown))

    x0, y0 = corner(centre[0], width), corner(centre[1], height)
    stretch = rng.uniform(0.88, 1.14)
    matrix = np.array([[scale * stretch, 0, -x0 * scale * stretch], [0, scale, -y0 * scale]], np.float32)
    source = image
    if scale < 0.5:  # shrinking by more than half needs an area filter first, or thin strokes alias
        source = cv2.resize(image, None, fx=scale * 1.5, fy=scale * 1.5, interpolation=cv2.INTER_AREA)
        ratio = np.array([width / source.shape[1], height / source.shape[0], 1], np.float32)
        cut = cv2.warpAffine(source, matrix * ratio, (size, size), borderValue=(PADDING_GREY,) * 3)
    else:
        cut = cv2.warpAffine(source, matrix, (size, size), borderValue=(PADDING_GREY,) * 3)
    moved = boxes * [scale * stretch, scale, scale * stretch, scale] + [
        matrix[0, 2],
        matrix[1, 2],
        matrix[0, 2],
        matrix[1, 2],
    ]
    clipped = np.clip(moved, 0, size)
    area = (moved[:, 2] - moved[:, 0]) * (moved[:, 3] - moved[:, 1])
    left = (clipped[:, 2] - clipped[:, 0]) * (clipped[:, 3] - clipped[:, 1])
    keep = (left > VISIBLE_SHARE * area) & (clipped[:, 3] - clipped[:, 1] > 3)
    for x1, y1, x2, y2 in clipped[~keep & (left > 0)].round().astype(int):
        cut[y1:y2, x1:x2] = PADDING_GREY  # neither a plate nor a lesson against plates
    return Tile(cut, clipped[keep].astype(np.float32))


def _darkened(image: Image, rng: Generator) -> Image:
    """Dusk without lamps, or an exposure for the sky: little light is left, and it is noisy."""
    cv2.setRNGSeed(int(rng.integers(2**31)))
    noise = cv2.randn(np.empty(image.shape, np.float32), 0.0, rng.uniform(0.5, 5))
    dark = image.astype(np.float32) * rng.uniform(0.12, 0.5) + rng.uniform(0, 30) + noise
    return np.asarray(np.clip(dark, 0, 255), np.uint8)


def _augment(tile: Tile, rng: Generator) -> Tile:
    """Mirror, light and colour; mirrored plates are the rarer half."""
    image, boxes = tile.image, tile.boxes
    if rng.random() < 0.3:
        image = np.ascontiguousarray(image[:, ::-1])
        boxes = np.stack(
            [image.shape[1] - boxes[:, 2], boxes[:, 1], image.shape[1] - boxes[:, 0], boxes[:, 3]], axis=1
        )
    gamma, gain = np.exp(rng.normal(0, 0.25)), np.exp(rng.normal(0, 0.2))
    table = np.clip((np.arange(256) / 255.0) ** gamma * gain * 255, 0, 255)
    channels = [
        cv2.LUT(image[..., c], np.clip(table * (1 + rng.normal(0, 0.06)), 0, 255).astype(np.uint8))
        for c in range(3)
    ]
    image = np.ascontiguousarray(np.stack(channels, axis=-1))
    if rng.random() < DARK_SHARE:
        image = _darkened(image, rng)
    if rng.random() < COARSE_SHARE:
        shrink = 1 / rng.uniform(1.3, 2.2)
        small = cv2.resize(image, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        image = np.asarray(cv2.resize(small, image.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.uint8)
    if rng.random() < 0.15:
        image = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    if rng.random() < 0.12:
        length = int(rng.integers(3, 8))
        kernel = np.zeros((length, length), np.float32)
        if rng.random() < 0.7:
            kernel[length // 2] = 1 / length
        else:
            kernel[:, length // 2] = 1 / length
        image = cv2.filter2D(image, -1, kernel)
    return Tile(np.asarray(image, dtype=np.uint8), boxes)
