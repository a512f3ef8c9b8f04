"""Which messages of the outbox go when: their order, and how long each waits for its next sending."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection

RESEND_FIRST_S = 15.0
"""A centre answers within seconds; a second sending before that would only double the traffic."""
RESEND_MAX_S = 900.0
UNHEARD_S = 2.0
LIVE_S = 60.0
"""Messages younger than this go before the backlog, so that no hit waits behind a shift without a link."""
PICTURE = 9
"""Priority of parts of pictures: after every hit and verdict, live or not, and the first to be given up."""

_LIVE = "(state = 'waiting' AND made_s >= :live)"
"""New, and not sent before: what was sent once must not hold up what the broker has never had."""
_TURN = f"priority >= :picture, {_LIVE} DESC, priority, seq DESC"
_DUE = (
    f"SELECT id, topic, payload, {_LIVE} AND priority < :picture FROM message WHERE id IN ("  # noqa: S608 - ours
    "  SELECT id FROM message WHERE state IN ('waiting', 'sent') AND due_s <= :now"
    f"  ORDER BY {_TURN} LIMIT :limit)"
    f" ORDER BY {_TURN}"
)


@dataclass(frozen=True, slots=True)
class Row:
    """A message ready to be sent; ``live`` when it is new, and not of a backlog or sent before."""

    id: str
    topic: str
    payload: bytes
    live: bool


@dataclass(frozen=True, slots=True)
class Waits:
    """How long a message waits until it is sent again, uneven so that cars do not all send at one moment.

    Attributes:
        first_s: for a receipt, after the first sending; it doubles from there.
        jitter: a number in 0..1.
    """

    first_s: float
    jitter: Callable[[], float]

    def unanswered_s(self, attempts: int) -> float:
        """After so many earlier sendings that brought no receipt."""
        return self._uneven(min(self.first_s * 2.0 ** min(attempts, 30), RESEND_MAX_S))

    def unheard_s(self) -> float:
        """When there was nobody at the broker to hear it."""
        return self._uneven(UNHEARD_S)

    def _uneven(self, wait_s: float) -> float:
        return wait_s * (0.75 + self.jitter() / 2)


def due(
    connection: sqlite3.Connection, now_s: float, limit: int, in_flight: Collection[str], backlog: int | None
) -> list[Row]:
    """Messages to send now: live ones first, then by priority, then the newest.

    Args:
        connection: of the outbox.
        now_s: on the outbox's monotonic clock.
        limit: at most so many.
        in_flight: ids already handed to the broker and not yet acknowledged.
        backlog: at most so many that are not live; None for no bound of their own.
    """
    values = {"now": now_s, "live": now_s - LIVE_S, "limit": limit + len(in_flight), "picture": PICTURE}
    rows = connection.execute(_DUE, values).fetchall()
    found = [Row(row[0], row[1], row[2], live=bool(row[3])) for row in rows if row[0] not in in_flight]
    if backlog is not None:
        live = [row for row in found if row.live]
        found = live + [row for row in found if not row.live][:backlog]
    return found[:limit]
