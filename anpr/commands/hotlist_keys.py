"""``anpr hotlist key | init | rotate | trust``: who may sign, and who trusts whom."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from anpr.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from securesystemslib.signer import CryptoSigner, Key


Repo = Annotated[Path, typer.Option("--repo", help="The operator's repository.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
DEMO_PEOPLE = {"Demo Operator": "sergeant", "Demo Approver": "inspector"}


def key(
    file: Annotated[Path, typer.Argument(help="Where the private key goes, for example chan.pem.")],
    person: Annotated[str, typer.Option("--person", help="Whose key it is; stands in every list signed.")],
    no_passphrase: Annotated[
        bool, typer.Option("--no-passphrase", help="Leave the file open: for machines and demonstrations.")
    ] = False,
) -> None:
    """Make a person's key pair: FILE, which is never given away, and its .pub, which is."""
    from anpr.commands import passphrase
    from anpr.hotlist import keys

    made = keys.make(file, person, None if no_passphrase else passphrase.new())
    public = file.with_suffix(keys.PUBLIC)
    print(f"Key of {person}: {file} (secret, keep it), {public} (give it to the ceremony).")
    print(f"Fingerprint: {made.keyid}")
    print("Next: read the fingerprint aloud at the ceremony; see docs/how-to/hotlist-signed.md.")


def init(
    repo: Repo,
    list_name: Annotated[str, typer.Option("--list", help="The list that this repository is for.")],
    root_keys: Annotated[
        list[Path] | None,
        typer.Option("--root-key", help="Private root key; give each holder's. Into a safe afterwards."),
    ] = None,
    root_threshold: Annotated[
        int, typer.Option("--root-threshold", min=1, help="How many root keys must sign a change of people.")
    ] = 1,
    signers: Annotated[
        list[str] | None,
        typer.Option("--signer", help="A person's .pub file, two or more; chan.pub=inspector gives a rank."),
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Make all keys here, unlocked: for trying out, never for duty.")
    ] = False,
) -> None:
    """Hold the key ceremony: make a repository whose list counts when two people have signed it."""
    from anpr.hotlist import keys
    from anpr.hotlist.founding import found
    from anpr.hotlist.trust import NAME

    if not NAME.fullmatch(list_name):
        raise InputError(f"{list_name!r} is no name for a list.", "Use letters, digits, dots and dashes.")
    if demo:
        if root_keys or signers:
            raise InputError("--demo makes its own keys.", "Leave out --root-key and --signer, or --demo.")
        if repo.exists() and any(repo.iterdir()):
            raise InputError(f"{repo} is not empty.", "Name a new folder.")
        folder = repo.with_name(f"{repo.name}-keys")
        root_keys = [folder / "root.pem"]
        keys.make(root_keys[0], "Demo Root", None)
        people: Sequence[Key] = [
            _demo_key(folder / f"{name.split()[1].lower()}.pem", name, rank)
            for name, rank in DEMO_PEOPLE.items()
        ]
    else:
        if not root_keys:
            raise InputError(
                "A ceremony needs a root key.",
                "Make one with `anpr hotlist key root.pem --person NAME` and give --root-key, or try --demo.",
            )
        people = [keys.appointed(signer) for signer in signers or ()]
    made = found(
        repo,
        list_name,
        [unlock(path) for path in root_keys],
        people,
        datetime.now(UTC),
        root_threshold=root_threshold,
    )
    print(f"Repository {repo} for list {list_name}; a list counts when two of these have signed it:")
    for keyid, name in made.people.items():
        print(f"  {name}, {keys.rank(made.root.keys[keyid]) or 'no rank'}  {keyid}")
    print(f"Cars trust it once they have {repo}/metadata/1.root.json: anpr hotlist trust FILE --data-dir CAR")
    if demo:
        print(f"The keys lie open in {folder}: for demonstrations only.")
        print(f"Next: anpr hotlist import FILE --repo {repo}, then approve with --key {folder}/operator.pem")
        print(f"      and --key {folder}/approver.pem, then publish.")
    else:
        safe = ", ".join(str(path) for path in root_keys)
        print(f"Next: put {safe} in a safe, off this machine; then anpr hotlist import FILE --repo {repo}")


