"""From a table of an operator to entries: every cell checked, every error with its row, nothing half done."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from anpr.errors import InputError
from anpr.hotlist import columns, sheets
from anpr.hotlist.columns import FIELDS
from anpr.hotlist.decoding import decode
from anpr.hotlist.rows import Remark, RowReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime, tzinfo

    from anpr.hotlist.sheets import Span
    from anpr.types import ListEntry

HONG_KONG: Final = "Asia/Hong_Kong"


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
        delimiter: name of the sign between cells, or ``sheets.FIXED``.
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
    fixed: Mapping[str, Span] | None = None,
    skip: int = 0,
    encoding: str | None = None,
    zone: tzinfo | None = None,
) -> Table:
    """Reads a CSV or text table. This is the one place where bytes become entries.

    Args:
        data: the file's bytes. A list that comes over the air is verified before it gets here.
        list_name: the list that the entries are for.
        now: for what has run out already, UTC.
        mapping: field to heading, where the heading is none of the usual ones.
        constants: field to a value that holds for all rows.
        delimiter: a name of ``sheets.DELIMITERS``; found out when None.
        fixed: field to where it stands in a line, for tables without signs between the cells; such tables
            have no headings.
        skip: lines at the top of a table of fixed width that are no entries.
        encoding: a name of ``decoding.ENCODINGS``; found out when None.
        zone: where a date's day ends; Hong Kong when None.

    Raises:
        InputError: the table as a whole cannot be understood. Errors in rows are returned, not raised.
    """
    mapping, constants, fixed = mapping or {}, constants or {}, fixed or {}
    columns.check_fields(mapping, constants, fixed)
    decoded = decode(data, encoding)
    if fixed:
        sheet = sheets.fixed(decoded.text, fixed.values(), skip)
        heading = [f"{field} ({span})" for field, span in fixed.items()]
        places = {field: place for place, field in enumerate(fixed)}
    else:
        sheet = sheets.delimited(decoded.text, delimiter, columns.known_words(mapping))
        heading = _heading(sheet.rows)
        places = columns.places(heading, mapping, constants)
    reader = RowReader(
        list_name, now, zone or zone_of(HONG_KONG), places=places, heading=heading, constants=constants
    )
    count = 0
    for number, row in sheet.rows:
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
        delimiter=sheet.layout,
    )


def version_of(entries: Iterable[ListEntry], made_at: datetime) -> str:
    """A name for one state of a list: when it was made, and a short digest of what it holds."""
    digest = hashlib.sha256()
    for entry in sorted(entries, key=lambda one: one.entry_id):
        digest.update(repr(entry).encode())
    return f"{made_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}-{digest.hexdigest()[:8]}"


def _heading(rows: Iterator[tuple[int, list[str]]]) -> list[str]:
    heading = next((row for _, row in rows if any(row)), None)
    if heading is None:
        raise InputError("The file is empty.", f"The first row must name the columns: {', '.join(FIELDS)}.")
    return heading
