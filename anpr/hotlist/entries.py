"""What an operator may write in one cell of a list, and what it means."""

from __future__ import annotations

import difflib
import re
import unicodedata
from datetime import UTC, date, datetime, time, tzinfo
from typing import TYPE_CHECKING, Final, TypeVar

from anpr.hotlist import patterns
from anpr.plates import normal_form
from anpr.types import Category, MatchRule, VehicleClass

if TYPE_CHECKING:
    from collections.abc import Mapping

Choice = TypeVar("Choice", Category, VehicleClass, MatchRule)

MAX_YEARS_AHEAD: Final = 10
"""There is no "forever": somebody has to say again, some day, that a vehicle is still wanted."""

# The bounds of anpr.messages.Entry, so that whatever is imported can be sent.
MAX_PLATE: Final = 32
MAX_REASON: Final = 500
MAX_NAME: Final = 200
MAX_ENTRY_ID: Final = 128

LONGEST_MARK: Final = 10
"""Signs in the normal form of the longest marks in use (Germany, the mainland of China)."""

_BETWEEN_GROUPS: Final = frozenset(".\u00b7\u2022\u2027\u2219\u22c5\u30fb\uff65:'\u2019|")
_NOTES: Final = frozenset(map(normal_form, ("NIL", "NONE", "NA", "UNKNOWN", "TBC", "NO PLATE", "NOT KNOWN")))

_CATEGORIES: Final[Mapping[str, Category]] = {
    **dict.fromkeys(
        ("stolenvehicle", "stolencar", "stolenplate", "theft", "失車", "被盜", "被竊"), Category.STOLEN
    ),
    **dict.fromkeys(("wantedvehicle", "warrant", "通緝"), Category.WANTED),
    **dict.fromkeys(("nolicence", "nolicense", "unlicensedvehicle", "licenceexpired"), Category.UNLICENSED),
    **dict.fromkeys(("noinsurance", "uninsuredvehicle"), Category.UNINSURED),
    **dict.fromkeys(("disqualified",), Category.DISQUALIFIED_DRIVER),
    **dict.fromkeys(("dangerousdriving", "unroadworthy"), Category.ROAD_SAFETY),
    **dict.fromkeys(("missing", "失蹤人士"), Category.MISSING_PERSON),
}
_CLASSES: Final[Mapping[str, VehicleClass]] = {
    **dict.fromkeys(("car", "private", "saloon", "sedan", "suv", "私家車"), VehicleClass.PRIVATE_CAR),
    **dict.fromkeys(("cab", "的士"), VehicleClass.TAXI),
    **dict.fromkeys(("motorbike", "motorcycle", "scooter", "電單車"), VehicleClass.MOTORCYCLE),
    **dict.fromkeys(("lightgoodsvehicle", "lgv", "客貨車"), VehicleClass.VAN),
    **dict.fromkeys(("truck", "goodsvehicle", "hgv", "mgv", "貨車"), VehicleClass.LORRY),
    **dict.fromkeys(("coach", "minibus", "lightbus", "巴士", "小巴"), VehicleClass.BUS),
}
_PRIORITIES: Final = {
    **dict.fromkeys(("1", "p1", "critical", "immediate", "stopatonce"), 1),
    **dict.fromkeys(("2", "p2", "high", "urgent"), 2),
    **dict.fromkeys(("3", "p3", "medium", "normal"), 3),
    **dict.fromkeys(("4", "p4", "low", "information", "info", "forinformation"), 4),
}
_RULES: Final[Mapping[str, MatchRule]] = {
    **dict.fromkeys(("whole", "full"), MatchRule.EXACT),
    **dict.fromkeys(("similar", "fuzzy", "alike"), MatchRule.NEAR),
    **dict.fromkeys(("wildcard", "wildcards", "partial"), MatchRule.PATTERN),
}
_FLAGS: Final = {
    **dict.fromkeys(("yes", "y", "true", "x", "1", "是"), True),
    **dict.fromkeys(("", "no", "n", "false", "0", "否"), False),
}


class CellError(ValueError):
    """A cell that cannot be used: what is wrong with it, and what to do about it."""

    def __init__(self, what: str, todo: str) -> None:
        super().__init__(what)
        self.what = what
        self.todo = todo


