"""The car's side of a signed list: verify first, then swap, and say what was refused and why."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

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
from anpr.hotlist import changing
from anpr.hotlist.bundle import LIST_FILE, RECALLED_FILE, Bundle, Shelf, from_manifest, names_role
from anpr.hotlist.files import write
from anpr.hotlist.proof import prove
from anpr.hotlist.ranks import RankError
from anpr.hotlist.refusal import RefusedError
from anpr.list_messages import Refusal, RefusalReason
from anpr.topics import MAX_LIST_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from anpr.hotlist.proof import Proof
    from anpr.hotlist.store import HotlistStore
    from anpr.hotlist.trust import Trust


@dataclass(frozen=True, slots=True)
class Wanted:
    """What must be fetched next: by the hash, at most so long; the whole list or the change to it."""

    sha256: str
    length: int
    kind: Literal["list", "delta"]


@dataclass(frozen=True, slots=True)
class _Awaited:
    """A list whose metadata is verified and whose bytes are not there yet."""

    proof: Proof
    wanted: Wanted


class Receiver:
    """Takes signed lists into a car's store. Used from one thread at a time.

    Args:
        trust: the roots this car was given.
        store: where verified lists go; a connection of its own, so that matching never waits for it.
        now: UTC clock.

    Attributes:
        refusals: the newest refusal of each list, until that list is swapped.
        taken: how often a list came whole, as a change, or was held already.
    """

    def __init__(self, trust: Trust, store: HotlistStore, now: Callable[[], datetime] | None = None) -> None:
        self.trust = trust
        self._store = store
        self._now = now or (lambda: datetime.now(UTC))
        self._awaited: dict[str, _Awaited] = {}
        self.refusals: dict[str, Refusal] = {}
        self.taken: Counter[str] = Counter()

    def offer(self, list_name: str, payload: bytes) -> Wanted | None:
        """Considers a manifest that arrived for one of the trusted lists.

        Returns:
            What must be fetched now; None when there is nothing to fetch.
        """
        try:
            _check_length("manifest", payload, MAX_LIST_BYTES)
            bundle = self._parse(list_name, payload)
            self._verify(list_name, bundle)
            proof = prove(self.trust.root(list_name), bundle)
            held = self._held_content(list_name)
            if held is not None and hashlib.sha256(held).hexdigest() == proof.sha256:
                self._swap(list_name, proof, held)
                self.taken["held"] += 1
                return None
            if held is not None and proof.recalled is not None:
                # A recall must not wait for a download.
                changing.silence(self._store, proof.recalled, held)
        except RefusedError as refused:
            self.refuse(list_name, refused)
            return None
        except PolicyError as error:
            self.refuse(list_name, RefusedError(RefusalReason.MIXED, error.message))
            return None
        except StorageError as error:
            self.refuse(list_name, RefusedError(RefusalReason.STORAGE, error.message))
            return None
        wanted = _whole(proof)
        if proof.delta and held is not None and hashlib.sha256(held).hexdigest() == proof.delta_base:
            wanted = Wanted(proof.delta.hashes["sha256"], proof.delta.length, "delta")
        self._awaited[list_name] = _Awaited(proof, wanted)
        return wanted

    def wanted(self, list_name: str) -> Wanted | None:
        """What is waited for; after a change that could not be used it is the whole list."""
        awaited = self._awaited.get(list_name)
        return awaited.wanted if awaited else None

    def give_up_delta(self, list_name: str) -> None:
        """Wants the whole list, because the change does not come."""
        awaited = self._awaited.get(list_name)
        if awaited is not None:
            self._awaited[list_name] = _Awaited(awaited.proof, _whole(awaited.proof))

    def take(self, list_name: str, sha256: str, payload: bytes) -> bool:
        """Considers the bytes of a list or of a change to one; True when it was swapped in."""
        awaited = self._awaited.get(list_name)
        if awaited is None or awaited.wanted.sha256 != sha256:
            return False
        proof, wanted = awaited.proof, awaited.wanted
        try:
            _check_length(wanted.kind, payload, max(MAX_LIST_BYTES, wanted.length))
            try:
                if wanted.kind == "delta":
                    content = proof.follow(self._held_content(list_name) or b"", payload)
                else:
                    content = proof.unpack(payload)
            except PolicyError as error:
                raise RefusedError(RefusalReason.ALTERED, error.message) from error
            self._swap(list_name, proof, content)
        except RefusedError as refused:
            self.refuse(list_name, refused)
            self.give_up_delta(list_name)
            return False
        self.taken[wanted.kind] += 1
        return True

    def refuse(self, list_name: str, refused: RefusedError) -> None:
        """Notes that an offered list was not taken, and why."""
        self.refusals[list_name] = Refusal(
            list_name=list_name, at=self._now(), reason=refused.reason, words=refused.message[:300]
        )

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

    def _swap(self, list_name: str, proof: Proof, content: bytes) -> None:
        before = self._held_content(list_name)
        try:
            proof.check(content)
            if (list_name, proof.version, proof.as_of) not in self._held() and (
                before is None or not changing.change(self._store, proof, before, content)
            ):
                entries = proof.entries(proof.read(content))
                self._store.replace(list_name, proof.version, proof.as_of, entries)
            if before != content:
                write(self.trust.state(list_name) / LIST_FILE, content)
        except RankError as error:
            raise RefusedError(RefusalReason.UNSIGNED, error.message) from error
        except PolicyError as error:
            raise RefusedError(RefusalReason.ALTERED, error.message) from error
        except StorageError as error:
            raise RefusedError(RefusalReason.STORAGE, error.message) from error
        self._awaited.pop(list_name, None)
        self.refusals.pop(list_name, None)

    def _held(self) -> set[tuple[str, str, datetime]]:
        return {(held.name, held.version, held.made_at) for held in self._store.lists()}

    def _held_content(self, list_name: str) -> bytes | None:
        try:
            return (self.trust.state(list_name) / LIST_FILE).read_bytes()
        except OSError:
            return None


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


def _whole(proof: Proof) -> Wanted:
    return Wanted(proof.packed.hashes["sha256"], proof.packed.length, "list")


def _check_length(what: str, payload: bytes, limit: int) -> None:
    if len(payload) > limit:
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
