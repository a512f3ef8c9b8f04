"""The store in SQLite: one file, one writer, and readers that never wait for it."""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlite_utils import Database

from anpr.collector import rows
from anpr.collector.batch import Batch
from anpr.collector.rejects import MOST_BYTES
from anpr.collector.schema import migrations
from anpr.collector.schema_lists import migrations as list_migrations
from anpr.collector.store import Counts
from anpr.errors import StorageError
from anpr.wal import into_wal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from anpr.collector.store import (
        Arrival,
        CarState,
        Reject,
        StoredHit,
        StoredReject,
        StoredVerdict,
        Written,
    )

BUSY_TIMEOUT_MS = 5_000
DELAYS_COUNTED = 200
"""Percentiles look at this many newest hits: enough for a p95, recent enough to show trouble."""


class SqliteStore:
    """Keeps everything in one file; see ``Store`` for the meaning of each method.

    Args:
        path: the file; its folder is made when missing.
        now: tells the time, UTC.
        reject_bytes: room for what cannot be understood.

    Raises:
        StorageError: the file cannot be opened, or is no store of ours.
    """

    def __init__(
        self,
        path: Path,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        reject_bytes: int = MOST_BYTES,
    ) -> None:
        self._path = path
        self._now = now
        self._reject_bytes = reject_bytes
        self._read_lock = threading.Lock()
        with self._explained("opened"):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = self._connect()
            self._db = Database(self._writer)
            migrations.apply(self._db)
            list_migrations.apply(self._db)
            self._reader = self._connect()
            self._reader.execute("PRAGMA query_only = ON")
            self._epoch = str(
                self._reader.execute("SELECT value FROM meta WHERE name = 'epoch'").fetchone()[0]
            )

    @property
    def epoch(self) -> str:
        """Tells this store from another one that was made at the same place."""
        return self._epoch

    def write(self, arrivals: Sequence[Arrival], rejects: Sequence[Reject]) -> Written:
        """Keeps everything in one transaction. What was there before is left as it is."""
        with self._explained("written"), self._writing():
            batch = Batch(self._writer, self._now(), self._reject_bytes)
            for arrival in arrivals:
                batch.keep(arrival)
            for reject in rejects:
                batch.keep_reject(reject)
            return batch.finish()

    def hits(self, limit: int) -> list[StoredHit]:
        """The newest hits in the order they came, newest first."""
        return self._with_verdicts(self._read("SELECT * FROM hits ORDER BY number DESC LIMIT ?", limit))

    def hit(self, hit_id: str) -> StoredHit | None:
        """One hit."""
        found = self._with_verdicts(self._read("SELECT * FROM hits WHERE id = ?", hit_id))
        return found[0] if found else None

    def image_pieces(self, hit_id: str) -> list[str]:
        """Hashes of the parts of a hit's picture, in order; empty until the picture is complete."""
        found = self._read(
            "SELECT DISTINCT part, parts, piece_sha256 FROM image_parts WHERE hit = ?"
            " AND vehicle = (SELECT vehicle FROM hits WHERE id = ?) ORDER BY part",
            hit_id,
            hit_id,
        )
        whole = bool(found) and [row["part"] for row in found] == list(range(1, found[0]["parts"] + 1))
        return [row["piece_sha256"] for row in found] if whole else []

    def newest_event(self) -> int:
        """Number of the newest event; 0 when nothing has happened yet."""
        return int(self._read("SELECT coalesce(max(number), 0) AS newest FROM events")[0]["newest"])

    def events_after(self, number: int, limit: int) -> list[tuple[int, StoredHit]]:
        """What happened after an event, oldest first: its number, and the hit it changed, as it is now."""
        found = self._read(
            "SELECT events.number AS event, hits.* FROM events JOIN hits ON hits.id = events.hit"
            " WHERE events.number > ? ORDER BY events.number LIMIT ?",
            number,
            limit,
        )
        return [(row["event"], hit) for row, hit in zip(found, self._with_verdicts(found), strict=True)]

    def cars(self, changed_after: int = 0) -> list[CarState]:
        """Cars that changed after a change number, in the order they changed."""
        found = self._read(
            "SELECT cars.*, status.message AS status, positions.message AS position,"
            " health.message AS health, list_reports.message AS lists, ledgers.at AS ledger_at,"
            " ledgers.under_way, ledgers.missing, ledgers.differing"
            " FROM cars LEFT JOIN status USING (vehicle) LEFT JOIN positions USING (vehicle)"
            " LEFT JOIN health USING (vehicle) LEFT JOIN list_reports USING (vehicle)"
            " LEFT JOIN ledgers USING (vehicle)"
            " WHERE cars.change > ? ORDER BY cars.change",
            changed_after,
        )
        return [rows.car_state(row) for row in found]

    def rejects(self, limit: int) -> list[StoredReject]:
        """The newest rejects, newest first."""
        found = self._read(
            "SELECT *, length(payload) AS size_bytes FROM rejects ORDER BY last_at DESC, number DESC LIMIT ?",
            limit,
        )
        return [rows.stored_reject(row) for row in found]

    def counts(self) -> Counts:
        """The counters of the console."""
        counters = {row["name"]: row["value"] for row in self._read("SELECT name, value FROM counters")}
        newest = self._read("SELECT delay_ms FROM hits ORDER BY number DESC LIMIT ?", DELAYS_COUNTED)
        delays = sorted(float(row["delay_ms"]) for row in newest)
        return Counts(
            hits=self._count("hits"),
            verdicts=self._count("verdicts"),
            duplicates=counters.get("duplicates", 0),
            rejects=self._count("rejects"),
            rejects_dropped=counters.get("rejects dropped", 0),
            receipts=counters.get("receipts", 0),
            delay_p50_ms=_percentile(delays, 0.50),
            delay_p95_ms=_percentile(delays, 0.95),
        )

    def close(self) -> None:
        """Ends the use of the store."""
        with self._read_lock:
            self._reader.close()
        self._db.close()

    def _connect(self) -> sqlite3.Connection:
        # Threads take turns: the writer belongs to ingest, the reader is behind a lock.
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        into_wal(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """A transaction that waits for its turn at once: several collectors may share the file.

        One that began by reading could not go on once another collector has written.
        """
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._writer.execute("COMMIT")
        except BaseException:
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            raise

    def _read(self, query: str, *values: object) -> list[sqlite3.Row]:
        with self._explained("read"), self._read_lock:
            return self._reader.execute(query, values).fetchall()

    def _count(self, table: str) -> int:
        return int(self._read(f"SELECT count(*) AS n FROM {table}")[0]["n"])  # noqa: S608 - our own names

    def _with_verdicts(self, found: Sequence[sqlite3.Row]) -> list[StoredHit]:
        if not found:
            return []
        ids = json.dumps([row["id"] for row in found])
        verdicts: dict[str, list[StoredVerdict]] = {}
        for row in self._read(
            "SELECT * FROM verdicts WHERE hit IN (SELECT value FROM json_each(?)) ORDER BY at, number", ids
        ):
            verdicts.setdefault(row["hit"], []).append(rows.stored_verdict(row))
        pictured = {
            row["hit"]
            for row in self._read(
                "SELECT hit FROM image_parts WHERE hit IN (SELECT value FROM json_each(?))"
                " GROUP BY hit HAVING count(DISTINCT part) = max(parts)",
                ids,
            )
        }
        return [
            rows.stored_hit(row, tuple(verdicts.get(row["id"], ())), picture=row["id"] in pictured)
            for row in found
        ]

    @contextmanager
    def _explained(self, what: str) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise StorageError(
                f"The store {self._path} cannot be {what}: {getattr(error, 'strerror', None) or error}.",
                "Free disk space or mend the file and its permissions; the cars keep their hits meanwhile.",
            ) from error


def _percentile(ordered: list[float], share: float) -> float | None:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None
