"""The centre's tables about hotlists: what cars hold, what is published, and tasks for owners of entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlite_utils import Migrations

if TYPE_CHECKING:
    from sqlite_utils import Database

migrations = Migrations("centre.lists")


@migrations(name="001-reports-publications-tasks")  # type: ignore[untyped-decorator]
def first_tables(db: Database) -> None:
    """Reports of cars, newest publications, tasks, and the steps of each task, which nobody may rewrite."""
    for statement in _FIRST_TABLES:
        db.execute(statement)


_FIRST_TABLES = (
    """
    CREATE TABLE list_reports (
        vehicle TEXT PRIMARY KEY,
        at TEXT NOT NULL,
        message TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE publications (
        list_name TEXT PRIMARY KEY,
        version TEXT NOT NULL,
        number INTEGER NOT NULL,
        stamp INTEGER NOT NULL,
        as_of TEXT NOT NULL,
        good_until TEXT NOT NULL,
        signers TEXT NOT NULL,
        recalled TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE tasks (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        list_name TEXT NOT NULL,
        entry_id TEXT NOT NULL,
        open INTEGER NOT NULL CHECK (open IN (0, 1)),
        opened_at TEXT NOT NULL,
        list_version TEXT NOT NULL,
        entry TEXT NOT NULL
    ) STRICT
    """,
    # One open task for an entry: what ten officers say of it is one thing to do.
    "CREATE UNIQUE INDEX tasks_open ON tasks (list_name, entry_id) WHERE open",
    """
    CREATE TABLE task_steps (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        task INTEGER NOT NULL REFERENCES tasks(number),
        kind TEXT NOT NULL CHECK (kind IN ('said', 'mended', 'closed', 'reopened')),
        at TEXT NOT NULL,
        person TEXT NOT NULL,
        reason TEXT NOT NULL,
        vehicle TEXT,
        hit TEXT,
        verdict TEXT UNIQUE,
        previous TEXT NOT NULL,
        digest TEXT NOT NULL UNIQUE
    ) STRICT
    """,
    "CREATE INDEX task_steps_by_task ON task_steps (task, number)",
    "CREATE INDEX task_steps_by_hit ON task_steps (hit)",
    """
    CREATE TRIGGER task_steps_stay BEFORE UPDATE ON task_steps
    BEGIN SELECT RAISE(ABORT, 'a step of a task is never changed'); END
    """,
    """
    CREATE TRIGGER task_steps_remain BEFORE DELETE ON task_steps
    BEGIN SELECT RAISE(ABORT, 'a step of a task is never removed'); END
    """,
)
