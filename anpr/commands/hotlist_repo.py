"""``anpr hotlist add | remove | diff | discard | approve | publish | recall``: the operator's repository."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from anpr.commands.hotlist_keys import AsJson, Repo, unlock
from anpr.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from anpr.hotlist.difference import Difference
    from anpr.hotlist.draft import DraftState
    from anpr.hotlist.repository import Published, Repository
    from anpr.hotlist.table import Table
    from anpr.types import ListEntry

LAST_PORT = 65_535

PersonKey = Annotated[Path, typer.Option("--key", help="Your own private key.")]
Address = Annotated[
    str | None, typer.Option("--broker", metavar="HOST:PORT", help="Send to the cars by this MQTT broker.")
]
Fleet = Annotated[str, typer.Option("--fleet", help="The fleet whose cars are meant.")]
Papers = Annotated[
    Path | None, typer.Option("--identity", help="Folder with your certificate, from `anpr enrol operator`.")
]
Wait = Annotated[
    float, typer.Option("--wait", min=0, help="Seconds to wait for the cars to say that they hold it.")
]
Plates = Annotated[list[str], typer.Argument(help="Plates as you see them, or ids of entries.")]


def add(
    plate: Annotated[str, typer.Argument(help="The whole mark.")],
    repo: Repo,
    vehicle_class: Annotated[str, typer.Option("--class", help="private_car, taxi, van, ...")],
    category: Annotated[str, typer.Option(help="stolen, wanted, ...")],
    priority: Annotated[str, typer.Option(help="1 (stop at once) to 4 (for information).")],
    reason: Annotated[str, typer.Option(help="What the officer is told.")],
    owner: Annotated[str, typer.Option(help="The unit that answers for the entry.")],
    source: Annotated[str, typer.Option(help="The record it comes from.")],
    valid_until: Annotated[str, typer.Option(help="Last day or moment; there is no forever.")],
) -> None:
    """Put one entry on the draft, or another in its place; cars see it once it is approved and published."""
    from anpr.hotlist.draft import Draft
    from anpr.hotlist.repository import Repository
    from anpr.hotlist.table import read_table

    draft = Draft(Repository(repo))
    sheet = io.StringIO()
    fields = {
        "plate": plate,
        "class": vehicle_class,
        "category": category,
        "priority": priority,
        "reason": reason,
        "owner": owner,
        "source": source,
        "valid until": valid_until,
    }
    csv.writer(sheet).writerows((fields.keys(), fields.values()))
    now = datetime.now(UTC)
    read = read_table(sheet.getvalue().encode(), "draft", now, delimiter="comma")
    if read.errors:
        first = read.errors[0]
        raise InputError(f"{first.column} {first.value!r} {first.what}.", first.todo)
    entry = read.entries[0]
    kept = [held for held in draft.entries() if held.entry_id != entry.entry_id]
    state = draft.replace([*kept, entry], now)
    print(f"{entry.plate} stands on the draft of list number {state.number}.")
    _next_step(draft.state(), repo)


def remove(plates: Plates, repo: Repo) -> None:
    """Take entries off the draft. To silence a published one at once, use recall."""
    from anpr.hotlist.draft import Draft
    from anpr.hotlist.repository import Repository

    draft = Draft(Repository(repo))
    entries = draft.entries()
    ids = _ids(plates, entries, "the draft")
    state = draft.replace([entry for entry in entries if entry.entry_id not in ids], datetime.now(UTC))
    print(f"{len(ids)} taken off the draft of list number {state.number}.")
    _next_step(draft.state(), repo)


def diff(repo: Repo, as_json: AsJson = False) -> None:
    """Show what the draft would change, and who has signed it."""
    from rich.console import Console

    from anpr.hotlist.draft import Draft
    from anpr.hotlist.repository import Repository

    repository = Repository(repo)
    state = Draft(repository).state()
    if state is None:
        print('{"draft": null}' if as_json else f"There is no draft in {repo}: nothing would change.")
        return
    if as_json:
        print(json.dumps(_row(state), ensure_ascii=False))
        return
    _show_draft(Console(), repository, state)
    _next_step(state, repo)


def discard(repo: Repo) -> None:
    """Throw the draft away; what is published stays."""
    from anpr.hotlist.draft import Draft
    from anpr.hotlist.repository import Repository

    draft = Draft(Repository(repo))
    state = draft.state()
    draft.discard()
    print(
        f"The draft of list number {state.number} is thrown away."
        if state
        else f"There was no draft in {repo}."
    )


def approve(
    repo: Repo,
    key: PersonKey,
    yes: Annotated[bool, typer.Option("--yes", help="Sign without being asked.")] = False,
) -> None:
    """Sign the draft as it stands; a list counts when two people have."""
    from rich.console import Console

    from anpr.hotlist.draft import Draft
    from anpr.hotlist.repository import Repository

    repository = Repository(repo)
    draft = Draft(repository)
    state = draft.state()
    if state is not None:
        _show_draft(Console(), repository, state)
    signer = unlock(key)
    name = repository.check_person(signer)
    if state is not None and name not in state.signers and not yes:
        typer.confirm(f"{name}, do you sign this?", abort=True)
    state = draft.approve(signer, datetime.now(UTC))
    print(f"\n{name} has signed list number {state.number}.")
    _next_step(state, repo)


def publish(
    repo: Repo,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Leave the draft alone and renew what is published.")
    ] = False,
    broker: Address = None,
    identity: Papers = None,
    fleet: Fleet = "demo",
    wait: Wait = 0,
    as_json: AsJson = False,
) -> None:
    """Publish the approved draft, or say again that the published list is the newest; send it to the cars."""
    from anpr.hotlist.draft import Draft
    from anpr.hotlist.repository import TIMESTAMP_HOURS, Repository

    repository = Repository(repo)
    draft = Draft(repository)
    now = datetime.now(UTC)
    address = _address(broker)
    if refresh or draft.state() is None:
        published, words = repository.refresh(now), "said again to be the newest"
    else:
        published, words = draft.publish(now), "published"
    if not as_json:
        print(
            f"List {repository.list_name} {published.version} {words}: {published.count}, signed by"
            f" {', '.join(published.proof.signers)}."
        )
        print(f"Cars take it for the newest for {TIMESTAMP_HOURS} hours; renew it daily with --refresh.")
    _send(repository, published, address, identity, fleet, wait, as_json=as_json)


def recall(
    plates: Plates,
    repo: Repo,
    key: PersonKey,
    broker: Address = None,
    identity: Papers = None,
    fleet: Fleet = "demo",
    wait: Wait = 0,
    as_json: AsJson = False,
) -> None:
    """Silence entries of the published list at once: any one person who may sign can do it.

    It can only take away. Bringing an entry back takes two people, as every addition does.
    """
    from anpr.hotlist.draft import Draft
    from anpr.hotlist.repository import Repository

    repository = Repository(repo)
    held = repository.published()
    if held is None:
        raise InputError(
            f"Nothing of list {repository.list_name} is published yet.", "There is nothing to recall."
        )
    address = _address(broker)
    ids = _ids(plates, held.file.entries(), f"the published list {held.version}")
    now = datetime.now(UTC)
    published = repository.recall(ids, unlock(key), now)
    draft = Draft(repository)
    state = draft.state()
    on_draft = state is not None and any(entry.entry_id in ids for entry in state.entries)
    if state is not None and on_draft:
        draft.replace([entry for entry in state.entries if entry.entry_id not in ids], now)
    if not as_json:
        print(f"{', '.join(sorted(ids))} recalled: list {repository.list_name} {published.version}.")
        if on_draft:
            print("The draft held them too: they are off it, and it must be approved anew.")
        print("Next: correct the source record, so that the next import does not bring them back.")
    _send(repository, published, address, identity, fleet, wait, as_json=as_json)


def import_draft(repo: Path, read: Table, now: datetime) -> tuple[str, Difference, str | None]:
    """Puts a table in the place of the draft: its number, the changes, and the version compared with."""
    from anpr.hotlist.draft import Draft
    from anpr.hotlist.repository import Repository

    repository = Repository(repo)
    held = repository.published()
    state = Draft(repository).replace(read.entries, now)
    return f"draft {state.number}", state.changes, held.version if held else None


def draft_next_step(repo: Path) -> None:
    """Says what the operator does next with the draft."""
    from anpr.hotlist.draft import Draft
    from anpr.hotlist.repository import Repository

    _next_step(Draft(Repository(repo)).state(), repo)


def status(repo: Path, *, as_json: bool) -> None:
    """What a repository gives out, until when, who may sign, and how its draft stands."""
    from anpr.hotlist import report
    from anpr.hotlist.draft import Draft
    from anpr.hotlist.repository import Repository

    repository = Repository(repo)
    held, state, now = repository.published(), Draft(repository).state(), datetime.now(UTC)
    if as_json:
        print(
            json.dumps(
                {
                    "list": repository.list_name,
                    "people": list(repository.people.values()),
                    "version": held.version if held else None,
                    "entries": len(held.proof.entries(held.file)) if held else 0,
                    "recalled": sorted(held.proof.silenced()) if held else [],
                    "signed_by": list(held.proof.signers) if held else [],
                    "as_of": held.proof.as_of.isoformat() if held else None,
                    "expires": {role: end.isoformat() for role, end in held.proof.expires.items()}
                    if held
                    else {},
                    **(_row(state) if state else {"draft": None}),
                },
                ensure_ascii=False,
            )
        )
        return
    print(f"List {repository.list_name}; who may sign: {', '.join(repository.people.values())}")
    if held is None:
        print("  Nothing is published yet.")
    else:
        age = report.age(now, held.proof.as_of)
        print(
            f"  Published: {held.version}, {held.count}, signed by"
            f" {', '.join(held.proof.signers)}; {len(held.proof.silenced())} recalled; renewed {age} ago"
        )
        for role, end in held.proof.expires.items():
            late = "RAN OUT" if end < now else "good until"
            print(f"    {role:<9} {late} {report.local(end)}")
    _next_step(state, repo)


def _send(
    repository: Repository,
    published: Published,
    address: tuple[str, int] | None,
    identity: Path | None,
    fleet: str,
    wait: float,
    *,
    as_json: bool,
) -> None:
    told: dict[str, object] = {"list": repository.list_name, "version": published.version, "sent_bytes": 0}
    if address is None:
        if not as_json:
            print("Not sent to any car: say --broker HOST:PORT.")
    else:
        from anpr.hotlist.sending import Sender

        with Sender(*address, fleet, identity) as sender:
            size = sender.send(repository)
            told["sent_bytes"] = size
            if not as_json:
                print(f"Sent to {address[0]}:{address[1]}, fleet {fleet}: {size:,} bytes.")
            if wait:
                spread = sender.wait(repository.list_name, published.version, wait)
                told |= {"held_s": [round(one, 3) for one in spread.seconds], "missing": list(spread.missing)}
                if not as_json:
                    _show_spread(spread.seconds, spread.missing)
    if as_json:
        print(json.dumps(told, ensure_ascii=False))


def _show_spread(seconds: Sequence[float], missing: Sequence[str]) -> None:
    slowest = f", the last after {seconds[-1]:.1f} s" if seconds else ""
    print(f"{len(seconds)} of {len(seconds) + len(missing)} cars hold it{slowest}.")
    if missing:
        print(f"Not yet: {', '.join(missing)}. They fetch it when they are linked.")


def _address(broker: str | None) -> tuple[str, int] | None:
    if broker is None:
        return None
    host, _, port = broker.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) <= LAST_PORT:
        raise InputError(
            f"{broker!r} is no address.", "Write --broker HOST:PORT, for example 127.0.0.1:1883."
        )
    return host.strip("[]"), int(port)


def _ids(asked: Sequence[str], entries: Sequence[ListEntry], where: str) -> set[str]:
    """Ids of the entries that plates or ids stand for."""
    from anpr.plates import normal_form

    ids: set[str] = set()
    for one in asked:
        key = normal_form(one)
        found = {entry.entry_id for entry in entries if entry.entry_id == one or (key and entry.key == key)}
        if not found:
            raise InputError(
                f"{one!r} is not on {where}; nothing was changed.",
                "See `anpr hotlist status` and check the spelling.",
            )
        ids |= found
    return ids


def _row(state: DraftState) -> dict[str, object]:
    return {
        "draft": state.number,
        "draft_entries": len(state.entries),
        "draft_signed_by": list(state.signers),
        "approved": state.approved,
        "added": [entry.entry_id for entry in state.changes.added],
        "removed": [entry.entry_id for entry in state.changes.removed],
        "changed": [change.after.entry_id for change in state.changes.changed],
        "recalled_ones_back": list(state.back),
    }


def _show_draft(console: Console, repository: Repository, state: DraftState) -> None:
    from anpr.hotlist import report

    held = repository.published()
    report.show_difference(console, repository.list_name, state.changes, held.version if held else None)
    if state.back:
        print(f"  ! Recalled once, and back with this draft: {', '.join(state.back)}")


def _next_step(state: DraftState | None, repo: Path) -> None:
    if state is None:
        print(f"Next: there is no draft. anpr hotlist import FILE --repo {repo}, or add, or remove.")
    elif state.approved:
        print(f"Signed by {' and '.join(state.signers)}.")
        print(f"Next: anpr hotlist publish --repo {repo} --broker HOST:PORT")
    elif state.signers:
        print(f"Signed by {state.signers[0]}. Next: a second person approves it with their own --key.")
    else:
        print(f"Draft {state.number} is signed by nobody.")
        print(f"Next: anpr hotlist approve --repo {repo} --key FILE, by two people.")
