"""What the centre keeps, and the questions that can be asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from anpr.collector.ledgers import Answer
    from anpr.collector.publications import Publication
    from anpr.list_messages import ListReport
    from anpr.messages import Health, Hit, ImagePart, Ledger, Position, Status, Verdict

    Message: TypeAlias = Hit | Verdict | Status | Position | Health | ListReport | Ledger | ImagePart


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that can be kept.

    Attributes:
        message: what the car sent, or what a publisher sent to the cars.
        received_at: UTC, when the centre took it from the broker.
        retained: the broker had kept it: it says how things were, not that the car is there now.
    """

    message: Message | Publication
    received_at: datetime
    retained: bool


@dataclass(frozen=True, slots=True)
class Reject:
    """A message that cannot be understood: kept as it came, with the reason.

    Attributes:
        id: the message's own id where it could still be read, so that its car can be told to stop sending.
        vehicle: the car of the topic, None when the topic is not one of ours.
        seq: the message's own number where it could still be read, so that it does not look missing.
    """

    topic: str
    payload: bytes
    reason: str
    received_at: datetime
    id: str | None
    vehicle: str | None
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What one transaction did.

    Attributes:
        duplicates: ids that were there before.
        clashes: ids that belong to another message.
        answers: to the ledgers among what came.
        dropped: old rejects that had to make room for newer ones.
    """

    duplicates: int
    clashes: int
    answers: tuple[Answer, ...] = ()
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class StoredVerdict:
    """An officer's word, with the time it reached the centre."""

    verdict: Verdict
    received_at: datetime


@dataclass(frozen=True, slots=True)
class StoredHit:
    """A hit as kept; its crop lies outside the store, by hash, so ``read.crop_jpeg`` is empty here.

    Attributes:
        verdicts: oldest first.
        picture: the sharp crop is here, whole.
    """

    hit: Hit
    received_at: datetime
    stored_at: datetime
    verdicts: tuple[StoredVerdict, ...]
    picture: bool = False


@dataclass(frozen=True, slots=True)
class Gaps:
    """What a car has numbered and the centre does not have, by the car's newest ledger.

    Attributes:
        under_way: the car still holds them and will send them.
        missing: they had a receipt and are not here: the centre has lost them.
        differing: starts of the car of which all numbers are here, but not all with the right message.
    """

    at: datetime
    under_way: int
    missing: int
    differing: int


@dataclass(frozen=True, slots=True)
class CarState:
    """The newest of each kind that a car said of itself.

    Attributes:
        change: grows with every change of any car, so that a console can ask for what is new.
        last_seen_at: UTC, when the car itself last said anything; the broker speaking for it does not count.
    """

    vehicle: str
    change: int
    last_seen_at: datetime | None
    status: Status | None
    position: Position | None
    health: Health | None
    lists: ListReport | None = None
    gaps: Gaps | None = None


@dataclass(frozen=True, slots=True)
class StoredReject:
    """A message that could not be understood, and how often it came."""

    topic: str
    size_bytes: int
    reason: str
    first_at: datetime
    last_at: datetime
    times: int


@dataclass(frozen=True, slots=True)
class Counts:
    """What the centre holds and has done since its store was made.

    Attributes:
        receipts: ids that cars were told are safe.
        rejects: different messages that could not be understood.
        rejects_dropped: older ones that had to make room on the disk.
        delay_p50_ms, delay_p95_ms: from capture in the car to kept at the centre, over the newest hits; None
            before the first.
    """

    hits: int
    verdicts: int
    duplicates: int
    rejects: int
    rejects_dropped: int
    receipts: int
    delay_p50_ms: float | None
    delay_p95_ms: float | None


class Store(Protocol):
    """One writer, many readers. What ``write`` has returned from is on the disk for good.

    Every method raises StorageError when the disk or the database cannot do it.
    """

    @property
    def epoch(self) -> str:
        """Tells this store from another one that was made at the same place."""

    def write(self, arrivals: Sequence[Arrival], rejects: Sequence[Reject]) -> Written:
        """Keeps everything in one transaction. What was there before is left as it is."""

    def hits(self, limit: int) -> list[StoredHit]:
        """The newest hits in the order they came, newest first."""

    def hit(self, hit_id: str) -> StoredHit | None:
        """One hit."""

    def image_pieces(self, hit_id: str) -> list[str]:
        """Hashes of the parts of a hit's picture, in order; empty until the picture is complete."""

    def newest_event(self) -> int:
        """Number of the newest event; 0 when nothing has happened yet."""

    def events_after(self, number: int, limit: int) -> list[tuple[int, StoredHit]]:
        """What happened after an event, oldest first: its number, and the hit it changed, as it is now."""

    def cars(self, changed_after: int = 0) -> list[CarState]:
        """Cars that changed after a change number, in the order they changed."""

    def rejects(self, limit: int) -> list[StoredReject]:
        """The newest rejects, newest first."""

    def counts(self) -> Counts:
        """The counters of the console."""

    def close(self) -> None:
        """Ends the use of the store."""
