"""Signed lists where an outsider finds them: in a repository, or in a car's data directory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from anpr.errors import InputError, PolicyError, StorageError
from anpr.fleet import files
from anpr.hotlist.bundle import LIST_FILE, PACKED_FILE, RECALLED_FILE, Bundle
from anpr.hotlist.proof import Proof, prove
from anpr.hotlist.repository import Repository
from anpr.hotlist.store import FILE_NAME, HotlistStore
from anpr.hotlist.trust import Trust

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Copy:
    """One list that was looked at; ``problem`` says why it cannot be trusted, None when it can."""

    list_name: str
    proof: Proof | None
    version: str
    entries: int
    problem: str | None


def prove_all(path: Path, root: Path | None) -> tuple[Copy, ...]:
    """Checks every signed list in a folder.

    Args:
        path: a repository or a car's data directory.
        root: the root that the caller vouches for; None trusts the one that lies there.

    Raises:
        InputError: the root cannot be read.
    """
    given = files.read(root) if root else None
    if (path / "metadata").is_dir():
        return (_of_repository(path, given),)
    trust = Trust(path)
    return tuple(_of_car(path, trust, name, given) for name in trust.lists())


def _of_repository(path: Path, given: bytes | None) -> Copy:
    repository = Repository(path)
    name = repository.list_name
    try:
        bundle = repository.bundle()
        if bundle is None:
            return Copy(name, None, "", 0, "nothing is published yet")
        proof = prove(given or repository.pinned, bundle)
        blob = path / "targets" / f"{proof.packed.hashes['sha256']}.{PACKED_FILE}"
        return _read(proof, proof.unpack(blob.read_bytes()))
    except (PolicyError, StorageError) as error:
        return Copy(name, None, "", 0, error.message)
    except OSError as error:
        return Copy(name, None, "", 0, f"a file is missing: {error}")


def _of_car(path: Path, trust: Trust, name: str, given: bytes | None) -> Copy:
    state = trust.state(name)
    try:
        recall = state / "recall.json"
        bundle = Bundle(
            list_name=name,
            roots={
                int(one.name.split(".")[0]): one.read_bytes()
                for one in (state / "root_history").glob("*.root.json")
            },
            timestamp=(state / "timestamp.json").read_bytes(),
            snapshot=(state / "snapshot.json").read_bytes(),
            targets=(state / "targets.json").read_bytes(),
            recall=recall.read_bytes() if recall.exists() else None,
            recalled=(state / RECALLED_FILE).read_bytes() if recall.exists() else None,
        )
        proof = prove(given or trust.root(name), bundle)
        content = (state / LIST_FILE).read_bytes()
        copy = _read(proof, content)
        with HotlistStore(path / FILE_NAME) as store:
            held = store.entries(name)
    except (PolicyError, StorageError, InputError) as error:
        return Copy(name, None, "", 0, error.message)
    except OSError as error:
        return Copy(name, None, "", 0, f"no verified list is held: {error.strerror} {error.filename}")
    if set(held) != set(proof.entries(proof.read(content))):
        return Copy(name, proof, copy.version, len(held), "the entries in use are not the signed ones")
    return copy


def _read(proof: Proof, content: bytes) -> Copy:
    return Copy(proof.list_name, proof, proof.version, len(proof.entries(proof.read(content))), None)
