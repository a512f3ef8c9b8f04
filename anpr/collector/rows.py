"""Between rows of the store and what they mean."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from anpr.collector.store import CarState, Gaps, StoredHit, StoredReject, StoredVerdict
from anpr.list_messages import ListReport
from anpr.messages import Health, Hit, Position, Status, Verdict

if TYPE_CHECKING:
    import sqlite3


def stored_hit(row: sqlite3.Row, verdicts: tuple[StoredVerdict, ...], *, picture: bool) -> StoredHit:
    """A hit from its row, with the verdicts on it and whether its picture is here."""
    return StoredHit(
        hit=Hit.model_validate_json(row["message"]),
        received_at=datetime.fromisoformat(row["received_at"]),
        stored_at=datetime.fromisoformat(row["stored_at"]),
        verdicts=verdicts,
        picture=picture,
    )


def stored_verdict(row: sqlite3.Row) -> StoredVerdict:
    """A verdict from its row."""
    return StoredVerdict(
        Verdict.model_validate_json(row["message"]), datetime.fromisoformat(row["received_at"])
    )


def car_state(row: sqlite3.Row) -> CarState:
    """A car from its row, joined with the newest message of each kind."""
    seen = row["last_seen_at"]
    return CarState(
        vehicle=row["vehicle"],
        change=row["change"],
        last_seen_at=datetime.fromisoformat(seen) if seen else None,
        status=Status.model_validate_json(row["status"]) if row["status"] else None,
        position=Position.model_validate_json(row["position"]) if row["position"] else None,
        health=Health.model_validate_json(row["health"]) if row["health"] else None,
        lists=ListReport.model_validate_json(row["lists"]) if row["lists"] else None,
        gaps=_gaps(row),
    )


def _gaps(row: sqlite3.Row) -> Gaps | None:
    if row["ledger_at"] is None:
        return None
    at = datetime.fromisoformat(row["ledger_at"])
    return Gaps(at, row["under_way"], row["missing"], row["differing"])


def stored_reject(row: sqlite3.Row) -> StoredReject:
    """A reject from its row, with the size of its payload."""
    return StoredReject(
        topic=row["topic"],
        size_bytes=row["size_bytes"],
        reason=row["reason"],
        first_at=datetime.fromisoformat(row["first_at"]),
        last_at=datetime.fromisoformat(row["last_at"]),
        times=row["times"],
    )
