"""A client that says again, shuffled, what it has heard: duplicates and reordering of whole messages."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from anpr import topics
from anpr.bench.delivery_car import FLEET

if TYPE_CHECKING:
    from random import Random
    from types import TracebackType

KEPT = 200
HOST = "127.0.0.1"


class Replayer:
    """Listens to every hit on the broker and sends old ones again when told to.

    Args:
        port: the broker's.
        random: decides which and in which order.

    Attributes:
        replayed: messages that were sent again.
    """

    def __init__(self, port: int, random: Random) -> None:
        self.replayed = 0
        self._random = random
        self._heard: deque[tuple[str, bytes]] = deque(maxlen=KEPT)
        self._lock = threading.Lock()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self._client.reconnect_delay_set(1, 2)
        self._client.on_message = self._hear
        self._client.on_connect = lambda client, *_: client.subscribe(topics.HIT.path(FLEET, "+"), qos=1)
        self._client.connect_async(HOST, port)

    def __enter__(self) -> Self:
        self._client.loop_start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def replay(self, count: int) -> int:
        """Sends up to so many old hits again, in an order of its own; returns how many."""
        with self._lock:
            heard = list(self._heard)
        chosen = self._random.sample(heard, min(count, len(heard)))
        for path, payload in chosen:
            self._client.publish(path, payload, qos=1)
        self.replayed += len(chosen)
        return len(chosen)

    def _hear(self, _client: mqtt.Client, _user: object, message: mqtt.MQTTMessage) -> None:
        with self._lock:
            self._heard.append((message.topic, bytes(message.payload)))
