"""Tasks for the owners of entries: an officer says that an entry is out of date, somebody must answer.

Every step names a person and is chained to the step before by its hash, so that who looks later sees that
none was altered, dropped or slipped in. These functions work inside a transaction of their caller.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal

from anpr.collector.schema import utc_text
from anpr.messages import Entry, Hit, Outcome, Verdict

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

Kind = Literal["said", "mended", "closed", "reopened"]
BEGIN: Final = "0" * 64
"""What the first step of all stands on."""


@dataclass(frozen=True, slots=True)
class TaskStep:
    """One thing that happened to a task.

    Attributes:
        kind: an officer *said* that the entry is out of date, or *mended* that word later; somebody at
            the centre *closed* or *reopened* it.
        reason: why; of an officer, the outcome.
        digest: hash of this step and, by that, of all before it.
    """

    kind: Kind
    at: datetime
    person: str
    reason: str
    vehicle: str | None
    hit: str | None
    digest: str


@dataclass(frozen=True, slots=True)
class Task:
    """Something that the owner of an entry has to answer.

    Attributes:
        entry: as the car had it when the first officer spoke.
        list_version: of the list in that car.
        steps: oldest first.
    """

    number: int
    open: bool
    opened_at: datetime
    list_version: str
    entry: Entry
    steps: tuple[TaskStep, ...]


def note_verdict(execute: Callable[..., sqlite3.Cursor], verdict: Verdict) -> None:
    """Opens a task, or adds to it, when an officer says that the entry of a known hit is out of date."""
    row = execute("SELECT message FROM hits WHERE id = ?", (verdict.hit,)).fetchone()
    if row is None:
        return  # it overtook its hit, which asks again
    if verdict.outcome is Outcome.OUT_OF_DATE:
        _say(execute, verdict, Hit.model_validate_json(row[0]))
        return
    said = execute(
        "SELECT task FROM task_steps WHERE hit = ? ORDER BY number DESC LIMIT 1", (verdict.hit,)
    ).fetchone()
    if said is not None:
        _add_verdict(execute, said[0], "mended", verdict)


def note_hit(execute: Callable[..., sqlite3.Cursor], hit_id: str) -> None:
    """The verdicts that came before their hit."""
    for row in execute(
        "SELECT message FROM verdicts WHERE hit = ? ORDER BY at, number", (hit_id,)
    ).fetchall():
        note_verdict(execute, Verdict.model_validate_json(row[0]))


def add_step(
    execute: Callable[..., sqlite3.Cursor],
    task: int,
    kind: Kind,
    *,
    at: datetime,
    person: str,
    reason: str,
    vehicle: str | None = None,
    hit: str | None = None,
    verdict: str | None = None,
) -> None:
    """Adds a step to the chain of all tasks."""
    last = execute("SELECT digest FROM task_steps ORDER BY number DESC LIMIT 1").fetchone()
    previous = last[0] if last else BEGIN
    values = (task, kind, utc_text(at), person, reason, vehicle, hit, verdict)
    execute(
        "INSERT INTO task_steps (task, kind, at, person, reason, vehicle, hit, verdict, previous, digest)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*values, previous, _digest(previous, values)),
    )


def broken_step(rows: Iterable[sqlite3.Row]) -> int | None:
    """Number of the first step that is not what was written, or does not follow the one before.

    Args:
        rows: all of ``task_steps`` by number.

    Returns:
        None when the whole chain holds.
    """
    previous = BEGIN
    for row in rows:
        names = ("task", "kind", "at", "person", "reason", "vehicle", "hit", "verdict")
        values = tuple(row[name] for name in names)
        if row["previous"] != previous or row["digest"] != _digest(previous, values):
            return int(row["number"])
        previous = row["digest"]
    return None


def task_of(row: sqlite3.Row, steps: Iterable[sqlite3.Row]) -> Task:
    """A task from its row and those of its steps."""
    return Task(
        number=row["number"],
        open=bool(row["open"]),
        opened_at=datetime.fromisoformat(row["opened_at"]),
        list_version=row["list_version"],
        entry=Entry.model_validate_json(row["entry"]),
        steps=tuple(
            TaskStep(
                kind=step["kind"],
                at=datetime.fromisoformat(step["at"]),
                person=step["person"],
                reason=step["reason"],
                vehicle=step["vehicle"],
                hit=step["hit"],
                digest=step["digest"],
            )
            for step in steps
        ),
    )


def _say(execute: Callable[..., sqlite3.Cursor], verdict: Verdict, hit: Hit) -> None:
    entry = hit.entry
    known = execute(
        "SELECT number FROM tasks WHERE list_name = ? AND entry_id = ? AND open",
        (entry.list_name, entry.entry_id),
    ).fetchone()
    if known is None:
        known = execute(
            "INSERT INTO tasks (list_name, entry_id, open, opened_at, list_version, entry)"
            " VALUES (?, ?, 1, ?, ?, ?) RETURNING number",
            (
                entry.list_name,
                entry.entry_id,
                utc_text(verdict.at),
                hit.list_version,
                entry.model_dump_json(),
            ),
        ).fetchone()
    _add_verdict(execute, known[0], "said", verdict)


def _add_verdict(execute: Callable[..., sqlite3.Cursor], task: int, kind: Kind, verdict: Verdict) -> None:
    if execute("SELECT 1 FROM task_steps WHERE verdict = ?", (verdict.id,)).fetchone():
        return
    add_step(
        execute,
        task,
        kind,
        at=verdict.at,
        person=verdict.officer,
        reason=verdict.outcome,
        vehicle=verdict.vehicle,
        hit=verdict.hit,
        verdict=verdict.id,
    )


def _digest(previous: str, values: tuple[object, ...]) -> str:
    return hashlib.sha256(json.dumps([previous, *values], ensure_ascii=False).encode()).hexdigest()
