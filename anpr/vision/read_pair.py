"""Two words on one crop: the small reader's, and where it is unsure the large one's.

The small reader says where the corners are and how many rows there are, and reads. What it is unsure of the
large one reads too, which learned print before plates and errs elsewhere. Both words go into the vote.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anpr.types import Image, Reading
    from anpr.vision.read_large import LargeReader
    from anpr.vision.read_plate import PlateReader

#: Surer readings are right as often alone, and of less sure ones hardly any is: the time is spared.
#: The measure: docs/decisions/two-readers.md.
HOPELESS, SURE = 0.02, 0.99


class PairReader:
    """Reads crops of one or two rows with both readers.

    Args:
        small: reads all.
        large: reads what the small one is unsure of.
    """

    def __init__(self, small: PlateReader, large: LargeReader) -> None:
        self._small, self._large = small, large
        self.margin = small.margin

    def read(self, crops: Sequence[Image]) -> list[Reading]:
        """One reading a crop (BGR), in their order; an empty text where nothing can be read."""
        readings = self._small.read(crops)
        unsure = [i for i, reading in enumerate(readings) if HOPELESS < reading.confidence < SURE]
        if not unsure:
            return readings
        again = self._large.read([crops[i] for i in unsure], [readings[i].rows for i in unsure])
        for i, word in zip(unsure, again, strict=True):
            readings[i] = together(readings[i], word)
        return readings


def together(small: Reading, large: Reading) -> Reading:
    """Both words on one crop as one reading: the surer one, with the other behind it.

    What only the small reader tells is kept.
    """
    if not large.text:
        return small
    surer, other = (large, small) if large.claim > small.claim else (small, large)
    return replace(surer, plate=small.plate, corners=small.corners, others=(other,))
