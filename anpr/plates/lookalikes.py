"""Which signs look alike: one table, as data, for everything that asks."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@cache
def alike() -> Mapping[str, frozenset[str]]:
    """Each sign of the table with the others of its group."""
    text = resources.files("anpr.plates").joinpath("lookalikes.toml").read_text(encoding="utf-8")
    groups: list[str] = tomllib.loads(text)["groups"]
    return {sign: frozenset(group) - {sign} for group in groups for sign in group}


def swaps(key: str) -> Iterator[str]:
    """Every text that differs from a normal form in one sign that looks like it, itself in normal form."""
    table = alike()
    for place, sign in enumerate(key):
        for other in sorted(table.get(sign, frozenset()) - {"O", "I"}):
            yield key[:place] + other + key[place + 1 :]
