"""Several words on one crop: the product's own reader, PP-OCRv6 for what it does better, and ours once more.

Ours reads two rows and Chinese characters as they come; PP-OCRv6, trained on far more print, is surer of
plain characters, one row at a time: two rows are shown to it apart. What ours is unsure of it looks at once
more, sharpened: blur that closes an 8 to a 0 is what most single pictures are misread for. All words go into
the vote.
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

#: Surer readings are right as often alone, and of less sure ones no reader is ever right: the time is spared.
#: The measure: docs/decisions/two-readers.md.
HOPELESS, SURE = 0.1, 0.95
#: Sharpening: how much of what a blur of this width takes away is added, in parts of the crop's height.
SHARPEN, SHARPEN_WIDTH, LEAST_SHARPEN_PX = 1.2, 0.03, 0.8


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
        unsure = [i for i, reading in enumerate(readings) if HOPELESS < reading.confidence < SURE]
        plain = [i for i in unsure if LATIN.issuperset(readings[i].text)]
        parts = [self._rows(crops[i], readings[i].rows) for i in plain]
        rows = iter(self._general.read_rows([row for part in parts for row in part]))
        general = {i: join([next(rows) for _ in part]) for i, part in zip(plain, parts, strict=True)}
        again = self._own.read([sharpened(crops[i]) for i in unsure]) if unsure else []
        for i, sharp in zip(unsure, again, strict=True):
            others = (general[i], sharp) if i in general else (sharp,)
            readings[i] = together(readings[i], *others)
        return readings

    def _rows(self, crop: Image, rows: int) -> list[Image]:
        tighter = cut(crop, (0, 0, crop.shape[1], crop.shape[0]), self._trim)
        return [tighter] if rows == 1 else halves_of(tighter)


def together(own: Reading, *others: Reading) -> Reading:
    """All words on one crop as one reading: the surest word, with the others behind it, surest first.

    What only our reader tells, as it first looked, is kept.
    """
    ranked = sorted((own, *(word for word in others if word.text)), key=lambda word: -word.claim)
    return replace(ranked[0], plate=own.plate, corners=own.corners, others=tuple(ranked[1:]))


def sharpened(crop: Image) -> Image:
    """A crop (BGR) with the edges that blur has taken drawn out."""
    import cv2

    width = max(LEAST_SHARPEN_PX, SHARPEN_WIDTH * crop.shape[0])
    sharp: Image = cv2.addWeighted(crop, 1 + SHARPEN, cv2.GaussianBlur(crop, (0, 0), width), -SHARPEN, 0)
    return sharp
