"""What must reach the centre, kept on disk until the centre itself says that it has stored it.

A message is durable here before anything is sent, and its row lives through four states::

    waiting ─ PUBACK ─► sent ─ Receipt ─► received ─ prune ─► gone

The broker's PUBACK only says that the broker holds the message; a broker that is killed may still lose it.
So rows without a receipt are sent again, with back-off, for as long as it takes.
"""

from __future__ import annotations

import os
import random
import shutil
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from anpr.edge import ledger, outbox_schema, turns
from anpr.edge.outbox_schema import BEFORE_THIS_START_S
from anpr.edge.storage import hold, storage
from anpr.edge.turns import PICTURE, RESEND_FIRST_S, Row, Waits
from anpr.errors import StorageError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection, Iterable, Iterator
    from pathlib import Path

    from anpr.messages import Ledger, Numbers
    from anpr.topics import Topic
    from anpr.wire import Envelope

M = TypeVar("M", bound="Envelope")


@dataclass(frozen=True, slots=True)
class Depth:
    """How many messages stand in each state; parts of pictures without a receipt are counted apart."""

    waiting: int
    sent: int
    received: int
    pictures: int = 0

    @property
    def unreceipted(self) -> int:
        """Hits and verdicts the centre has not confirmed yet."""
        return self.waiting + self.sent


