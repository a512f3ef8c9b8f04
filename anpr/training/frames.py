"""Frames that dealers and clubs put around plates: wider than the plate, often lettered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anpr.training.plates import block_text, paint, shade

if TYPE_CHECKING:
    from numpy.random import Generator

    from anpr.types import Box, Image

#: Plastic and chrome, BGR.
_COLOURS = ((22, 22, 22), (45, 44, 44), (190, 192, 194), (120, 120, 122), (25, 25, 140), (235, 235, 235))
_LETTERS = "ABCDEFGHIJKLMNOPRSTUVWXYZ"
#: Share of frames with lettering below, and of these with lettering above as well.
LETTERED_SHARE, BOTH_SHARE = 0.6, 0.35


def frame(plate: Image, rng: Generator) -> tuple[Image, Box]:
    """A frame to hang behind a plate.

    Args:
        plate: the flat plate.
        rng: source of all chance.

    Returns:
        The frame's picture, to be hung behind the plate, and its left, top, right and bottom in widths of the
        plate, from the plate's top left corner.
    """
    height, width = plate.shape[:2]
    side = max(2, round(height * rng.uniform(0.03, 0.14)))
    lettered = rng.random() < LETTERED_SHARE
    below = max(side, round(height * rng.uniform(0.12, 0.3))) if lettered else side
    above = (
        max(side, round(height * rng.uniform(0.1, 0.22))) if lettered and rng.random() < BOTH_SHARE else side
    )
    picture = np.empty((height + above + below, width + 2 * side, 3), np.uint8)
    colour = _COLOURS[int(rng.integers(len(_COLOURS)))]
    picture[:] = shade(rng, colour, 18)
    ink = shade(rng, (225, 225, 225) if sum(colour) < 400 else (30, 30, 30), 25)
    for top, tall in ((0, above), (height + above, below)):
        if tall > side:
            _letter(picture[top : top + tall], ink, rng)
    return picture, (-side / width, -above / width, 1 + side / width, (height + below) / width)


def _letter(strip: Image, ink: tuple[int, int, int], rng: Generator) -> None:
    """A word or two, as wide as fits into a strip."""
    size = max(5, round(strip.shape[0] * rng.uniform(0.5, 0.8)))
    words = [
        "".join(rng.choice(list(_LETTERS), int(rng.integers(3, 10)))) for _ in range(int(rng.integers(1, 3)))
    ]
    text = block_text(" ".join(words), size, int(rng.integers(6)))[:, : strip.shape[1] - 2]
    paint(
        strip, text, (strip.shape[1] - text.shape[1]) // 2, max(0, (strip.shape[0] - text.shape[0]) // 2), ink
    )
