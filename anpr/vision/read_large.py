"""The product's large plate reader on ONNX Runtime: for single pictures, where there is time to look closer.

It does not say itself how many rows a plate has; who asks tells it, and it looks at the crop accordingly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anpr.types import Reading
from anpr.vision.ctc import collapse
from anpr.vision.detect_onnx import session
from anpr.vision.read_plate import stretch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anpr.types import Image
    from anpr.vision.weights import Weights

#: Width and height at which crops of one row, and of two, are seen.
VIEWS_PX = ((208, 48), (144, 96))
#: Crops in one run: few, because one is a hundredth of a second and more.
BATCH = 8


class LargeReader:
    """Reads crops whose number of rows is known.

    Args:
        weights: the network and its alphabet (blank first).
        threads: threads inside an operator; None for one a core.

    Raises:
        ModelError: the weights cannot be loaded.
    """

    def __init__(self, weights: Weights, threads: int | None = None) -> None:
        self._session = session(weights.path, threads)
        self._classes = weights.classes

    def read(self, crops: Sequence[Image], rows: Sequence[int]) -> list[Reading]:
        """One reading a crop (BGR), in their order; an empty text where nothing can be read.

        Args:
            crops: any size, with the margin that the product's other reader wants.
            rows: of characters on each, 1 or 2.
        """
        readings: dict[int, Reading] = {}
        for count, view in enumerate(VIEWS_PX, 1):
            chosen = [i for i, known in enumerate(rows) if known == count]
            for start in range(0, len(chosen), BATCH):
                batch = chosen[start : start + BATCH]
                pixels = np.stack([stretch(crops[i], view) for i in batch])
                (seen,) = self._session.run(["characters"], {"crops": pixels})
                for i, places in zip(batch, seen, strict=True):
                    path = collapse(places, self._classes)
                    readings[i] = Reading(path.text, path.probabilities, count, path.rivals)
        return [readings[i] for i in range(len(crops))]
