"""``anpr hotlist verify``: proof for outsiders."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from anpr.commands.hotlist_keys import AsJson
from anpr.errors import InputError, PolicyError

if TYPE_CHECKING:
    from anpr.hotlist.copies import Copy
    from anpr.hotlist.proof import Proof


def verify(
    path: Annotated[Path, typer.Argument(help="A repository, or the data directory of a car.")],
    root: Annotated[
        Path | None,
        typer.Option("--root", help="The root that you vouch for; otherwise the one found there."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check signed lists offline, as an outsider: signatures, hashes, and what a car holds because of them.

    Exit code 6 when anything does not hold. A list whose word has run out is genuine, but perhaps not the
    newest.
    """
    from anpr.hotlist import copies

    found = copies.prove_all(path, root)
    if not found:
        raise InputError(
            f"There is no signed list in {path}.", "Name a repository, or a car's data directory."
        )
    now = datetime.now(UTC)
    if as_json:
        print(json.dumps({"lists": [_row(one, now) for one in found]}, ensure_ascii=False))
    else:
        for one in found:
            _show(one, now)
    if any(one.problem for one in found):
        raise typer.Exit(PolicyError.exit_code)


def _row(one: Copy, now: datetime) -> dict[str, object]:
    proof = one.proof
    return {
        "list": one.list_name,
        "genuine": one.problem is None,
        "problem": one.problem,
        "version": one.version,
        "entries": one.entries,
        "signed_by": list(proof.signers) if proof else [],
        "recalled_by": list(proof.recallers) if proof else [],
        "as_of": proof.as_of.isoformat() if proof else None,
        "run_out": list(proof.expired(now)) if proof else [],
    }


def _show(one: Copy, now: datetime) -> None:
    if one.problem is not None or one.proof is None:
        print(f"✗ {one.list_name}: {one.problem}")
        return
    from anpr.hotlist import listfile

    proof = one.proof
    count = listfile.counted(one.entries)
    print(f"✓ {one.list_name} {one.version}: {count}, signed by {', '.join(proof.signers)}")
    if proof.recalled:
        print(f"  {len(proof.silenced())} recalled by {', '.join(proof.recallers)}")
    print(f"  said to be the newest at {proof.as_of:%Y-%m-%d %H:%M} UTC{_until(proof, now)}")


def _until(proof: Proof, now: datetime) -> str:
    if expired := proof.expired(now):
        return f"; STALE: the word of {', '.join(expired)} has run out, so there may be a newer one"
    return f", good until {min(proof.expires.values()):%Y-%m-%d %H:%M} UTC"
