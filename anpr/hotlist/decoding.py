"""From the bytes of a file that an operator has to text, whatever program wrote it."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from anpr.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

ENCODINGS: Final[Mapping[str, str]] = {
    "utf-8": "utf-8-sig",
    "utf-16": "utf-16",
    "big5": "big5hkscs",
    "gb18030": "gb18030",
    "windows-1252": "cp1252",
}
"""What an operator may call an encoding, with its codec."""

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


def decode(data: bytes, encoding: str | None = None) -> Decoded:
    """Text of a table: as is said, or UTF-8 with or without a mark, UTF-16 with its mark, else Big5 (HKSCS).

    Args:
        data: the file's bytes.
        encoding: a name of ``ENCODINGS``; found out when None.

    Raises:
        InputError: a spreadsheet file, not text, or text in another encoding.
    """
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise InputError("This is a spreadsheet file, not a table of text.", _SAVE_AS)
    if encoding is not None:
        return Decoded(_strict(data, ENCODINGS[encoding], encoding), encoding, guessed=False)
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
