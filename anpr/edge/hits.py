"""From a match to what is sent and shown: the hit, with a crop small enough for a thin line."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import uuid_utils

from anpr import messages, wire

if TYPE_CHECKING:
    from anpr.types import Fix, Image, Match, PlateRead

WIRE_CROP_BYTES = 3072
"""The UK's technical specification allows 3 KB for a plate crop."""
HIT_BYTES = 32_768
QUALITIES = (92, 85, 75, 65, 55, 45, 35)
SCREEN_QUALITY = 95
SHRINK = 0.8
SMALLEST_PX = 24
TEXT_MAX = {"reason": 500, "owner": 200, "source": 200}


@dataclass(frozen=True, slots=True)
class Identity:
    """Who speaks: the car, and this start of it."""

    vehicle: str
    boot: str


def new_id() -> str:
    """A UUID that sorts by time."""
    return str(uuid_utils.uuid7())


def make_hit(read: PlateRead, match: Match, who: Identity, clock: wire.Clock) -> messages.Hit:
    """The wire message of a match; the outbox gives it its number.

    Args:
        read: with ``raw`` set and the position filled in.
        match: the list entry that it stands for.
        who: the sender.
        clock: what the car's clock was set by.
    """
    crop = wire_crop(read.crop)
    entry = match.entry
    return messages.Hit(
        id=new_id(),
        vehicle=who.vehicle,
        boot=who.boot,
        seq=0,
        at=datetime.now(UTC),
        clock=clock,
        read=messages.Read(
            raw=read.raw or "",
            normalised=read.normalised,
            confidence=read.confidence,
            alternatives=tuple(
                messages.Alternative(text=other.text, probability=other.probability)
                for other in read.alternatives[:3]
            ),
            rows=read.rows,
            n_frames=read.n_frames,
            camera=read.camera,
            captured_at=read.captured_at,
            frame_sha256=read.frame_sha256,
            box=read.box,
            # The model takes base64, as it comes over the wire, and keeps the bytes.
            crop_jpeg=_base64(crop),
            crop_sha256=hashlib.sha256(crop).hexdigest(),
        ),
        entry=messages.Entry(
            list_name=entry.list_name,
            entry_id=entry.entry_id,
            plate=entry.plate,
            vehicle_class=entry.vehicle_class,
            category=entry.category,
            priority=entry.priority,
            reason=entry.reason[: TEXT_MAX["reason"]],
            owner=entry.owner[: TEXT_MAX["owner"]],
            source=entry.source[: TEXT_MAX["source"]],
            valid_until=entry.valid_until,
            covert=entry.covert,
            person_linked=entry.person_linked,
        ),
        match=match.kind,
        differing=match.differing,
        list_version=match.list_version,
        list_age_s=match.list_age_s,
        place=place(read.fix),
    )


def place(fix: Fix | None) -> messages.Place | None:
    """A position as it goes over the wire."""
    if fix is None:
        return None
    return messages.Place(
        lat_deg=fix.lat_deg,
        lon_deg=fix.lon_deg,
        at=fix.at,
        source=fix.source,
        accuracy_m=fix.accuracy_m,
        speed_m_s=fix.speed_m_s,
        heading_deg=fix.heading_deg,
    )


def wire_crop(image: Image, limit_bytes: int = WIRE_CROP_BYTES) -> bytes:
    """A JPEG of at most ``limit_bytes``: first with less quality, then smaller."""
    import cv2

    while True:
        for quality in QUALITIES:
            jpeg = _jpeg(image, quality)
            if len(jpeg) <= limit_bytes:
                return jpeg
        height_px, width_px = image.shape[:2]
        if min(height_px, width_px) * SHRINK < 1 or max(height_px, width_px) <= SMALLEST_PX:
            return jpeg
        size = (max(1, int(width_px * SHRINK)), max(1, int(height_px * SHRINK)))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def screen_crop(image: Image) -> bytes:
    """The same crop for the officer's eye, who must be able to read it without a thin line in between."""
    return _jpeg(image, SCREEN_QUALITY)


def looks_yellow(image: Image) -> bool:
    """Whether the plate's ground is yellow (rear plates in Hong Kong) and not white."""
    blue, green, red = (float(value) for value in image.reshape(-1, 3).mean(axis=0))
    return blue < 0.8 * (green + red) / 2


def _jpeg(image: Image, quality: int) -> bytes:
    import cv2

    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return data.tobytes()


def _base64(data: bytes) -> bytes:
    import base64

    return base64.b64encode(data)
