"""The outbox's file: its tables, and how it is opened so that what it has confirmed outlives a power cut."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from sqlite_utils import Database, Migrations

from anpr.edge import ledger
from anpr.wal import into_wal

if TYPE_CHECKING:
    from pathlib import Path

BEFORE_THIS_START_S = -1e12
"""Made so long ago that nothing of it is live."""

migrations = Migrations("anpr.edge.outbox")


@migrations()  # type: ignore[untyped-decorator]
def create(db: Database) -> None:
    """First form of the store."""
    db.table("message").create(
        {
            "id": str,
            "seq": int,
            "topic": str,
            "priority": int,
            "payload": bytes,
            "state": str,
            "attempts": int,
            "made_s": float,
            "due_s": float,
        },
        pk="id",
        not_null={"seq", "topic", "priority", "payload", "state", "attempts", "made_s", "due_s"},
        strict=True,
    )
    db.table("message").create_index(["seq"], unique=True)
    db.table("message").create_index(["state", "due_s"])
    db.table("counter").create({"name": str, "value": int}, pk="name", not_null={"value"}, strict=True)
    db.table("counter").insert({"name": "seq", "value": 0})


@migrations()  # type: ignore[untyped-decorator]
def keep_ledger(db: Database) -> None:
    """What was numbered since each start."""
    ledger.create(db)


def connect(path: Path) -> Database:
    """Opens the file, brings it up to date, and makes what an earlier start left due at once."""
    connection = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False)
    # Only a file that is told so before its first table can give pages back to the disk.
    connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
    into_wal(connection)
    for pragma in ("synchronous=FULL", "busy_timeout=5000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    db = Database(connection)
    migrations.apply(db)
    # Due times are on one process's monotonic clock and mean nothing to the next.
    connection.execute(
        "UPDATE message SET made_s = ?, due_s = 0 WHERE state IN ('waiting', 'sent')", (BEFORE_THIS_START_S,)
    )
    return db
