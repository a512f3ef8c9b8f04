"""What a crop is worth to a reader, before it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy.typing as npt

    from anpr.types import Box, Image

#: Lower plates cannot be read, by a person or a network: a character has under 5 rows of pixels.
MIN_HEIGHT_PX = 9.0
#: Narrower ones neither: seven characters have under three columns each.
MIN_WIDTH_PX = 20.0
#: In a video lower plates wait for a nearer frame: a character has under 9 rows of pixels, and an 8 that is a
#: 6 in one frame is one in the next.
MIN_HEIGHT_VIDEO_PX = 14.0
#: Readers stop gaining above this height.
FULL_HEIGHT_PX = 24.0
#: Crops are judged at this height, so that near and far plates compare.
JUDGED_HEIGHT_PX = 24
#: Characters of a crop in focus have this mean edge strength (grey levels of 255) or more.
FULL_SHARPNESS = 30.0
#: No crop is worth less: a blurred reading still counts a little.
LEAST_WORTH = 0.2
#: A plate this near to the picture's edge is likely cut by it.
EDGE_PX = 2.0


def sharpness(crop: Image) -> float:
    """Mean strength of horizontal edges of a crop in grey levels: motion blur along the road takes them."""
    import cv2
    import numpy as np

    height, width = crop.shape[:2]
    scaled = max(8, round(width * JUDGED_HEIGHT_PX / height))
    small: Image = cv2.resize(cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY), (scaled, JUDGED_HEIGHT_PX))
    edges: npt.NDArray[np.float32] = np.abs(np.diff(small.astype(np.float32), axis=1))
    return float(edges.mean())


def worth(crop: Image) -> float:
    """0.2 (hardly anything) to 1 (as good as it gets), from height and sharpness."""
    size = min(1.0, float(crop.shape[0]) / FULL_HEIGHT_PX)
    return max(LEAST_WORTH, size * min(1.0, sharpness(crop) / FULL_SHARPNESS))


def too_far(box: Box) -> bool:
    """Whether a plate is so small that nothing on it can be read, ever so sharp."""
    x1, y1, x2, y2 = box
    return y2 - y1 < MIN_HEIGHT_PX or x2 - x1 < MIN_WIDTH_PX


def readable(box: Box, image: Image) -> bool:
    """Whether a plate in a frame is large enough, and wholly in the picture."""
    x1, y1, x2, y2 = box
    height, width = image.shape[:2]
    inside = x1 >= EDGE_PX and y1 >= EDGE_PX and x2 <= width - EDGE_PX and y2 <= height - EDGE_PX
    return inside and y2 - y1 >= MIN_HEIGHT_VIDEO_PX and not too_far(box)
