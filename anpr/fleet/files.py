"""Files that are whole or not there, and secrets that only their owner can read."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Final

from anpr.errors import InputError, StorageError

REVOKED_FILE: Final = "revoked.pem"
MOSQUITTO_FILE: Final = "mosquitto.acl"
EMQX_FILE: Final = "emqx-acl.conf"
"""What every broker is given beside its own certificate; see ``anpr.fleet.authority``."""
SECRET: Final = 0o600
PUBLIC: Final = 0o644


def write(path: Path, data: bytes, mode: int = PUBLIC) -> None:
    """Puts a file in its place at once: whoever reads it sees the old one or the new one.

    Raises:
        StorageError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                os.fchmod(file.fileno(), mode)
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(draft).replace(path)
        except OSError:
            Path(draft).unlink()
            raise
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror}.", "Check the disk and the rights of the folder."
        ) from error


def read(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}.", "Check the path and its rights."
        ) from error
