"""Two readers of different schooling on one crop: the product's own, and PP-OCRv6 for what it does better.

Ours reads two rows and Chinese characters as they come; PP-OCRv6, trained on far more print, is surer of
plain characters, one row at a time: two rows are shown to it apart. Both words go into the vote.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from anpr.vision.read import LATIN, cut
from anpr.vision.read_rows import halves_of, join

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anpr.types import Image, Reading
    from anpr.vision.read_plate import PlateReader
    from anpr.vision.read_ppocr import PpocrReader

#: Surer readings are right as often alone, and of less sure ones neither reader is ever right: the slower one
#: is spared. The measure: docs/decisions/two-readers.md.
HOPELESS, SURE = 0.1, 0.95


class PairReader:
    """Reads crops of one or two rows with both readers.

    Args:
        own: the product's reader.
        general: the recogniser of single rows.
    """

    def __init__(self, own: PlateReader, general: PpocrReader) -> None:
        self._own, self._general = own, general
        self.margin = own.margin
        # Crops come with the margin of ours; the other wants them tighter.
        self._trim = (general.margin - own.margin) / (1 + 2 * own.margin)

    def read(self, crops: Sequence[Image]) -> list[Reading]:
        """One reading a crop (BGR), in their order; an empty text where nothing can be read."""
        readings = self._own.read(crops)
        asked = [i for i, reading in enumerate(readings) if self._wants_a_second_word(reading)]
        parts = [self._rows(crops[i], readings[i].rows) for i in asked]
        rows = iter(self._general.read_rows([row for part in parts for row in part]))
        for i, part in zip(asked, parts, strict=True):
            other = join([next(rows) for _ in part])
            readings[i] = both(readings[i], other)
        return readings

    def _rows(self, crop: Image, rows: int) -> list[Image]:
        tighter = cut(crop, (0, 0, crop.shape[1], crop.shape[0]), self._trim)
        return [tighter] if rows == 1 else halves_of(tighter)

    @staticmethod
    def _wants_a_second_word(reading: Reading) -> bool:
        plain = LATIN.issuperset(reading.text)
        return plain and HOPELESS < reading.confidence < SURE


def both(own: Reading, general: Reading) -> Reading:
    """Two words on one crop as one reading: the surer word, with the other as its second."""
    if not general.text:
        return own
    if general.claim > own.claim:
        return replace(general, plate=own.plate, corners=own.corners, second=own)
    return replace(own, second=general)
