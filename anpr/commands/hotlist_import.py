"""``anpr hotlist import``: a table in the place of a list, in a car or as the draft of a repository."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from anpr.commands import hotlist_places as places
from anpr.commands import hotlist_repo
from anpr.errors import InputError

if TYPE_CHECKING:
    from anpr.hotlist.report import Import
    from anpr.hotlist.table import Table


@places.describing
def import_(
    file: Annotated[Path, typer.Argument(help="A CSV or text table: with a heading row, or of fixed width.")],
    list_name: Annotated[
        str | None, typer.Option("--list", help="The list to replace; the file's name without its ending.")
    ] = None,
    described: places.Description = places.UNSAID,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would happen and change nothing.")
    ] = False,
    skip_bad_rows: Annotated[
        bool, typer.Option("--skip-bad-rows", help="Import the good rows although there are bad ones.")
    ] = False,
    allow_empty: Annotated[
        bool, typer.Option("--allow-empty", help="Let a table without entries clear the list.")
    ] = False,
    data_dir: places.DataDir = None,
    config: places.Config = None,
    repo: places.Repo = None,
    as_json: places.AsJson = False,
) -> None:
    """Replace one list by a table: all of it, or nothing.

    Every row is checked first. Bad rows are listed with what to do, and stop the import (exit code 2).
    With --repo the table becomes the draft of a repository, to be approved by two people and published.
    Without, it goes straight and unsigned into the store of the car on this machine. For entries with near
    matching or wildcards the report says how many false hits a day they would raise.
    """
    from rich.console import Console

    name = (
        places.list_name_of(list_name, file)
        if repo is None
        else places.list_of(repo, list_name, data_dir, config)
    )
    now = datetime.now(UTC)
    read = places.read_file(file, name, now, described)
    refused = bool(read.errors) and not skip_bad_rows
    change = not (dry_run or refused)
    if change and not (read.entries or allow_empty):
        raise InputError(
            f"{file} holds no entry, so the list would be cleared.", "If that is meant, say --allow-empty."
        )
    place = repo or places.directory_of(data_dir, config)
    import_to = _into_draft if repo is not None else _into_car
    done = import_to(place, file, name, read, now, dry_run=dry_run, change=change)
    if as_json:
        print(done.as_json())
    else:
        done.show(Console())
        print(_outcome(done, place))
        if repo is not None and done.version is not None:
            hotlist_repo.draft_next_step(repo)
    if refused:
        raise typer.Exit(2)


def _into_car(
    directory: Path, file: Path, list_name: str, read: Table, now: datetime, *, dry_run: bool, change: bool
) -> Import:
    from anpr.hotlist import difference, importing, report

    held = places.open_store(directory, create=change)
    version = None
    try:
        before = {one.name: one.version for one in held.lists()} if held else {}
        changes = difference.between(held.entries(list_name) if held else (), read.entries)
        if change and held is not None:
            version = importing.put(held, list_name, read, now)
    finally:
        if held is not None:
            held.close()
    return report.Import(str(file), list_name, read, changes, before.get(list_name), dry_run, version)


def _into_draft(
    repo: Path, file: Path, list_name: str, read: Table, now: datetime, *, dry_run: bool, change: bool
) -> Import:
    from anpr.hotlist import difference, report
    from anpr.hotlist.repository import Repository

    if change:
        version, changes, before = hotlist_repo.import_draft(repo, read, now)
        return report.Import(str(file), list_name, read, changes, before, dry_run, version)
    held = Repository(repo).published()
    changes = difference.between(held.file.entries() if held else (), read.entries)
    return report.Import(
        str(file), list_name, read, changes, held.version if held else None, dry_run, version=None
    )


def _outcome(done: Import, place: Path) -> str:
    bad = done.table.bad_rows
    if done.version:
        left_out = f" {bad:,} bad rows were left out." if bad else ""
        return (
            f"\nImported {len(done.table.entries):,} entries into list {done.list_name} of {place},"
            f" version {done.version}.{left_out}"
        )
    if not bad:
        return "\nDry run: nothing was changed. Leave out --dry-run to import."
    return "\nNothing was imported. Mend the rows above, or leave them out with --skip-bad-rows."
