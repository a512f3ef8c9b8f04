"""The centre's end of MQTT: takes deliveries, acknowledges them when told, and publishes receipts."""

from __future__ import annotations

import queue
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from anpr import log, messages, topics
from anpr.fleet.identity import Visitor
from anpr.fleet.register import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from paho.mqtt.reasoncodes import ReasonCode

    from anpr.collector.ledgers import Answer
    from anpr.config import CentreSettings

SESSION_EXPIRY_S = 7 * 86_400
RECEIVE_MAXIMUM = 50
"""Unacknowledged deliveries the broker may hand us: what a full disk can hold up in memory."""
KEEPALIVE_S = 20
RECONNECT_MAX_S = 10
QUEUE_LENGTH = 1_000
MAX_RECEIPT_IDS = 1_000
EARLY_S = 5.0
EARLY_DROPS = 2
"""Two copies under one name throw each other out for ever, and brokers do not always say why: a
connection that ends this soon, this often, is taken for that."""

_SHARED = (topics.HIT, topics.IMAGE, topics.VERDICT, topics.LEDGER)
"""What any copy of the collector may take. The rest is the newest state of a car, which every copy shows,
and whose retained messages a shared subscription would not get (MQTT 5, section 4.8.2)."""
_OWN = (topics.STATUS, topics.POSITION, topics.HEALTH, topics.HOTLIST)

