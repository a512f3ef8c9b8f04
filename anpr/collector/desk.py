"""The hotlist desk of the centre: which version is the newest, and the tasks that officers' words opened."""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from anpr.collector import tasks
from anpr.collector.publications import Publication
from anpr.collector.schema import utc_text
from anpr.errors import InputError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from anpr.collector.tasks import Task

BUSY_TIMEOUT_MS: Final = 5_000
MAX_TASKS: Final = 500


class Desk:
    """Reads and closes on a connection of its own, so that no web request waits inside ingest's transaction.

    Args:
        path: the collector's store; its tables are made by ``SqliteStore``.
        now: tells the time, UTC.

    Raises:
        StorageError: the file cannot be opened.
    """

    def __init__(self, path: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._path = path
        self._now = now
        self._lock = threading.Lock()
        with self._explained():
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._connection.row_factory = sqlite3.Row
            self._connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute("PRAGMA foreign_keys = ON")

    def close(self) -> None:
        """Ends the use of the store."""
        with self._lock:
            self._connection.close()

    def publications(self) -> dict[str, Publication]:
        """The newest published state of each list."""
        return {row["list_name"]: _publication(row) for row in self._read("SELECT * FROM publications")}

    def open_tasks(self) -> int:
        """How many tasks wait for an answer."""
        return int(self._read("SELECT count(*) AS n FROM tasks WHERE open")[0]["n"])

    def tasks(self) -> list[Task]:
        """Open ones first, the newest first."""
        found = self._read("SELECT * FROM tasks ORDER BY open DESC, number DESC LIMIT ?", MAX_TASKS)
        return [self._with_steps(row) for row in found]

    def task(self, number: int) -> Task | None:
        """One task."""
        found = self._read("SELECT * FROM tasks WHERE number = ?", number)
        return self._with_steps(found[0]) if found else None

    def settle(self, number: int, person: str, reason: str, *, is_open: bool) -> Task | None:
        """Closes a task, or opens it again; both are for good on the record, with name and reason.

        Returns:
            The task; None when there is no such one.

        Raises:
            InputError: it is closed, or open, already; or the entry has another open task.
        """
        with self._explained(), self._lock:
            execute = self._connection.execute
            execute("BEGIN IMMEDIATE")
            try:
                row = execute("SELECT * FROM tasks WHERE number = ?", (number,)).fetchone()
                if row is not None:
                    self._change(row, person, reason, is_open=is_open)
                execute("COMMIT")
            except BaseException:
                self._connection.rollback()
                raise
        return self.task(number)

    def broken_step(self) -> int | None:
        """Number of the first step that was tampered with; None when the chain of all holds."""
        return tasks.broken_step(self._read("SELECT * FROM task_steps ORDER BY number"))

    def _change(self, row: sqlite3.Row, person: str, reason: str, *, is_open: bool) -> None:
        execute = self._connection.execute
        number, word = row["number"], "open" if is_open else "closed"
        if bool(row["open"]) == is_open:
            raise InputError(f"Task {number} is {word} already.", "Load the page again.")
        other = execute(
            "SELECT number FROM tasks WHERE list_name = ? AND entry_id = ? AND open AND number != ?",
            (row["list_name"], row["entry_id"], number),
        ).fetchone()
        if other is not None:
            raise InputError(f"Task {other[0]} about the same entry is open.", "Answer that one.")
        execute("UPDATE tasks SET open = ? WHERE number = ?", (int(is_open), number))
        kind: tasks.Kind = "reopened" if is_open else "closed"
        tasks.add_step(execute, number, kind, at=self._now(), person=person, reason=reason)

    def _with_steps(self, row: sqlite3.Row) -> Task:
        steps = self._read("SELECT * FROM task_steps WHERE task = ? ORDER BY number", row["number"])
        return tasks.task_of(row, steps)

    def _read(self, query: str, *values: object) -> list[sqlite3.Row]:
        with self._explained(), self._lock:
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise StorageError(
                f"The store {self._path} cannot be used for tasks: {error}.",
                "Free disk space or mend the file and its permissions.",
            ) from error


def keep_publication(execute: Callable[..., sqlite3.Cursor], one: Publication) -> None:
    """Keeps the newest state of a list; inside a transaction of the caller."""
    execute(
        "INSERT INTO publications (list_name, version, number, stamp, as_of, good_until, signers, recalled)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (list_name) DO UPDATE SET version = excluded.version,"
        " number = excluded.number, stamp = excluded.stamp, as_of = excluded.as_of,"
        " good_until = excluded.good_until, signers = excluded.signers, recalled = excluded.recalled"
        " WHERE excluded.as_of >= as_of",
        (
            one.list_name,
            one.version,
            one.number,
            one.stamp,
            utc_text(one.as_of),
            utc_text(one.good_until),
            json.dumps(one.signers, ensure_ascii=False),
            json.dumps(one.recalled, ensure_ascii=False),
        ),
    )


def _publication(row: sqlite3.Row) -> Publication:
    return Publication(
        list_name=row["list_name"],
        version=row["version"],
        number=row["number"],
        stamp=row["stamp"],
        as_of=datetime.fromisoformat(row["as_of"]),
        good_until=datetime.fromisoformat(row["good_until"]),
        signers=tuple(json.loads(row["signers"])),
        recalled=tuple(json.loads(row["recalled"])),
    )
