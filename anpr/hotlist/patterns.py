"""Entries with wildcards, for marks that a witness saw only in part."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from anpr.plates import normal_form
from anpr.types import MatchRule

if TYPE_CHECKING:
    from collections.abc import Iterator

ONE: Final = "?"
"""Stands for any one sign."""
RUN: Final = "*"
"""Stands for any run of signs, none included."""
LEAST_FIXED: Final = 3
"""Signs that a read must share with an entry: with two, ``AB*`` would take 9,999 marks of Hong Kong."""
MOST_RUNS: Final = 2
ANCHOR: Final = 4
"""Length of the runs by which patterns are found; a read of six signs has 18 runs of up to four."""

_WILD: Final = re.compile(r"([?*]+)")


def is_pattern(plate: str) -> bool:
    """Whether a plate is written with wildcards; full-width ones count too."""
    return _WILD.search(unicodedata.normalize("NFKC", plate)) is not None


def key_of(plate: str, rule: MatchRule) -> str:
    """The key of an entry: the normal form, in a pattern with its wildcards between.

    Neighbouring wildcards are put in one order, so that two writings of one pattern get one key: ``*?`` and
    ``?*`` become ``?*``, and ``**`` becomes ``*``.
    """
    if rule is not MatchRule.PATTERN:
        return normal_form(plate)
    return "".join(
        _tidied(part) if place % 2 else normal_form(part)
        for place, part in enumerate(_WILD.split(_joined(plate)))
    )


def fault(key: str, rule: MatchRule) -> tuple[str, str] | None:
    """Why a key cannot be matched by a rule, and what to do; None when it can."""
    named = sum(sign not in {ONE, RUN} for sign in key)
    fixed = named - (rule is MatchRule.NEAR)
    if rule is MatchRule.EXACT:
        return None
    if rule is MatchRule.PATTERN and named == len(key):
        return (
            "has no wildcard",
            f"Write {ONE} for one sign or {RUN} for any run, or leave the match to exact.",
        )
    if fixed < LEAST_FIXED:
        return (
            f"leaves {fixed} of its signs to be matched",
            f"{LEAST_FIXED} or more must be, or too many vehicles match: name more signs, or match exactly.",
        )
    if key.count(RUN) > MOST_RUNS:
        return f"has {key.count(RUN)} runs", f"Use {RUN} at most {MOST_RUNS} times."
    return None


def anchor(key: str) -> str:
    """The run of named signs by which a pattern is found: the longest, cut to ``ANCHOR``."""
    return max(_WILD.split(key)[::2], key=len)[:ANCHOR]


def anchors(key: str) -> Iterator[str]:
    """Every anchor of which a pattern may be that a read's key fits."""
    found = {
        key[start : start + size] for size in range(1, ANCHOR + 1) for start in range(len(key) - size + 1)
    }
    return iter(sorted(found))


def covers(wide: str, narrow: str) -> bool:
    """Whether every read that fits one key, pattern or not, fits a pattern too; may miss some that do."""
    return _covering(wide).fullmatch(narrow) is not None


@lru_cache(maxsize=4096)
def _covering(wide: str) -> re.Pattern[str]:
    parts = {ONE: f"[^{RUN}]", RUN: ".*"}
    return re.compile("".join(parts.get(sign) or re.escape(sign) for sign in wide))


def _tidied(wild: str) -> str:
    return ONE * wild.count(ONE) + (RUN if RUN in wild else "")


def _joined(plate: str) -> str:
    # What stands between two wildcards and is no sign of a mark, such as a blank, divides nothing.
    return "".join(
        sign for sign in unicodedata.normalize("NFKC", plate) if sign in {ONE, RUN} or normal_form(sign)
    )
