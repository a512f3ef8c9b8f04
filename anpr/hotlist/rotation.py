"""Changing who may sign: the next version of the root, signed by the old holders and the new ones."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tuf.api.exceptions import UnsignedMetadataError
from tuf.api.metadata import Metadata, Root, Targets

from anpr.errors import InputError, PolicyError
from anpr.hotlist import keys
from anpr.hotlist.draft import Draft
from anpr.hotlist.founding import check_holders, check_people
from anpr.hotlist.repository import MACHINE_ROLES, ROOT_DAYS, STAGE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from securesystemslib.signer import CryptoSigner, Key

    from anpr.hotlist.repository import Repository


@dataclass(frozen=True, slots=True)
class Wish:
    """What shall be different under the next root; nothing at all renews it for a year.

    Attributes:
        add: public keys of people who may sign from then on.
        drop: names of people who may not any more.
        roots: the root keys from then on; None keeps those of now.
        root_threshold: how many of them must sign; None keeps the number of now.
        machines: new keys for the publishing machine, whose old ones count for nothing then.
    """

    add: Sequence[Key] = ()
    drop: Sequence[str] = ()
    roots: Sequence[CryptoSigner] | None = None
    root_threshold: int | None = None
    machines: bool = False


def rotate(repository: Repository, holders: Sequence[CryptoSigner], wish: Wish, now: datetime) -> bool:
    """Signs the next root. Cars follow the chain from the root that they were given, whichever it was.

    A root that drops somebody counts together with the next list, which its people must sign: cars never see
    a list that the root beside it does not cover. That list is put in the draft.

    Args:
        repository: whose root it is.
        holders: private root keys of now, as many as must sign.
        wish: what shall be different.
        now: UTC.

    Returns:
        True when the root waits for a list; False when cars are given it with the next word.

    Raises:
        InputError: somebody to be dropped is not named, or a change waits already.
        PolicyError: too few holders sign, of the old root or of the new one, or too few people are left.
    """
    if repository.is_staged:
        raise InputError(
            "A change of the root waits already.",
            "Let two of its people approve the draft, and publish it.",
        )
    before = repository.released
    metadata = Metadata(copy.deepcopy(before))
    root = metadata.signed
    root.version = before.version + 1
    root.expires = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=ROOT_DAYS)
    _change_people(root, wish)
    _change_holders(root, wish)
    _change_machines(repository, root, wish)
    for signer in {one.public_key.keyid: one for one in (*holders, *(wish.roots or ()))}.values():
        metadata.sign(signer, append=True)
    try:
        for judge in (before, root):
            judge.verify_delegate(Root.type, metadata.signed_bytes, metadata.signatures)
    except UnsignedMetadataError as error:
        raise PolicyError(
            f"Too few root holders sign: {before.roles[Root.type].threshold} of the old and"
            f" {root.roles[Root.type].threshold} of the new must.",
            "Give --root-key for each of the old and --new-root-key for each of the new.",
        ) from error
    waits = bool(wish.drop) and repository.bundle() is not None
    repository.stage_root(metadata.to_bytes())
    draft = Draft(repository)
    if waits or draft.state() is not None:
        # Whoever is named by a list may recall from it, so a draft that was sealed before is sealed anew.
        draft.replace(draft.entries(), now)
    if not waits:
        repository.release_root()
        if repository.bundle() is not None:
            repository.refresh(now)
    return waits


def _change_people(root: Root, wish: Wish) -> None:
    role = root.roles[Targets.type]
    named = {keys.person(root.keys[keyid]): keyid for keyid in role.keyids}
    for name in wish.drop:
        if name not in named:
            raise InputError(f"{name!r} may not sign anyway.", f"Those who may: {', '.join(named)}.")
        root.revoke_key(named[name], Targets.type)
    check_people([*(root.keys[keyid] for keyid in role.keyids), *wish.add])
    for key in wish.add:
        root.add_key(key, Targets.type)


def _change_holders(root: Root, wish: Wish) -> None:
    role = root.roles[Root.type]
    if wish.roots is not None:
        for keyid in tuple(role.keyids):
            root.revoke_key(keyid, Root.type)
        for signer in wish.roots:
            root.add_key(signer.public_key, Root.type)
    role.threshold = wish.root_threshold or role.threshold
    check_holders([root.keys[keyid] for keyid in role.keyids], role.threshold)


def _change_machines(repository: Repository, root: Root, wish: Wish) -> None:
    if not wish.machines:
        return
    for name in MACHINE_ROLES:
        for keyid in tuple(root.roles[name].keyids):
            root.revoke_key(keyid, name)
        path = repository.path / STAGE / "keys" / f"{name}.pem"
        for leftover in (path, path.with_suffix(keys.PUBLIC)):
            leftover.unlink(missing_ok=True)
        root.add_key(keys.make(path, f"{name} machine", None), name)