def word(text: str) -> str:
    """A heading or a choice as it is compared: lower case, letters and digits alone."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())


def plate(cell: str, rule: MatchRule) -> tuple[str, str]:
    """One whole mark or pattern as written, and its key.

    Signs that are no part of how marks are written are refused rather than dropped: "AB12*" would become
    the mark of another car, and "AB 1 / CD 2" one of none.
    """
    written = required(cell, MAX_PLATE)
    for sign in written:
        wild = patterns.is_pattern(sign)
        if wild and rule is not MatchRule.PATTERN:
            raise CellError(
                f"“{sign}” is no part of a plate",
                f"Write one whole mark, or say {MatchRule.PATTERN.value} in a column named match.",
            )
        kind = unicodedata.category(sign)
        if not (wild or kind[0] in "LNMZ" or kind in {"Pd", "Cf"} or sign in _BETWEEN_GROUPS):
            raise CellError(f"“{sign}” is no part of a plate", "Write one whole mark in a row.")
    key = patterns.key_of(written, rule)
    if not key:
        raise CellError("holds no letter or digit", "Write the mark as it stands on the plate.")
    if (fault := patterns.fault(key, rule)) is not None:
        raise CellError(*fault)
    return written, key


def match_rule(cell: str) -> MatchRule:
    """How reads are compared with an entry; exactly when nothing is said."""
    return _choice(cell, MatchRule, _RULES) if cell.strip() else MatchRule.EXACT


def flag(cell: str) -> bool:
    """Yes or no; no when nothing is said."""
    found = _FLAGS.get(word(cell))
    if found is None:
        raise CellError("is neither yes nor no", "Write yes or no, or leave it empty for no.")
    return found


def plate_doubt(key: str) -> str | None:
    """Why a mark may be none, although it can be imported; None when there is no doubt."""
    if key in _NOTES:
        return "reads like a note, not like a mark"
    if len(key) > LONGEST_MARK:
        return f"has {len(key)} signs, more than any mark in use"
    return None


def category(cell: str) -> Category:
    """One of the closed set of categories, or a usual name of it."""
    return _choice(cell, Category, _CATEGORIES)


def vehicle_class(cell: str) -> VehicleClass:
    """One of the vehicle classes, or a usual name of it."""
    return _choice(cell, VehicleClass, _CLASSES)


def _choice(cell: str, choices: type[Choice], aliases: Mapping[str, Choice]) -> Choice:
    named: dict[str, Choice] = {word(choice.value): choice for choice in choices}
    asked = word(required(cell, MAX_NAME))
    found = named.get(asked) or aliases.get(asked)
    if found is not None:
        return found
    near = difflib.get_close_matches(asked, [*named, *aliases], n=1)
    hint = f"Did you mean {(named.get(near[0]) or aliases[near[0]]).value}? " if near else ""
    raise CellError("is not in the set", f"{hint}Use one of {', '.join(choices)}.")


def priority(cell: str) -> int:
    """1 (stop at once) to 4 (for information), as a number or a usual word."""
    found = _PRIORITIES.get(word(required(cell, MAX_NAME)).removeprefix("priority"))
    if found is None:
        raise CellError(
            "is no priority", "Use 1 (stop at once), 2 (high), 3 (medium) or 4 (for information)."
        )
    return found


def required(cell: str, longest: int) -> str:
    """Text that must be there, with every run of blanks made one blank."""
    text = " ".join(cell.split())
    if not text:
        raise CellError("is empty", "Every entry needs it: fill it in, or leave the row out.")
    if len(text) > longest:
        raise CellError(f"has {len(text)} characters", f"Shorten it to {longest}.")
    return text


_TODO_DATE: Final = "Write it as 2026-12-31 or 31/12/2026, with a time if need be: 2026-12-31 18:00."
_DATE: Final = re.compile(
    r"(?:(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})|(?P<d2>\d{1,2})[-/.](?P<m2>\d{1,2})[-/.](?P<y2>\d{4}))"
    r"(?:[T ]\s*(?P<time>\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?)?",
    re.ASCII | re.IGNORECASE,
)
_FOREVER: Final = frozenset(("forever", "never", "permanent", "indefinite", "none", "nil", "na", "永久"))


def valid_until(cell: str, now: datetime, zone: tzinfo) -> datetime:
    """The last moment of an entry, UTC; a date alone means the end of that day in ``zone``.

    Dates in figures are year first or day first, never month first. A time without a zone is in ``zone``.
    """
    text = required(cell, MAX_NAME)
    if word(text) in _FOREVER:
        raise CellError("would never run out", f"Give a day within {MAX_YEARS_AHEAD} years. {_TODO_DATE}")
    parts = _DATE.fullmatch(text)
    if parts is None:
        raise CellError("is no date", _TODO_DATE)
    try:
        day = date(
            int(parts["y"] or parts["y2"]), int(parts["m"] or parts["m2"]), int(parts["d"] or parts["d2"])
        )
        clock = time.fromisoformat(_two_figures(parts["time"])) if parts["time"] else time(23, 59, 59)
        offset = datetime.strptime(parts["zone"].upper(), "%z").tzinfo if parts["zone"] else zone
    except ValueError as error:
        raise CellError("is no day of the calendar", _TODO_DATE) from error
    # Looked at before the zone is applied, which fails at the ends of the calendar.
    if day.year > now.year + MAX_YEARS_AHEAD:
        raise CellError("is as good as forever", f"Give a day within {MAX_YEARS_AHEAD} years.")
    if day.year < 2000:  # noqa: PLR2004 - no list that old is meant
        raise CellError("is not a date of this century", _TODO_DATE)
    return datetime.combine(day, clock, offset).astimezone(UTC)


def _two_figures(clock: str) -> str:
    return clock if clock[1].isdigit() else f"0{clock}"
