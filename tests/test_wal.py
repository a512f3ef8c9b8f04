from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING

import pytest

from anpr.wal import into_wal

if TYPE_CHECKING:
    from pathlib import Path


def locked(path: Path) -> sqlite3.Connection:
    """Another's connection, in the middle of its work."""
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("CREATE TABLE t (x)")
    other.execute("BEGIN EXCLUSIVE")
    return other


def test_a_file_that_another_holds_is_waited_for(tmp_path: Path):
    other = locked(tmp_path / "f")
    mine = sqlite3.connect(tmp_path / "f", timeout=0)
    release = threading.Timer(0.2, other.execute, ("COMMIT",))
    release.start()
    into_wal(mine)
    release.join()
    assert mine.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_patience_ends(tmp_path: Path):
    other = locked(tmp_path / "f")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        into_wal(sqlite3.connect(tmp_path / "f", timeout=0), patience_s=0.05)
    other.execute("COMMIT")


def test_what_is_no_database_is_told_at_once(tmp_path: Path):
    (tmp_path / "f").write_bytes(b"no database, but long enough to be one " * 40)
    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        into_wal(sqlite3.connect(tmp_path / "f"))
