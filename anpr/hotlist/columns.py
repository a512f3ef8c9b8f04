"""Which column of an operator's table holds which field of an entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from anpr.errors import InputError
from anpr.hotlist import entries as cells

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "plate": (
        *(
            "plate",
            "registration",
            "registration mark",
            "registration number",
            "reg",
            "reg no",
            "vrm",
            "mark",
        ),
        *("plate number", "number plate", "licence plate", "license plate", "車牌", "車牌號碼", "车牌"),
    ),
    "class": ("class", "vehicle class", "vehicle type", "vehicle", "車輛類別"),
    "category": ("category", "offence", "list category", "類別"),
    "priority": ("priority", "prio", "urgency", "level", "優先"),
    "reason": ("reason", "remarks", "description", "details", "note", "notes", "原因"),
    "owner": ("owner", "owning unit", "unit", "entry owner", "contact", "負責單位"),
    "source": ("source", "source record", "record", "reference", "ref", "case", "case number", "檔案編號"),
    "valid_until": (
        "valid until",
        "valid to",
        "expiry",
        "expires",
        "expiry date",
        "until",
        "end date",
        "有效期至",
    ),
}
"""What every entry must have, with the headings that are understood without ``--map``."""
OPTIONAL: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("id", "entry id"),
    "match": ("match", "matching", "match rule", "配對"),
    "covert": ("covert", "discreet", "秘密"),
    "person": ("person", "person linked", "linked to person", "人物"),
}
"""Without ``id`` the key of the plate is the identity; without the others, or where their cell is empty, an
entry is matched exactly, not covert, and not linked to a person."""


def check_fields(mapping: Mapping[str, str], constants: Mapping[str, str], fixed: Collection[str]) -> None:
    """Whether what a person said of fields can be meant.

    Raises:
        InputError: a field that is none, or is given twice, or that cannot be the same in all rows.
    """
    known = (*FIELDS, *OPTIONAL)
    for field in (*mapping, *constants, *fixed):
        if field not in known:
            raise InputError(f"There is no field {field!r}.", f"The fields are {', '.join(known)}.")
    if mapping and fixed:
        raise InputError(
            "Columns are named by their heading, or by their places, not by both.", "Leave out --map."
        )
    if both := (set(mapping) | set(fixed)) & set(constants):
        raise InputError(
            f"{min(both)} is given a column and a value.", "Leave out its column, or --set for it."
        )
    if alone := set(constants) & {"plate", "id"}:
        raise InputError(f"{min(alone)} cannot be the same in all rows.", "Name its column.")
    if fixed and (missing := [field for field in FIELDS if field not in {*fixed, *constants}]):
        raise InputError(
            f"No column is given for {', '.join(missing)}.",
            f"Say where it stands with --column {missing[0]}=FROM-TO, or, except for plate, one value for all"
            f" rows with --set {missing[-1]}=VALUE.",
        )


def known_words(mapping: Mapping[str, str]) -> frozenset[str]:
    """Every heading that would be understood, as it is compared."""
    usual = (name for names in (*FIELDS.values(), *OPTIONAL.values()) for name in names)
    return frozenset(cells.word(name) for name in (*usual, *mapping.values()))


def places(
    heading: Sequence[str], mapping: Mapping[str, str], constants: Mapping[str, str]
) -> dict[str, int]:
    """Field to column number.

    Raises:
        InputError: a field that every entry needs has no column, or more than one.
    """
    words = [cells.word(name) for name in heading]
    places: dict[str, int] = {}
    for field, names in {**FIELDS, **OPTIONAL}.items():
        if field in constants:
            continue
        asked = (mapping[field],) if field in mapping else names
        # The first name of a field is its own; a column of that very name wins over one of a usual name.
        found = next((hit for hit in (_found(words, asked[:1]), _found(words, asked)) if hit), [])
        if len(found) > 1:
            both = " and ".join(heading[place] for place in found)
            raise InputError(f"{both} could each be {field}.", f"Choose one with --map {field}=HEADING.")
        if found:
            places[field] = found[0]
        elif field in mapping:
            raise InputError(f"The file has no column {mapping[field]!r}.", _columns_found(heading))
    missing = [field for field in FIELDS if field not in places and field not in constants]
    if missing:
        raise InputError(
            f"No column found for {', '.join(missing)}.",
            f"{_columns_found(heading)} Name a column with --map {missing[0]}=HEADING, or, except for plate,"
            f" one value for all rows with --set {missing[-1]}=VALUE.",
        )
    return places


def _found(words: Sequence[str], names: Sequence[str]) -> list[int]:
    asked = {cells.word(name) for name in names}
    return [place for place, name in enumerate(words) if name and name in asked]


def _columns_found(heading: Sequence[str]) -> str:
    return f"Its first row reads: {', '.join(name or '(blank)' for name in heading)[:300]}."
