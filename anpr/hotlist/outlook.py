"""What an operator sees of a forecast, before entries that match loosely are saved."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table as Grid
from rich.text import Text

from anpr.hotlist.forecast import Forecast, Forecaster
from anpr.hotlist.traffic import READS_A_DAY, WRONG_SHARE, hong_kong
from anpr.types import MatchRule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from anpr.types import ListEntry


def of(
    entries: Iterable[ListEntry], reads_a_day: float = READS_A_DAY, wrong_share: float = WRONG_SHARE
) -> Forecast:
    """The forecast of a list in Hong Kong's traffic; for one car unless other reads a day are given."""
    return Forecaster(hong_kong(wrong_share)).forecast(entries, reads_a_day)


def of_loose(entries: Iterable[ListEntry]) -> Forecast | None:
    """The forecast of those entries that are matched nearly or by wildcards; None when there are none."""
    loose = [entry for entry in entries if entry.rule is not MatchRule.EXACT]
    return of(loose) if loose else None


def as_row(told: Forecast) -> dict[str, object]:
    """A forecast as a part of a JSON object."""
    return {
        "reads_a_day": told.reads_a_day,
        "entries": told.entries,
        "false_hits_a_day": told.a_day,
        "low": told.low,
        "high": told.high,
        "true_hits_a_day": told.true_a_day,
        "by_match": {rule.value: a_day for rule, a_day in told.by_rule.items()},
        "worst": [
            {
                "id": one.entry.entry_id,
                "plate": one.entry.plate,
                "match": one.entry.rule.value,
                "false_hits_a_day": one.a_day,
                "ordinary_marks": one.marks,
            }
            for one in told.worst
        ],
    }


def show(console: Console, told: Forecast) -> None:
    """A forecast for a person: the number first, then what it is made of."""
    loose = told.a_day > told.true_a_day
    console.print(
        f"\n[bold cyan]Forecast[/] for {told.reads_a_day:,.0f} reads a day:"
        f" [bold{' yellow' if loose else ''}]{_amount(told.a_day)} false hits a day[/]"
        f" ({told.low:,} to {told.high:,} on 95 of 100 days),"
        f" beside {_amount(told.true_a_day)} wanted vehicles at Hong Kong's rate of 2019",
        highlight=False,
    )
    console.print(
        "  " + "   ".join(f"{rule} {_amount(a_day)}" for rule, a_day in told.by_rule.items() if a_day),
        highlight=False,
    )
    if loose:
        console.print("  [yellow]![/] More of its hits would be false than true: match more narrowly.")
    grid = Grid(title=Text("Most false hits", style="bold cyan"), title_justify="left", box=None)
    for heading in ("Plate", "Match", "False hits a day", "One in", "Other ordinary marks that match"):
        grid.add_column(heading, justify="left" if heading in {"Plate", "Match"} else "right")
    for one in told.worst:
        if one.entry.rule is not MatchRule.EXACT:
            every = f"{_amount(1 / one.a_day)} days" if 0 < one.a_day < 1 else ""
            grid.add_row(
                escape(one.entry.plate), one.entry.rule.value, _amount(one.a_day), every, f"{one.marks:,}"
            )
    if grid.row_count:
        console.print(grid)


def _amount(number: float) -> str:
    """A number with two figures that count, or more where it is large."""
    if number == 0:
        return "0"
    digits = max(0, 1 - math.floor(math.log10(number)))
    return f"{number:,.{digits}f}" if digits < 7 else f"{number:.1e}"  # noqa: PLR2004 - noughts that help nobody
