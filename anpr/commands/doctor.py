"""``anpr doctor``: tries every part of the car and says what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from anpr.edge.doctor import Check, Finding

SIGNS = {"ok": ("✓ ok", "green"), "warn": ("! look", "yellow"), "fail": ("✗ FAIL", "bold red")}


def doctor(
    config: Annotated[Path | None, typer.Option("--config", help="Settings file of the car.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Try cameras, model, GPS, clock, disk, certificate, broker, hotlist and screen, and say what to do.

    Takes at most 15 seconds. Exit code 1 when a part is not fit for a shift.
    """
    from rich.console import Console
    from rich.live import Live

    from anpr import log
    from anpr.config import load
    from anpr.edge.doctor import Check, Level, examine
    from anpr.edge.doctor_packages import packages
    from anpr.edge.doctor_parts import checks

    log.configure("error")  # the findings say it all
    # First and alone: the others load the same libraries, which do not bear being loaded twice at once.
    base = Check("packages", packages)
    parts = checks(load(config).car)
    found: dict[str, Finding] = {}
    with Live(_table((base, *parts), found), console=Console(quiet=as_json), refresh_per_second=8) as live:
        for group in ((base,), parts):
            for check, finding in examine(group):
                found[check.name] = finding
                live.update(_table((base, *parts), found))
    failed = sum(finding.level is Level.FAIL for finding in found.values())
    if as_json:
        rows = [
            {"check": check.name, "level": one.level, "sentence": one.sentence, "next_step": one.next_step}
            for check in (base, *parts)
            for one in (found[check.name],)
        ]
        print(json.dumps({"ok": failed == 0, "checks": rows}, ensure_ascii=False))
    elif failed:
        print(
            f"\nNot ready: {failed} of {len(found)} parts failed. Do what stands beside them, then try again."
        )
    else:
        print("\nReady for the shift.")
    if failed:
        raise typer.Exit(1)


def _table(checks: tuple[Check, ...], found: dict[str, Finding]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("")
    table.add_column("Part", no_wrap=True)
    table.add_column("Finding", ratio=3)
    table.add_column("Next step", ratio=2)
    for check in checks:
        finding = found.get(check.name)
        # Sign, word and colour say the same thing, each to somebody who cannot use the others.
        sign, style = ("…", "dim") if finding is None else SIGNS[finding.level.value]
        table.add_row(
            Text(sign, style=style),
            Text(check.name, style="bold"),
            Text(finding.sentence if finding else "trying", style="" if finding else "dim"),
            Text(finding.next_step if finding else ""),
        )
    return table
