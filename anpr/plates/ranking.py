"""Candidates of one plate, put in the order in which a registration office makes them likely."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from anpr.plates.grammar import Mark, MarkClass
from anpr.plates.hong_kong import HONG_KONG, MACAU, MAINLAND
from anpr.plates.normal import normal_form
from anpr.plates.world import COUNTRIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anpr.plates.grammar import Grammar

GRAMMARS: Final[Mapping[str, Grammar]] = {
    forms.country: forms for forms in (HONG_KONG, MACAU, MAINLAND, *COUNTRIES)
}
EUROPE: Final = frozenset(
    "GB DE FR IT ES NL BE AT CH PT PL CZ SK HU SE RO EU".split()  # noqa: SIM905 - read as a list
)
NEIGHBOURS: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(EUROPE, EUROPE),
    "HK": frozenset({"MO", "CN"}),
    "MO": frozenset({"HK", "CN"}),
    "SG": frozenset({"MY"}),
    "MY": frozenset({"SG"}),
}
NEIGHBOUR: Final = 0.5
FOREIGN: Final = 0.1
UNKNOWN: Final = 0.02
"""How much a form counts on the roads of the home country: its own fully, its neighbours' half, others' a
tenth, and a text of no form at all still something. A judgement, not a measurement; it only orders."""
IMPOSSIBLE: Final = 1e-12
"""How much a text of no form counts that has Chinese characters: these stand only where a form has them."""
WEIGHT: Final = 0.5
"""How much grammar counts beside the reader, as a power; measured, see docs/decisions/voting.md."""


def classify(text: str, home: str = "HK") -> tuple[Mark, ...]:
    """Every mark that a text may be, best first; never empty.

    Args:
        text: a read or a list entry, written in any way.
        home: the country the car drives in, ISO 3166 alpha-2.

    Returns:
        One mark for each country that has the form, scored as seen from ``home``; a single one of class
        ``unknown`` when none has.
    """
    key = normal_form(text)
    found = [mark for grammar in GRAMMARS.values() if (mark := grammar.classify(key)) is not None]
    near = NEIGHBOURS.get(home, frozenset())

    def at_home(mark: Mark) -> Mark:
        factor = 1.0 if mark.country == home else NEIGHBOUR if mark.country in near else FOREIGN
        return Mark(mark.country, mark.mark_class, mark.written, mark.score * factor)

    marks = sorted(map(at_home, found), key=lambda mark: -mark.score)
    return tuple(marks) or (Mark("", MarkClass.UNKNOWN, key, UNKNOWN if key.isascii() else IMPOSSIBLE),)


@lru_cache(maxsize=4096)
def prior(text: str, home: str = "HK") -> float:
    """How likely an office near ``home`` gave out a text of this form: the score of its best mark, 0..1."""
    return classify(text, home)[0].score


def weighed(shares: Mapping[str, float], home: str = "HK") -> dict[str, float]:
    """Divides anew what candidates have, by how likely grammar makes each; nearly equal ones change places.

    Args:
        shares: probability of each candidate, 0..1.
        home: the country the car drives in.

    Returns:
        The same candidates, none dropped and none changed, with the same sum: grammar tells candidates
        apart, it does not make any of them surer than the reader was.
    """
    drawn = {text: share * prior(text, home) ** WEIGHT for text, share in shares.items()}
    total = math.fsum(drawn.values())
    gain = math.fsum(shares.values()) / total if total else 0.0
    return {text: share * gain for text, share in drawn.items()}
