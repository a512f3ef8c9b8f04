"""The product's own plate reader on ONNX Runtime: the whole crop at once, one row or two.

The network says of each place of a grid which character stands there; see `anpr.vision.ctc`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from anpr.types import Reading
from anpr.vision.ctc import collapse
from anpr.vision.detect_onnx import session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anpr.types import Corners, Image
    from anpr.vision.detect import Floats
    from anpr.vision.weights import Weights

#: Crops in one run: enough to keep every core busy, few enough to stay in cache.
BATCH = 16


class PlateReader:
    """Reads crops of one or two rows.

    Args:
        weights: the network, its alphabet (blank first) and its input size.
        threads: threads inside an operator; None for one a core.

    Raises:
        ModelError: the weights cannot be loaded.
    """

    margin = 0.03

    def __init__(self, weights: Weights, threads: int | None = None) -> None:
        self._session = session(weights.path, threads)
        self._classes = weights.classes
        self._size_px = (weights.width_px, weights.height_px)

    def read(self, crops: Sequence[Image]) -> list[Reading]:
        """One reading a crop (BGR), in their order; an empty text where nothing can be read."""
        readings: list[Reading] = []
        for start in range(0, len(crops), BATCH):
            batch = np.stack([stretch(crop, self._size_px) for crop in crops[start : start + BATCH]])
            seen = self._session.run(["characters", "rows", "corners"], {"crops": batch})
            readings += [self._decode(*one) for one in zip(*seen, strict=True)]
        return readings

    def _decode(self, places: Floats, rows: Floats, corners: Floats) -> Reading:
        path = collapse(places, self._classes)
        return Reading(
            path.text,
            path.probabilities,
            1 + int(rows[1:].argmax()),
            path.rivals,
            float(rows[1:].sum()),
            cast("Corners", tuple(corners.tolist())),
        )


def stretch(crop: Image, size_px: tuple[int, int]) -> Image:
    """A crop at the network's (width, height), as the network was trained: proportions are given up."""
    import cv2

    shrinks = crop.shape[1] > size_px[0] and crop.shape[0] > size_px[1]
    resized: Image = cv2.resize(crop, size_px, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return resized
