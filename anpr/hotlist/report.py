"""What an operator sees of an import, of the lists, and of one plate: as tables, or as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from rich.markup import escape
from rich.table import Table as Grid
from rich.text import Text

from anpr.hotlist import outlook, ranks
from anpr.hotlist.table import HONG_KONG

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from rich.console import Console

    from anpr.hotlist.difference import Difference
    from anpr.hotlist.rows import Remark
    from anpr.hotlist.store import ListVersion
    from anpr.hotlist.table import Table
    from anpr.types import ListEntry

SHOWN: Final = 20
"""Lines of each kind on a terminal; ``--json`` gives all."""


@dataclass(frozen=True, slots=True)
class Import:
    """One import or dry run: what was read, what it would change, and what was done.

    ``before`` and ``version`` name the list's former and new version; None when there is none.
    """

    file: str
    list_name: str
    table: Table
    difference: Difference
    before: str | None
    dry_run: bool
    version: str | None

    def as_json(self) -> str:
        """One JSON object, with every remark."""
        table, difference = self.table, self.difference
        return json.dumps(
            {
                "file": self.file,
                "list": self.list_name,
                "dry_run": self.dry_run,
                "version": self.version,
                "former_version": self.before,
                "imported": len(table.entries) if self.version else 0,
                "rows": table.rows,
                "good_rows": len(table.entries),
                "bad_rows": table.bad_rows,
                "encoding": table.encoding,
                "delimiter": table.delimiter,
                "columns": dict(table.columns),
                "ignored": list(table.ignored),
                "errors": [asdict(remark) for remark in table.errors],
                "warnings": [asdict(remark) for remark in table.warnings],
                "added": [entry.entry_id for entry in difference.added],
                "removed": [entry.entry_id for entry in difference.removed],
                "changed": [
                    {"id": change.after.entry_id, "fields": list(change.fields)}
                    for change in difference.changed
                ],
                "unchanged": difference.unchanged,
                "need_rank": ranks.counts(table.entries),
                "forecast": outlook.as_row(told) if (told := outlook.of_loose(table.entries)) else None,
            },
            ensure_ascii=False,
        )

    def show(self, console: Console) -> None:
        """The same for a person: first the verdict, then what to mend, then what would change."""
        table = self.table
        console.print(
            f"[bold]{escape(self.file)}[/]  {_count(table.rows, 'row')}, {table.encoding}, {table.delimiter}"
        )
        console.print(f"  [green]✓[/] {_count(len(table.entries), 'row')} can be imported")
        if table.errors:
            console.print(f"  [bold red]✗[/] {_count(table.bad_rows, 'row')} cannot")
        if table.warnings:
            doubtful = len({remark.row for remark in table.warnings})
            console.print(f"  [yellow]![/] {_count(doubtful, 'row')} to look at")
        if table.guessed:
            console.print(
                f"  [yellow]![/] read as {table.encoding}, which is a guess: check that names look right"
            )
        columns = ", ".join(
            field if field == name else f"{field} ← {name}" for field, name in table.columns.items()
        )
        console.print(f"  Columns: {columns}", markup=False, highlight=False)
        if table.ignored:
            console.print(f"  Not kept: {', '.join(table.ignored)}", markup=False, highlight=False)
        _show_remarks(console, "✗ To mend", "red", table.errors)
        _show_remarks(console, "! To look at", "yellow", table.warnings)
        show_difference(console, self.list_name, self.difference, self.before)
        show_weight(console, table.entries)


def show_difference(console: Console, list_name: str, difference: Difference, before: str | None) -> None:
    """What a list would gain, lose and change; ``before`` is the version it is compared with."""
    since = f"compared with version {before}" if before else "the list is new"
    grid = _grid(f"Changes to list {list_name} ({since})", "cyan")
    for heading in ("", "Plate", "Normal form", "Match", "Priority", "Category", "Valid until", "Changed"):
        grid.add_column(heading, overflow="fold")
    lines = (
        *(_line("[green]+[/]", entry, "") for entry in difference.added),
        *(_line("[red]−[/]", entry, "") for entry in difference.removed),  # noqa: RUF001
        *(_line("[yellow]~[/]", change.after, ", ".join(change.fields)) for change in difference.changed),
    )
    for line in lines[:SHOWN]:
        grid.add_row(*line)
    if lines:
        console.print(grid)
        _more(console, len(lines))
    console.print(
        f"\n  [green]+[/] {len(difference.added):,} added   [red]−[/] {len(difference.removed):,} removed"  # noqa: RUF001
        f"   [yellow]~[/] {len(difference.changed):,} changed   = {difference.unchanged:,} unchanged",
        highlight=False,
    )


def show_weight(console: Console, entries: Sequence[ListEntry]) -> None:
    """What is to be weighed before entries are saved: who must approve them, and their false hits a day."""
    if weighty := ranks.said(entries):
        console.print(
            f"\n  [yellow]![/] An {ranks.LEAST} or higher must be one of those who approve: {weighty}.",
            highlight=False,
        )
    if told := outlook.of_loose(entries):
        outlook.show(console, told)


def show_lists(
    console: Console, lists: Sequence[ListVersion], signed: Collection[str], expired: int, now: datetime
) -> None:
    """Every list with its version and age, and whether the car takes it only signed."""
    grid = _grid("Hotlists", "cyan")
    for heading in ("List", "Version", "Age", "Entries", "Comes"):
        grid.add_column(heading, justify="right" if heading in {"Age", "Entries"} else "left")
    for one in lists:
        grid.add_row(
            escape(one.name),
            escape(one.version),
            age(now, one.made_at),
            f"{one.entries:,}",
            "signed" if one.name in signed else "by hand",
        )
    console.print(grid)
    if expired:
        console.print(f"  [yellow]![/] {_count(expired, 'entry', 'entries')} ran out and will not match")


def age(now: datetime, then: datetime) -> str:
    """How long ago, in the largest unit that says enough."""
    seconds = max(0, int((now - then).total_seconds()))
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def local(time: datetime) -> str:
    """A time as Hong Kong's clocks show it."""
    return f"{time.astimezone(ZoneInfo(HONG_KONG)):%Y-%m-%d %H:%M} HKT"


def _show_remarks(console: Console, title: str, colour: str, remarks: Sequence[Remark]) -> None:
    if not remarks:
        return
    grid = _grid(title, colour)
    for heading in ("Row", "Column", "Value", "What is wrong", "What to do"):
        grid.add_column(heading, justify="right" if heading == "Row" else "left", overflow="fold")
    for remark in remarks[:SHOWN]:
        grid.add_row(
            str(remark.row),
            escape(remark.column),
            Text(_short(remark.value), style="dim" if not remark.value else colour),
            escape(remark.what),
            escape(remark.todo),
        )
    console.print(grid)
    _more(console, len(remarks))


def _line(mark: str, entry: ListEntry, changed: str) -> tuple[str, ...]:
    return (
        mark,
        escape(entry.plate),
        entry.key,
        ranks.how(entry),
        str(entry.priority),
        entry.category.value,
        local(entry.valid_until),
        changed,
    )


def _more(console: Console, count: int) -> None:
    if count > SHOWN:
        console.print(f"  … and {count - SHOWN:,} more; --json lists all.", highlight=False)


def _grid(title: str, colour: str) -> Grid:
    return Grid(
        title=Text(title, style=f"bold {colour}"), title_justify="left", box=None, padding=(0, 2, 0, 0)
    )


def _short(text: str) -> str:
    return "(empty)" if not text else text if len(text) <= 40 else f"{text[:39]}…"  # noqa: PLR2004


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
