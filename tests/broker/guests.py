"""Somebody at the broker's door: a plain MQTT client that notes what it is told."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from anpr.fleet import identity
from tests.support.polling import wait_for

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

    from anpr.broker.server import Broker


TAKEN = "taken"
"""A broker may add that nobody listens; it took the message all the same."""


class Guest:
    """Connects once. ``papers`` is a folder of ``anpr enrol``, a TLS context of one's own, or nothing."""

    def __init__(
        self, broker: Broker, papers: Path | ssl.SSLContext | None = None, client_id: str = "guest"
    ) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.answers: dict[int, str] = {}
        self.in_ = False
        self._done = threading.Event()
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, protocol=mqtt.MQTTv5, reconnect_on_failure=False
        )
        if papers is not None:
            context = papers if not hasattr(papers, "joinpath") else identity.context(papers)
            self._client.tls_set_context(context)
        self._client.on_connect = self._connected
        self._client.on_connect_fail = lambda *_: self._done.set()
        self._client.on_disconnect = self._gone
        self._client.on_message = lambda _c, _d, message: self.heard.append((message.topic, message.payload))
        self._client.on_publish = lambda _c, _d, mid, reason, _p: self.answers.update(
            {mid: str(reason) if reason.is_failure else TAKEN}
        )
        self._client.on_subscribe = lambda _c, _d, mid, reasons, _p: self.answers.update(
            {mid: str(reasons[0])}
        )
        try:
            self._client.connect(broker.host, broker.port)
        except OSError:
            self._done.set()
        else:
            self._client.loop_start()
        assert self._done.wait(10), "the broker neither let us in nor refused"

    def publish(self, topic: str, payload: bytes = b"x", *, retain: bool = False) -> str:
        """The broker's answer."""
        sent = self._client.publish(topic, payload, qos=1, retain=retain)
        wait_for(lambda: sent.mid in self.answers or not self.in_, what=f"the answer on {topic}")
        return self.answers.get(sent.mid, "it ended the connection")

    def subscribe(self, topic: str) -> str:
        _, mid = self._client.subscribe(topic, qos=1)
        assert mid is not None
        wait_for(lambda: mid in self.answers, what=f"the answer on {topic}")
        return self.answers[mid]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _connected(self, _client: object, _data: object, _flags: object, reason: object, _p: object) -> None:
        self.in_ = str(reason) == "Success"
        self._done.set()

    def _gone(self, *_: object) -> None:
        self.in_ = False
        self._done.set()
