"""From the broker to the disk: batch, store, commit, and only then acknowledge and send receipts."""

from __future__ import annotations

import queue
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from anpr import log
from anpr.collector.arrivals import understand
from anpr.collector.link import RECEIVE_MAXIMUM
from anpr.collector.store import Arrival, Reject
from anpr.errors import AnprError, StorageError
from anpr.messages import Hit, ImagePart, Verdict

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from anpr.collector.crops import Crops
    from anpr.collector.ledgers import Answer
    from anpr.collector.link import Delivery
    from anpr.collector.store import Store

BATCH_MESSAGES = 250
BATCH_S = 0.05
IDLE_S = 0.2
BACK_OFF_MIN_S = 0.5
BACK_OFF_MAX_S = 5.0

logger = log.get("collector.ingest")


class Origin(Protocol):
    """What ingest needs of the link."""

    @property
    def deliveries(self) -> queue.Queue[Delivery]:
        """What the broker handed over."""

    def ack(self, delivery: Delivery) -> None:
        """Tells the broker that it may forget a delivery."""

    def send_receipts(self, vehicle: str, ids: Sequence[str]) -> None:
        """Tells a car that it may forget messages."""

    def answer_ledger(self, answer: Answer) -> None:
        """Tells a car what the centre does not have."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why nothing is being stored at the moment, in words for the control room."""

    message: str
    next_step: str


class Ingest:
    """The ingest loop. It never gives up, and never acknowledges what is not on the disk.

    Args:
        origin: the link to the broker.
        store: where messages go.
        crops: where plate crops go.
        on_change: called after each commit and whenever trouble begins or ends.

    Attributes:
        trouble: None while all is well.
        faults: errors of our own that the loop survived.
    """

    def __init__(self, origin: Origin, store: Store, crops: Crops, on_change: Callable[[], None]) -> None:
        self._origin = origin
        self._store = store
        self._crops = crops
        self._on_change = on_change
        self.trouble: Trouble | None = None
        self.faults = 0

    def run(self, stop: threading.Event) -> None:
        """Takes and keeps until told to stop; a batch that is not kept by then stays with the broker."""
        while not stop.is_set():
            batch = self._take()
            back_off_s = BACK_OFF_MIN_S
            while batch and not stop.is_set():
                try:
                    self._settle(batch)
                    break
                except StorageError as error:
                    self._trouble(error)
                except Exception:
                    self.faults += 1
                    logger.exception("fault", faults=self.faults, messages=len(batch))
                    batch = self._settle_singly(batch)
                stop.wait(back_off_s)
                back_off_s = min(2 * back_off_s, BACK_OFF_MAX_S)

    def _take(self) -> list[Delivery]:
        """Up to 250 messages or 50 ms, and no longer than the broker has more to give."""
        waiting = self._origin.deliveries
        try:
            batch = [waiting.get(timeout=IDLE_S)]
        except queue.Empty:
            return []
        deadline = time.monotonic() + BATCH_S
        in_flight = 1
        while len(batch) < BATCH_MESSAGES and in_flight < RECEIVE_MAXIMUM:
            try:
                batch.append(waiting.get(timeout=max(0.0, deadline - time.monotonic())))
            except queue.Empty:
                break
            in_flight += batch[-1].qos > 0
        return batch

    def _settle(self, batch: Sequence[Delivery]) -> None:
        self._keep(batch, [understand(d.topic, d.payload, d.received_at, retained=d.retained) for d in batch])

    def _settle_singly(self, batch: Sequence[Delivery]) -> list[Delivery]:
        """Finds the message our own code stumbles over and keeps it as a reject; returns what is left."""
        for index, delivery in enumerate(batch):
            try:
                self._settle([delivery])
            except StorageError as error:
                self._trouble(error)
                return list(batch[index:])
            except Exception as error:  # noqa: BLE001 - the ingest supervisor: counted and logged above
                reason = f"the collector stumbled over it: {type(error).__name__}"
                reject = Reject(delivery.topic, delivery.payload, reason, delivery.received_at, None, None)
                try:
                    self._keep([delivery], [reject])
                except AnprError as trouble:
                    self._trouble(trouble)
                    return list(batch[index:])
        return []

    def _keep(self, batch: Sequence[Delivery], understood: Sequence[Arrival | Reject]) -> None:
        arrivals = [one for one in understood if isinstance(one, Arrival)]
        rejects = [one for one in understood if isinstance(one, Reject)]
        self._crops.put_all(_pictures(arrivals))
        written = self._store.write(arrivals, rejects)
        self._well()
        for delivery in batch:
            self._origin.ack(delivery)
        for vehicle, ids in _due(understood).items():
            self._origin.send_receipts(vehicle, ids)
        for answer in written.answers:
            self._origin.answer_ledger(answer)
        for reject in rejects:
            logger.warning("reject", topic=reject.topic, reason=reject.reason, size_bytes=len(reject.payload))
        if written.dropped:
            logger.warning("old rejects dropped to make room", messages=written.dropped)
        if written.clashes:
            logger.error("clash", messages=written.clashes, reason="ids that belong to other messages")
        self._on_change()

    def _trouble(self, error: AnprError) -> None:
        if self.trouble is None or self.trouble.message != error.message:
            logger.error("not storing", problem=error.message, next_step=error.next_step)
            self.trouble = Trouble(error.message, error.next_step)
            self._on_change()

    def _well(self) -> None:
        if self.trouble is not None:
            logger.info("storing again")
            self.trouble = None


def _pictures(arrivals: Sequence[Arrival]) -> dict[str, bytes]:
    """What goes beside the store, by hash: crops, and parts of pictures."""
    pictures: dict[str, bytes] = {}
    for arrival in arrivals:
        match arrival.message:
            case Hit(read=read):
                pictures[read.crop_sha256] = read.crop_jpeg
            case ImagePart() as image:
                pictures[image.piece_sha256] = image.piece
    return pictures


def _due(understood: Sequence[Arrival | Reject]) -> dict[str, list[str]]:
    """Ids to receipt per car. A reject is stored too: its car may forget it, not send it for ever."""
    due: dict[str, list[str]] = {}
    for one in understood:
        if isinstance(one, Arrival):
            if isinstance(one.message, Hit | Verdict | ImagePart):
                due.setdefault(one.message.vehicle, []).append(one.message.id)
        elif one.vehicle is not None and one.id is not None:
            due.setdefault(one.vehicle, []).append(one.id)
    return due
