"""Plate crops by their SHA-256, in a file beside the store: whole or not there.

A crop has about 3 KB. One file each costs two waits for the disk each (4 ms a crop on a busy two-core
machine); a batch in one transaction costs one (measured: 0.6 ms a crop).
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from anpr.errors import InputError, StorageError
from anpr.wal import into_wal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

BUSY_TIMEOUT_MS = 5_000


class Crops:
    """The crops of a centre. Several collectors may share the file.

    Args:
        path: the SQLite file; made when missing.

    Raises:
        StorageError: the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        with self._explained():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
            into_wal(self._connection)
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS crops (sha256 TEXT PRIMARY KEY, jpeg BLOB NOT NULL) STRICT"
            )

    def get(self, sha256: str) -> bytes | None:
        """A crop; None when it is not kept, or the name is no hash."""
        with self._explained(), self._lock:
            found = self._connection.execute("SELECT jpeg FROM crops WHERE sha256 = ?", (sha256,)).fetchone()
        return found[0] if found else None

    def put_all(self, crops: Mapping[str, bytes]) -> None:
        """Keeps crops, or parts of pictures, under their hashes, for good before it returns.

        A second time changes nothing.

        Raises:
            InputError: the bytes are not those of the hash; none of them is kept.
            StorageError: the disk cannot take them; none of them is kept.
        """
        if not crops:
            return
        for sha256, jpeg in crops.items():
            check_hash(jpeg, sha256)
        with self._explained(), self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.executemany(
                    "INSERT INTO crops (sha256, jpeg) VALUES (?, ?) ON CONFLICT (sha256) DO NOTHING",
                    crops.items(),
                )
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def close(self) -> None:
        """Ends the use of the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise StorageError(
                f"Plate crops cannot be kept in {self._path}: {getattr(error, 'strerror', None) or error}.",
                "Free disk space or mend the permissions; the cars keep their hits meanwhile.",
            ) from error


def check(jpeg: bytes, sha256: str) -> None:
    """Raises InputError when the bytes are not those of the hash, or no JPEG."""
    check_hash(jpeg, sha256)
    if not jpeg.startswith(b"\xff\xd8\xff"):
        raise InputError("The crop is not a JPEG picture.", "Look at the car that sent it.")


def check_hash(data: bytes, sha256: str) -> None:
    """Raises InputError when the bytes are not those of the hash."""
    if hashlib.sha256(data).hexdigest() != sha256:
        raise InputError("The picture is not the one its hash names.", "Look at the car that sent it.")
