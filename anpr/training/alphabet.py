"""The reader's output classes: blank, digits, letters, Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Class 0 is the blank between characters; the rest follow in output order.
BLANK = ""
CHARACTERS = (
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
    "港澳学警挂领使"
)
CLASSES: tuple[str, ...] = (BLANK, *CHARACTERS)
#: Longest text to train with; the longest plate known has nine characters.
SLOTS = 10

_INDEX = {character: index for index, character in enumerate(CLASSES)}


def encode(text: str, slots: int = SLOTS) -> NDArray[np.int64] | None:
    """Class numbers of a text, filled up with blanks; None when too long or with an unknown character."""
    if len(text) > slots or any(character not in _INDEX for character in text):
        return None
    codes = np.zeros(slots, np.int64)
    codes[: len(text)] = [_INDEX[character] for character in text]
    return codes
