"""What an outsider can check of a signed list, with nothing but its files: who signed what, until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import ValidationError
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root, Snapshot, TargetFile, Targets, Timestamp

from anpr.errors import InputError, PolicyError
from anpr.hotlist import delta, keys, listfile, ranks
from anpr.hotlist.bundle import (
    AS_OF,
    DELTA_FILE,
    LIST_FILE,
    PACKED_FILE,
    RECALL,
    RECALLED_FILE,
    root_of,
)
from anpr.hotlist.listfile import Recalled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuf.api.metadata import Delegations

    from anpr.hotlist.bundle import Bundle
    from anpr.hotlist.listfile import ListFile
    from anpr.types import ListEntry


@dataclass(frozen=True, slots=True)
class Proof:
    """One state of a list whose signatures and hashes all hold.

    Whether it is the newest, nobody can tell offline; ``expires`` says until when each role vouches for it.

    Attributes:
        number: counts the lists that two people signed.
        as_of: when the publisher last said that this is the newest.
        expires: role to the end of its word, UTC.
        signers: who signed the list.
        ranked: whether one of them is of the rank that weighty entries need; see ``anpr.hotlist.ranks``.
        recallers: who signed the recall, if there is one.
        file: hash and length of the list.
        packed: the same of what travels.
        delta: the same of the change from ``delta_base``, the hash of the list before, if there is one.
    """

    list_name: str
    number: int
    as_of: datetime
    expires: Mapping[str, datetime]
    signers: tuple[str, ...]
    ranked: bool
    recallers: tuple[str, ...]
    recalled: Recalled | None
    file: TargetFile
    packed: TargetFile
    delta: TargetFile | None
    delta_base: str
    timestamp_version: int
    snapshot_version: int
    recall_version: int

    def expired(self, now: datetime) -> tuple[str, ...]:
        """Roles whose word has run out."""
        return tuple(role for role, end in self.expires.items() if end < now)

    def silenced(self) -> frozenset[str]:
        """Ids of entries that were recalled from this list."""
        return self.recalled.silenced(self.number) if self.recalled else frozenset()

    @property
    def version(self) -> str:
        """What this state of the list is called."""
        return listfile.version(self.number, self.sha256, len(self.silenced()))

    @property
    def sha256(self) -> str:
        """Hash of the list."""
        return self.file.hashes["sha256"]

    def unpack(self, blob: bytes) -> bytes:
        """The content of the list from what travelled; the hash is checked before anything is unpacked.

        Raises:
            PolicyError: it is not what was signed.
        """
        return self._unpack(self.packed, blob, self.file.length)

    def follow(self, before: bytes, change: bytes) -> bytes:
        """The content of the list from that of the one before it and the signed change.

        Raises:
            PolicyError: the change is not what was signed, or does not lead to the signed list.
        """
        if self.delta is None:
            raise PolicyError("No change of this list was signed.", "Fetch the whole list.")
        text = self._unpack(self.delta, change, listfile.MAX_UNPACKED_BYTES)
        try:
            content = delta.apply(before, text)
        except InputError as error:
            raise PolicyError(error.message, error.next_step) from error
        self._check(self.file, content)
        return content

    def read(self, content: bytes) -> ListFile:
        """The list itself, after its hash, name and number were found to be the signed ones.

        Raises:
            PolicyError: they are not, or nobody of rank signed entries that need it.
        """
        self.check(content)
        try:
            file = listfile.read(content)
        except InputError as error:
            raise PolicyError(error.message, error.next_step) from error
        if not self.ranked and (weighty := ranks.said(file.lines)):
            raise ranks.RankError(
                f"The list holds entries that need the signature of an {ranks.LEAST} ({weighty}), and none"
                f" of {', '.join(self.signers)} is one.",
                "Have it approved by somebody of rank, and publish it again.",
            )
        return file

    def check(self, content: bytes) -> None:
        """Makes sure that hash, name and number of a list are the signed ones; looks at no entry.

        Raises:
            PolicyError: they are not.
        """
        self._check(self.file, content)
        try:
            header = listfile.header(content)
        except InputError as error:
            raise PolicyError(error.message, error.next_step) from error
        if (header.list_name, header.number) != (self.list_name, self.number):
            raise PolicyError(
                f"The signed file is number {header.number} of list {header.list_name}, not number"
                f" {self.number} of {self.list_name}.",
                "Sign and publish the list again.",
            )

    def entries(self, file: ListFile) -> tuple[ListEntry, ...]:
        """What a car may alert on: the signed entries without the recalled ones."""
        silenced = self.silenced()
        return tuple(entry for entry in file.entries() if entry.entry_id not in silenced)

    @staticmethod
    def _check(file: TargetFile, data: bytes) -> None:
        try:
            file.verify_length_and_hashes(data)
        except RepositoryError as error:
            raise PolicyError(
                "The list is not the one that was signed: its hash differs.", "Fetch or publish it again."
            ) from error

    def _unpack(self, file: TargetFile, blob: bytes, limit: int) -> bytes:
        self._check(file, blob)
        try:
            return listfile.unpack(blob, limit)
        except InputError as error:
            raise PolicyError(error.message, error.next_step) from error


def prove(pinned: bytes, bundle: Bundle) -> Proof:
    """Follows the signatures from a root that a person vouches for down to the hash of the list.

    Raises:
        PolicyError: a signature, version or hash does not hold; the sentence says which.
    """
    try:
        return _prove(pinned, bundle)
    except ValidationError as error:
        # Its own words would quote what it found, and those are plates.
        raise PolicyError(
            "The signed files do not hold together: the recall is not one.",
            "Do not use this list; ask whoever publishes it.",
        ) from error
    except (RepositoryError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PolicyError(
            f"The signed files do not hold together: {str(error) or type(error).__name__}.",
            "Do not use this list; ask whoever publishes it.",
        ) from error


def _prove(pinned: bytes, bundle: Bundle) -> Proof:
    root, list_name = root_of(pinned)
    while (data := bundle.roots.get(root.version + 1)) is not None:
        newer = Metadata[Root].from_bytes(data)
        for judge in (root, newer.signed):
            judge.verify_delegate(Root.type, newer.signed_bytes, newer.signatures)
        if newer.signed.version != root.version + 1:
            raise ValueError(f"root {root.version + 1} is numbered {newer.signed.version}")
        root = newer.signed
    timestamp = Metadata[Timestamp].from_bytes(bundle.timestamp)
    root.verify_delegate(Timestamp.type, timestamp.signed_bytes, timestamp.signatures)
    timestamp.signed.snapshot_meta.verify_length_and_hashes(bundle.snapshot)
    snapshot = Metadata[Snapshot].from_bytes(bundle.snapshot)
    root.verify_delegate(Snapshot.type, snapshot.signed_bytes, snapshot.signatures)
    snapshot.signed.meta["targets.json"].verify_length_and_hashes(bundle.targets)
    targets = Metadata[Targets].from_bytes(bundle.targets)
    root.verify_delegate(Targets.type, targets.signed_bytes, targets.signatures)
    expires = {
        "root": root.expires,
        "timestamp": timestamp.signed.expires,
        "snapshot": snapshot.signed.expires,
        "targets": targets.signed.expires,
    }
    signed = root.get_verification_result(Targets.type, targets.signed_bytes, targets.signatures).signed
    change = targets.signed.targets.get(DELTA_FILE)
    recalled: Recalled | None = None
    recallers: tuple[str, ...] = ()
    recall_version = 0
    if "recall.json" in snapshot.signed.meta:
        if bundle.recall is None or bundle.recalled is None:
            raise ValueError("the recall that the snapshot names is missing")
        snapshot.signed.meta["recall.json"].verify_length_and_hashes(bundle.recall)
        recall = Metadata[Targets].from_bytes(bundle.recall)
        targets.signed.verify_delegate(RECALL, recall.signed_bytes, recall.signatures)
        recall.signed.targets[RECALLED_FILE].verify_length_and_hashes(bundle.recalled)
        recalled = Recalled.model_validate_json(bundle.recalled)
        if recalled.list_name != list_name:
            raise ValueError(f"the recall is of list {recalled.list_name}")
        recallers = _people(targets.signed.delegations, recall)
        recall_version = recall.signed.version
        expires["recall"] = recall.signed.expires
    return Proof(
        list_name=list_name,
        number=targets.signed.version,
        as_of=datetime.fromisoformat(timestamp.signed.unrecognized_fields[AS_OF]),
        expires=expires,
        signers=tuple(keys.person(key) for key in signed.values()),
        ranked=any(ranks.may_approve_all(keys.rank(key)) for key in signed.values()),
        recallers=recallers,
        recalled=recalled,
        file=targets.signed.targets[LIST_FILE],
        packed=targets.signed.targets[PACKED_FILE],
        delta=change,
        delta_base=str((change.custom or {})["base"]) if change else "",
        timestamp_version=timestamp.signed.version,
        snapshot_version=snapshot.signed.version,
        recall_version=recall_version,
    )


def _people(delegations: Delegations | None, recall: Metadata[Targets]) -> tuple[str, ...]:
    held = delegations.keys if delegations else {}
    return tuple(keys.person(held[keyid]) for keyid in recall.signatures if keyid in held)
