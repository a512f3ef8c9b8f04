"""Which signs are taken for which: one measured table, as data, for everything that asks.

``lookalikes.toml`` is written by ``anpr bench confusions`` from what the shipped reader made of plates whose
text is known.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FILE_NAME = "lookalikes.toml"


@dataclass(frozen=True, slots=True)
class Table:
    """The measured table.

    Attributes:
        made_at: day of the measurement, ISO 8601.
        source: reader and pictures it was made with.
        characters: how many characters were compared.
        wrong: how many of them were read as another.
        other: share of a confusion that was never seen, of all that a wrong character may be.
        floor: share from which two signs count as alike.
        misread: by sign on the plate: how often it was read as another, 0..1.
        read_as: by sign on the plate: what it was read as when it was misread, and how often (shares of 1).
    """

    made_at: str
    source: str
    characters: int
    wrong: int
    other: float
    floor: float
    misread: Mapping[str, float]
    read_as: Mapping[str, Mapping[str, float]]


@cache
def table() -> Table:
    """The table as it lies in the package."""
    text = resources.files("anpr.plates").joinpath(FILE_NAME).read_text(encoding="utf-8")
    return Table(**tomllib.loads(text))


@cache
def alike() -> Mapping[str, frozenset[str]]:
    """Each letter with the digits it is taken for, and each digit with the letters; symmetric.

    Letters that are taken for letters, and digits for digits, are not in it, however often that happens:
    such a swap turns one legal mark into another, so nobody may act on it. ``confusion`` has them all.
    """
    known = table()
    pairs: dict[str, set[str]] = {}
    for sign, reads in known.read_as.items():
        for read, share in reads.items():
            if share >= known.floor and sign.isdigit() != read.isdigit():
                pairs.setdefault(sign, set()).add(read)
                pairs.setdefault(read, set()).add(sign)
    return {sign: frozenset(others) for sign, others in pairs.items()}


@cache
def confusion(sign: str, read: str) -> float:
    """How likely a misread sign is read as another one, 0..1; both in normal form."""
    known = table()
    return known.read_as.get(sign, {}).get(read, known.other)


def swaps(key: str) -> Iterator[str]:
    """Every text that differs from a normal form in one sign that looks like it, itself in normal form."""
    pairs = alike()
    for place, sign in enumerate(key):
        for other in sorted(pairs.get(sign, ())):
            yield key[:place] + other + key[place + 1 :]