def trust(
    root: Annotated[Path, typer.Argument(help="metadata/1.root.json of the operator's repository.")],
    data_dir: Annotated[Path, typer.Option("--data-dir", help="The car's data directory.")],
) -> None:
    """Let a car take a list, and from now on only signed: give it the root by hand, once."""
    from anpr.fleet import files
    from anpr.hotlist import keys
    from anpr.hotlist.trust import Trust

    list_name, held = Trust(data_dir).add(files.read(root))
    people = ", ".join(keys.person(held.keys[keyid]) for keyid in held.roles["targets"].keyids)
    print(f"{data_dir} takes list {list_name} only when two of these have signed it: {people}.")
    print(f"Root key: {', '.join(held.roles['root'].keyids)}")
    print("Next: compare that with the ceremony's record; start the car, and it fetches the list by itself.")


def rotate(
    repo: Repo,
    root_keys: Annotated[
        list[Path], typer.Option("--root-key", help="Private root key of now; as many as must sign.")
    ],
    signers: Annotated[
        list[str] | None,
        typer.Option("--signer", help="The .pub file of who may sign from now on, =RANK as for init."),
    ] = None,
    drop: Annotated[
        list[str] | None, typer.Option("--drop", metavar="PERSON", help="Who may not sign any more.")
    ] = None,
    new_root_keys: Annotated[
        list[Path] | None,
        typer.Option("--new-root-key", help="Private root keys that take over; give all of them."),
    ] = None,
    root_threshold: Annotated[
        int | None, typer.Option("--root-threshold", min=1, help="How many root keys must sign from now on.")
    ] = None,
    machine_keys: Annotated[
        bool, typer.Option("--machine-keys", help="New keys for the publishing machine; the old ones end.")
    ] = False,
) -> None:
    """Change who may sign, or renew the root for a year: cars follow by themselves.

    The next root is signed by the holders of the old one and of the new one. Whoever is dropped counts for
    nothing as soon as the next list is published, which two of the people who are left sign at once.
    """
    from anpr.hotlist import keys
    from anpr.hotlist.repository import Repository
    from anpr.hotlist.rotation import Wish
    from anpr.hotlist.rotation import rotate as change

    repository = Repository(repo)
    wish = Wish(
        add=[keys.appointed(signer) for signer in signers or ()],
        drop=drop or (),
        roots=[unlock(path) for path in new_root_keys] if new_root_keys else None,
        root_threshold=root_threshold,
        machines=machine_keys,
    )
    waits = change(repository, [unlock(path) for path in root_keys], wish, datetime.now(UTC))
    print(f"Root {repository.root.version} of list {repository.list_name} is signed; from it on may sign:")
    for keyid, name in repository.people.items():
        print(f"  {name}, {keys.rank(repository.root.keys[keyid]) or 'no rank'}  {keyid}")
    if waits:
        print("Cars are given it together with the next list, which stands in the draft.")
        print(f"Next: two of them approve it: anpr hotlist approve --repo {repo} --key FILE; then publish.")
    else:
        print(f"Next: anpr hotlist publish --repo {repo} --refresh --broker HOST:PORT gives it to the cars.")


def _demo_key(path: Path, person: str, rank: str) -> Key:
    from anpr.hotlist import keys

    keys.make(path, person, None)
    return keys.appointed(f"{path.with_suffix(keys.PUBLIC)}={rank}")


def unlock(path: Path) -> CryptoSigner:
    """What signs with a key file; asks for the passphrase when it is locked.

    Raises:
        InputError: it is no key.
        PolicyError: the passphrase is wrong.
    """
    from anpr.commands import passphrase
    from anpr.hotlist import keys

    return keys.signer(path, passphrase.of(path) if keys.is_locked(path) else None)
