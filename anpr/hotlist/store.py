"""The local copy of the hotlists: one SQLite file, each list replaced as a whole or not at all."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Self

from sqlite_utils import Database, Migrations

from anpr.errors import StorageError
from anpr.types import Category, ListEntry, VehicleClass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

FILE_NAME: Final = "hotlist.sqlite3"
"""Name of the store inside a car's data directory."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

_migrations = Migrations("anpr.hotlist")

_ENTRY_COLUMNS: Final = (
    "l.name, e.entry_id, e.plate, e.key, e.vehicle_class, e.category, e.priority, e.reason, e.owner,"
    " e.source, e.valid_until"
)


@_migrations()  # type: ignore[untyped-decorator,unused-ignore]
def m001_lists_and_entries(db: Database) -> None:
    """The first form: lists, their entries, and the index that a match uses."""
    db.execute(
        """
        CREATE TABLE lists (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            version TEXT NOT NULL,
            made_at INTEGER NOT NULL,
            entries INTEGER NOT NULL
        ) STRICT"""
    )
    db.execute(
        """
        CREATE TABLE entries (
            list_id INTEGER NOT NULL REFERENCES lists(id) ON DELETE CASCADE,
            entry_id TEXT NOT NULL,
            plate TEXT NOT NULL,
            key TEXT NOT NULL,
            vehicle_class TEXT NOT NULL,
            category TEXT NOT NULL,
            priority INTEGER NOT NULL CHECK (priority BETWEEN 1 AND 4),
            reason TEXT NOT NULL,
            owner TEXT NOT NULL,
            source TEXT NOT NULL,
            valid_until INTEGER NOT NULL,
            PRIMARY KEY (list_id, entry_id)
        ) STRICT, WITHOUT ROWID"""
    )
    db.execute("CREATE INDEX entries_by_key ON entries (key)")


