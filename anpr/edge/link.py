"""The car's line to the centre: sends what the outbox holds, and takes the centre's receipts."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import paho.mqtt.client as mqtt
from pydantic import BaseModel, ValidationError

from anpr import log, topics
from anpr.edge.pace import Pace
from anpr.edge.session import WINDOW, LinkHealth, Session
from anpr.messages import Receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from anpr.config import BrokerSettings
    from anpr.edge.lists import ListLine
    from anpr.edge.outbox import Outbox

NOBODY_LISTENS = 0x10
"""Reason of an acknowledgement that the broker gave for a message that it then drops (MQTT 5, 3.4.2.1)."""
PRUNE_EVERY_S = 60.0
LEDGER_EVERY_S = 60.0
PUMP_IDLE_S = 0.5


@dataclass(frozen=True, slots=True)
class Beat:
    """A message without a receipt that is sent now and then, newest only; ``make`` may have nothing."""

    topic: topics.Topic
    every_s: float
    make: Callable[[], BaseModel | None]


class Link:
    """Keeps a session with the broker and pumps the outbox through it. Alerts do not depend on it.

    Args:
        broker: where the broker is.
        fleet, vehicle, boot: who we are; the topics are ours alone.
        outbox: what is to be sent.
        beats: what is sent without the outbox: position, health.
        lists: what comes and goes about hotlists.
        jitter: a number in 0..1, so that a fleet does not reconnect in one moment.

    Raises:
        ConfigError: the certificate cannot be used, or is of another car.
        PolicyError: the broker is not on this machine and there is no certificate.
    """

    def __init__(
        self,
        broker: BrokerSettings,
        *,
        fleet: str,
        vehicle: str,
        boot: str,
        outbox: Outbox,
        beats: Sequence[Beat] = (),
        lists: ListLine | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._vehicle, self._boot = vehicle, boot
        self._outbox = outbox
        self._beats = beats
        self._lists = lists
        if lists is not None:
            lists.wake = outbox.changed.set
        self._log = log.get("link")
        self._stop = threading.Event()
        self._settled = threading.Event()
        self._receipts: deque[bytes] = deque()
        self._in_flight: dict[int, str] = {}
        self._pace = Pace(jitter)
        self.receipts = 0
        """Messages that the centre has stored since start."""
        self.rejects = 0
        """Messages to this car that could not be understood."""
        self.failures = 0
        """Times the pump failed and was started again."""
        self._failing = False
        self._thread = threading.Thread(target=self._supervise, name="link-pump", daemon=True)
        self._session = Session(
            broker,
            fleet=fleet,
            vehicle=vehicle,
            boot=boot,
            more=lambda: lists.topics if lists is not None else (),
            hear=self._hear,
            wake=outbox.changed.set,
            jitter=jitter,
        )

    @property
    def health(self) -> LinkHealth:
        """Whether the line is up, and what to do when it is not."""
        if self._failing:
            return LinkHealth(
                connected=False,
                words="Sending fails",
                next_step="It is tried again by itself; hits are kept. Read the log when it does not mend.",
            )
        return self._session.health

    def start(self) -> None:
        """Begins to connect; returns at once, and keeps trying for as long as it takes."""
        self._session.start()
        self._thread.start()

    def drain(self, timeout_s: float, stop: threading.Event | None = None) -> bool:
        """Waits until the centre has everything; False when the time is over first."""
        deadline_s = time.monotonic() + timeout_s
        while self._outbox.depth().unreceipted:
            left_s = deadline_s - time.monotonic()
            if left_s <= 0 or (stop is not None and stop.is_set()):
                return False
            self._settled.wait(min(left_s, 0.2))
            self._settled.clear()
        return True

    def stop(self) -> None:
        """Says goodbye, so that the will is not spoken, and ends the threads."""
        self._stop.set()
        self._session.leave()
        self._outbox.changed.set()
        if self._thread.ident is not None:
            self._thread.join(5)
        if self._session.connected:
            self._tell_ledger()
        self._session.stop()
        self._handle_acks()
        self._handle_receipts()

    def _hear(self, topic: str, payload: bytes) -> None:
        """On the network thread: only notes what came."""
        if self._lists is None or not self._lists.arrived(topic, payload):
            self._receipts.append(payload)

    # The pump thread: the only one that moves rows through their states.

    def _supervise(self) -> None:
        pause_s = 0.0
        while not self._stop.wait(pause_s):
            try:
                self._pump()
                pause_s = 0.0
            except Exception:  # noqa: BLE001
                # One of the three supervisors: a pump that dies in silence would be a car that never reports.
                self.failures += 1
                self._failing = True
                pause_s = min(10.0, 0.5 * 2 ** min(self.failures, 5))
                self._log.exception("the pump failed and starts again", pause_s=pause_s)

    def _pump(self) -> None:
        pruned_s = time.monotonic()
        ledger_s = pruned_s + LEDGER_EVERY_S
        next_s = [time.monotonic()] * len(self._beats)
        while not self._stop.is_set():
            self._outbox.changed.wait(PUMP_IDLE_S)
            self._outbox.changed.clear()
            self._handle_acks()
            self._handle_receipts()
            self._handle_lists()
            if self._session.begun.is_set():
                self._session.begun.clear()
                self._pace.begin(time.monotonic())
            now_s = time.monotonic()
            if now_s - pruned_s > PRUNE_EVERY_S:
                self._outbox.prune()
                pruned_s = now_s
            if self._session.connected:
                self._send_due()
                self._send_beats(next_s, now_s)
                if now_s >= ledger_s:
                    ledger_s = now_s + LEDGER_EVERY_S
                    self._tell_ledger()
            self._failing = False

    def _send_due(self) -> None:
        room = WINDOW - len(self._in_flight)
        if room <= 0:
            return
        now_s = time.monotonic()
        backlog = self._pace.room(now_s)
        for row in self._outbox.due(room, frozenset(self._in_flight.values()), backlog):
            sent = self._session.publish(topics.BY_NAME[row.topic], row.payload)
            if sent.rc == mqtt.MQTT_ERR_QUEUE_SIZE:
                return
            # Without a connection the client keeps the message and sends it when the line is back.
            self._in_flight[sent.mid] = row.id
            if not row.live:
                self._pace.sent(row.id, now_s)

    def _send_beats(self, next_s: list[float], now_s: float) -> None:
        for index, beat in enumerate(self._beats):
            if now_s < next_s[index]:
                continue
            next_s[index] = now_s + beat.every_s
            message = beat.make()
            if message is not None:
                self._session.publish(beat.topic, message.model_dump_json().encode())

    def _tell_ledger(self) -> None:
        ledger = self._outbox.ledger(self._vehicle, self._boot)
        if ledger is not None:
            self._session.publish(topics.LEDGER, ledger.model_dump_json().encode())

    def _handle_acks(self) -> None:
        taken: list[str] = []
        unheard: list[str] = []
        refused: list[str] = []
        while self._session.acks:
            mid, reason = self._session.acks.popleft()
            id_ = self._in_flight.pop(mid, None)
            if id_ is None:
                continue
            if reason.is_failure:
                refused.append(id_)
            else:
                (unheard if reason.value == NOBODY_LISTENS else taken).append(id_)
        if taken:
            self._outbox.mark_sent(taken)
        if unheard:
            self._outbox.mark_unheard(unheard)
        if refused:
            self._log.warning("the broker refused messages", count=len(refused), next_step="Check its ACL.")
            self._outbox.mark_refused(refused)

    def _handle_receipts(self) -> None:
        ids: list[str] = []
        while self._receipts:
            try:
                receipt = Receipt.model_validate_json(self._receipts.popleft())
            except ValidationError as error:
                self.rejects += 1
                self._log.warning("a receipt could not be understood", errors=error.error_count())
                continue
            ids.extend(receipt.ids)
            if receipt.gaps:
                here = self._outbox.send_again(receipt.gaps)
                self._log.info("the centre asks for gaps", runs=len(receipt.gaps), still_here=here)
            if receipt.settled:
                self._outbox.settle(receipt.settled)
        if ids:
            now_s = time.monotonic()
            for id_ in ids:
                self._pace.receipted(id_, now_s)
            self.receipts += self._outbox.mark_received(ids)
            self._settled.set()

    def _handle_lists(self) -> None:
        if self._lists is None:
            return
        wishes = self._lists.work()
        for path in wishes.unsubscribe:
            self._session.unsubscribe(path)
        for path in wishes.subscribe:
            self._session.subscribe(path)
        if wishes.report:
            self._session.publish(topics.HOTLIST, self._lists.report().model_dump_json().encode())
