"""``anpr hotlist forecast``: how many false hits a day a list would raise."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from anpr.commands import hotlist_places as places
from anpr.errors import InputError

if TYPE_CHECKING:
    from anpr.types import ListEntry

# As in anpr.hotlist.traffic, which says where they come from; importing it here would slow every command.
READS_A_DAY = 660
WRONG_SHARE = 0.025


@places.describing
def forecast(
    file: Annotated[
        Path | None, typer.Argument(help="A table as for import; without it, the draft of --repo.")
    ] = None,
    repo: places.Repo = None,
    reads_a_day: Annotated[
        float, typer.Option(min=1, help="Reads a day; one car of Hong Kong's trial of 2019 had 660.")
    ] = READS_A_DAY,
    wrong: Annotated[
        float, typer.Option(min=0, max=0.5, help="Wrong ones among reads that are shown, 0 to 1.")
    ] = WRONG_SHARE,
    described: places.Description = places.UNSAID,
    as_json: places.AsJson = False,
) -> None:
    """Say how many false hits a day a table or a draft would raise, before anybody has to live with them.

    Reckoned from Hong Kong's grammar, the measured confusions of the reader, and the reads of a day. Rows
    that cannot be imported are left out.
    """
    from rich.console import Console

    from anpr.hotlist import outlook

    if (file is None) == (repo is None):
        raise InputError(
            "A forecast is of a table or of a draft.", "Name a file, or a repository with --repo."
        )
    if repo is not None:
        entries = _draft(repo)
    else:
        assert file is not None  # noqa: S101 - one of them is named
        read = places.read_file(file, "forecast", datetime.now(UTC), described)
        entries = read.entries
        if read.bad_rows and not as_json:
            print(f"{read.bad_rows:,} bad rows are left out; see them with anpr hotlist import --dry-run.")
    if not entries:
        raise InputError("There is no entry to forecast.", "Name a table with entries, or make a draft.")
    told = outlook.of(entries, reads_a_day, wrong)
    if as_json:
        print(json.dumps(outlook.as_row(told) | {"wrong_share": wrong}, ensure_ascii=False))
        return
    print(f"{len(entries):,} entries; {wrong:.1%} of the reads are taken to be wrong.")
    outlook.show(Console(highlight=False), told)


def _draft(repo: Path) -> tuple[ListEntry, ...]:
    from anpr.hotlist.draft import Draft
    from anpr.hotlist.repository import Repository

    return Draft(Repository(repo)).entries()
