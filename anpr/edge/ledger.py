"""What the car can swear it has numbered: one line a start, kept with the messages and as durable."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from anpr import messages, wire

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from sqlite_utils import Database

STARTS_KEPT = 16
"""Starts of which the centre has not said that it has everything; older ones are forgotten."""
HELD_RUNS = 500


def create(db: Database) -> None:
    """The table."""
    db.table("start").create(
        {"boot": str, "first": int, "last": int, "digest": str},
        pk="boot",
        not_null={"first", "last", "digest"},
        strict=True,
    )


def note(connection: sqlite3.Connection, message: wire.Envelope) -> None:
    """Enters a message, in the transaction that stores it."""
    row = connection.execute("SELECT digest FROM start WHERE boot = ?", (message.boot,)).fetchone()
    digest = messages.chain(row[0] if row else "", message.id)
    connection.execute(
        "INSERT INTO start (boot, first, last, digest) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (boot) DO UPDATE SET last = excluded.last, digest = excluded.digest",
        (message.boot, message.seq, message.seq, digest),
    )
    if row is None:
        connection.execute(
            "DELETE FROM start WHERE boot NOT IN (SELECT boot FROM start ORDER BY first DESC LIMIT ?)",
            (STARTS_KEPT,),
        )


def read(connection: sqlite3.Connection, vehicle: str, boot: str) -> messages.Ledger | None:
    """The ledger as it stands; None when there is nothing to tell."""
    starts = connection.execute("SELECT boot, first, last, digest FROM start ORDER BY first").fetchall()
    if not starts:
        return None
    waiting = connection.execute("SELECT seq FROM message WHERE state IN ('waiting', 'sent') ORDER BY seq")
    given_up = connection.execute("SELECT seq FROM message WHERE state = 'given up' ORDER BY seq")
    return messages.Ledger(
        vehicle=vehicle,
        boot=boot,
        at=datetime.now(UTC),
        starts=tuple(
            messages.Start(boot=one, first=first, last=last, count=last - first + 1, digest=digest)
            for one, first, last, digest in starts
        ),
        held=runs((row[0] for row in waiting), HELD_RUNS),
        given_up=runs((row[0] for row in given_up), HELD_RUNS),
    )


def runs(numbers: Iterable[int], limit: int) -> tuple[messages.Numbers, ...]:
    """Ascending numbers as runs. What is beyond the limit is added to the last run, which then says too much.

    Too much is safe: what a car holds, it sends.
    """
    found: list[list[int]] = []
    for number in numbers:
        if found and (number == found[-1][1] + 1 or len(found) == limit):
            found[-1][1] = number
        else:
            found.append([number, number])
    return tuple(messages.Numbers(first=first, last=last) for first, last in found)
