"""Row by row: each becomes an entry, or as many remarks as it has faults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from anpr.errors import InputError
from anpr.hotlist import entries as cells
from anpr.types import ListEntry, MatchRule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, tzinfo

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing about one cell: where it stands, what is wrong, and what to do about it."""

    row: int
    column: str
    value: str
    what: str
    todo: str


class RowReader:
    """Turns rows into entries, and remembers what was wrong and which plates there were.

    Args:
        list_name: the list that the entries are for.
        now: for what has run out already, UTC.
        zone: where a date's day ends.
        places: field to column number.
        heading: the cells of the first row.
        constants: field to a value that holds for all rows.
    """

    def __init__(
        self,
        list_name: str,
        now: datetime,
        zone: tzinfo,
        *,
        places: Mapping[str, int],
        heading: Sequence[str],
        constants: Mapping[str, str],
    ) -> None:
        self.entries: list[ListEntry] = []
        self.errors: list[Remark] = []
        self.warnings: list[Remark] = []
        self._list_name = list_name
        self._now = now
        self._zone = zone
        self._places = places
        self._heading = heading
        self._constants = constants
        self._row_of: dict[str, int] = {}

    def take(self, number: int, row: Sequence[str]) -> None:
        """Adds one row to the entries, or says why not."""
        if any(row[len(self._heading) :]):
            # The cells stand under the wrong headings: more remarks on them would only mislead.
            what = f"has {len(row)} cells under {len(self._heading)} headings"
            self._error(number, "(row)", row[-1], what, "Put cells that hold the dividing sign in quotes.")
            return
        values = {
            field: row[place] if place < len(row) else "" for field, place in self._places.items()
        } | dict(self._constants)
        entry = self._entry(number, values)
        if entry is None:
            return
        if (first := self._row_of.setdefault(entry.entry_id, number)) != number:
            column = "id" if values.get("id") else "plate"
            self._error(
                number, column, values[column], f"is the same as in row {first}", "Keep one of the two rows."
            )
            return
        self._doubts(number, values, entry)
        self.entries.append(entry)

    def _entry(self, number: int, values: Mapping[str, str]) -> ListEntry | None:
        def cell(field: str, parse: Callable[[str], Value]) -> Value | None:
            try:
                return parse(values[field])
            except cells.CellError as error:
                self._error(number, field, values[field], error.what, error.todo)
                return None

        def text(field: str, longest: int) -> str | None:
            return cell(field, lambda value: cells.required(value, longest))

        rule = cell("match", cells.match_rule) if "match" in values else MatchRule.EXACT
        covert, person = (
            cell(name, cells.flag) if name in values else False for name in ("covert", "person")
        )
        plate = cell("plate", lambda value: cells.plate(value, rule)) if rule else None
        vehicle_class = cell("class", cells.vehicle_class)
        category = cell("category", cells.category)
        priority = cell("priority", cells.priority)
        reason = text("reason", cells.MAX_REASON)
        owner = text("owner", cells.MAX_NAME)
        source = text("source", cells.MAX_NAME)
        until = cell("valid_until", lambda value: cells.valid_until(value, self._now, self._zone))
        entry_id = text("id", cells.MAX_ENTRY_ID) if "id" in values else (plate and plate[1])
        if not (plate and vehicle_class and category and priority and reason and owner and source):
            return None
        if until is None or entry_id is None or rule is None or covert is None or person is None:
            return None
        return ListEntry(
            self._list_name,
            entry_id,
            *plate,
            vehicle_class,
            category,
            priority,
            reason,
            owner,
            source,
            valid_until=until,
            rule=rule,
            covert=covert,
            person_linked=person,
        )

    def _doubts(self, number: int, values: Mapping[str, str], entry: ListEntry) -> None:
        if doubt := cells.plate_doubt(entry.key):
            self._warn(number, "plate", values["plate"], doubt, "Look at the source record.")
        if entry.valid_until < self._now:
            self._warn(
                number,
                "valid_until",
                values["valid_until"],
                "has run out: it will never match",
                "Leave the row out, or give a new date.",
            )

    def _error(self, number: int, field: str, value: str, what: str, todo: str) -> None:
        if field in self._constants:  # wrong for all rows alike, so said once
            raise InputError(f"--set {field}={value}: {value!r} {what}.", todo)
        self.errors.append(Remark(number, self._column(field), value, what, todo))

    def _warn(self, number: int, field: str, value: str, what: str, todo: str) -> None:
        self.warnings.append(Remark(number, self._column(field), value, what, todo))

    def _column(self, field: str) -> str:
        return self._heading[self._places[field]] if field in self._places else field
