"""Two readers of different schooling on one crop: the product's own, and PP-OCRv6 for what it does better.

Ours reads two rows and Chinese characters as they come; PP-OCRv6, trained on far more print, is surer of
plain characters, one row at a time: two rows are shown to it apart. Where they differ, the surer word counts.
"""

from __future__ import annotations

from dataclasses import replace
from statistics import fmean
from typing import TYPE_CHECKING

from anpr.plates import normal_form
from anpr.types import Reading
from anpr.vision.read import LATIN, cut
from anpr.vision.read_rows import halves_of, join

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anpr.types import Image
    from anpr.vision.read_plate import PlateReader
    from anpr.vision.read_ppocr import PpocrReader

#: Above this ours is right as often alone as with a second word (held-out training pictures), and the slower
#: reader is spared.
SURE = 0.9


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
            readings[i] = replace(surer(readings[i], other), plate=readings[i].plate)
        return readings

    def _rows(self, crop: Image, rows: int) -> list[Image]:
        tighter = cut(crop, (0, 0, crop.shape[1], crop.shape[0]), self._trim)
        return [tighter] if rows == 1 else halves_of(tighter)

    @staticmethod
    def _wants_a_second_word(reading: Reading) -> bool:
        plain = LATIN.issuperset(reading.text)
        return plain and reading.confidence < SURE


def surer(own: Reading, general: Reading) -> Reading:
    """The reading to believe; two that agree make each character as sure as the surer of both."""
    if not general.text:
        return own
    if normal_form(own.text) == normal_form(general.text) and len(own.text) == len(general.text):
        pairs = list(zip(own.text, own.probabilities, general.text, general.probabilities, strict=True))
        best = [(a, p) if p >= q else (b, q) for a, p, b, q in pairs]
        return Reading("".join(c for c, _ in best), tuple(p for _, p in best), own.rows)
    return general if fmean(general.probabilities) > fmean(own.probabilities or (0.0,)) else own
