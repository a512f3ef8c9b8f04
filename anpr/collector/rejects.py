"""What could not be understood: kept as it came, up to a bound on the disk, inside a caller's transaction."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from anpr.collector.schema import utc_text

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from anpr.collector.store import Reject

    Execute = Callable[..., sqlite3.Cursor]

MOST_BYTES: Final = 64_000_000
"""A shift of 60 cars that all say nothing but nonsense, or years of what really happens."""
_ROW_BYTES: Final = 300
"""What a row takes beside its payload, with its indexes."""
_TOO_MANY: Final = """
    SELECT number FROM (
        SELECT number, sum(length(payload) + ?) OVER (ORDER BY last_at DESC, number DESC) AS total
        FROM rejects WHERE message_id IS NULL OR length(payload) > 0
    ) WHERE total > ?
"""


def keep(execute: Execute, reject: Reject) -> None:
    """Keeps one; the same bytes on the same topic are counted, not kept again."""
    at = utc_text(reject.received_at)
    execute(
        "INSERT INTO rejects"
        " (sha256, topic, payload, reason, first_at, last_at, vehicle, seq, message_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (sha256, topic) DO UPDATE SET times = times + 1, last_at = excluded.last_at",
        (
            hashlib.sha256(reject.payload).hexdigest(),
            reject.topic,
            reject.payload,
            reject.reason,
            at,
            at,
            reject.vehicle,
            reject.seq,
            reject.id,
        ),
    )


def bound(execute: Execute, most_bytes: int) -> int:
    """Drops those that have not come for longest until the rest fits; returns how many.

    Of one that a car has numbered the row stays without its payload: its car was told that it may forget the
    message, and the ledger must go on finding the number here.
    """
    too_many = [(row[0],) for row in execute(_TOO_MANY, (_ROW_BYTES, most_bytes))]
    for number in too_many:
        execute("DELETE FROM rejects WHERE number = ? AND message_id IS NULL", number)
        execute("UPDATE rejects SET payload = x'' WHERE number = ?", number)
    return len(too_many)
