"""The last step of the key ceremony: a repository, and the root that names who may sign what."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tuf.api.metadata import Metadata, Root, Targets

from anpr.errors import InputError, PolicyError
from anpr.hotlist import keys
from anpr.hotlist.bundle import LIST_NAME
from anpr.hotlist.files import write
from anpr.hotlist.repository import MACHINE_ROLES, ROOT_DAYS, THRESHOLD, Repository

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from securesystemslib.signer import CryptoSigner, Key


def found(
    path: Path,
    list_name: str,
    roots: Sequence[CryptoSigner],
    people: Sequence[Key],
    now: datetime,
    *,
    root_threshold: int = 1,
) -> Repository:
    """Signs the root that names who may sign what.

    Args:
        path: a folder that is not there yet, or empty.
        list_name: the one list that this repository is for.
        roots: the offline keys; needed again only to change the people or renew the root.
        people: public keys of those who sign lists, two or more.
        now: UTC.
        root_threshold: how many of the root keys must sign a change.

    Raises:
        InputError: the folder is in use.
        PolicyError: fewer than two different people, or fewer root keys than must sign.
    """
    check_people(people)
    check_holders([signer.public_key for signer in roots], root_threshold)
    if path.exists() and any(path.iterdir()):
        raise InputError(f"{path} is not empty.", "Name a new folder.")
    content = Root(
        version=1,
        expires=now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=ROOT_DAYS),
        consistent_snapshot=True,
        unrecognized_fields={LIST_NAME: list_name},
    )
    for signer in roots:
        content.add_key(signer.public_key, Root.type)
    content.roles[Root.type].threshold = root_threshold
    for key in people:
        content.add_key(key, Targets.type)
    content.roles[Targets.type].threshold = THRESHOLD
    for role in MACHINE_ROLES:
        content.add_key(keys.make(path / "keys" / f"{role}.pem", f"{role} machine", None), role)
    metadata = Metadata(content)
    for signer in roots:
        metadata.sign(signer, append=True)
    write(path / "metadata" / "1.root.json", metadata.to_bytes())
    return Repository(path)


def check_people(people: Sequence[Key]) -> None:
    """Makes sure that a list is signed by different people.

    Raises:
        PolicyError: fewer than two, or one of them twice.
    """
    names = {keys.person(key).casefold() for key in people}
    halves = {key.keyval["public"] for key in people}
    if len(people) < THRESHOLD or len(names) != len(people) or len(halves) != len(people):
        raise PolicyError(
            f"A list needs {THRESHOLD} different people with a key each, not one twice.",
            "Let every person make a key with `anpr hotlist key`.",
        )


def check_holders(roots: Sequence[Key], threshold: int) -> None:
    """Makes sure that a root can be signed at all.

    Raises:
        PolicyError: fewer different keys than must sign.
    """
    if not 1 <= threshold <= len({key.keyval["public"] for key in roots}):
        raise PolicyError(
            f"{len(roots)} root keys cannot give {threshold} signatures.",
            "Name more root keys, or a lower --root-threshold.",
        )
