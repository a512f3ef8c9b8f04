"""From the operator's repository to the broker, and back: which cars hold what was sent."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from pydantic import ValidationError

from anpr import topics
from anpr.config import BrokerSettings
from anpr.errors import InputError, LinkError
from anpr.fleet.identity import Visitor
from anpr.list_messages import ListReport

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from paho.mqtt.reasoncodes import ReasonCode

    from anpr.hotlist.repository import Repository

ANSWER_S: Final = 10.0
QUIET_S: Final = 0.7


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a version spread: seconds from sending until each car reported it, and the cars that have not."""

    seconds: tuple[float, ...]
    missing: tuple[str, ...]


class Sender:
    """A short visit to the broker.

    Args:
        host, port: the broker.
        fleet: whose cars are meant.
        identity: folder of the operator's certificate; None for plain MQTT on this machine.

    Raises:
        ConfigError: the certificate cannot be used.
        PolicyError: the broker is not on this machine and there is no certificate.
        LinkError: no broker answers, or it refuses us.
    """

    def __init__(self, host: str, port: int, fleet: str, identity: Path | None = None) -> None:
        self._where = f"{host}:{port}"
        self._fleet = fleet
        self._connected = threading.Event()
        self._subscribed = threading.Event()
        self._changed = threading.Event()
        self._answers: dict[int, ReasonCode] = {}
        self._reports: dict[str, tuple[float, ListReport]] = {}
        self._sent_s = 0.0
        self._refused = ""
        self._lost = ""
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        Visitor(BrokerSettings(host=host, port=port, identity=identity)).admit(self._client)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_publish = self._on_publish
        self._client.on_message = self._on_message
        try:
            self._client.connect(host, port)
        except OSError as error:
            raise LinkError(
                f"No broker answers at {self._where}: {error.strerror or error}.",
                "Start it or check --broker; the repository is as it was published, and"
                " `anpr hotlist publish --refresh --broker HOST:PORT` sends it.",
            ) from error
        self._client.loop_start()
        if not self._connected.wait(ANSWER_S) or self._refused:
            self.close()
            raise LinkError(
                f"The broker at {self._where} does not let us in: {self._refused or 'no answer'}.",
                "Ask whoever runs it.",
            )

    def close(self) -> None:
        """Ends the visit."""
        self._client.disconnect()
        self._client.loop_stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def send(self, repository: Repository) -> int:
        """Sends what is published: the list first, then the manifest that points to it; returns the bytes.

        Raises:
            InputError: nothing is published, or it is too large for a message.
            LinkError: the broker does not take it.
        """
        published, bundle = repository.published(), repository.bundle()
        if published is None or bundle is None:
            return 0
        name = repository.list_name
        manifest = bundle.manifest()
        if len(manifest) > topics.MAX_LIST_BYTES:
            raise InputError(
                f"The manifest has {len(manifest):,} bytes, and a message carries {topics.MAX_LIST_BYTES:,}.",
                "Hold a new ceremony: after so many changes of people the chain of roots is too long.",
            )
        self._client.subscribe(topics.HOTLIST.path(self._fleet, "+"), qos=topics.LIST_QOS)
        self._subscribed.wait(ANSWER_S)
        self._sent_s = time.monotonic()
        sent = 0
        for file, data in (
            (published.proof.packed, published.blob),
            (published.proof.delta, published.delta),
        ):
            # A larger one lies on a web server under the same hash; see anpr.hotlist.shelving.
            if file is not None and data is not None and file.length <= topics.MAX_LIST_BYTES:
                self._publish(topics.blob(self._fleet, name, file.hashes["sha256"]), data)
                sent += len(data)
        self._publish(topics.manifest(self._fleet, name), manifest)
        for old in repository.outdated_blobs():
            self._publish(topics.blob(self._fleet, name, old), b"")
        return sent + len(manifest)

    def reports(self) -> dict[str, ListReport]:
        """What each car last said of its lists: the broker keeps it, for cars that are away too."""
        self._client.subscribe(topics.HOTLIST.path(self._fleet, "+"), qos=topics.LIST_QOS)
        self._subscribed.wait(ANSWER_S)
        # Nothing says which retained message is the last.
        deadline_s = time.monotonic() + ANSWER_S
        while time.monotonic() < deadline_s:
            self._changed.clear()
            if not self._changed.wait(QUIET_S):
                break
        return {car: report for car, (_, report) in self._reports.copy().items()}

    def wait(self, list_name: str, version: str, timeout_s: float, *, at_least: int = 1) -> Arrival:
        """Waits until all cars that take the list, and at least so many, hold it, or the time is over."""
        deadline_s = time.monotonic() + timeout_s
        while True:
            self._changed.clear()
            held = {
                car: at_s - self._sent_s
                for car, (at_s, report) in self._reports.copy().items()
                if any((one.list_name, one.version) == (list_name, version) for one in report.lists)
            }
            meant = {car for car, (_, report) in self._reports.copy().items() if list_name in report.takes}
            missing = tuple(sorted(meant - set(held)))
            left_s = deadline_s - time.monotonic()
            if left_s <= 0 or (len(held) >= at_least and not missing):
                return Arrival(tuple(sorted(max(0.0, took) for took in held.values())), missing)
            self._changed.wait(left_s)

    def _publish(self, topic: str, payload: bytes) -> None:
        sent = self._client.publish(topic, payload, qos=topics.LIST_QOS, retain=True)
        deadline_s = time.monotonic() + ANSWER_S
        while sent.mid not in self._answers and not self._lost and time.monotonic() < deadline_s:
            sent.wait_for_publish(0.05)
        answer = self._answers.get(sent.mid)
        if answer is None or answer.is_failure:
            raise LinkError(
                f"The broker at {self._where} does not take {len(payload):,} bytes on {topic}:"
                f" {answer or self._lost or 'no answer'}.",
                "Check its access rules and message_size_limit, then send again with"
                " `anpr hotlist publish --refresh`.",
            )

    def _on_connect(
        self, _client: mqtt.Client, _user: object, _flags: object, reason: ReasonCode, _properties: object
    ) -> None:
        self._refused = str(reason) if reason.is_failure else ""
        self._connected.set()

    def _on_disconnect(
        self, _client: mqtt.Client, _user: object, _flags: object, reason: ReasonCode, _properties: object
    ) -> None:
        # Mosquitto's answer to a payload above its limit is one that the client takes for a broken line.
        self._lost = f"the connection ended, {reason}"
        if not self._connected.is_set():
            self._refused = "it hung up; perhaps our certificate ran out or was revoked"
            self._connected.set()

    def _on_publish(
        self, _client: mqtt.Client, _user: object, mid: int, reason: ReasonCode, _properties: object
    ) -> None:
        self._answers[mid] = reason

    def _on_message(self, _client: mqtt.Client, _user: object, message: mqtt.MQTTMessage) -> None:
        parsed = topics.parse(message.topic)
        if parsed is None or parsed[2] is not topics.HOTLIST:
            return
        try:
            report = ListReport.model_validate_json(message.payload)
        except ValidationError:
            return
        # Only the first report of a version counts as its arrival; later ones are of another age.
        before = self._reports.get(parsed[1])
        known = before is not None and _versions(before[1]) == _versions(report)
        self._reports[parsed[1]] = (before[0] if before and known else time.monotonic(), report)
        self._changed.set()


def _versions(report: ListReport) -> set[tuple[str, str]]:
    return {(one.list_name, one.version) for one in report.lists}
