"""How likely a sign is read as another, as chances that sum to one: for forecasts and simulations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from anpr.plates.lookalikes import table
from anpr.plates.normal import normal_form

if TYPE_CHECKING:
    from collections.abc import Mapping

SIGNS: Final = "".join(sorted(set(normal_form("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"))))
"""Every sign that a reader may give where letters and digits stand, in normal form."""


@dataclass(frozen=True, slots=True)
class Confusions:
    """Chances of misreads, sign by sign and each by itself; signs that are missed or made up are left out.

    Attributes:
        misread: by sign on the plate: how often it is read as another, 0..1.
        read_as: by sign on the plate: what it becomes when it is misread, as shares of 1.
        usual: ``misread`` of signs that were never measured.
    """

    misread: Mapping[str, float]
    read_as: Mapping[str, Mapping[str, float]]
    usual: float

    @classmethod
    def measured(cls) -> Confusions:
        """Those of the shipped reader on single pictures, as ``anpr bench confusions`` measured them."""
        known = table()
        return cls(known.misread, known.read_as, known.wrong / known.characters if known.characters else 0.0)

    @classmethod
    def none(cls) -> Confusions:
        """A reader that is never wrong."""
        return cls({}, {}, 0.0)

    def scaled(self, factor: float) -> Confusions:
        """The same with every sign misread so many times as often, at most always."""
        return Confusions(
            {sign: min(1.0, factor * share) for sign, share in self.misread.items()},
            self.read_as,
            min(1.0, factor * self.usual),
        )

    def reads(self, sign: str) -> dict[str, float]:
        """What a sign may be read as, itself included, with the chance of each; they sum to 1.

        What is left beside the measured confusions is spread evenly over all other signs.
        """
        wrong = self.misread.get(sign, self.usual)
        seen = {read: share for read, share in self.read_as.get(sign, {}).items() if read != sign}
        unseen = [read for read in SIGNS if read != sign and read not in seen]
        total = sum(seen.values())
        left = max(0.0, 1.0 - total) / len(unseen) if unseen else 0.0
        whole = max(1.0, total)
        return {
            sign: 1.0 - wrong,
            **{read: wrong * share / whole for read, share in seen.items()},
            **dict.fromkeys(unseen, wrong * left),
        }
