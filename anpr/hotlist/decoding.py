"""From the bytes of a file that an operator has to text, whatever program wrote it."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Final

from anpr.errors import InputError

_SAVE_AS: Final = "Save it as “CSV UTF-8” in the spreadsheet program and import that file."
_MARKED: Final = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, the name of its encoding, and whether that encoding was a guess that a person should check."""

    text: str
    encoding: str
    guessed: bool


def decode(data: bytes) -> Decoded:
    """Text of a table: UTF-8 with or without a mark, UTF-16 with its mark, else Big5 (HKSCS).

    Raises:
        InputError: a spreadsheet file, not text, or text in another encoding.
    """
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise InputError("This is a spreadsheet file, not a table of text.", _SAVE_AS)
    for mark, codec, name in _MARKED:
        if data.startswith(mark):
            return Decoded(_strict(data, codec, name), name, guessed=False)
    if b"\0" in data:
        raise InputError("This is not a text file: it holds zero bytes.", _SAVE_AS)
    try:
        return Decoded(data.decode("utf-8"), "UTF-8", guessed=False)
    except UnicodeDecodeError:
        return Decoded(_strict(data, "big5hkscs", "UTF-8 or Big5"), "Big5", guessed=True)


def _strict(data: bytes, codec: str, name: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"Line {line} is not {name} text.", _SAVE_AS) from error