class Outbox:
    """The store of one car. Safe to use from several threads; one process at a time.

    Args:
        path: the SQLite file; its folder is created.
        monotonic: seconds on a clock that never jumps; a car's wall clock may.
        jitter: a number in 0..1, so that cars do not all send again at the same moment.
        max_bytes: room that messages may take; None for as much as the disk has.

    Raises:
        StorageError: the folder cannot be written, the file is damaged, or another process holds it.
    """

    def __init__(
        self,
        path: Path,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
        resend_first_s: float = RESEND_FIRST_S,
        max_bytes: int | None = None,
    ) -> None:
        self.path = path
        self.changed = threading.Event()
        """Set whenever there is something new to send."""
        self._monotonic = monotonic
        self._waits = Waits(resend_first_s, jitter)
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._hold = hold(path)
        try:
            with storage(path):
                self._db = outbox_schema.connect(path)
        except StorageError:
            os.close(self._hold)
            raise
        self._connection: sqlite3.Connection = self._db.conn

    def put(self, topic: Topic, message: M, *, priority: int) -> M:
        """Numbers a message and makes it durable.

        Args:
            topic: where it will be sent.
            message: complete but for ``seq``, which is given here and never used twice.
            priority: 1 is sent first.

        Returns:
            The message as it will be sent.

        Raises:
            StorageError: it could not be written; nothing was stored and no number was used.
        """
        with self._lock, storage(self.path), self._db.atomic():
            self._check_room()
            row = self._connection.execute(
                "UPDATE counter SET value = value + 1 WHERE name = 'seq' RETURNING value"
            ).fetchone()
            numbered = message.model_copy(update={"seq": int(row[0])})
            self._connection.execute(
                "INSERT INTO message (id, seq, topic, priority, payload, state, attempts, made_s, due_s)"
                " VALUES (?, ?, ?, ?, ?, 'waiting', 0, ?, 0)",
                (
                    numbered.id,
                    numbered.seq,
                    topic.name,
                    priority,
                    numbered.model_dump_json().encode(),
                    self._monotonic(),
                ),
            )
            ledger.note(self._connection, numbered)
        self.changed.set()
        return numbered

    def _check_room(self) -> None:
        """Only new messages are held to the bound: receipts must find room, or nothing would ever go."""
        if self._max_bytes is None:
            return
        pages, free, page_bytes = (
            int(self._connection.execute(f"PRAGMA {name}").fetchone()[0])
            for name in ("page_count", "freelist_count", "page_size")
        )
        if (pages - free) * page_bytes >= self._max_bytes:
            raise StorageError(
                f"The outbox {self.path} is full: {self._max_bytes // 1_000_000:,} MB.",
                "Drive where there is a link; what the centre confirms makes room, and nothing is lost.",
            )

    def due(self, limit: int, in_flight: Collection[str] = (), backlog: int | None = None) -> list[Row]:
        """Messages to send now: live ones first, then by priority, then the newest.

        Args:
            limit: at most so many.
            in_flight: ids already handed to the broker and not yet acknowledged.
            backlog: at most so many that are not live; None for no bound of their own.
        """
        with self._lock, storage(self.path):
            return turns.due(self._connection, self._monotonic(), limit, in_flight, backlog)

    def mark_sent(self, ids: Iterable[str]) -> None:
        """The broker has them; they stay until the receipt comes and are sent again if it does not."""
        self._schedule(
            "UPDATE message SET state = 'sent', attempts = attempts + 1, due_s = ? WHERE id = ?", ids
        )

    def mark_unheard(self, ids: Iterable[str]) -> None:
        """No collector is subscribed: they are offered again within seconds, as if never sent.

        Mosquitto forgets shared subscriptions when it is started again, so for a moment after that it takes
        hits for nobody.
        """
        with self._lock, storage(self.path), self._relaxed(), self._db.atomic():
            for id_ in ids:
                due_s = self._monotonic() + self._waits.unheard_s()
                self._connection.execute("UPDATE message SET due_s = ? WHERE id = ?", (due_s, id_))

    def mark_refused(self, ids: Iterable[str]) -> None:
        """The broker would not take them; they are offered again later."""
        self._schedule("UPDATE message SET attempts = attempts + 1, due_s = ? WHERE id = ?", ids)

    def _schedule(self, update: str, ids: Iterable[str]) -> None:
        with self._lock, storage(self.path), self._relaxed(), self._db.atomic():
            for id_ in ids:
                row = self._connection.execute(
                    "SELECT attempts FROM message WHERE id = ? AND state IN ('waiting', 'sent')", (id_,)
                ).fetchone()
                if row is not None:
                    self._connection.execute(
                        update, (self._monotonic() + self._waits.unanswered_s(row[0]), id_)
                    )

    def mark_received(self, ids: Iterable[str]) -> int:
        """The centre has stored them; returns how many hits and verdicts were not known to be before."""
        more = 0
        with self._lock, storage(self.path), self._relaxed(), self._db.atomic():
            for id_ in ids:
                row = self._connection.execute(
                    "UPDATE message SET state = 'received' WHERE id = ? AND state != 'received'"
                    " RETURNING priority",
                    (id_,),
                ).fetchone()
                more += row is not None and row[0] < PICTURE
        return more

    def ledger(self, vehicle: str, boot: str) -> Ledger | None:
        """What was numbered and what is still held; None when nothing is left to tell."""
        with self._lock, storage(self.path):
            return ledger.read(self._connection, vehicle, boot)

    def send_again(self, gaps: Iterable[Numbers]) -> int:
        """The centre does not have these numbers; returns how many of them are still here.

        What had a receipt and was not pruned yet is sent once more. What was sent in vain before, and would
        wait long for the next time, is due at once.
        """
        late_s = self._monotonic() + self._waits.first_s
        found = 0
        with self._lock, storage(self.path), self._relaxed(), self._db.atomic():
            for run in gaps:
                numbers = (run.first, run.last)
                found += self._connection.execute(
                    "SELECT count(*) FROM message WHERE seq BETWEEN ? AND ?", numbers
                ).fetchone()[0]
                self._connection.execute(
                    "UPDATE message SET state = 'waiting', attempts = 0, due_s = 0, made_s = ?"
                    " WHERE state = 'received' AND seq BETWEEN ? AND ?",
                    (BEFORE_THIS_START_S, *numbers),
                )
                self._connection.execute(
                    "UPDATE message SET due_s = 0"
                    " WHERE state = 'sent' AND attempts > 1 AND due_s > ? AND seq BETWEEN ? AND ?",
                    (late_s, *numbers),
                )
        self.changed.set()
        return found

    def settle(self, boots: Iterable[str]) -> None:
        """The centre has everything of these starts: they need not be told again."""
        with self._lock, storage(self.path), self._relaxed(), self._db.atomic():
            for boot in boots:
                self._connection.execute("DELETE FROM start WHERE boot = ?", (boot,))
            self._connection.execute(
                "DELETE FROM message WHERE state = 'given up'"
                " AND NOT EXISTS (SELECT 1 FROM start WHERE message.seq BETWEEN first AND last)"
            )

    def prune(self) -> int:
        """Forgets what the centre has stored, and only that; returns how many."""
        with self._lock, storage(self.path), self._relaxed():
            return self._connection.execute("DELETE FROM message WHERE state = 'received'").rowcount

    @contextmanager
    def _relaxed(self) -> Iterator[None]:
        """Commits that need not reach the disk at once: one that is lost is a message sent once more."""
        self._connection.execute("PRAGMA synchronous = NORMAL")
        try:
            yield
        finally:
            self._connection.execute("PRAGMA synchronous = FULL")

    def give_up_pictures(self) -> int:
        """Forgets pictures that the centre does not have, all but their numbers; returns how many parts."""
        with self._lock, storage(self.path), self._relaxed():
            return self._connection.execute(
                "UPDATE message SET state = 'given up', payload = x''"
                " WHERE priority >= ? AND state IN ('waiting', 'sent')",
                (PICTURE,),
            ).rowcount

    def shrink(self) -> None:
        """Gives the disk back what pruning has left free in the file."""
        with self._lock, storage(self.path):
            # As a script, because a plain execute() takes one step, and a step is one page.
            self._connection.executescript("PRAGMA incremental_vacuum")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def depth(self) -> Depth:
        """How much is where."""
        with self._lock, storage(self.path):
            rows = self._connection.execute(
                "SELECT state, priority >= ?, count(*) FROM message GROUP BY 1, 2", (PICTURE,)
            ).fetchall()
        counts = {(state, bool(picture)): count for state, picture, count in rows}
        return Depth(
            waiting=counts.get(("waiting", False), 0),
            sent=counts.get(("sent", False), 0),
            received=counts.get(("received", False), 0) + counts.get(("received", True), 0),
            pictures=counts.get(("waiting", True), 0) + counts.get(("sent", True), 0),
        )

    def free_bytes(self) -> int:
        """Free space on the disk that the outbox lies on."""
        return shutil.disk_usage(self.path.parent).free

    def close(self) -> None:
        """Closes the file; what is in it stays for the next start."""
        with self._lock:
            self._connection.close()
            os.close(self._hold)
