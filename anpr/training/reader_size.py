"""The two sizes of the plate reader: one for the frames of videos, one for single pictures.

A frame has milliseconds and the next one to lean on; a picture has neither, and the time to look closer.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReaderSize:
    """How large a reader is.

    Attributes:
        name: as people ask for it.
        weights: as its weights are registered, and the name of their file.
        height_px, width_px: crops are drawn and stored at this size.
        learning_rate: the highest of a run.
    """

    name: str
    weights: str
    height_px: int
    width_px: int
    learning_rate: float


#: A row of a two-row plate has 24 lines.
SMALL = ReaderSize("small", "plate-reader", 48, 160, 1.5e-3)
#: It has 48 lines. What starts from PP-OCRv6 must not forget it.
LARGE = ReaderSize("large", "plate-reader-large", 96, 320, 3e-4)
SIZES = {size.name: size for size in (SMALL, LARGE)}
