"""Two plates one above the other in one box, as on cross-boundary cars: the upper one is to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anpr.training import plates_asia
from anpr.training.crops import crop_of
from anpr.training.mounting import bodywork
from anpr.training.plates import Plate, blend

if TYPE_CHECKING:
    from numpy.random import Generator

    from anpr.training.crops import PlateCrop

#: Height of the narrowest and widest gap between two plates, in parts of a character; below 0 they overlap.
GAP = (-0.12, 0.3)


def stacked_crop(rng: Generator) -> PlateCrop:
    """A box around two plates; text, rows and corners are those of the upper one."""
    char_px = float(np.exp(rng.uniform(np.log(9), np.log(60))))
    drawn_px = int(np.clip(round(char_px * 1.4), 18, 72))
    upper, lower = _pair(rng, drawn_px)
    image, alpha, part = _one_above_other(rng, upper, lower)
    both = Plate(image, alpha, upper.text, upper.rows, upper.country, "stacked", upper.dark, upper.char_px)
    return crop_of(rng, both, char_px, part)


def _pair(rng: Generator, px: int) -> tuple[Plate, Plate]:
    other_px = max(8, round(px * rng.uniform(0.85, 1.2)))
    chance = rng.random()
    if chance < 0.7:
        return plates_asia.hong_kong(rng, px), plates_asia.mainland(rng, other_px, second_plate=True)
    if chance < 0.85:
        return plates_asia.mainland(rng, px, second_plate=True), plates_asia.macau(rng, other_px)
    if chance < 0.95:
        return plates_asia.hong_kong(rng, px), plates_asia.macau(rng, other_px)
    return plates_asia.mainland(rng, px, second_plate=True), plates_asia.hong_kong(rng, other_px)


def _one_above_other(
    rng: Generator, upper: Plate, lower: Plate
) -> tuple[np.ndarray, np.ndarray, tuple[int, int, int, int]]:
    """Both on bodywork, what belongs to either, and where the upper one lies, px."""
    gap = round(upper.char_px * rng.uniform(*GAP))
    aside = round(upper.char_px * rng.normal(0, 0.3))
    high, low = upper.image.shape[:2], lower.image.shape[:2]
    left = (low[1] - high[1]) // 2 + aside
    upper_x, lower_x = max(left, 0), max(-left, 0)
    lower_y = high[0] + gap
    size = lower_y + low[0], max(upper_x + high[1], lower_x + low[1])
    image = bodywork(rng, size[1], size[0])
    alpha = np.zeros(size, np.uint8)
    for plate, x, y in ((upper, upper_x, 0), (lower, lower_x, lower_y)):
        height, width = plate.image.shape[:2]
        blend(image[y : y + height, x : x + width], plate.image, plate.alpha[:, :, None])
        area = alpha[y : y + height, x : x + width]
        np.maximum(area, plate.alpha, out=area)
    return image, alpha, (upper_x, 0, upper_x + high[1], high[0])
