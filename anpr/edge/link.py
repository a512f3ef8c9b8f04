"""The car's line to the broker: sends what the outbox holds, and brings the centre's receipts back."""

from __future__ import annotations

import random
import ssl
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from pydantic import BaseModel, ValidationError

from anpr import __version__, log, topics
from anpr.edge.pace import Pace
from anpr.fleet.identity import Visitor
from anpr.fleet.register import Role
from anpr.messages import LinkState, Receipt, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from paho.mqtt.reasoncodes import ReasonCode

    from anpr.config import BrokerSettings
    from anpr.edge.lists import ListLine
    from anpr.edge.outbox import Outbox

SESSION_EXPIRY_S = 86_400
RECEIVE_MAXIMUM = 50
WINDOW = 20
"""Messages handed over and not yet acknowledged: Mosquitto's own default, and few enough that a live hit
overtakes a backlog within a second."""
WILL_DELAY_S = 10
"""A tunnel or a change of cell shall not make the car look lost."""
KEEPALIVE_S = 20
SILENT_AFTER_S = 10.0
NOBODY_LISTENS = 0x10
"""Reason of an acknowledgement that the broker gave for a message that it then drops (MQTT 5, 3.4.2.1)."""
PRUNE_EVERY_S = 60.0
LEDGER_EVERY_S = 60.0
PUMP_IDLE_S = 0.5


