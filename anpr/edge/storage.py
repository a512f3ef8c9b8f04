"""A store that belongs to one process, and errors of it that say what to do."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from typing import TYPE_CHECKING

from anpr.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path


def hold(path: Path) -> int:
    """Takes the lock that keeps two processes from sending, and numbering, out of one store."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StorageError(
            f"The folder {path.parent} cannot be written: {error.strerror}.",
            "Give data_dir a folder on a disk with space that this user may write to.",
        ) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise StorageError(
            f"Another process already uses {path}.",
            "Stop the other `anpr run`, or give this one its own --data-dir.",
        ) from error
    return handle


class storage:  # noqa: N801 - reads as a statement
    """Turns SQLite's errors into ones that say what to do."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if not isinstance(error, sqlite3.Error):
            return
        if isinstance(error, sqlite3.OperationalError) and "full" in str(error):
            raise StorageError(
                f"The disk with {self._path} is full: nothing more can be stored.",
                "Free space on it; reading goes on by itself when there is room, and nothing stored is lost.",
            ) from error
        raise StorageError(
            f"The outbox {self._path} cannot be used: {error}.",
            "Check the disk. If the file is damaged, move it aside and keep it: it may hold unsent hits.",
        ) from error
