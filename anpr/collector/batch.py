"""One transaction's work on the SQLite store: plain SQL, because this is the hot path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anpr.collector import rejects
from anpr.collector.desk import keep_publication
from anpr.collector.ledgers import Answer, compare
from anpr.collector.publications import Publication
from anpr.collector.schema import utc_text
from anpr.collector.store import Arrival, Reject, Written
from anpr.collector.tasks import note_hit, note_verdict
from anpr.list_messages import ListReport
from anpr.messages import Health, Hit, ImagePart, Ledger, LinkState, Position, Status, Verdict

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

    from anpr.collector.store import Message

_LATEST = """
    INSERT INTO {table} (vehicle, at, message) VALUES (?, ?, ?)
    ON CONFLICT (vehicle) DO UPDATE SET at = excluded.at, message = excluded.message
    WHERE ? OR excluded.at >= at
"""
_UPSERT_STATUS = _LATEST.format(table="status")
_UPSERT_POSITION = _LATEST.format(table="positions")
_UPSERT_HEALTH = _LATEST.format(table="health")
_UPSERT_LISTS = _LATEST.format(table="list_reports")


class Batch:
    """Keeps messages inside a transaction that its owner has begun and will commit.

    Args:
        connection: the store's writer.
        now: UTC, noted as the time of storing.
        reject_bytes: room for what cannot be understood.
    """

    def __init__(self, connection: sqlite3.Connection, now: datetime, reject_bytes: int) -> None:
        self._execute = connection.execute
        self._now = now
        self._reject_bytes = reject_bytes
        self._rejected = False
        self._duplicates = 0
        self._clashes = 0
        self._receipts = 0
        self._answers: list[Answer] = []
        self._seen: dict[str, datetime | None] = {}

    def keep(self, arrival: Arrival) -> None:
        """Keeps one message; a hit or verdict that is there already is left as it is."""
        match arrival.message:
            case Hit() as hit:
                self._keep_hit(hit, arrival.received_at)
            case Verdict() as verdict:
                self._keep_verdict(verdict, arrival.received_at)
            case Status() as status:
                self._keep_status(status, arrival)
            case Position() as position:
                at = utc_text(position.place.at)
                values = (position.vehicle, at, position.model_dump_json(), not arrival.retained)
                self._execute(_UPSERT_POSITION, values)
            case Health() as health:
                values = (health.vehicle, utc_text(health.at), health.model_dump_json(), not arrival.retained)
                self._execute(_UPSERT_HEALTH, values)
            case ListReport() as report:
                values = (report.vehicle, utc_text(report.at), report.model_dump_json(), not arrival.retained)
                self._execute(_UPSERT_LISTS, values)
            case ImagePart() as image:
                self._keep_image_part(image, arrival.received_at)
            case Ledger() as ledger:
                self._answers.append(compare(self._execute, ledger))
            case Publication() as publication:
                keep_publication(self._execute, publication)
                return
        self._note_seen(arrival.message, arrival)

    def keep_reject(self, reject: Reject) -> None:
        """Keeps one reject; the same bytes on the same topic are counted, not kept again."""
        self._receipts += reject.id is not None
        self._write_reject(reject)

    def _write_reject(self, reject: Reject) -> None:
        rejects.keep(self._execute, reject)
        self._rejected = True

    def finish(self) -> Written:
        """Writes what is summed up over the batch: cars seen, and counters."""
        for vehicle, seen_at in self._seen.items():
            self._execute(
                "INSERT INTO cars (vehicle, change, last_seen_at)"
                " VALUES (?, (SELECT coalesce(max(change), 0) + 1 FROM cars), ?)"
                " ON CONFLICT (vehicle) DO UPDATE SET change = excluded.change,"
                " last_seen_at = coalesce(excluded.last_seen_at, last_seen_at)",
                (vehicle, utc_text(seen_at) if seen_at else None),
            )
        dropped = rejects.bound(self._execute, self._reject_bytes) if self._rejected else 0
        for name, more in (
            ("duplicates", self._duplicates),
            ("receipts", self._receipts),
            ("rejects dropped", dropped),
        ):
            if more:
                self._execute(
                    "INSERT INTO counters (name, value) VALUES (?, ?)"
                    " ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
                    (name, more),
                )
        return Written(self._duplicates, self._clashes, tuple(self._answers), dropped)

    def _keep_hit(self, hit: Hit, received_at: datetime) -> None:
        self._receipts += 1
        # The crop lies outside by its hash, which stays in the message.
        kept = hit.model_copy(update={"read": hit.read.model_copy(update={"crop_jpeg": b""})})
        new = self._execute(
            "INSERT INTO hits (id, vehicle, seq, captured_at, received_at, stored_at, delay_ms, normalised,"
            " priority, category, crop_sha256, message) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO NOTHING",
            (
                hit.id,
                hit.vehicle,
                hit.seq,
                utc_text(hit.read.captured_at),
                utc_text(received_at),
                utc_text(self._now),
                (self._now - hit.read.captured_at).total_seconds() * 1000,
                hit.read.normalised,
                hit.entry.priority,
                hit.entry.category,
                hit.read.crop_sha256,
                kept.model_dump_json(),
            ),
        ).rowcount
        if new:
            self._execute("INSERT INTO events (hit) VALUES (?)", (hit.id,))
            note_hit(self._execute, hit.id)
        else:
            self._keep_repeated("hits", hit, received_at)

    def _keep_verdict(self, verdict: Verdict, received_at: datetime) -> None:
        self._receipts += 1
        new = self._execute(
            "INSERT INTO verdicts (id, hit, vehicle, seq, at, received_at, message)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
            (
                verdict.id,
                verdict.hit,
                verdict.vehicle,
                verdict.seq,
                utc_text(verdict.at),
                utc_text(received_at),
                verdict.model_dump_json(),
            ),
        ).rowcount
        if new:
            self._execute("INSERT INTO events (hit) VALUES (?)", (verdict.hit,))
            note_verdict(self._execute, verdict)
        else:
            self._keep_repeated("verdicts", verdict, received_at)

    def _keep_image_part(self, image: ImagePart, received_at: datetime) -> None:
        new = self._execute(
            "INSERT INTO image_parts (id, vehicle, seq, hit, part, parts, sha256, piece_sha256, received_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
            (
                image.id,
                image.vehicle,
                image.seq,
                image.hit,
                image.part,
                image.parts,
                image.sha256,
                image.piece_sha256,
                utc_text(received_at),
            ),
        ).rowcount
        if new:
            self._execute("INSERT INTO events (hit) VALUES (?)", (image.hit,))

    def _keep_repeated(self, table: str, message: Hit | Verdict, received_at: datetime) -> None:
        """The same message again is only counted; another message under its id must not vanish."""
        query = f"SELECT vehicle, seq FROM {table} WHERE id = ?"  # noqa: S608 - our own names
        known = self._execute(query, (message.id,)).fetchone()
        if tuple(known) == (message.vehicle, message.seq):
            self._duplicates += 1
            return
        self._clashes += 1
        topic = f"{table} of {message.vehicle}"
        reason = "its id belongs to another message that was stored before"
        payload = message.model_dump_json().encode()
        self._write_reject(
            Reject(topic, payload, reason, received_at, message.id, message.vehicle, message.seq)
        )

    def _keep_status(self, status: Status, arrival: Arrival) -> None:
        row = self._execute("SELECT message FROM status WHERE vehicle = ?", (status.vehicle,)).fetchone()
        if row and status.state is LinkState.OFFLINE:
            known = Status.model_validate_json(row[0])
            # The will of a run that is over, said after the next run came online.
            if known.boot != status.boot and known.at > status.at:
                return
        values = (status.vehicle, utc_text(status.at), status.model_dump_json(), not arrival.retained)
        self._execute(_UPSERT_STATUS, values)

    def _note_seen(self, message: Message, arrival: Arrival) -> None:
        by_broker = arrival.retained or (isinstance(message, Status) and message.state is LinkState.OFFLINE)
        if not by_broker:
            self._seen[message.vehicle] = arrival.received_at
        else:
            self._seen.setdefault(message.vehicle, None)
