"""Lists laid down by their hash in a folder that a web server gives out: those too large for a message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from anpr.errors import StorageError
from anpr.hotlist.files import write

if TYPE_CHECKING:
    from pathlib import Path

    from anpr.hotlist.published import Published
    from anpr.hotlist.repository import Repository

KEPT: Final = timedelta(days=1)
"""So long a former list stays, so that a car in the middle of a transfer is not cut off by the next one."""


def shelve(repository: Repository, published: Published, folder: Path, now: datetime) -> Path:
    """Lays a list down, whole or not at all, and takes former ones away; returns the file.

    Several repositories may share the folder: only what this one published is touched.

    Raises:
        StorageError: the disk refuses.
    """
    path = folder / published.proof.packed.hashes["sha256"]
    write(path, published.blob)
    try:
        for sha256 in repository.outdated_blobs():
            old = folder / sha256
            if old.exists() and now - datetime.fromtimestamp(old.stat().st_mtime, UTC) > KEPT:
                old.unlink()
    except OSError as error:
        raise StorageError(f"{folder} cannot be tidied: {error.strerror}.", "Check its rights.") from error
    return path