logger = log.get("collector.link")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message as the broker handed it over.

    Attributes:
        number: packet identifier on ``connection``; both are needed to acknowledge it.
        connection: counts connections, because an identifier means nothing on the next one.
    """

    topic: str
    payload: bytes
    qos: int
    retained: bool
    received_at: datetime
    number: int
    connection: int


class Link:
    """Keeps the connection up, with a session that outlives both ends.

    Args:
        settings: broker, fleet, and the name of this copy.
        on_change: called from the network thread when the state of the link changes.

    Raises:
        ConfigError: the certificate cannot be used, or is of another member.
        PolicyError: the broker is not on this machine and there is no certificate.
    """

    def __init__(self, settings: CentreSettings, on_change: Callable[[], None]) -> None:
        self._settings = settings
        self._visitor = Visitor(settings.broker)
        self._visitor.check(Role.CENTRE, settings.name, settings.fleet)
        self._on_change = on_change
        self._connection = 0
        self.deliveries: queue.Queue[Delivery] = queue.Queue(QUEUE_LENGTH)
        self.connected = False
        self._problem = "not connected yet"
        self._connected_s = 0.0
        self._dropped_early = 0
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"anpr-collector-{settings.fleet}-{settings.name}",
            protocol=mqtt.MQTTv5,
            manual_ack=True,
        )
        self._visitor.admit(self._client)
        self._client.reconnect_delay_set(1, RECONNECT_MAX_S)
        self._client.on_connect = self._connected
        self._client.on_connect_fail = self._not_connected
        self._client.on_disconnect = self._disconnected
        self._client.on_subscribe = self._subscribed
        self._client.on_message = self._delivered

    @property
    def address(self) -> str:
        """The broker's host and port."""
        return f"{self._settings.broker.host}:{self._settings.broker.port}"

    @property
    def problem(self) -> str | None:
        """Why no messages arrive; None while they do."""
        lasting = self._dropped_early < EARLY_DROPS or time.monotonic() - self._connected_s > EARLY_S
        return None if self.connected and lasting else self._problem

    def start(self) -> None:
        """Begins to connect; keeps trying while the broker is away."""
        lasting = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        lasting.SessionExpiryInterval = SESSION_EXPIRY_S
        lasting.ReceiveMaximum = RECEIVE_MAXIMUM
        broker = self._settings.broker
        self._client.connect_async(
            broker.host, broker.port, KEEPALIVE_S, clean_start=False, properties=lasting
        )
        self._client.loop_start()

    def stop(self) -> None:
        """Says goodbye; the broker keeps the session and what arrives for it."""
        self._client.disconnect()
        self._client.loop_stop()

    def ack(self, delivery: Delivery) -> None:
        """Tells the broker that a delivery is safe. One of an earlier connection will come again."""
        if delivery.qos and delivery.connection == self._connection:
            self._client.ack(delivery.number, delivery.qos)

    def send_receipts(self, vehicle: str, ids: Sequence[str]) -> None:
        """Tells a car that its messages are stored for good."""
        for start in range(0, len(ids), MAX_RECEIPT_IDS):
            some = tuple(ids[start : start + MAX_RECEIPT_IDS])
            self._send(messages.Receipt(vehicle=vehicle, at=datetime.now(UTC), ids=some))

    def answer_ledger(self, answer: Answer) -> None:
        """Asks a car for what is not here, and says which of its starts are complete."""
        if answer.gaps or answer.settled:
            now = datetime.now(UTC)
            self._send(
                messages.Receipt(vehicle=answer.vehicle, at=now, gaps=answer.gaps, settled=answer.settled)
            )

    def _send(self, receipt: messages.Receipt) -> None:
        expiry = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        expiry.MessageExpiryInterval = topics.RECEIPT.expiry_s
        topic = topics.RECEIPT.path(self._settings.fleet, receipt.vehicle)
        self._client.publish(topic, receipt.model_dump_json(), topics.RECEIPT.qos, properties=expiry)

    def _connected(
        self, client: mqtt.Client, _data: object, _flags: object, reason: ReasonCode, _properties: object
    ) -> None:
        if reason.is_failure:
            self._say(f"the broker at {self.address} refuses the connection: {reason}")
            return
        self._connection += 1
        if warning := self._visitor.warning(datetime.now(UTC)):
            logger.warning(warning, next_step="Renew it at the fleet's authority: anpr enrol renew.")
        fleet = self._settings.fleet
        shared = [f"$share/{topics.SHARE_GROUP}/{topic.path(fleet, '+')}" for topic in _SHARED]
        own = [*(topic.path(fleet, "+") for topic in _OWN), topics.manifest(fleet, "+")]
        client.subscribe([(path, 1) for path in (*shared, *own)])

    def _subscribed(
        self, _client: mqtt.Client, _data: object, _mid: int, reasons: list[ReasonCode], _properties: object
    ) -> None:
        refused = [str(reason) for reason in reasons if reason.is_failure]
        if refused:
            self._say(f"the broker at {self.address} refuses a subscription: {refused[0]}")
            return
        self.connected = True
        self._connected_s = time.monotonic()
        logger.info("connected", broker=self.address, fleet=self._settings.fleet)
        self._on_change()

    def _not_connected(self, _client: mqtt.Client, _data: object) -> None:
        error = sys.exception()
        reason = getattr(error, "strerror", None) or error or "no answer"
        self._say(f"the broker at {self.address} cannot be reached: {reason}")

    def _disconnected(
        self, _client: mqtt.Client, _data: object, _flags: object, reason: ReasonCode, _properties: object
    ) -> None:
        was_in, self.connected = self.connected, False
        early = time.monotonic() - self._connected_s < EARLY_S
        self._dropped_early = self._dropped_early + 1 if early else 0
        if self._dropped_early >= EARLY_DROPS:
            name = self._settings.name
            self._say(
                f"the broker at {self.address} ends the connection again and again, as it does when another"
                f" collector runs under the name {name}: give each copy its own with --name"
            )
        elif not was_in and self._visitor.papers is not None:
            self._say(
                f"the broker at {self.address} does not let our certificate in: it ran out or was revoked"
                " (see `anpr enrol status`)"
            )
        elif reason.is_failure:
            self._say(f"the broker at {self.address} is gone: {reason}")

    def _delivered(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        # States may be dropped, the next one follows; hits and verdicts never are: they are few by
        # RECEIVE_MAXIMUM and so always fit.
        if message.qos == 0 and self.deliveries.qsize() > QUEUE_LENGTH // 2:
            return
        self.deliveries.put(
            Delivery(
                topic=message.topic,
                payload=bytes(message.payload),
                qos=message.qos,
                retained=message.retain,
                received_at=datetime.now(UTC),
                number=message.mid,
                connection=self._connection,
            )
        )

    def _say(self, problem: str) -> None:
        if problem != self._problem:
            logger.warning("link", problem=problem, next_step="it keeps trying; check that the broker runs")
        self._problem = problem
        self._on_change()
