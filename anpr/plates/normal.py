"""One normal form for reads and lists: two writings of one mark get the same key, two marks never do."""

from __future__ import annotations

import unicodedata
from typing import Final

_EXACT: Final = {"O": "0", "I": "1"}

# Letters of other alphabets that a plate shows with the same shape as a Latin one. The Vienna Convention on
# Road Traffic (1968, annex 2) wants Latin capitals on plates, so Greece, Bulgaria, Ukraine and Russia use
# only these; a list typed on a local keyboard holds them in the local alphabet.
_ALIKE: Final = {
    **dict(zip("АВЕКМНОРСТУХІ", "ABEKMH0PCTYX1", strict=True)),  # noqa: RUF001
    **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZH1KMN0PTYX", strict=True)),  # noqa: RUF001
}

# Traditional to simplified, for the characters of mainland plates: province, and use of the vehicle.
_SIMPLIFIED: Final = dict(
    zip(
        "粵滬雲蘇贛貴魯陝瓊遼晉閩寧領學掛試黃",
        "粤沪云苏赣贵鲁陕琼辽晋闽宁领学挂试黄",
        strict=True,
    )
)

_FOLD: Final = str.maketrans({**_EXACT, **_ALIKE, **_SIMPLIFIED})
_ASCII: Final = str.maketrans(
    {chr(code): _EXACT.get(chr(code), chr(code)) if chr(code).isalnum() else None for code in range(128)}
)


def normal_form(text: str) -> str:
    """The key under which a mark is compared: capitals and digits, nothing between them, no O and no I.

    - Blanks, dashes, dots, bullets and every other sign are left out: in Hong Kong "blanks do not count
      when marks are compared" (Cap. 374E reg. 12E), and elsewhere they only divide a mark for the eye.
    - ``O`` becomes ``0`` and ``I`` becomes ``1``. In Hong Kong this is exact, because no mark holds I, O or Q
      (same regulation) while owners draw 1 as I and 0 as O. Elsewhere it joins marks that a plate's
      letter shapes hardly tell apart. ``Q`` is kept: folding it would join marks that differ.
    - Full-width and other compatibility forms become plain ones (Unicode NFKC), lower case becomes upper
      case, digits of every script become 0-9, and Greek and Cyrillic capitals of Latin shape become Latin.
    - Chinese characters stay, in their simplified form, as mainland plates show them (粵 and 粤 are one).

    The function is idempotent and never fails; text without a letter or digit has the empty key.
    """
    if text.isascii():
        return text.upper().translate(_ASCII)
    while (folded := _folded(text)) != text:
        text = folded
    return text


def _folded(text: str) -> str:
    # Composed once more at the end: leaving a sign out may bring two halves of one character together.
    upper = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).upper())
    return unicodedata.normalize("NFKC", "".join(_kept(sign) for sign in upper).translate(_FOLD))


def _kept(sign: str) -> str:
    category = unicodedata.category(sign)
    if category == "Nd":
        return str(unicodedata.decimal(sign))
    # Lm holds marks that are typed as dashes, such as the long-vowel mark of Japanese keyboards.
    return sign if category in {"Lu", "Ll", "Lo", "Lt"} else ""
