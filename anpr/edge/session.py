"""The car's session with the broker: the network thread, which only notes what happened."""

from __future__ import annotations

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

from anpr import __version__, log, topics
from anpr.fleet.identity import Visitor
from anpr.fleet.register import Role
from anpr.messages import LinkState, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from paho.mqtt.reasoncodes import ReasonCode

    from anpr.config import BrokerSettings

SESSION_EXPIRY_S = 86_400
RECEIVE_MAXIMUM = 50
WINDOW = 20
"""Messages handed over and not yet acknowledged: Mosquitto's own default, and few enough that a live hit
overtakes a backlog within a second."""
WILL_DELAY_S = 10
"""A tunnel or a change of cell shall not make the car look lost."""
KEEPALIVE_S = 20
SILENT_AFTER_S = 10.0
GOODBYE_S = 2.0


@dataclass(frozen=True, slots=True)
class LinkHealth:
    """How the line is, in words for the officer."""

    connected: bool
    words: str
    next_step: str = ""


class Session:
    """A session that outlives both ends. Its callbacks run on the network thread and never wait.

    Args:
        broker: where the broker is.
        fleet, vehicle, boot: who we are; the topics are ours alone.
        more: topics to listen to beside our receipts, asked for at each connection.
        hear: is given the topic and bytes of each message, on the network thread.
        wake: called from the network thread when there is something to do.
        jitter: a number in 0..1, so that a fleet does not reconnect in one moment.

    Attributes:
        acks: what the broker said of messages that were handed over: number and reason.
        begun: set at each new connection.

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
        more: Callable[[], Sequence[str]],
        hear: Callable[[str, bytes], None],
        wake: Callable[[], None],
        jitter: Callable[[], float],
    ) -> None:
        self._where = f"{broker.host}:{broker.port}"
        self._broker = broker
        self._visitor = Visitor(broker)
        self._visitor.check(Role.CAR, vehicle, fleet)
        self._fleet, self._vehicle, self._boot = fleet, vehicle, boot
        self._more, self._hear, self._wake = more, hear, wake
        self._log = log.get("link")
        self._leaving = False
        self._started_s = time.monotonic()
        self._health = LinkHealth(connected=False, words=f"Connecting to {self._where}")
        self.acks: deque[tuple[int, ReasonCode]] = deque()
        self.begun = threading.Event()
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
    def connected(self) -> bool:
        """Whether messages go out at this moment."""
        return self._client.is_connected()

    @property
    def health(self) -> LinkHealth:
        """Whether the line is up, and what to do when it is not."""
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

    def leave(self) -> None:
        """From now on an end of the connection is meant."""
        self._leaving = True

    def stop(self) -> None:
        """Says goodbye, so that the will is not spoken, and ends the network thread."""
        if self.connected:
            goodbye = self._say(LinkState.STOPPING)
            deadline_s = time.monotonic() + GOODBYE_S
            while not goodbye.is_published() and time.monotonic() < deadline_s:
                time.sleep(0.01)
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, topic: topics.Topic, payload: bytes) -> mqtt.MQTTMessageInfo:
        """Hands a message over; one of QoS 1 that finds no connection goes out with the next one."""
        properties = None
        if topic.expiry_s is not None:
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
            properties.MessageExpiryInterval = topic.expiry_s
        path = topic.path(self._fleet, self._vehicle)
        return self._client.publish(path, payload, qos=topic.qos, retain=topic.retain, properties=properties)

    def subscribe(self, path: str) -> None:
        """Listens to a topic of a list."""
        self._client.subscribe(path, qos=topics.LIST_QOS)

    def unsubscribe(self, path: str) -> None:
        """Leaves it."""
        self._client.unsubscribe(path)

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
        for path in self._more():
            client.subscribe(path, qos=topics.LIST_QOS)
        self._say(LinkState.ONLINE)
        self._change(LinkHealth(connected=True, words=f"Linked to {self._where}"))
        self.begun.set()
        self._wake()

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
        if self._leaving:
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
        self.acks.append((mid, reason))
        self._wake()

    def _on_message(self, _client: mqtt.Client, _user: object, message: mqtt.MQTTMessage) -> None:
        self._hear(message.topic, bytes(message.payload))
        self._wake()

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

    def _say(self, state: LinkState) -> mqtt.MQTTMessageInfo:
        return self._client.publish(
            topics.STATUS.path(self._fleet, self._vehicle),
            self._status(state),
            qos=topics.STATUS.qos,
            retain=topics.STATUS.retain,
        )

    def _status(self, state: LinkState) -> bytes:
        status = Status(
            vehicle=self._vehicle, boot=self._boot, state=state, at=datetime.now(UTC), version=__version__
        )
        return status.model_dump_json().encode()
