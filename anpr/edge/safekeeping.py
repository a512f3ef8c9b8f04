"""Hits on their way to disk: a full disk stops the reading, says so, and loses none."""

from __future__ import annotations

import contextlib
from collections import deque
from typing import TYPE_CHECKING

from anpr import log, topics
from anpr.edge import status as lights
from anpr.edge.turns import PICTURE
from anpr.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anpr.edge.outbox import Outbox
    from anpr.messages import Hit, ImagePart


class Safekeeping:
    """Puts hits into the outbox; those the disk will not take wait in memory, in order.

    Args:
        outbox: where they go.
        min_free_bytes: below this reading stops, so that there is always room for what is under way.
    """

    def __init__(self, outbox: Outbox, min_free_bytes: int) -> None:
        self._outbox = outbox
        self._min_free_bytes = min_free_bytes
        self._waiting: deque[Hit] = deque()
        self._was_full = False
        self._log = log.get("safekeeping")
        self.free_bytes = outbox.free_bytes()
        self.stored = 0
        """Hits that are durable."""

    @property
    def not_stored(self) -> int:
        """Hits that are in memory alone."""
        return len(self._waiting)

    @property
    def full(self) -> bool:
        """Whether reading must stop."""
        return bool(self._waiting) or self.free_bytes < self._min_free_bytes

    def keep(self, hit: Hit) -> None:
        """Makes a hit durable, now or as soon as there is room."""
        self._waiting.append(hit)
        self._store()

    def keep_picture(self, parts: Sequence[ImagePart]) -> None:
        """Keeps a picture for later sending while there is room; it is never worth a hit."""
        if self.full or not parts:
            return
        try:
            for part in parts:
                self._outbox.put(topics.IMAGE, part, priority=PICTURE)
        except StorageError as error:
            self._log.info("a picture was not kept", why=error.message)

    def look(self) -> None:
        """Tries again what could not be stored, looks at the disk, and says aloud what changed.

        When room is short, what the centre has goes first, then the pictures it does not have; only when
        that is not enough does reading stop.
        Reads that are no hits are never on the disk, and a hit without a receipt never leaves it.
        """
        self._store()
        self.free_bytes = self._outbox.free_bytes()
        if self.full:
            self._make_room()
        if self.full and not self._was_full:
            lamp = self.lamp(linked=False)
            self._log.error("reading stopped", why=lamp.words, next_step=lamp.next_step)
        elif self._was_full and not self.full:
            self._log.info("reading goes on")
        self._was_full = self.full

    def _make_room(self) -> None:
        # A disk without a single free page cannot even forget; the next look tries again.
        with contextlib.suppress(StorageError):
            for forget in (self._outbox.prune, self._outbox.give_up_pictures):
                if self.full and forget():
                    self._outbox.shrink()
                    self.free_bytes = self._outbox.free_bytes()
                    self._store()

    def lamp(self, *, linked: bool) -> lights.Lamp:
        """The officer's light."""
        return lights.outbox_lamp(
            self._outbox.depth(), self.free_bytes, self._min_free_bytes, self.not_stored, linked=linked
        )

    def settle(self) -> None:
        """The last word at the end of a drive.

        Raises:
            StorageError: there are hits that no disk would take, or reading had stopped for want of room.
        """
        if self._waiting:
            raise StorageError(
                f"{self.not_stored} hits could not be stored: the disk of {self._outbox.path} is full.",
                "They ended with this process: report them by voice, and free space before the next drive.",
            )
        if self.full:
            raise StorageError(
                f"Reading had stopped: only {self.free_bytes // 1_000_000:,} MB free by {self._outbox.path}.",
                f"Free {self._min_free_bytes // 1_000_000:,} MB, or lower car.min_free_bytes; hits are kept.",
            )

    def _store(self) -> None:
        while self._waiting:
            hit = self._waiting[0]
            try:
                self._outbox.put(topics.HIT, hit, priority=hit.entry.priority)
            except StorageError as error:
                if not self._was_full:
                    self._log.error(error.message, next_step=error.next_step, not_stored=self.not_stored)
                return
            self._waiting.popleft()
            self.stored += 1
