"""The local copy of the hotlists: one SQLite file, each list replaced as a whole or not at all."""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from sqlite_utils import Database

from anpr.errors import StorageError
from anpr.hotlist import patterns
from anpr.hotlist.schema import ENTRY_COLUMNS, INSERT_ENTRY, migrations, to_entry, to_int, to_row, to_time
from anpr.types import MatchRule
from anpr.wal import into_wal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from anpr.types import ListEntry

FILE_NAME: Final = "hotlist.sqlite3"
"""Name of the store inside a car's data directory."""

_LISTED: Final = f"SELECT {ENTRY_COLUMNS}, l.version, l.made_at"
_BEST_FIRST: Final = " ORDER BY e.priority, e.valid_until DESC, l.name, e.entry_id"
_FIND: Final = (
    f"{_LISTED} FROM entries e JOIN lists l ON l.id = e.list_id"
    f" WHERE e.key = ? AND e.rule != 'pattern'{_BEST_FIRST}"
)
_NEAR: Final = (
    # Joined in this order the index is asked once for each text, whatever the planner thinks of json_each.
    f"{_LISTED} FROM json_each(?) AS c CROSS JOIN entries e INDEXED BY entries_near ON e.key = c.value"
    f" CROSS JOIN lists l ON l.id = e.list_id WHERE e.rule = 'near'{_BEST_FIRST}"
)
_FITTING: Final = (
    f"{_LISTED} FROM json_each(?) AS c CROSS JOIN entries e INDEXED BY entries_pattern ON e.anchor = c.value"
    f" CROSS JOIN lists l ON l.id = e.list_id WHERE e.rule = 'pattern' AND ? GLOB e.key{_BEST_FIRST}"
)


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
            into_wal(self._connection)
            self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.execute("PRAGMA foreign_keys=ON")
            self._connection.execute("PRAGMA busy_timeout=5000")
            database = Database(self._connection, execute_plugins=False)
            if migrations.pending(database):
                # Taken before looking again, so that two processes may open a new store at once.
                self._connection.execute("BEGIN IMMEDIATE")
                migrations.apply(database)
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
                    (list_name, version, to_int(made_at)),
                ).fetchone()[0]
                signs: set[tuple[int, str]] = set()
                connection.executemany(
                    INSERT_ENTRY,
                    (to_row(list_id, list_name, entry) for entry in _noting_near(entries, signs)),
                )
                connection.executemany(
                    "INSERT INTO near_signs VALUES (?, ?, ?)", ((list_id, *one) for one in sorted(signs))
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

    def change(
        self, before: ListVersion, after: ListVersion, gone: Iterable[str], entries: Iterable[ListEntry]
    ) -> bool:
        """Changes a few entries of a list, in one transaction; whoever calls it vouches as for ``replace``.

        Args:
            before: the list as it must stand here now.
            after: what it is called then, and how many entries it must have.
            gone: ids to be taken off; some may not be there.
            entries: what comes in addition, after that.

        Returns:
            False when it stood otherwise, or would not come out as said; nothing was changed then.

        Raises:
            StorageError: the disk or the database refused; the former version is still there.
        """
        with self._lock, self._errors():
            connection = self._connection
            connection.execute("BEGIN IMMEDIATE")
            try:
                row = connection.execute(
                    "UPDATE lists SET version = ?, made_at = ? WHERE name = ? AND version = ? RETURNING id",
                    (after.version, to_int(after.made_at), before.name, before.version),
                ).fetchone()
                count = None
                if row is not None:
                    connection.executemany(
                        "DELETE FROM entries WHERE list_id = ? AND entry_id = ?",
                        ((row[0], one) for one in gone),
                    )
                    signs: set[tuple[int, str]] = set()
                    connection.executemany(
                        INSERT_ENTRY,
                        (to_row(row[0], before.name, entry) for entry in _noting_near(entries, signs)),
                    )
                    connection.executemany(
                        "INSERT OR IGNORE INTO near_signs VALUES (?, ?, ?)",
                        ((row[0], *one) for one in sorted(signs)),
                    )
                    count = connection.execute(
                        "UPDATE lists SET entries = (SELECT count(*) FROM entries WHERE list_id = :id)"
                        " WHERE id = :id RETURNING entries",
                        {"id": row[0]},
                    ).fetchone()[0]
                done = count == after.entries
                connection.execute("COMMIT" if done else "ROLLBACK")
            except BaseException:
                connection.rollback()
                raise
        return done

    def lists(self) -> tuple[ListVersion, ...]:
        """Every list with its version, by name."""
        with self._lock, self._errors():
            rows = self._connection.execute(
                "SELECT name, version, made_at, entries FROM lists ORDER BY name"
            ).fetchall()
        return tuple(ListVersion(name, version, to_time(made), count) for name, version, made, count in rows)

    def entries(self, list_name: str) -> tuple[ListEntry, ...]:
        """All entries of one list by plate; empty when there is no such list."""
        with self._lock, self._errors():
            rows = self._connection.execute(
                f"SELECT {ENTRY_COLUMNS} FROM entries e JOIN lists l ON l.id = e.list_id"  # noqa: S608 - constant
                " WHERE l.name = ? ORDER BY e.key, e.entry_id",
                (list_name,),
            ).fetchall()
        return tuple(to_entry(row) for row in rows)

    def expired(self, now: datetime) -> int:
        """How many entries of all lists ran out before ``now``."""
        with self._lock, self._errors():
            count: int = self._connection.execute(
                "SELECT count(*) FROM entries WHERE valid_until < ?", (to_int(now),)
            ).fetchone()[0]
        return count

    def find(self, key: str) -> tuple[Listed, ...]:
        """Entries of all lists under one normal form, expired ones too, best priority first.

        Looks in the file itself by its index, so that a replaced list counts from the next read on.
        """
        with self._lock, self._errors():
            return self._listed(_FIND, key)

    def matching(self, key: str) -> tuple[tuple[MatchRule, Listed], ...]:
        """Entries of all lists that match the key of a read, expired ones too, with how they match it.

        Those with the same key come first, then patterns that it fits, then entries with near matching that
        differ in exactly one sign; best priority first within each. All are of one state of the file.
        """
        with self._lock, self._errors():
            self._connection.execute("BEGIN")
            try:
                exact = self._listed(_FIND, key)
                fitting = self._listed(_FITTING, json.dumps(sorted(set(patterns.anchors(key)))), key)
                signs = self._connection.execute("SELECT DISTINCT place, sign FROM near_signs").fetchall()
                others = [
                    key[:place] + sign + key[place + 1 :]
                    for place, sign in signs
                    if place < len(key) and key[place] != sign
                ]
                near = self._listed(_NEAR, json.dumps(others)) if others else ()
            finally:
                self._connection.rollback()
        return (
            *((MatchRule.EXACT, one) for one in exact),
            *((MatchRule.PATTERN, one) for one in fitting),
            *((MatchRule.NEAR, one) for one in near),
        )

    def _listed(self, query: str, *values: str) -> tuple[Listed, ...]:
        rows = self._connection.execute(query, values).fetchall()
        return tuple(Listed(to_entry(row[:-2]), row[-2], to_time(row[-1])) for row in rows)

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


def _noting_near(entries: Iterable[ListEntry], signs: set[tuple[int, str]]) -> Iterator[ListEntry]:
    for entry in entries:
        if entry.rule is MatchRule.NEAR:
            signs.update(enumerate(entry.key))
        yield entry
