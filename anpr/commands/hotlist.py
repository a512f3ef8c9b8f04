"""``anpr hotlist``: import a table, see what is held, check a plate, and keep a signed repository."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from anpr.commands import hotlist_keys, hotlist_repo
from anpr.errors import InputError

if TYPE_CHECKING:
    from anpr.hotlist import report
    from anpr.hotlist.store import HotlistStore, ListVersion
    from anpr.hotlist.table import Table

hotlist = typer.Typer(
    help="Hotlists: draft, sign, publish and recall them in an operator's repository (--repo); import, see"
    " and check what a car holds (--data-dir).",
    no_args_is_help=True,
)

DataDir = Annotated[
    Path | None, typer.Option("--data-dir", help="The car's data directory; --config names it too.")
]
Config = Annotated[Path | None, typer.Option("--config", help="Settings file of the car.")]
Repo = Annotated[
    Path | None, typer.Option("--repo", help="An operator's repository, in place of a car's own store.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@hotlist.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A CSV or text table with a heading row.")],
    list_name: Annotated[
        str | None, typer.Option("--list", help="The list to replace; the file's name without its ending.")
    ] = None,
    mapping: Annotated[
        list[str] | None, typer.Option("--map", metavar="FIELD=HEADING", help="Column of a field.")
    ] = None,
    constants: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FIELD=VALUE", help="One value of a field for all rows."),
    ] = None,
    delimiter: Annotated[
        str | None, typer.Option(help="comma, semicolon, tab or bar; found out when not given.")
    ] = None,
    timezone: Annotated[str, typer.Option(help="Where a day of valid_until ends.")] = "Asia/Hong_Kong",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would happen and change nothing.")
    ] = False,
    skip_bad_rows: Annotated[
        bool, typer.Option("--skip-bad-rows", help="Import the good rows although there are bad ones.")
    ] = False,
    allow_empty: Annotated[
        bool, typer.Option("--allow-empty", help="Let a table without entries clear the list.")
    ] = False,
    data_dir: DataDir = None,
    config: Config = None,
    repo: Repo = None,
    as_json: AsJson = False,
) -> None:
    """Replace one list by a table: all of it, or nothing.

    Every row is checked first. Bad rows are listed with what to do, and stop the import (exit code 2).
    With --repo the table becomes the draft of a repository, to be approved by two people and published.
    Without, it goes straight and unsigned into the store of the car on this machine.
    """
    from rich.console import Console

    from anpr.hotlist import difference, importing, report, table

    list_name = _list_name(list_name, file) if repo is None else _list_of(repo, list_name, data_dir, config)
    if delimiter is not None and delimiter not in table.DELIMITERS:
        raise InputError(f"There is no delimiter {delimiter!r}.", f"Use {', '.join(table.DELIMITERS)}.")
    now = datetime.now(UTC)
    read = table.read_table(
        importing.read_bytes(file),
        list_name,
        now,
        mapping=_pairs("--map", mapping),
        constants=_pairs("--set", constants),
        delimiter=delimiter,
        zone=table.zone_of(timezone),
    )
    refused = bool(read.errors) and not skip_bad_rows
    if repo is not None:
        _import_draft(
            repo,
            file,
            list_name,
            read,
            now,
            dry_run=dry_run,
            refused=refused,
            allow_empty=allow_empty,
            as_json=as_json,
        )
        if refused:
            raise typer.Exit(2)
        return
    directory = _directory(data_dir, config)
    held = _open(directory, create=not (dry_run or refused))
    version = None
    try:
        before = {one.name: one.version for one in held.lists()} if held else {}
        changes = difference.between(held.entries(list_name) if held else (), read.entries)
        if not (dry_run or refused) and held is not None:
            if not (read.entries or allow_empty):
                raise InputError(
                    f"{file} holds no entry, so the list would be cleared.",
                    "If that is meant, say --allow-empty.",
                )
            version = importing.put(held, list_name, read, now)
    finally:
        if held is not None:
            held.close()
    done = report.Import(str(file), list_name, read, changes, before.get(list_name), dry_run, version)
    if as_json:
        print(done.as_json())
    else:
        done.show(Console())
        print(_outcome(done, directory))
    if refused:
        raise typer.Exit(2)


@hotlist.command()
def status(
    data_dir: DataDir = None, config: Config = None, repo: Repo = None, as_json: AsJson = False
) -> None:
    """Show which lists are held, in which version, and how old they are; or how a repository stands."""
    if repo is not None:
        _one_place(data_dir, config)
        hotlist_repo.status(repo, as_json=as_json)
        return
    from rich.console import Console

    from anpr.hotlist import importing, report

    now = datetime.now(UTC)
    directory = _directory(data_dir, config)
    signed = importing.signed_lists(directory)
    held = _open(directory, create=False)
    lists: tuple[ListVersion, ...] = ()
    expired = 0
    if held is not None:
        with held:
            lists, expired = held.lists(), held.expired(now)
    if as_json:
        rows = [
            {
                "list": one.name,
                "version": one.version,
                "made_at": one.made_at.isoformat(),
                "age_s": max(0.0, (now - one.made_at).total_seconds()),
                "entries": one.entries,
                "signed": one.name in signed,
            }
            for one in lists
        ]
        print(json.dumps({"lists": rows, "expired": expired}))
    elif not lists:
        print(f"No hotlist is held in {directory}.")
        if signed:
            print(f"{', '.join(sorted(signed))} will come signed over the link when the car runs.")
        else:
            print("Import one: anpr hotlist import FILE --list NAME")
    else:
        report.show_lists(Console(), lists, signed, expired, now)


@hotlist.command()
def check(
    plate: Annotated[str, typer.Argument(help="The plate as you see it; blanks and case do not count.")],
    data_dir: DataDir = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Check one plate by hand: its entries, or "not listed" and the listed plates that look alike."""
    from rich.console import Console

    from anpr.hotlist import report
    from anpr.plates import normal_form
    from anpr.plates.lookalikes import swaps

    key = normal_form(plate)
    if not key:
        raise InputError(f"{plate!r} holds no letter or digit.", "Type the plate as you see it.")
    directory = _directory(data_dir, config)
    held = _open(directory, create=False)
    if held is None:
        raise InputError(
            f"No hotlist is held in {directory}, so no plate can be checked.",
            "Import one with `anpr hotlist import FILE --list NAME`, or name the car's --data-dir.",
        )
    now = datetime.now(UTC)
    with held:
        answer = report.Answer(
            plate, key, held.find(key), tuple(one for other in swaps(key) for one in held.find(other)), now
        )
    if as_json:
        print(answer.as_json())
    else:
        answer.show(Console())


