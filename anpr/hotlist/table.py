"""From a table of an operator to entries: every cell checked, every error with its row, nothing half done."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from anpr.errors import InputError
from anpr.hotlist import entries as cells
from anpr.hotlist.decoding import decode
from anpr.hotlist.rows import Remark, RowReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime, tzinfo

    from anpr.types import ListEntry

HONG_KONG: Final = "Asia/Hong_Kong"
DELIMITERS: Final[Mapping[str, str]] = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}

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
OPTIONAL: Final[Mapping[str, tuple[str, ...]]] = {"id": ("id", "entry id")}
"""An identity of the operator's own; without it the plate's normal form is the identity."""


@dataclass(frozen=True, slots=True)
class Table:
    """What a file holds.

    Attributes:
        entries: the good rows, in the order of the file.
        rows: rows with content below the heading.
        errors: why rows are not among ``entries``; rows count from 1 at the top of the file, as a
            spreadsheet shows them.
        warnings: what to look at in rows that are.
        columns: field to heading, as they were matched.
        ignored: headings that carry nothing we keep.
        encoding, guessed: how the bytes were read, and whether that was a guess.
        delimiter: name of the sign between cells.
    """

    entries: tuple[ListEntry, ...]
    rows: int
    errors: tuple[Remark, ...]
    warnings: tuple[Remark, ...]
    columns: Mapping[str, str]
    ignored: tuple[str, ...]
    encoding: str
    guessed: bool
    delimiter: str

    @property
    def bad_rows(self) -> int:
        """Rows that cannot be imported."""
        return len({error.row for error in self.errors})


def zone_of(name: str) -> tzinfo:
    """The time zone of that name.

    Raises:
        InputError: there is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InputError(f"There is no time zone {name!r}.", f"Use a name such as {HONG_KONG}.") from error


def read_table(
    data: bytes,
    list_name: str,
    now: datetime,
    *,
    mapping: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
    delimiter: str | None = None,
    zone: tzinfo | None = None,
) -> Table:
    """Reads a CSV or text table. This is the one place where bytes become entries.

    Args:
        data: the file's bytes. A list that comes over the air is verified before it gets here.
        list_name: the list that the entries are for.
        now: for what has run out already, UTC.
        mapping: field to heading, where the heading is none of the usual ones.
        constants: field to a value that holds for all rows.
        delimiter: a name of ``DELIMITERS``; found out when None.
        zone: where a date's day ends; Hong Kong when None.

    Raises:
        InputError: the table as a whole cannot be understood. Errors in rows are returned, not raised.
    """
    mapping, constants = mapping or {}, constants or {}
    _check_fields(mapping, constants)
    decoded = decode(data)
    sign, rows = _records(decoded.text, delimiter, mapping)
    heading_row, heading = next(((n, row) for n, row in rows if any(row)), (0, []))
    if not heading_row:
        raise InputError("The file is empty.", f"The first row must name the columns: {', '.join(FIELDS)}.")
    places = _places(heading, mapping, constants)
    reader = RowReader(
        list_name, now, zone or zone_of(HONG_KONG), places=places, heading=heading, constants=constants
    )
    count = 0
    for number, row in rows:
        if any(row):
            count += 1
            reader.take(number, row)
    used = set(places.values())
    return Table(
        entries=tuple(reader.entries),
        rows=count,
        errors=tuple(reader.errors),
        warnings=tuple(reader.warnings),
        columns={field: heading[place] for field, place in places.items()},
        ignored=tuple(name for place, name in enumerate(heading) if name and place not in used),
        encoding=decoded.encoding,
        guessed=decoded.guessed,
        delimiter=next(name for name, value in DELIMITERS.items() if value == sign),
    )


def version_of(entries: Iterable[ListEntry], made_at: datetime) -> str:
    """A name for one state of a list: when it was made, and a short digest of what it holds."""
    digest = hashlib.sha256()
    for entry in sorted(entries, key=lambda one: one.entry_id):
        digest.update(repr(entry).encode())
    return f"{made_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}-{digest.hexdigest()[:8]}"


def _check_fields(mapping: Mapping[str, str], constants: Mapping[str, str]) -> None:
    known = (*FIELDS, *OPTIONAL)
    for field in (*mapping, *constants):
        if field not in known:
            raise InputError(f"There is no field {field!r}.", f"The fields are {', '.join(known)}.")
    if both := set(mapping) & set(constants):
        raise InputError(f"{min(both)} is given a column and a value.", "Leave out --map or --set for it.")
    if alone := set(constants) & {"plate", "id"}:
        raise InputError(f"{min(alone)} cannot be the same in all rows.", "Name its column with --map.")


def _records(
    text: str, delimiter: str | None, mapping: Mapping[str, str]
) -> tuple[str, Iterator[tuple[int, list[str]]]]:
    """The sign between cells, and the rows by number with blanks around cells removed."""
    skip = 0
    if delimiter is not None:
        sign = DELIMITERS[delimiter]
    elif text[:4].casefold() == "sep=" and text[4:5] in DELIMITERS.values() and text[5:6] in {"\r", "\n"}:
        sign, skip = text[4], 1  # a line that spreadsheet programs write for one another
    else:
        known = {cells.word(name) for names in (*FIELDS.values(), *OPTIONAL.values()) for name in names}
        known |= {cells.word(name) for name in mapping.values()}
        first = next((line for line in text.splitlines() if line.strip()), "")

        def fitness(sign: str) -> tuple[int, int]:
            named = next(csv.reader([first], delimiter=sign), [])
            return sum(cells.word(name) in known for name in named), len(named)

        sign = max(DELIMITERS.values(), key=fitness)
    return sign, _numbered(text, sign, skip)


def _numbered(text: str, sign: str, skip: int) -> Iterator[tuple[int, list[str]]]:
    number = 0
    try:
        # Strict, because a quote that is never closed would swallow the rest of the list.
        for number, row in enumerate(
            csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True), 1
        ):
            if number > skip:
                yield number, [cell.strip() for cell in row]
    except csv.Error as error:
        raise InputError(
            f"Row {number + 1} cannot be taken apart: {error}.",
            "Look for a quotation mark that is not closed, or not doubled inside a quoted cell.",
        ) from error


def _places(
    heading: Sequence[str], mapping: Mapping[str, str], constants: Mapping[str, str]
) -> dict[str, int]:
    """Field to column number."""
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
