"""The reader's contract: input size and output classes (blank, digits, letters, Chinese)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: Class 0 ends a text; the rest follow in output order.
BLANK = ""
CHARACTERS = (
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
    "港澳学警挂领使"
)
CLASSES: tuple[str, ...] = (BLANK, *CHARACTERS)
#: Longest plate known is nine characters (some European and United States plates); one more for the end.
SLOTS = 10
#: Every crop is stretched to this size; a row of a two-row plate still has 24 lines.
INPUT_HEIGHT_PX, INPUT_WIDTH_PX = 48, 160

_INDEX = {character: index for index, character in enumerate(CLASSES)}


def encode(text: str, slots: int = SLOTS) -> NDArray[np.int64] | None:
    """Class numbers of a text, filled up with blanks; None when too long or with an unknown character."""
    if len(text) > slots or any(character not in _INDEX for character in text):
        return None
    codes = np.zeros(slots, np.int64)
    codes[: len(text)] = [_INDEX[character] for character in text]
    return codes


def decode(
    probabilities: NDArray[np.floating], classes: Sequence[str] = CLASSES
) -> tuple[str, tuple[float, ...]]:
    """Reads one crop's output: the best class of each slot up to the first blank.

    Args:
        probabilities: slots x classes.
        classes: output classes, the blank first.

    Returns:
        The text and the probability of each of its characters.
    """
    best = probabilities.argmax(axis=1)
    ends = np.flatnonzero(best == 0)
    length = int(ends[0]) if len(ends) else len(best)
    text = "".join(classes[index] for index in best[:length])
    return text, tuple(float(probabilities[slot, best[slot]]) for slot in range(length))
