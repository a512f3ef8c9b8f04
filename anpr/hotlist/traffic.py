"""Which marks drive by, and how they come to be read: a model for forecasts, with its sources.

A mark is drawn by its shape, and each place of a shape by itself. So the chance of any set of reads that is
described place by place can be reckoned exactly, without drawing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from anpr.plates.confusions import Confusions
from anpr.plates.hong_kong import LETTERS

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence

READS_A_DAY: Final = 660
"""Reads of one car in a day: eight cars in 19 days of 2019 read more than 100,000 plates in Hong Kong."""
BASE_RATE: Final = 1 / 435
"""Wanted vehicles among reads, from the same trial: 215 tickets and 15 arrests in more than 100,000 reads."""
WRONG_SHARE: Final = 0.025
"""Wrong ones among reads that are shown: what the UK's standard of 2013 allows at most (97.5 % correct). A
reader that does better raises fewer false hits than the forecast says."""

PERSONALISED: Final = 0.12
WITHOUT_LETTERS: Final = 2 / 273
"""Shares among Hong Kong's marks: 12 % of those seen in pictures were personalised; of 273 ordinary ones 271
had two letters and 2 none."""
LONGEST_PERSONALISED: Final = 8
_DIGITS: Final = "0123456789"
_NUMBERS: Final = 9999
_HALVINGS: Final = 60


@dataclass(frozen=True, slots=True)
class Shape:
    """Marks of one length, each place drawn evenly and by itself.

    Attributes:
        share: of all marks that drive by, 0..1.
        places: for each place the signs that may stand there.
        ordinary: whether these are marks that an office gives out in turn.
    """

    share: float
    places: tuple[str, ...]
    ordinary: bool

    @property
    def marks(self) -> int:
        """How many there are."""
        return math.prod(len(signs) for signs in self.places)


@dataclass(frozen=True, slots=True)
class Traffic:
    """Marks that drive by, and the reader's errors on them."""

    shapes: tuple[Shape, ...]
    confusions: Confusions

    def place(self, signs: str) -> Mapping[str, float]:
        """What is read at a place where one of ``signs`` stands, each equally often, with its chance."""
        found: dict[str, float] = {}
        for sign in signs:
            for read, chance in self.confusions.reads(sign).items():
                found[read] = found.get(read, 0.0) + chance / len(signs)
        return found

    def wrong(self) -> float:
        """Share of reads with at least one wrong sign."""
        return 1.0 - sum(
            shape.share * math.prod(self._right(signs) for signs in shape.places) for shape in self.shapes
        )

    def with_wrong(self, share: float) -> Traffic:
        """The same marks under a reader with the same confusions that is wrong on that share of them."""
        low, high = 0.0, 1.0 / min((one for one in self._misreads() if one > 0), default=1.0)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            tried = Traffic(self.shapes, self.confusions.scaled(middle))
            low, high = (middle, high) if tried.wrong() < share else (low, middle)
        return Traffic(self.shapes, self.confusions.scaled((low + high) / 2))

    def draw(self, chance: random.Random) -> str:
        """The key of a mark that drives by."""
        (shape,) = chance.choices(self.shapes, [shape.share for shape in self.shapes])
        return "".join(chance.choice(signs) for signs in shape.places)

    def misread(self, key: str, chance: random.Random) -> str:
        """What a mark is read as, which most often is itself."""
        return "".join(self._read(sign, chance) for sign in key)

    def _read(self, sign: str, chance: random.Random) -> str:
        if chance.random() >= self.confusions.misread.get(sign, self.confusions.usual):
            return sign
        others = {read: share for read, share in self.confusions.reads(sign).items() if read != sign}
        (read,) = chance.choices(list(others), list(others.values()))
        return read

    def _right(self, signs: str) -> float:
        return sum(1.0 - self.confusions.misread.get(sign, self.confusions.usual) for sign in signs) / len(
            signs
        )

    def _misreads(self) -> Sequence[float]:
        return (*self.confusions.misread.values(), self.confusions.usual)


def hong_kong(wrong_share: float = WRONG_SHARE) -> Traffic:
    """Hong Kong's traffic: ordinary marks with numbers 1 to 9999 equally often, and personalised ones.

    Personalised marks are taken as any signs in any length up to eight; which words people choose is not
    known, so a pattern that spells one is forecast too low.
    """
    shapes = [
        Shape(
            (1 - PERSONALISED) * share * 9 * 10 ** (digits - 1) / _NUMBERS,
            (*[LETTERS] * letters, _DIGITS[1:], *[_DIGITS] * (digits - 1)),
            ordinary=True,
        )
        for letters, share in ((2, 1 - WITHOUT_LETTERS), (0, WITHOUT_LETTERS))
        for digits in (4, 3, 2, 1)
    ]
    shapes += [
        Shape(PERSONALISED / LONGEST_PERSONALISED, (LETTERS + _DIGITS,) * length, ordinary=False)
        for length in range(1, LONGEST_PERSONALISED + 1)
    ]
    return Traffic(tuple(shapes), Confusions.measured()).with_wrong(wrong_share)
