"""``anpr hotlist``: import a table, see what is held, check a plate, and keep a signed repository."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from anpr.commands import (
    hotlist_forecast,
    hotlist_import,
    hotlist_keys,
    hotlist_publish,
    hotlist_repo,
    hotlist_state,
    hotlist_verify,
)
from anpr.commands import hotlist_places as places
from anpr.errors import InputError

if TYPE_CHECKING:
    from anpr.hotlist.store import ListVersion

hotlist = typer.Typer(
    help="Hotlists: draft, sign, publish and recall them in an operator's repository (--repo); import, see"
    " and check what a car holds (--data-dir).",
    no_args_is_help=True,
)

hotlist.command("import")(hotlist_import.import_)


@hotlist.command()
def status(
    data_dir: places.DataDir = None,
    config: places.Config = None,
    repo: places.Repo = None,
    broker: hotlist_publish.Address = None,
    identity: hotlist_publish.Papers = None,
    fleet: hotlist_publish.Fleet = "demo",
    as_json: places.AsJson = False,
) -> None:
    """Show which lists are held, in which version, and how old they are; or how a repository stands.

    Of a repository: what is published, until when, who may sign; with --broker, which cars hold it.
    """
    if repo is not None:
        places.one_place(data_dir, config)
        hotlist_state.status(repo, broker=broker, identity=identity, fleet=fleet, as_json=as_json)
        return
    from rich.console import Console

    from anpr.hotlist import importing, report

    now = datetime.now(UTC)
    directory = places.directory_of(data_dir, config)
    signed = importing.signed_lists(directory)
    held = places.open_store(directory, create=False)
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
    data_dir: places.DataDir = None,
    config: places.Config = None,
    as_json: places.AsJson = False,
) -> None:
    """Check one plate by hand: its entries, or "not listed" and the listed plates that look alike."""
    from rich.console import Console

    from anpr.hotlist.answer import Answer
    from anpr.plates import normal_form
    from anpr.plates.lookalikes import swaps

    key = normal_form(plate)
    if not key:
        raise InputError(f"{plate!r} holds no letter or digit.", "Type the plate as you see it.")
    directory = places.directory_of(data_dir, config)
    held = places.open_store(directory, create=False)
    if held is None:
        raise InputError(
            f"No hotlist is held in {directory}, so no plate can be checked.",
            "Import one with `anpr hotlist import FILE --list NAME`, or name the car's --data-dir.",
        )
    now = datetime.now(UTC)
    with held:
        found = held.matching(key)
        known = {listed.entry for _, listed in found}
        alike = tuple(one for other in swaps(key) for one in held.find(other) if one.entry not in known)
        answer = Answer(plate, key, found, alike, now)
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
    hotlist_forecast.forecast,
    hotlist_repo.discard,
    hotlist_repo.approve,
    hotlist_publish.publish,
    hotlist_publish.recall,
    hotlist_keys.rotate,
    hotlist_keys.trust,
    hotlist_verify.verify,
):
    hotlist.command()(_verb)
