"""Reading a plate's characters from its crop: the protocol, and how crops are cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anpr.types import Box, Image, Reading

#: Chinese characters that plates carry: provinces, Hong Kong and Macau, and the use of the vehicle.
PLATE_HANZI = frozenset("京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼港澳学警领使挂试")
LATIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
#: What detector and reader together are less sure of than this is a sign, a badge or a lamp, whatever stands
#: on it. Where the detector alone is as sure as this it is believed: personalised marks are words as well.
LEAST_PLATE, SURELY_FOUND = 0.16, 0.7


class Reader(Protocol):
    """Reads crops of single plates, one or two rows of characters.

    Attributes:
        margin: how much of the box's width and height to add on each side of a crop; below 0 cuts into it.
    """

    @property
    def margin(self) -> float: ...  # noqa: D102

    def read(self, crops: Sequence[Image]) -> list[Reading]:
        """One reading a crop (BGR), in their order; an empty text where nothing can be read."""
        ...


def shows_plate(plate: float, found: float) -> bool:
    """Whether reader and detector together take a crop for a plate.

    Args:
        plate: probability that it is one, as the reader has it.
        found: the detector's confidence.
    """
    return plate * found >= LEAST_PLATE or found >= SURELY_FOUND


def cut(image: Image, box: Box, margin: float = 0.0) -> Image:
    """The part of a picture under a box, grown by a share of its sides; at least one pixel."""
    left, top, right, bottom = cut_area(image, box, margin)
    return image[top:bottom, left:right]


def cut_area(image: Image, box: Box, margin: float = 0.0) -> tuple[int, int, int, int]:
    """Where `cut` cuts: left, top, right, bottom in whole pixels, inside the picture."""
    height, width = image.shape[:2]
    x1, y1, x2, y2 = box
    dx, dy = margin * (x2 - x1), margin * (y2 - y1)
    left = min(max(round(x1 - dx), 0), width - 1)
    top = min(max(round(y1 - dy), 0), height - 1)
    right = min(max(round(x2 + dx), left + 1), width)
    bottom = min(max(round(y2 + dy), top + 1), height)
    return left, top, right, bottom


def keep_plate_characters(
    text: Sequence[str], probabilities: Sequence[float]
) -> tuple[str, tuple[float, ...]]:
    """Characters that stand on plates, in upper case, with their probabilities; all others are left out."""
    kept = [
        (character.upper(), probability)
        for character, probability in zip(text, probabilities, strict=True)
        if character.upper() in LATIN or character in PLATE_HANZI
    ]
    return "".join(character for character, _ in kept), tuple(probability for _, probability in kept)
