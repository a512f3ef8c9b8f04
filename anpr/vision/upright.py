"""A plate that stands aslant, or in a loose box: set upright by the corners that a reader saw."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from anpr.vision.read import cut_area

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anpr.types import Box, Image, Reading

#: Four corners, clockwise from the top left, 4 x 2, px of the picture.
Quad = npt.NDArray[np.float64]

#: Quad that make up less or more than these parts of the box they were seen in are no plate's corners.
LEAST_AREA, MOST_AREA = 0.15, 1.8
#: Sides shorter than this are not worth a second look, px.
LEAST_SIDE_PX = 6.0


def corners_in(image: Image, box: Box, cuts: Sequence[tuple[float, Reading]]) -> Quad | None:
    """Where a plate's corners lie in a picture, as readings of cuts around one box have them on the mean.

    Args:
        image: the picture.
        box: what was found.
        cuts: margin of each cut around the box, and what was read there.

    Returns:
        None where no reader tells, or where it cannot be so.
    """
    seen = []
    for margin, reading in cuts:
        if reading.corners is None:
            continue
        left, top, right, bottom = cut_area(image, box, margin)
        share = np.reshape(reading.corners, (4, 2))
        seen.append(share * (right - left, bottom - top) + (left, top))
    if not seen:
        return None
    corners: Quad = np.mean(seen, axis=0)
    return corners if _possible(corners, box) else None


def extent(corners: Quad, image: Image) -> Box:
    """The upright box around four corners, inside the picture."""
    height, width = image.shape[:2]
    x1, y1 = np.clip(corners.min(0), 0, (width - 1, height - 1)).tolist()
    x2, y2 = np.clip(corners.max(0), 1, (width, height)).tolist()
    return x1, y1, x2, y2


def upright(image: Image, corners: Quad, margin: float = 0.0) -> Image:
    """The plate between four corners as seen square on, at its own size.

    Args:
        image: the picture.
        corners: of the plate.
        margin: how much to add on each side, in parts of the plate's width and height.
    """
    import cv2

    top_left, top_right, bottom_right, bottom_left = corners
    width = max(_length(top_right - top_left), _length(bottom_right - bottom_left))
    height = max(_length(bottom_left - top_left), _length(bottom_right - top_right))
    dx, dy = margin * width, margin * height
    size = max(1, round(width + 2 * dx)), max(1, round(height + 2 * dy))
    target = np.array([[dx, dy], [dx + width, dy], [dx + width, dy + height], [dx, dy + height]])
    # Pixel centres lie at half coordinates.
    turn = cv2.getPerspectiveTransform((corners - 0.5).astype(np.float32), (target - 0.5).astype(np.float32))
    plate: Image = cv2.warpPerspective(image, turn, size, borderMode=cv2.BORDER_REPLICATE)
    return plate


def _possible(corners: Quad, box: Box) -> bool:
    sides = np.roll(corners, -1, axis=0) - corners
    turns = sides[:, 0] * np.roll(sides[:, 1], -1) - sides[:, 1] * np.roll(sides[:, 0], -1)
    if (turns <= 0).any() or min(_length(side) for side in sides) < LEAST_SIDE_PX:
        return False
    xs, ys = corners[:, 0], corners[:, 1]
    area = 0.5 * abs(float(np.dot(xs, np.roll(ys, -1)) - np.dot(ys, np.roll(xs, -1))))
    return LEAST_AREA <= area / max((box[2] - box[0]) * (box[3] - box[1]), 1.0) <= MOST_AREA


def _length(side: npt.NDArray[np.float64]) -> float:
    return float(np.hypot(*side))
