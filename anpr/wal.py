"""SQLite's write-ahead log, for files that several processes open."""

from __future__ import annotations

import sqlite3
import time

PATIENCE_S = 5.0
_AGAIN_S = 0.01
_BASIC_CODE = 0xFF


def into_wal(connection: sqlite3.Connection, patience_s: float = PATIENCE_S) -> None:
    """Switches a database to a write-ahead log.

    SQLite does not wait its turn here, whatever its busy timeout: of two that open a new file at once one
    would be told that it is locked.

    Args:
        connection: outside any transaction.
        patience_s: how long others may be in the way.

    Raises:
        sqlite3.Error: the file is locked for longer, or cannot be used.
    """
    until = time.monotonic() + patience_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & _BASIC_CODE != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
                raise
            time.sleep(_AGAIN_S)
        else:
            return
