"""The mix of plates a patrol car in Hong Kong, and a fair reader of the rest of the world, has to know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anpr.training import plates_america, plates_asia, plates_brazil, plates_west

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from anpr.training.plates import Plate

_MAKERS: dict[str, Callable[[np.random.Generator, int], Plate]] = {
    "HK": plates_asia.hong_kong,
    "CN2": lambda rng, px: plates_asia.mainland(rng, px, second_plate=True),
    "CN": lambda rng, px: plates_asia.mainland(rng, px, second_plate=False),
    "MO": plates_asia.macau,
    "SG": plates_asia.singapore,
    "MY": plates_asia.malaysia,
    "GB": plates_west.british,
    "EU": plates_west.european,
    "US": plates_america.american,
    "BR": plates_brazil.brazilian,
    "ANY": plates_west.generic,
}
#: Shares of a training batch; `CN2` is the black second plate of cross-boundary cars.
MIX: dict[str, float] = {
    "HK": 0.36,
    "CN2": 0.11,
    "CN": 0.05,
    "MO": 0.03,
    "SG": 0.07,
    "MY": 0.03,
    "GB": 0.04,
    "EU": 0.11,
    "US": 0.12,
    "BR": 0.05,
    "ANY": 0.03,
}


def plate(rng: np.random.Generator, char_px: int = 64, mix: dict[str, float] | None = None) -> Plate:
    """A random plate square on, its serial `char_px` high; the same generator state gives the same plate.

    Args:
        rng: source of all chance.
        char_px: height of a character, px; 20 to 96 is sensible.
        mix: country key to share (keys of `MIX`); shares need not add to one.
    """
    shares = MIX if mix is None else mix
    total = sum(shares.values())
    key = str(rng.choice(list(shares), p=[s / total for s in shares.values()]))
    return _MAKERS[key](rng, char_px)