@dataclass(frozen=True, slots=True)
class LinkHealth:
    """How the line is, in words for the officer."""

    connected: bool
    words: str
    next_step: str = ""


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
        self._where = f"{broker.host}:{broker.port}"
        self._broker = broker
        self._visitor = Visitor(broker)
        self._visitor.check(Role.CAR, vehicle, fleet)
        self._fleet, self._vehicle, self._boot = fleet, vehicle, boot
        self._outbox = outbox
        self._beats = beats
        self._lists = lists
        if lists is not None:
            lists.wake = outbox.changed.set
        self._log = log.get("link")
        self._stop = threading.Event()
        self._settled = threading.Event()
        self._acks: deque[tuple[int, ReasonCode]] = deque()
        self._receipts: deque[bytes] = deque()
        self._in_flight: dict[int, str] = {}
        self._pace = Pace(jitter)
        self._begun = threading.Event()
        self._started_s = time.monotonic()
        self._health = LinkHealth(connected=False, words=f"Connecting to {self._where}")
        self.receipts = 0
        """Messages that the centre has stored since start."""
        self.rejects = 0
        """Messages to this car that could not be understood."""
        self.failures = 0
        """Times the pump failed and was started again."""
        self._failing = False
        self._thread = threading.Thread(target=self._supervise, name="link-pump", daemon=True)
        self._client = self._make_client(jitter)

    def _make_client(self, jitter: Callable[[], float]) -> mqtt.Client:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"car.{self._fleet}.{self._vehicle}",
            protocol=mqtt.MQTTv5,
        )
        self._visitor.admit(client)
        # The client doubles the wait up to the maximum; uneven bounds keep a fleet from acting in step.
        client.reconnect_delay_set(min_delay=1 + jitter(), max_delay=20 + 20 * jitter())  # type: ignore[arg-type]
        client.max_inflight_messages_set(WINDOW)
        delay = Properties(PacketTypes.WILLMESSAGE)  # type: ignore[no-untyped-call]
        delay.WillDelayInterval = WILL_DELAY_S
        client.will_set(
            topics.STATUS.path(self._fleet, self._vehicle),
            self._status(LinkState.OFFLINE),
            qos=topics.STATUS.qos,
            retain=topics.STATUS.retain,
            properties=delay,
        )
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        return client

    @property
    def health(self) -> LinkHealth:
        """Whether the line is up, and what to do when it is not."""
        if self._failing:
            return LinkHealth(
                connected=False,
                words="Sending fails",
                next_step="It is tried again by itself; hits are kept. Read the log when it does not mend.",
            )
        health = self._visitor_health() or self._health
        silent = time.monotonic() - self._started_s > SILENT_AFTER_S
        if health.words.startswith("Connecting") and silent:
            return self._unreachable()
        return health

    def _visitor_health(self) -> LinkHealth | None:
        """What the officer should hear about the car's certificate while there is time to act."""
        warning = self._visitor.warning(datetime.now(UTC))
        if not warning:
            return None
        step = "Have it renewed: anpr enrol renew, at the fleet's authority. Alerts go on."
        return LinkHealth(connected=self._health.connected, words=warning, next_step=step)

    def start(self) -> None:
        """Begins to connect; returns at once, and keeps trying for as long as it takes."""
        session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        session.SessionExpiryInterval = SESSION_EXPIRY_S
        session.ReceiveMaximum = RECEIVE_MAXIMUM
        self._client.connect_async(
            self._broker.host,
            self._broker.port,
            keepalive=KEEPALIVE_S,
            clean_start=False,
            properties=session,
        )
        self._client.loop_start()
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
        self._outbox.changed.set()
        if self._thread.ident is not None:
            self._thread.join(5)
        if self._client.is_connected():
            self._tell_ledger()
            goodbye = self._client.publish(
                topics.STATUS.path(self._fleet, self._vehicle),
                self._status(LinkState.STOPPING),
                qos=topics.STATUS.qos,
                retain=topics.STATUS.retain,
            )
            deadline_s = time.monotonic() + 2
            while not goodbye.is_published() and time.monotonic() < deadline_s:
                time.sleep(0.01)
        self._client.disconnect()
        self._client.loop_stop()
        self._handle_acks()
        self._handle_receipts()

    # The network thread: these only note what happened.

    def _on_connect(
        self, client: mqtt.Client, _user: object, _flags: object, reason: ReasonCode, _properties: object
    ) -> None:
        if reason.is_failure:
            self._change(
                LinkHealth(
                    connected=False,
                    words=f"The broker at {self._where} refuses this car: {reason}",
                    next_step="Check the car's name and certificate with whoever runs the broker; "
                    "hits are kept and sent later.",
                )
            )
            return
        client.subscribe(topics.RECEIPT.path(self._fleet, self._vehicle), qos=topics.RECEIPT.qos)
        for path in self._lists.topics if self._lists is not None else ():
            client.subscribe(path, qos=topics.LIST_QOS)
        client.publish(
            topics.STATUS.path(self._fleet, self._vehicle),
            self._status(LinkState.ONLINE),
            qos=topics.STATUS.qos,
            retain=topics.STATUS.retain,
        )
        self._change(LinkHealth(connected=True, words=f"Linked to {self._where}"))
        self._begun.set()
        self._outbox.changed.set()

    def _on_connect_fail(self, _client: mqtt.Client, _user: object) -> None:
        error = sys.exception()
        if isinstance(error, ssl.SSLError):
            self._change(
                LinkHealth(
                    connected=False,
                    words=f"What answers at {self._where} is not the fleet's broker",
                    next_step=f"{error.reason or error}. Check broker.host, the clock, and that the broker's"
                    " certificate names that host; hits are kept.",
                )
            )
        else:
            self._change(self._unreachable())

    def _on_disconnect(
        self, _client: mqtt.Client, _user: object, _flags: object, reason: ReasonCode, _properties: object
    ) -> None:
        if self._stop.is_set():
            return
        if not self._health.connected and self._visitor.papers is not None:
            # With TLS 1.3 a refused certificate shows only now: the handshake is over on our side before.
            self._change(
                LinkHealth(
                    connected=False,
                    words=f"The broker at {self._where} does not let this car's certificate in",
                    next_step="It ran out or was revoked: `anpr doctor` says which. Hits are kept.",
                )
            )
        elif self._health.connected:
            self._change(
                LinkHealth(
                    connected=False,
                    words=f"Link to {self._where} lost: {reason}",
                    next_step="It comes back by itself; hits are kept and sent then.",
                )
            )

    def _on_publish(
        self, _client: mqtt.Client, _user: object, mid: int, reason: ReasonCode, _properties: object
    ) -> None:
        self._acks.append((mid, reason))
        self._outbox.changed.set()

    def _on_message(self, _client: mqtt.Client, _user: object, message: mqtt.MQTTMessage) -> None:
        payload = bytes(message.payload)
        if self._lists is None or not self._lists.arrived(message.topic, payload):
            self._receipts.append(payload)
        self._outbox.changed.set()

    def _unreachable(self) -> LinkHealth:
        return LinkHealth(
            connected=False,
            words=f"No broker answers at {self._where}",
            next_step="Start it, or check broker.host and broker.port; hits are kept and sent later.",
        )

    def _change(self, health: LinkHealth) -> None:
        if health == self._health:
            return
        self._health = health
        if health.connected:
            self._log.info(health.words)
        else:
            self._log.warning(health.words, next_step=health.next_step)

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
            if self._begun.is_set():
                self._begun.clear()
                self._pace.begin(time.monotonic())
            now_s = time.monotonic()
            if now_s - pruned_s > PRUNE_EVERY_S:
                self._outbox.prune()
                pruned_s = now_s
            if self._client.is_connected():
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
            sent = self._publish(topics.BY_NAME[row.topic], row.payload)
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
                self._publish(beat.topic, message.model_dump_json().encode())

    def _tell_ledger(self) -> None:
        ledger = self._outbox.ledger(self._vehicle, self._boot)
        if ledger is not None:
            self._publish(topics.LEDGER, ledger.model_dump_json().encode())

    def _publish(self, topic: topics.Topic, payload: bytes) -> mqtt.MQTTMessageInfo:
        properties = None
        if topic.expiry_s is not None:
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
            properties.MessageExpiryInterval = topic.expiry_s
        path = topic.path(self._fleet, self._vehicle)
        return self._client.publish(path, payload, qos=topic.qos, retain=topic.retain, properties=properties)

    def _handle_acks(self) -> None:
        taken: list[str] = []
        unheard: list[str] = []
        refused: list[str] = []
        while self._acks:
            mid, reason = self._acks.popleft()
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
            self._client.unsubscribe(path)
        for path in wishes.subscribe:
            self._client.subscribe(path, qos=topics.LIST_QOS)
        if wishes.report:
            self._publish(topics.HOTLIST, self._lists.report().model_dump_json().encode())

    def _status(self, state: LinkState) -> bytes:
        status = Status(
            vehicle=self._vehicle, boot=self._boot, state=state, at=datetime.now(UTC), version=__version__
        )
        return status.model_dump_json().encode()
