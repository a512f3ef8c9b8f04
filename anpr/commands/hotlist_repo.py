"""``anpr hotlist add | remove | diff | discard | approve``: the draft in the operator's repository."""

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
    from anpr.hotlist.repository import Repository
    from anpr.hotlist.table import Table
    from anpr.types import ListEntry

PersonKey = Annotated[Path, typer.Option("--key", help="Your own private key.")]
Plates = Annotated[list[str], typer.Argument(help="Plates as you see them, or ids of entries.")]


def add(
    plate: Annotated[str, typer.Argument(help="The whole mark, or a pattern.")],
    repo: Repo,
    vehicle_class: Annotated[str, typer.Option("--class", help="private_car, taxi, van, ...")],
    category: Annotated[str, typer.Option(help="stolen, wanted, ...")],
    priority: Annotated[str, typer.Option(help="1 (stop at once) to 4 (for information).")],
    reason: Annotated[str, typer.Option(help="What the officer is told.")],
    owner: Annotated[str, typer.Option(help="The unit that answers for the entry.")],
    source: Annotated[str, typer.Option(help="The record it comes from.")],
    valid_until: Annotated[str, typer.Option(help="Last day or moment; there is no forever.")],
    match: Annotated[
        str, typer.Option(help="exact; near: one sign may differ; pattern: ? is one sign, * any run.")
    ] = "exact",
    covert: Annotated[bool, typer.Option("--covert", help="To be reported, not stopped.")] = False,
    person: Annotated[
        bool, typer.Option("--person", help="Listed because of a person, not of the vehicle.")
    ] = False,
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
        "match": match,
        "covert": str(covert),
        "person": str(person),
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
    next_step(draft.state(), repo)


def remove(plates: Plates, repo: Repo) -> None:
    """Take entries off the draft. To silence a published one at once, use recall."""
    from anpr.hotlist.draft import Draft
    from anpr.hotlist.repository import Repository

    draft = Draft(Repository(repo))
    entries = draft.entries()
    ids = ids_of(plates, entries, "the draft")
    state = draft.replace([entry for entry in entries if entry.entry_id not in ids], datetime.now(UTC))
    print(f"{len(ids)} taken off the draft of list number {state.number}.")
    next_step(draft.state(), repo)


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
        print(json.dumps(row_of(state), ensure_ascii=False))
        return
    _show_draft(Console(), repository, state)
    next_step(state, repo)


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
    next_step(state, repo)


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

    next_step(Draft(Repository(repo)).state(), repo)


def ids_of(asked: Sequence[str], entries: Sequence[ListEntry], where: str) -> set[str]:
    """Ids of the entries that plates or ids stand for."""
    from anpr.hotlist import patterns
    from anpr.types import MatchRule

    ids: set[str] = set()
    for one in asked:
        key = patterns.key_of(one, MatchRule.PATTERN if patterns.is_pattern(one) else MatchRule.EXACT)
        found = {entry.entry_id for entry in entries if entry.entry_id == one or (key and entry.key == key)}
        if not found:
            raise InputError(
                f"{one!r} is not on {where}; nothing was changed.",
                "See `anpr hotlist status` and check the spelling.",
            )
        ids |= found
    return ids


def row_of(state: DraftState) -> dict[str, object]:
    """A draft for --json."""
    return {
        "draft": state.number,
        "draft_entries": len(state.entries),
        "draft_signed_by": list(state.signers),
        "approved": state.approved,
        "added": [entry.entry_id for entry in state.changes.added],
        "removed": [entry.entry_id for entry in state.changes.removed],
        "changed": [change.after.entry_id for change in state.changes.changed],
        "recalled_ones_back": list(state.back),
        "needs_rank": state.weighty,
        "lacks_rank": state.lacks_rank,
    }


def _show_draft(console: Console, repository: Repository, state: DraftState) -> None:
    from anpr.hotlist import report

    held = repository.published()
    report.show_difference(console, repository.list_name, state.changes, held.version if held else None)
    report.show_weight(console, state.entries)
    if state.back:
        print(f"  ! Recalled once, and back with this draft: {', '.join(state.back)}")


def next_step(state: DraftState | None, repo: Path) -> None:
    """Says what is to be done next with a draft."""
    if state is None:
        print(f"Next: there is no draft. anpr hotlist import FILE --repo {repo}, or add, or remove.")
    elif state.approved:
        print(f"Signed by {' and '.join(state.signers)}.")
        print(f"Next: anpr hotlist publish --repo {repo} --broker HOST:PORT")
    elif state.signers and state.lacks_rank:
        from anpr.hotlist.draft import who_of_rank

        print(f"Signed by {' and '.join(state.signers)}; it holds entries that need rank ({state.weighty}).")
        print(f"Next: {who_of_rank(state)} must approve it with their own --key.")
    elif state.signers:
        print(f"Signed by {state.signers[0]}. Next: a second person approves it with their own --key.")
    else:
        print(f"Draft {state.number} is signed by nobody.")
        print(f"Next: anpr hotlist approve --repo {repo} --key FILE, by two people.")
