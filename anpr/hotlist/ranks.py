"""Who must approve what: entries that weigh more on people need a signature of rank among the two."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from anpr.errors import PolicyError
from anpr.types import MatchRule

if TYPE_CHECKING:
    from collections.abc import Iterable


class Rank(StrEnum):
    """Ranks from the lowest to the highest. The ceremony gives a person one, and signs it with the root."""

    CONSTABLE = "constable"
    SERGEANT = "sergeant"
    INSPECTOR = "inspector"
    SUPERINTENDENT = "superintendent"


LEAST: Final = Rank.INSPECTOR
"""Rank from which on a person may approve covert, wildcard and person-linked entries."""
WILDCARDS: Final = "wildcards"
_ORDER: Final = tuple(Rank)


class RankError(PolicyError):
    """Nobody of the rank that entries need is among those who signed them."""


class Weighty(Protocol):
    """What an entry, or a line of a list, says of itself."""

    @property
    def rule(self) -> MatchRule: ...  # noqa: D102

    @property
    def covert(self) -> bool: ...  # noqa: D102

    @property
    def person_linked(self) -> bool: ...  # noqa: D102


def may_approve_all(rank: Rank | None) -> bool:
    """Whether a person of that rank may approve every kind of entry."""
    return rank is not None and _ORDER.index(rank) >= _ORDER.index(LEAST)


def kinds(entry: Weighty) -> tuple[str, ...]:
    """Why an entry needs a signature of rank; empty when it does not."""
    found = (
        (entry.covert, "covert"),
        (entry.rule is MatchRule.PATTERN, WILDCARDS),
        (entry.person_linked, "linked to a person"),
    )
    return tuple(word for holds, word in found if holds)


def how(entry: Weighty) -> str:
    """How an entry is matched and what else is special about it, such as ``near, covert``."""
    return ", ".join((entry.rule.value, *(kind for kind in kinds(entry) if kind != WILDCARDS)))


def counts(entries: Iterable[Weighty]) -> dict[str, int]:
    """How many entries need a signature of rank, by why."""
    found: dict[str, int] = {}
    for entry in entries:
        for kind in kinds(entry):
            found[kind] = found.get(kind, 0) + 1
    return found


def said(entries: Iterable[Weighty]) -> str:
    """The same in words, such as ``2 covert, 1 wildcards``; empty when there are none."""
    return ", ".join(f"{count:,} {kind}" for kind, count in counts(entries).items())
