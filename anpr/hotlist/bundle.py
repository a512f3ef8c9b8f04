"""The signed files of one state of a list, together: as they lie on disk, and as they travel."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError
from tuf.api.exceptions import DownloadHTTPError, RepositoryError
from tuf.api.metadata import Metadata, Root
from tuf.ngclient import FetcherInterface

from anpr.errors import InputError
from anpr.list_messages import Manifest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LIST_NAME: Final = "x-anpr-list"
"""Field of the signed root: the list that it vouches for, and no other."""
AS_OF: Final = "x-anpr-as-of"
"""Field of the signed timestamp: when the publisher said that this is the newest."""
LIST_FILE: Final = "list.jsonl"
"""The list itself. It never travels as it is, but its hash is what a version is called by."""
PACKED_FILE: Final = "list.xz"
DELTA_FILE: Final = "delta.xz"
"""What makes this list of the one before it; signed like the list, so it is verified before it is read."""
RECALLED_FILE: Final = "recalled.json"
RECALL: Final = "recall"
"""Role that any one of the people may sign: it can silence entries, and nothing else."""

_VERSIONED: Final = re.compile(r"^(\d{1,9})\.(root|snapshot|targets|recall)\.json$")


@dataclass(frozen=True, slots=True)
class Bundle:
    """Metadata files to the byte; ``roots`` by their version, the newest and those before it."""

    list_name: str
    roots: Mapping[int, bytes]
    timestamp: bytes
    snapshot: bytes
    targets: bytes
    recall: bytes | None
    recalled: bytes | None

    def manifest(self) -> bytes:
        """The message that carries it."""
        return (
            Manifest(
                list_name=self.list_name,
                roots={version: data.decode() for version, data in self.roots.items()},
                timestamp=self.timestamp.decode(),
                snapshot=self.snapshot.decode(),
                targets=self.targets.decode(),
                recall=self.recall and self.recall.decode(),
                recalled=self.recalled and self.recalled.decode(),
            )
            .model_dump_json()
            .encode()
        )


def from_manifest(payload: bytes) -> Bundle:
    """Takes a message apart; nothing in it is trusted yet.

    Raises:
        InputError: it is no manifest.
    """
    try:
        manifest = Manifest.model_validate_json(payload)
        return Bundle(
            manifest.list_name,
            {version: text.encode() for version, text in manifest.roots.items()},
            manifest.timestamp.encode(),
            manifest.snapshot.encode(),
            manifest.targets.encode(),
            manifest.recall.encode() if manifest.recall else None,
            manifest.recalled.encode() if manifest.recalled else None,
        )
    except (ValidationError, UnicodeEncodeError) as error:
        raise InputError("This is no manifest of a list.", "Publish the list again.") from error


def root_of(data: bytes) -> tuple[Root, str]:
    """A root and the list it is for, from the bytes of a file that a person vouches for.

    Raises:
        InputError: it is no root of a list.
    """
    try:
        metadata = Metadata[Root].from_bytes(data)
        root = metadata.signed
        root.verify_delegate(Root.type, metadata.signed_bytes, metadata.signatures)
        return root, str(root.unrecognized_fields[LIST_NAME])
    except (RepositoryError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            "This is not the root of a signed list.",
            "Take metadata/1.root.json of the operator's repository.",
        ) from error


class Shelf(FetcherInterface):
    """Hands the files of a bundle to the library's own client, as if they came from a server."""

    ADDRESS: Final = "shelf:/"

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle

    def _fetch(self, url: str) -> Iterator[bytes]:
        data = self._find(url.removeprefix(self.ADDRESS).lstrip("/"))
        if data is None:
            raise DownloadHTTPError(f"{url} is not in the bundle", 404)
        return iter((data,))

    def _find(self, name: str) -> bytes | None:
        if name == "timestamp.json":
            return self._bundle.timestamp
        match = _VERSIONED.match(name)
        if match is None:
            return None
        # Which version a file really is, the client finds out itself.
        roles = {
            "snapshot": self._bundle.snapshot,
            "targets": self._bundle.targets,
            "recall": self._bundle.recall,
        }
        return self._bundle.roots.get(int(match[1])) if match[2] == "root" else roles[match[2]]


def names_role(snapshot: bytes, role: str) -> bool:
    """Whether a snapshot that was verified speaks of a role."""
    return f"{role}.json" in json.loads(snapshot)["signed"]["meta"]
