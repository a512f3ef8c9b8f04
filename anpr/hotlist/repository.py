"""The operator's repository: what is signed and published, as a folder of files that TUF defines."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp

from anpr.errors import InputError, PolicyError, StorageError
from anpr.hotlist import keys
from anpr.hotlist.bundle import (
    AS_OF,
    DELTA_FILE,
    PACKED_FILE,
    RECALL,
    RECALLED_FILE,
    Bundle,
    root_of,
)
from anpr.hotlist.files import write
from anpr.hotlist.listfile import Recalled
from anpr.hotlist.proof import prove
from anpr.hotlist.published import Published

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from securesystemslib.signer import CryptoSigner


THRESHOLD: Final = 2
"""People who must sign a list before a car takes it."""
ROOT_DAYS: Final = 365
TARGETS_DAYS: Final = 90
SNAPSHOT_DAYS: Final = 7
TIMESTAMP_HOURS: Final = 24
"""How long a car believes that it holds the newest list without hearing from the publisher."""
MACHINE_ROLES: Final = (Snapshot.type, Timestamp.type)
STAGE: Final = "rotation"
"""Folder of a change of the root that cars are not given yet."""
ROOT_FILE: Final = "root.json"


class Repository:
    """A folder made by ``create``; everything in it but ``keys/`` may be shown to anybody.

    Args:
        path: the folder.

    Raises:
        InputError: it is no repository.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        newest = self._newest_root()
        if newest is None:
            raise InputError(
                f"{path} is no hotlist repository.",
                "Make one with `anpr hotlist init`, or name another with --repo.",
            )
        self._released, self.list_name = root_of(newest.read_bytes())
        staged = path / STAGE / ROOT_FILE
        self._root = root_of(staged.read_bytes())[0] if staged.exists() else self._released
        # A large list takes its time to open, and an operator's verb asks for it several times.
        self._opened: tuple[Bundle, Published] | None = None

    @property
    def people(self) -> dict[str, str]:
        """Key id to name of everybody who may sign the list."""
        return {keyid: keys.person(self._root.keys[keyid]) for keyid in self._root.roles[Targets.type].keyids}

    @property
    def root(self) -> Root:
        """The root under which the next list is signed."""
        return self._root

    @property
    def released(self) -> Root:
        """The root that cars are given now."""
        return self._released

    @property
    def is_staged(self) -> bool:
        """Whether a change of the root waits for a list that its people have signed."""
        return self._root is not self._released

    @property
    def pinned(self) -> bytes:
        """The first root, which cars are given by hand."""
        return (self.path / "metadata" / "1.root.json").read_bytes()

    def published(self) -> Published | None:
        """What cars are given now; None before the first publication.

        Raises:
            PolicyError: the folder's files do not hold together.
        """
        bundle = self.bundle()
        if bundle is None:
            return None
        if self._opened is not None and self._opened[0] == bundle:
            return self._opened[1]
        proof = prove(self.pinned, bundle)
        blob = self._read(self._blob_path(PACKED_FILE, proof.packed))
        change = self._read(self._blob_path(DELTA_FILE, proof.delta)) if proof.delta else None
        published = Published(proof, blob, change, proof.read(proof.unpack(blob)))
        self._opened = bundle, published
        return published

    def bundle(self) -> Bundle | None:
        """The metadata that is published now."""
        folder = self.path / "metadata"
        if not (folder / "timestamp.json").exists():
            return None
        stamp = self._read(folder / "timestamp.json")
        snapshot = self._read(
            folder / f"{Metadata[Timestamp].from_bytes(stamp).signed.snapshot_meta.version}.snapshot.json"
        )
        meta = Metadata[Snapshot].from_bytes(snapshot).signed.meta
        recall = meta.get("recall.json")
        return Bundle(
            list_name=self.list_name,
            roots={
                version: self._read(folder / f"{version}.root.json")
                for version in range(1, self._released.version + 1)
            },
            timestamp=stamp,
            snapshot=snapshot,
            targets=self._read(folder / f"{meta['targets.json'].version}.targets.json"),
            recall=self._read(folder / f"{recall.version}.recall.json") if recall else None,
            recalled=self._read(self.path / "targets" / f"{recall.version}.{RECALLED_FILE}")
            if recall
            else None,
        )

    def release(self, targets: Metadata[Targets], files: Mapping[str, bytes], now: datetime) -> Published:
        """Publishes a list that enough people have signed; ``files`` by the name of their target."""
        for name, data in files.items():
            write(self._blob_path(name, targets.signed.targets[name]), data)
        data = targets.to_bytes()
        write(self.path / "metadata" / f"{targets.signed.version}.targets.json", data)
        self.release_root()
        return self._stamp(
            {"targets.json": MetaFile.from_data(targets.signed.version, data, ["sha256"])}, now
        )

    def refresh(self, now: datetime) -> Published:
        """Says again that what is published is the newest.

        Raises:
            InputError: nothing is published.
        """
        return self._stamp({}, now)

    def recall(self, ids: Iterable[str], signer: CryptoSigner, now: datetime) -> Published:
        """Takes entries of the published list back, at once, on the word of one person.

        Raises:
            InputError: nothing is published.
            PolicyError: the key belongs to nobody who may sign this list.
        """
        name = self.check_person(signer)
        held, bundle = self.published(), self.bundle()
        if held is None or bundle is None:
            raise InputError("Nothing is published yet.", "There is nothing to recall.")
        delegations = Metadata[Targets].from_bytes(bundle.targets).signed.delegations
        if delegations is None or signer.public_key.keyid not in delegations.keys:
            raise PolicyError(
                f"{name} may not recall from list {held.version}, which was signed before {name} was named.",
                "Let another recall, or sign and publish the list again.",
            )
        before = held.proof.silenced()
        recalled = Recalled(
            list_name=self.list_name,
            number=held.proof.number,
            ids=tuple(sorted(before | set(ids))),
        )
        content = recalled.model_dump_json().encode()
        version = held.proof.recall_version + 1
        metadata = Metadata(
            Targets(
                version=version,
                expires=_day(now) + timedelta(days=ROOT_DAYS),
                targets={RECALLED_FILE: TargetFile.from_data(RECALLED_FILE, content, ["sha256"])},
            )
        )
        metadata.sign(signer)
        data = metadata.to_bytes()
        write(self.path / "targets" / f"{version}.{RECALLED_FILE}", content)
        write(self.path / "metadata" / f"{version}.{RECALL}.json", data)
        return self._stamp({"recall.json": MetaFile.from_data(version, data, ["sha256"])}, now)

    def release_root(self) -> None:
        """Lets a change of the root that waits count from the next word on."""
        if not self.is_staged:
            return
        stage = self.path / STAGE
        for path in (stage / "keys").glob("*"):
            path.replace(self.path / "keys" / path.name)
        data = (stage / ROOT_FILE).read_bytes()
        write(self.path / "metadata" / f"{self._root.version}.root.json", data)
        self._released = self._root
        shutil.rmtree(stage)

    def stage_root(self, data: bytes) -> None:
        """Keeps a signed change of the root until it is released."""
        write(self.path / STAGE / ROOT_FILE, data)
        self._root = root_of(data)[0]

    def check_person(self, signer: CryptoSigner) -> str:
        """The name of a key's owner.

        Raises:
            PolicyError: it is nobody who may sign this list.
        """
        name = self.people.get(signer.public_key.keyid)
        if name is None:
            raise PolicyError(
                f"This key may not sign list {self.list_name}.",
                f"These people may: {', '.join(self.people.values())}.",
            )
        return name

    def outdated_blobs(self) -> tuple[str, ...]:
        """Hashes of lists and changes that were published once and are no longer."""
        bundle = self.bundle()
        proof = prove(self.pinned, bundle) if bundle else None
        now = {file.hashes["sha256"] for file in (proof.packed, proof.delta) if file} if proof else set()
        found = {path.name.partition(".")[0] for path in (self.path / "targets").glob("*.xz")}
        return tuple(sorted(found - now))

    def _stamp(self, changed: dict[str, MetaFile], now: datetime) -> Published:
        """Signs a new snapshot and, as the very last thing, the timestamp that makes it count."""
        before = self.bundle()
        versions, meta = (0, 0), {}
        if before is not None:
            snapshot_before = Metadata[Snapshot].from_bytes(before.snapshot).signed
            versions = (
                Metadata[Timestamp].from_bytes(before.timestamp).signed.version,
                snapshot_before.version,
            )
            meta = snapshot_before.meta
        if not (meta or changed):
            raise InputError(
                f"Nothing of list {self.list_name} is published yet.",
                "Import entries, let two people approve them, then publish.",
            )
        now = now.replace(microsecond=0)
        snapshot = Metadata(
            Snapshot(
                version=versions[1] + 1, expires=now + timedelta(days=SNAPSHOT_DAYS), meta={**meta, **changed}
            )
        )
        snapshot.sign(self._machine(Snapshot.type))
        data = snapshot.to_bytes()
        write(self.path / "metadata" / f"{versions[1] + 1}.snapshot.json", data)
        stamp = Metadata(
            Timestamp(
                version=versions[0] + 1,
                expires=now + timedelta(hours=TIMESTAMP_HOURS),
                snapshot_meta=MetaFile.from_data(versions[1] + 1, data, ["sha256"]),
                unrecognized_fields={AS_OF: now.isoformat()},
            )
        )
        stamp.sign(self._machine(Timestamp.type))
        write(self.path / "metadata" / "timestamp.json", stamp.to_bytes())
        published = self.published()
        assert published is not None  # noqa: S101 - it was written a line above
        return published

    def _machine(self, role: str) -> CryptoSigner:
        return keys.signer(self.path / "keys" / f"{role}.pem", None)

    def _blob_path(self, name: str, file: TargetFile) -> Path:
        return self.path / "targets" / f"{file.hashes['sha256']}.{name}"

    def _newest_root(self) -> Path | None:
        found = {int(path.name.split(".")[0]): path for path in (self.path / "metadata").glob("*.root.json")}
        return found[max(found)] if found else None

    def _read(self, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            raise StorageError(
                f"The repository lacks {path}: {error.strerror}.", "Restore it from a backup of the folder."
            ) from error


def _day(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)