@dataclass(frozen=True, slots=True)
class ListVersion:
    """One list as the store holds it: its version, when that was made (UTC), and how many entries it has."""

    name: str
    version: str
    made_at: datetime
    entries: int


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry together with the version of the list that it stands in."""

    entry: ListEntry
    version: str
    made_at: datetime


class HotlistStore:
    """Hotlists in one SQLite file, safe to use from several threads and processes.

    Readers see a list as it was before a replacement or as it is after it, never a mixture (WAL).

    Args:
        path: the file; it and its directory are made when missing.

    Raises:
        StorageError: the file cannot be opened or is no hotlist store.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=5, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(error) from error
        with self._errors():
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.execute("PRAGMA foreign_keys=ON")
            self._connection.execute("PRAGMA busy_timeout=5000")
            database = Database(self._connection, execute_plugins=False)
            if _migrations.pending(database):
                # Taken before looking again, so that two processes may open a new store at once.
                self._connection.execute("BEGIN IMMEDIATE")
                _migrations.apply(database)
                self._connection.execute("COMMIT")

    def close(self) -> None:
        """Ends the use of the file."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def replace(self, list_name: str, version: str, made_at: datetime, entries: Iterable[ListEntry]) -> int:
        """Puts a new version in the place of one list, in one transaction.

        This is the one door into a car's hotlists: whoever calls it vouches for the entries. A list that
        arrives over the air is verified before it gets here.

        Args:
            list_name: the list; every entry must carry the same name.
            version: what this state of the list is called.
            made_at: when it was made, UTC; its age is counted from here.
            entries: all entries of the list, each entry_id once.

        Returns:
            How many entries the list has now.

        Raises:
            StorageError: the disk or the database refused; the former version is still there.
        """
        with self._lock, self._errors():
            connection = self._connection
            connection.execute("BEGIN IMMEDIATE")
            try:
                connection.execute("DELETE FROM lists WHERE name = ?", (list_name,))
                list_id = connection.execute(
                    "INSERT INTO lists (name, version, made_at, entries) VALUES (?, ?, ?, 0) RETURNING id",
                    (list_name, version, _to_int(made_at)),
                ).fetchone()[0]
                connection.executemany(
                    "INSERT INTO entries VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                    (_to_row(list_id, list_name, entry) for entry in entries),
                )
                count: int = connection.execute(
                    "UPDATE lists SET entries = (SELECT count(*) FROM entries WHERE list_id = :id)"
                    " WHERE id = :id RETURNING entries",
                    {"id": list_id},
                ).fetchone()[0]
                connection.execute("COMMIT")
            except BaseException:
                connection.rollback()
                raise
            # A large list leaves as large a log behind; a car's disk has better use for the room.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return count

    def lists(self) -> tuple[ListVersion, ...]:
        """Every list with its version, by name."""
        with self._lock, self._errors():
            rows = self._connection.execute(
                "SELECT name, version, made_at, entries FROM lists ORDER BY name"
            ).fetchall()
        return tuple(ListVersion(name, version, _to_time(made), count) for name, version, made, count in rows)

    def entries(self, list_name: str) -> tuple[ListEntry, ...]:
        """All entries of one list by plate; empty when there is no such list."""
        with self._lock, self._errors():
            rows = self._connection.execute(
                f"SELECT {_ENTRY_COLUMNS} FROM entries e JOIN lists l ON l.id = e.list_id"  # noqa: S608 - constant
                " WHERE l.name = ? ORDER BY e.key, e.entry_id",
                (list_name,),
            ).fetchall()
        return tuple(_to_entry(row) for row in rows)

    def expired(self, now: datetime) -> int:
        """How many entries of all lists ran out before ``now``."""
        with self._lock, self._errors():
            count: int = self._connection.execute(
                "SELECT count(*) FROM entries WHERE valid_until < ?", (_to_int(now),)
            ).fetchone()[0]
        return count

    def find(self, key: str) -> tuple[Listed, ...]:
        """Entries of all lists under one normal form, expired ones too, best priority first.

        Looks in the file itself by its index, so that a replaced list counts from the next read on.
        """
        with self._lock, self._errors():
            rows = self._connection.execute(
                f"SELECT {_ENTRY_COLUMNS}, l.version, l.made_at FROM entries e"  # noqa: S608 - constant
                " JOIN lists l ON l.id = e.list_id WHERE e.key = ?"
                " ORDER BY e.priority, e.valid_until DESC, l.name, e.entry_id",
                (key,),
            ).fetchall()
        return tuple(Listed(_to_entry(row[:-2]), row[-2], _to_time(row[-1])) for row in rows)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    def _unusable(self, error: Exception) -> StorageError:
        return StorageError(
            f"The hotlist store {self.path} cannot be used: {error}.",
            "Check free space and rights of its directory; if the file is damaged, move it away and import"
            " the lists again.",
        )


def _to_int(time: datetime) -> int:
    return (time - _EPOCH) // _MICROSECOND


def _to_time(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def _to_row(list_id: int, list_name: str, entry: ListEntry) -> tuple[object, ...]:
    if entry.list_name != list_name:
        raise ValueError(f"entry {entry.entry_id} of list {entry.list_name} among those of {list_name}")
    return (
        list_id,
        entry.entry_id,
        entry.plate,
        entry.key,
        entry.vehicle_class.value,
        entry.category.value,
        entry.priority,
        entry.reason,
        entry.owner,
        entry.source,
        _to_int(entry.valid_until),
    )


def _to_entry(row: tuple[object, ...]) -> ListEntry:
    name, entry_id, plate, key, vehicle_class, category, priority, reason, owner, source, until = row
    return ListEntry(
        list_name=str(name),
        entry_id=str(entry_id),
        plate=str(plate),
        key=str(key),
        vehicle_class=VehicleClass(str(vehicle_class)),
        category=Category(str(category)),
        priority=int(str(priority)),
        reason=str(reason),
        owner=str(owner),
        source=str(source),
        valid_until=_to_time(int(str(until))),
    )
