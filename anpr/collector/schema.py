"""The centre's tables, as steps that bring any older store up to date."""

from __future__ import annotations

import secrets
from datetime import UTC
from typing import TYPE_CHECKING

from sqlite_utils import Migrations

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

migrations = Migrations("centre")


def utc_text(moment: datetime) -> str:
    """A time as kept: UTC in a fixed width, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


@migrations(name="001-first-tables")  # type: ignore[untyped-decorator]
def first_tables(db: Database) -> None:
    """Hits, verdicts, what happened in which order, cars, rejects and counters."""
    for statement in _FIRST_TABLES:
        db.execute(statement)
    db.execute("INSERT INTO meta (name, value) VALUES ('epoch', ?)", [secrets.token_hex(4)])


@migrations(name="002-ledgers")  # type: ignore[untyped-decorator]
def ledgers(db: Database) -> None:
    """What cars numbered against what is here; rejects say their number, so that none looks missing."""
    db.execute("ALTER TABLE rejects ADD COLUMN vehicle TEXT")
    db.execute("ALTER TABLE rejects ADD COLUMN seq INTEGER")
    db.execute("ALTER TABLE rejects ADD COLUMN message_id TEXT")
    db.execute("CREATE INDEX rejects_by_vehicle ON rejects (vehicle, seq)")
    db.execute("CREATE INDEX verdicts_by_vehicle ON verdicts (vehicle, seq)")
    db.execute(
        """
        CREATE TABLE ledgers (
            vehicle TEXT PRIMARY KEY,
            at TEXT NOT NULL,
            under_way INTEGER NOT NULL,
            missing INTEGER NOT NULL,
            differing INTEGER NOT NULL,
            message TEXT NOT NULL
        ) STRICT
        """
    )


@migrations(name="003-pictures")  # type: ignore[untyped-decorator]
def pictures(db: Database) -> None:
    """Parts of pictures; what they hold lies with the crops, under the hash of the part."""
    db.execute(
        """
        CREATE TABLE image_parts (
            id TEXT PRIMARY KEY,
            vehicle TEXT NOT NULL,
            seq INTEGER NOT NULL,
            hit TEXT NOT NULL,
            part INTEGER NOT NULL,
            parts INTEGER NOT NULL,
            sha256 TEXT NOT NULL,
            piece_sha256 TEXT NOT NULL,
            received_at TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX image_parts_by_hit ON image_parts (hit, part)")
    db.execute("CREATE INDEX image_parts_by_vehicle ON image_parts (vehicle, seq)")


_FIRST_TABLES = (
    """
    CREATE TABLE meta (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    # number, not time, is the order of arrival: clocks of cars and of the centre may step.
    """
    CREATE TABLE hits (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        vehicle TEXT NOT NULL,
        seq INTEGER NOT NULL,
        captured_at TEXT NOT NULL,
        received_at TEXT NOT NULL,
        stored_at TEXT NOT NULL,
        delay_ms REAL NOT NULL,
        normalised TEXT NOT NULL,
        priority INTEGER NOT NULL,
        category TEXT NOT NULL,
        crop_sha256 TEXT NOT NULL,
        message TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX hits_by_capture ON hits (captured_at)",
    "CREATE INDEX hits_by_vehicle ON hits (vehicle, seq)",
    "CREATE INDEX hits_by_plate ON hits (normalised)",
    # No foreign key: a verdict may overtake its hit, and must not be refused for it.
    """
    CREATE TABLE verdicts (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        hit TEXT NOT NULL,
        vehicle TEXT NOT NULL,
        seq INTEGER NOT NULL,
        at TEXT NOT NULL,
        received_at TEXT NOT NULL,
        message TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX verdicts_by_hit ON verdicts (hit, at)",
    """
    CREATE TABLE events (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        hit TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE cars (
        vehicle TEXT PRIMARY KEY,
        change INTEGER NOT NULL,
        last_seen_at TEXT
    ) STRICT
    """,
    "CREATE INDEX cars_by_change ON cars (change)",
    """
    CREATE TABLE status (
        vehicle TEXT PRIMARY KEY,
        at TEXT NOT NULL,
        message TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE positions (
        vehicle TEXT PRIMARY KEY,
        at TEXT NOT NULL,
        message TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE health (
        vehicle TEXT PRIMARY KEY,
        at TEXT NOT NULL,
        message TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE rejects (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        sha256 TEXT NOT NULL,
        topic TEXT NOT NULL,
        payload BLOB NOT NULL,
        reason TEXT NOT NULL,
        first_at TEXT NOT NULL,
        last_at TEXT NOT NULL,
        times INTEGER NOT NULL DEFAULT 1,
        UNIQUE (sha256, topic)
    ) STRICT
    """,
    """
    CREATE TABLE counters (
        name TEXT PRIMARY KEY,
        value INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
)
