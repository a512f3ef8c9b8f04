"""``anpr hotlist key | init | trust | verify``: who may sign, who trusts whom, and proof for outsiders."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from anpr.errors import InputError, PolicyError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from securesystemslib.signer import CryptoSigner, Key

    from anpr.hotlist.copies import Copy
    from anpr.hotlist.proof import Proof

Repo = Annotated[Path, typer.Option("--repo", help="The operator's repository.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
UNLOCK_VARIABLE = "ANPR_PASSPHRASE"
DEMO_PEOPLE = ("Demo Operator", "Demo Approver")


def key(
    file: Annotated[Path, typer.Argument(help="Where the private key goes, for example chan.pem.")],
    person: Annotated[str, typer.Option("--person", help="Whose key it is; stands in every list signed.")],
    no_passphrase: Annotated[
        bool, typer.Option("--no-passphrase", help="Leave the file open: for machines and demonstrations.")
    ] = False,
) -> None:
    """Make a person's key pair: FILE, which is never given away, and its .pub, which is."""
    from anpr.hotlist import keys

    made = keys.make(file, person, None if no_passphrase else _new_passphrase())
    public = file.with_suffix(keys.PUBLIC)
    print(f"Key of {person}: {file} (secret, keep it), {public} (give it to the ceremony).")
    print(f"Fingerprint: {made.keyid}")
    print("Next: read the fingerprint aloud at the ceremony; see docs/how-to/hotlist-signed.md.")


def init(
    repo: Repo,
    list_name: Annotated[str, typer.Option("--list", help="The list that this repository is for.")],
    root_key: Annotated[
        Path | None, typer.Option("--root-key", help="Private root key; put it in a safe afterwards.")
    ] = None,
    signers: Annotated[
        list[Path] | None, typer.Option("--signer", help="A person's .pub file; give two or more.")
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Make all keys here, unlocked: for trying out, never for duty.")
    ] = False,
) -> None:
    """Hold the key ceremony: make a repository whose list counts when two people have signed it."""
    from anpr.hotlist import keys
    from anpr.hotlist.repository import Repository
    from anpr.hotlist.trust import NAME

    if not NAME.fullmatch(list_name):
        raise InputError(f"{list_name!r} is no name for a list.", "Use letters, digits, dots and dashes.")
    if demo:
        if root_key or signers:
            raise InputError("--demo makes its own keys.", "Leave out --root-key and --signer, or --demo.")
        if repo.exists() and any(repo.iterdir()):
            raise InputError(f"{repo} is not empty.", "Name a new folder.")
        folder = repo.with_name(f"{repo.name}-keys")
        root_key = folder / "root.pem"
        keys.make(root_key, "Demo Root", None)
        people: Sequence[Key] = [
            keys.make(folder / f"{name.split()[1].lower()}.pem", name, None) for name in DEMO_PEOPLE
        ]
    else:
        if root_key is None:
            raise InputError(
                "A ceremony needs a root key.",
                "Make one with `anpr hotlist key root.pem --person NAME` and give --root-key, or try --demo.",
            )
        people = [keys.public(path) for path in signers or ()]
    made = Repository.create(repo, list_name, unlock(root_key), people, datetime.now(UTC))
    print(f"Repository {repo} for list {list_name}; a list counts when two of these have signed it:")
    for keyid, name in made.people.items():
        print(f"  {name}  {keyid}")
    print(f"Cars trust it once they have {repo}/metadata/1.root.json: anpr hotlist trust FILE --data-dir CAR")
    if demo:
        print(f"The keys lie open in {folder}: for demonstrations only.")
        print(f"Next: anpr hotlist import FILE --repo {repo}, then approve with --key {folder}/operator.pem")
        print(f"      and --key {folder}/approver.pem, then publish.")
    else:
        print(
            f"Next: put {root_key} in a safe, off this machine; then anpr hotlist import FILE --repo {repo}"
        )


def trust(
    root: Annotated[Path, typer.Argument(help="metadata/1.root.json of the operator's repository.")],
    data_dir: Annotated[Path, typer.Option("--data-dir", help="The car's data directory.")],
) -> None:
    """Let a car take a list, and from now on only signed: give it the root by hand, once."""
    from anpr.hotlist import keys
    from anpr.hotlist.importing import read_bytes
    from anpr.hotlist.trust import Trust

    list_name, held = Trust(data_dir).add(read_bytes(root))
    people = ", ".join(keys.person(held.keys[keyid]) for keyid in held.roles["targets"].keyids)
    print(f"{data_dir} takes list {list_name} only when two of these have signed it: {people}.")
    print(f"Root key: {', '.join(held.roles['root'].keyids)}")
    print("Next: compare that with the ceremony's record; start the car, and it fetches the list by itself.")


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


def unlock(path: Path) -> CryptoSigner:
    """What signs with a key file; asks for the passphrase when it is locked.

    Raises:
        InputError: it is no key.
        PolicyError: the passphrase is wrong.
    """
    from anpr.hotlist import keys

    passphrase = None
    if keys.is_locked(path):
        passphrase = os.environ.get(UNLOCK_VARIABLE) or typer.prompt(
            f"Passphrase of {path}", hide_input=True, err=True
        )
    return keys.signer(path, passphrase)


def _new_passphrase() -> str:
    passphrase: str = os.environ.get(UNLOCK_VARIABLE) or typer.prompt(
        "Passphrase", hide_input=True, confirmation_prompt=True, err=True
    )
    return passphrase


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
