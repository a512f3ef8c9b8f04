"""Cars that are not there: valid messages with plate-like crops, for tests and for looking at pages."""

from __future__ import annotations

import base64
import hashlib
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import cv2
import numpy as np
import paho.mqtt.client as mqtt
import uuid_utils
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from anpr import list_messages, messages, topics, wire
from anpr.types import Category, FixSource, VehicleClass
from tests.support.polling import wait_for

if TYPE_CHECKING:
    from collections.abc import Sequence

FLEET = "test"


def new_id() -> str:
    return str(uuid_utils.uuid7())


def crop_jpeg(text: str, *, rear: bool = False, rows: int = 1, quality: int = 88) -> bytes:
    """A plate as a crop of a dashcam frame might show it: small, slightly blurred and noisy."""
    height, width = (64, 190) if rows == 1 else (100, 130)
    ground = (60, 190, 235) if rear else (225, 225, 225)
    image = np.full((height, width, 3), ground, np.uint8)
    cv2.rectangle(image, (2, 2), (width - 3, height - 3), (20, 20, 20), 2)
    lines = [text] if rows == 1 else [text.rstrip("0123456789 "), text.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ ")]
    for row, line in enumerate(lines):
        (wide, tall), _ = cv2.getTextSize(line, cv2.FONT_HERSHEY_DUPLEX, 1.1, 3)
        at = ((width - wide) // 2, (height * (2 * row + 1)) // (2 * rows) + tall // 2)
        cv2.putText(image, line, at, cv2.FONT_HERSHEY_DUPLEX, 1.1, (15, 15, 15), 3, cv2.LINE_AA)
    noise = np.random.default_rng(len(text)).normal(0, 7, image.shape)
    image = np.clip(cv2.GaussianBlur(image, (3, 3), 0.8) + noise, 0, 255).astype(np.uint8)
    ok, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert ok
    return bytes(jpeg)


@dataclass
class FakeCar:
    """Builds what a car of this name would send; ``seq`` counts on as in a real one."""

    name: str = "car-1"
    boot: str = field(default_factory=new_id)
    seq: int = 0

    def hit(
        self,
        plate: str = "AB 1234",
        *,
        raw: str | None = None,
        priority: int = 1,
        category: Category = Category.STOLEN,
        vehicle_class: VehicleClass = VehicleClass.PRIVATE_CAR,
        reason: str = "Reported stolen from a car park",
        confidence: float = 0.97,
        rows: int = 1,
        rear: bool = False,
        at: datetime | None = None,
        lat_deg: float = 22.3193,
        lon_deg: float = 114.1694,
        heading_deg: float = 40,
        list_age_s: float = 5_400,
        differing: int | None = None,
        place: bool = True,
    ) -> messages.Hit:
        at = at or datetime.now(UTC)
        seen = plate.replace(" ", "") if raw is None else raw
        jpeg = crop_jpeg(seen if rows == 2 else plate if raw is None else raw, rear=rear, rows=rows)
        self.seq += 1
        return messages.Hit(
            id=new_id(),
            vehicle=self.name,
            boot=self.boot,
            seq=self.seq,
            at=at + timedelta(milliseconds=180),
            clock=wire.Clock.GPS,
            read=messages.Read(
                raw=seen,
                normalised=seen,
                confidence=confidence,
                alternatives=(messages.Alternative(text=seen[:-1] + "8", probability=0.02),),
                rows=rows,
                n_frames=9,
                camera="front",
                captured_at=at,
                frame_sha256=hashlib.sha256(f"{self.name}{self.seq}".encode()).hexdigest(),
                box=(812.0, 460.5, 934.0, 501.0),
                crop_jpeg=base64.b64encode(jpeg),
                crop_sha256=hashlib.sha256(jpeg).hexdigest(),
            ),
            entry=messages.Entry(
                list_name="hk-stolen",
                entry_id=f"HK-{plate.replace(' ', '')}",
                plate=plate,
                vehicle_class=vehicle_class,
                category=category,
                priority=priority,
                reason=reason,
                owner="Traffic Kowloon West",
                source="case 2026/1187",
                valid_until=at + timedelta(days=21),
            ),
            match="exact" if differing is None else "near",
            differing=differing,
            list_version="2026-11-22.3",
            list_age_s=list_age_s,
            place=self.place(lat_deg, lon_deg, heading_deg, at) if place else None,
        )

    def verdict(
        self,
        hit: messages.Hit,
        outcome: messages.Outcome = messages.Outcome.CORRECT,
        at: datetime | None = None,
    ) -> messages.Verdict:
        self.seq += 1
        return messages.Verdict(
            id=new_id(),
            vehicle=self.name,
            boot=self.boot,
            seq=self.seq,
            at=at or datetime.now(UTC),
            clock=wire.Clock.GPS,
            hit=hit.id,
            outcome=outcome,
            officer="PC 58213",
        )

    def status(self, state: messages.LinkState = messages.LinkState.ONLINE) -> messages.Status:
        return messages.Status(
            vehicle=self.name, boot=self.boot, state=state, at=datetime.now(UTC), version="0.1.0"
        )

    def place(
        self, lat_deg: float, lon_deg: float, heading_deg: float = 40, at: datetime | None = None
    ) -> messages.Place:
        return messages.Place(
            lat_deg=lat_deg,
            lon_deg=lon_deg,
            at=at or datetime.now(UTC),
            source=FixSource.GPS,
            accuracy_m=4.5,
            speed_m_s=11.2,
            heading_deg=heading_deg,
        )

    def position(self, lat_deg: float, lon_deg: float, heading_deg: float = 40) -> messages.Position:
        return messages.Position(vehicle=self.name, place=self.place(lat_deg, lon_deg, heading_deg))

    def health(
        self,
        *,
        frames_per_s: float = 29.4,
        waiting: int = 0,
        delivering: bool = True,
        list_age_s: float = 5_400,
    ) -> messages.Health:
        camera = messages.CameraHealth(
            name="front", delivering=delivering, frames_per_s=frames_per_s, dropped=3
        )
        return messages.Health(
            vehicle=self.name,
            at=datetime.now(UTC),
            cameras=(camera,),
            frames=18_220,
            reads=412,
            cannot_read=37,
            hits=self.seq,
            outbox_waiting=waiting,
            disk_free_bytes=48_000_000_000,
            list_version="2026-11-22.3",
            list_age_s=list_age_s,
        )


Message = wire.Envelope | messages.Status | messages.Position | messages.Health | list_messages.ListReport


class Publisher:
    """Publishes for cars and forgets a message only when its receipt came, like a car's outbox.

    Attributes:
        waiting: payloads by id that no receipt has come for.
        receipts: every id receipted, as often as it was.
    """

    def __init__(self, host: str, port: int, cars: Sequence[str], fleet: str = FLEET) -> None:
        self.waiting: dict[str, tuple[str, bytes]] = {}
        self.receipts: list[str] = []
        self._fleet = fleet
        self._lock = threading.Lock()
        self._ready = threading.Event()
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=f"publisher-{new_id()}", protocol=mqtt.MQTTv5
        )
        self._client.reconnect_delay_set(1, 1)
        self._client.on_message = self._receipt
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_connect = lambda client, *_: client.subscribe(
            [(topics.RECEIPT.path(fleet, car), 1) for car in cars]
        )
        self._client.on_disconnect = lambda *_: self._ready.clear()
        lasting = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        lasting.SessionExpiryInterval = 3_600
        self._client.connect(host, port, clean_start=False, properties=lasting)
        self._client.loop_start()
        self.wait_connected()

    def wait_connected(self) -> None:
        assert self._ready.wait(20), "the publisher could not subscribe"

    def send(self, message: Message) -> None:
        """Publishes one message; hits and verdicts wait for their receipt."""
        topic = next(topic for topic in topics.TOPICS if isinstance(message, topic.model))
        payload = message.model_dump_json().encode()
        path = topic.path(self._fleet, message.vehicle)
        if isinstance(message, messages.Hit | messages.Verdict):
            with self._lock:
                self.waiting[message.id] = (path, payload)
        self._client.publish(path, payload, topic.qos, topic.retain)

    def send_bytes(self, path: str, payload: bytes) -> None:
        self._client.publish(path, payload, 1).wait_for_publish(10)

    def resend(self) -> None:
        """Publishes again what no receipt has come for."""
        with self._lock:
            waiting = list(self.waiting.values())
        for path, payload in waiting:
            self._client.publish(path, payload, 1)

    def wait_receipted(self, timeout_s: float = 20) -> None:
        wait_for(lambda: not self.waiting, timeout_s, "the last receipt")

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _receipt(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        receipt = messages.Receipt.model_validate_json(message.payload)
        with self._lock:
            self.receipts.extend(receipt.ids)
            for one in receipt.ids:
                self.waiting.pop(one, None)
