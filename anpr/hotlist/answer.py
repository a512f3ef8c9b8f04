"""What the lists say of one plate that a person asks about."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table as Grid
from rich.text import Text

from anpr.hotlist import ranks
from anpr.hotlist.report import age, local
from anpr.plates import classify
from anpr.types import MatchRule

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from rich.console import Console

    from anpr.hotlist.store import Listed
    from anpr.types import ListEntry


@dataclass(frozen=True, slots=True)
class Answer:
    """What the lists say of one plate: entries that a read of it matches, and others that look like it."""

    plate: str
    key: str
    found: Sequence[tuple[MatchRule, Listed]]
    alike: Sequence[Listed]
    now: datetime

    def as_json(self) -> str:
        """One JSON object; ``listed`` is whether an alert would be raised."""
        mark = classify(self.plate)[0]
        return json.dumps(
            {
                "plate": self.plate,
                "key": self.key,
                "country": mark.country,
                "mark_class": mark.mark_class,
                "listed": any(self._live(listed.entry) for _, listed in self.found),
                "entries": [self._row(listed) | {"matched": kind} for kind, listed in self.found],
                "alike": [self._row(listed) for listed in self.alike],
            },
            ensure_ascii=False,
        )

    def show(self, console: Console) -> None:
        """The same for a person."""
        for kind, listed in self.found:
            self._show_entry(console, kind, listed)
        if not self.found:
            console.print(
                f"[green]○[/] [bold]{escape(self.plate)}[/] ({self.key}) is not listed.", highlight=False
            )
        for listed in self.alike:
            entry = listed.entry
            console.print(
                f"[yellow]![/] [bold]{escape(entry.plate)}[/] looks alike and is listed in"
                f" {escape(entry.list_name)}: {entry.category}, priority {entry.priority}."
                " Look at the plate again.",
                highlight=False,
            )

    def _show_entry(self, console: Console, kind: MatchRule, listed: Listed) -> None:
        entry = listed.entry
        live = self._live(entry)
        how = {
            MatchRule.EXACT: "is listed",
            MatchRule.NEAR: f"differs in one sign from {self.key} and is listed for near matching",
            MatchRule.PATTERN: f"is a pattern that {self.key} fits, listed",
        }[kind]
        console.print(
            f"{'[bold red]●[/]' if live else '[yellow]◌[/]'} [bold]{escape(entry.plate)}[/] ({entry.key})"
            f" {how} in {escape(entry.list_name)}" + ("." if live else ", but ran out: it raises no alert."),
            highlight=False,
        )
        grid = Grid.grid(padding=(0, 2))
        for name, value in (
            ("Priority", str(entry.priority)),
            ("Category", entry.category.value),
            ("Match", ranks.how(entry)),
            ("Vehicle", entry.vehicle_class.value),
            ("Reason", entry.reason),
            ("Owner", entry.owner),
            ("Source", entry.source),
            ("Valid until", local(entry.valid_until)),
            ("List version", f"{listed.version}, {age(self.now, listed.made_at)} old"),
        ):
            grid.add_row(f"  {name}", Text(value))
        console.print(grid)

    def _live(self, entry: ListEntry) -> bool:
        return entry.valid_until >= self.now

    def _row(self, listed: Listed) -> dict[str, object]:
        return asdict(listed.entry) | {
            "valid_until": listed.entry.valid_until.isoformat(),
            "list_version": listed.version,
            "expired": not self._live(listed.entry),
        }
