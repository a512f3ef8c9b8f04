"""The car's side of a signed list: verify first, then swap, and say what was refused and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tuf.api.exceptions import (
    BadVersionNumberError,
    DownloadError,
    ExpiredMetadataError,
    LengthOrHashMismatchError,
    RepositoryError,
    UnsignedMetadataError,
)
from tuf.api.metadata import Metadata, Timestamp
from tuf.ngclient import Updater

from anpr.errors import InputError, PolicyError, StorageError
from anpr.hotlist.bundle import LIST_FILE, RECALLED_FILE, Bundle, Shelf, from_manifest, names_role
from anpr.hotlist.proof import prove
from anpr.hotlist.repository import write
from anpr.messages import Refusal, RefusalReason
from anpr.topics import MAX_LIST_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from anpr.hotlist.proof import Proof
    from anpr.hotlist.store import HotlistStore
    from anpr.hotlist.trust import Trust


class RefusedError(PolicyError):
    """An offered list was not taken; the one that is held stays as it is."""

    def __init__(self, reason: RefusalReason, words: str) -> None:
        super().__init__(words, "The list that is held stays in use.")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Awaited:
    """A list whose metadata is verified and whose bytes are not there yet."""

    proof: Proof
    sha256: str


class Receiver:
    """Takes signed lists into a car's store. Used from one thread.

    Args:
        trust: the roots this car was given.
        store: where verified lists go; a connection of its own, so that matching never waits for it.
        now: UTC clock.
    """

    def __init__(self, trust: Trust, store: HotlistStore, now: Callable[[], datetime] | None = None) -> None:
        self.trust = trust
        self._store = store
        self._now = now or (lambda: datetime.now(UTC))
        self._awaited: dict[str, _Awaited] = {}
        self.refusals: dict[str, Refusal] = {}
        """The newest refusal of each list, until that list is swapped."""

    def offer(self, list_name: str, payload: bytes) -> str | None:
        """Considers a manifest that arrived for one of the trusted lists.

        Returns:
            Hash of the list that must be fetched now; None when there is nothing to fetch.
        """
        try:
            _check_length("manifest", payload)
            bundle = self._parse(list_name, payload)
            self._verify(list_name, bundle)
            proof = prove(self.trust.root(list_name), bundle)
        except RefusedError as refused:
            self._note(list_name, refused)
            return None
        except PolicyError as error:
            self._note(list_name, RefusedError(RefusalReason.MIXED, error.message))
            return None
        self._awaited[list_name] = _Awaited(proof, proof.file.hashes["sha256"])
        held = self._held_blob(list_name)
        if held is not None:
            try:
                self._swap(list_name, proof, held)
            except RefusedError:
                pass  # the blob of a former list; the new one is fetched
            else:
                return None
        return proof.file.hashes["sha256"]

    def take(self, list_name: str, sha256: str, payload: bytes) -> bool:
        """Considers the bytes of a list; True when it was swapped in."""
        awaited = self._awaited.get(list_name)
        if awaited is None or awaited.sha256 != sha256:
            return False
        try:
            _check_length("list", payload)
            self._swap(list_name, awaited.proof, payload)
        except RefusedError as refused:
            self._note(list_name, refused)
            return False
        return True

    def _parse(self, list_name: str, payload: bytes) -> Bundle:
        try:
            bundle = from_manifest(payload)
        except InputError as error:
            raise RefusedError(RefusalReason.MALFORMED, error.message) from error
        if bundle.list_name != list_name:
            raise RefusedError(
                RefusalReason.MIXED,
                f"The manifest of list {bundle.list_name} came on the topic of {list_name}.",
            )
        return bundle

    def _verify(self, list_name: str, bundle: Bundle) -> None:
        """The TUF client's own workflow, from the root this car was given."""
        state = self.trust.state(list_name)
        held = _stamp_version(state / "timestamp.json")
        try:
            _refresh(state, self.trust.root(list_name), bundle)
        except ExpiredMetadataError as error:
            raise RefusedError(
                RefusalReason.EXPIRED, f"What was offered has run out, so it may be held back: {error}."
            ) from error
        except BadVersionNumberError as error:
            rolled_back = _version_in(bundle.timestamp) < held
            raise RefusedError(
                RefusalReason.ROLLBACK if rolled_back else RefusalReason.MIXED,
                f"The offered versions do not follow the held ones: {error}.",
            ) from error
        except LengthOrHashMismatchError as error:
            raise RefusedError(
                RefusalReason.MIXED, f"The signed files do not belong together: {error}."
            ) from error
        except UnsignedMetadataError as error:
            raise RefusedError(
                RefusalReason.UNSIGNED, f"A signature is missing or wrong: {error}."
            ) from error
        except (RepositoryError, DownloadError, ValueError) as error:
            raise RefusedError(
                RefusalReason.MALFORMED, f"The signed files make no sense: {error}."
            ) from error
        except (OSError, StorageError) as error:
            raise RefusedError(
                RefusalReason.STORAGE, f"What was verified cannot be kept: {error}."
            ) from error

    def _swap(self, list_name: str, proof: Proof, blob: bytes) -> None:
        try:
            file = proof.open(blob)
        except PolicyError as error:
            raise RefusedError(RefusalReason.ALTERED, error.message) from error
        try:
            version = proof.version(blob)
            if (list_name, version, proof.as_of) not in self._held():
                write(self.trust.state(list_name) / LIST_FILE, blob)
                self._store.replace(list_name, version, proof.as_of, proof.entries(file))
        except StorageError as error:
            raise RefusedError(RefusalReason.STORAGE, error.message) from error
        self._awaited.pop(list_name, None)
        self.refusals.pop(list_name, None)

    def _held(self) -> set[tuple[str, str, datetime]]:
        return {(held.name, held.version, held.made_at) for held in self._store.lists()}

    def _held_blob(self, list_name: str) -> bytes | None:
        try:
            return (self.trust.state(list_name) / LIST_FILE).read_bytes()
        except OSError:
            return None

    def _note(self, list_name: str, refused: RefusedError) -> None:
        self.refusals[list_name] = Refusal(
            list_name=list_name, at=self._now(), reason=refused.reason, words=refused.message[:300]
        )


def _refresh(state: Path, pinned: bytes, bundle: Bundle) -> None:
    state.mkdir(parents=True, exist_ok=True)
    updater = Updater(str(state), Shelf.ADDRESS, fetcher=Shelf(bundle), bootstrap=pinned)
    updater.refresh()
    if names_role((state / "snapshot.json").read_bytes(), "recall"):
        info = updater.get_targetinfo(RECALLED_FILE)
        if info is None or bundle.recalled is None:
            raise RepositoryError("the recall that the snapshot names is missing")
        info.verify_length_and_hashes(bundle.recalled)
        write(state / RECALLED_FILE, bundle.recalled)


def _check_length(what: str, payload: bytes) -> None:
    if len(payload) > MAX_LIST_BYTES:
        raise RefusedError(RefusalReason.OVERSIZED, f"A {what} of {len(payload):,} bytes is refused.")


def _stamp_version(path: Path) -> int:
    try:
        return _version_in(path.read_bytes())
    except OSError:
        return 0


def _version_in(data: bytes) -> int:
    try:
        return Metadata[Timestamp].from_bytes(data).signed.version
    except RepositoryError:
        return 0