for _verb in (
    hotlist_keys.key,
    hotlist_keys.init,
    hotlist_repo.add,
    hotlist_repo.remove,
    hotlist_repo.diff,
    hotlist_repo.discard,
    hotlist_repo.approve,
    hotlist_repo.publish,
    hotlist_repo.recall,
    hotlist_keys.trust,
    hotlist_keys.verify,
):
    hotlist.command()(_verb)


def _list_name(given: str | None, file: Path) -> str:
    name = given or file.stem
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", name):
        raise InputError(
            f"{name!r} is no name for a list.",
            "Give one with --list: letters, digits, dots and dashes, up to 64.",
        )
    return name


def _one_place(data_dir: Path | None, config: Path | None) -> None:
    if data_dir is not None or config is not None:
        raise InputError(
            "--repo names an operator's repository, --data-dir and --config a car.", "Say one of them."
        )


def _list_of(repo: Path, list_name: str | None, data_dir: Path | None, config: Path | None) -> str:
    from anpr.hotlist.repository import Repository

    _one_place(data_dir, config)
    own = Repository(repo).list_name
    if list_name not in {None, own}:
        raise InputError(
            f"{repo} is the repository of list {own}.", "Leave out --list, or name another --repo."
        )
    return own


def _import_draft(
    repo: Path,
    file: Path,
    list_name: str,
    read: Table,
    now: datetime,
    *,
    dry_run: bool,
    refused: bool,
    allow_empty: bool,
    as_json: bool,
) -> None:
    from rich.console import Console

    from anpr.hotlist import difference, report
    from anpr.hotlist.repository import Repository

    version = None
    if dry_run or refused:
        held = Repository(repo).published()
        before = held.version if held else None
        changes = difference.between(held.file.entries() if held else (), read.entries)
    else:
        if not (read.entries or allow_empty):
            raise InputError(
                f"{file} holds no entry, so the list would be cleared.",
                "If that is meant, say --allow-empty.",
            )
        version, changes, before = hotlist_repo.import_draft(repo, read, now)
    done = report.Import(str(file), list_name, read, changes, before, dry_run, version)
    if as_json:
        print(done.as_json())
        return
    done.show(Console())
    print(_outcome(done, repo))
    if version is not None:
        hotlist_repo.draft_next_step(repo)


def _pairs(option: str, given: list[str] | None) -> dict[str, str]:
    pairs = {}
    for pair in given or ():
        field, equals, value = pair.partition("=")
        if not (field and equals and value):
            raise InputError(f"{option} {pair!r} is not FIELD=VALUE.", f"Write {option} {field or 'plate'}=…")
        pairs[field.strip()] = value.strip()
    return pairs


def _directory(data_dir: Path | None, config: Path | None) -> Path:
    if data_dir is not None:
        return data_dir
    from anpr.config import load

    return load(config).car.data_dir


def _open(directory: Path, *, create: bool) -> HotlistStore | None:
    """The store of a data directory; None when there is none and none shall be made."""
    from anpr.hotlist.store import FILE_NAME, HotlistStore

    path = directory / FILE_NAME
    return HotlistStore(path) if create or path.exists() else None


def _outcome(done: report.Import, directory: Path) -> str:
    bad = done.table.bad_rows
    if done.version:
        left_out = f" {bad:,} bad rows were left out." if bad else ""
        return (
            f"\nImported {len(done.table.entries):,} entries into list {done.list_name} of {directory},"
            f" version {done.version}.{left_out}"
        )
    if not bad:
        return "\nDry run: nothing was changed. Leave out --dry-run to import."
    return "\nNothing was imported. Mend the rows above, or leave them out with --skip-bad-rows."
