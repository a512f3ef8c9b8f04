"""Hits without pictures to read: complete messages with contents that can be told apart afterwards."""

from __future__ import annotations

import base64
import hashlib
import string
from datetime import timedelta
from typing import TYPE_CHECKING

from anpr import messages, wire
from anpr.edge.hits import new_id
from anpr.types import Category, FixSource, VehicleClass

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from anpr.edge.hits import Identity

JPEG_START = b"\xff\xd8\xff\xe0"
CROP_BYTES = 2_600
"""What a plate crop has on the wire, by measurement of the shipped clips; the limit is 3 KB."""


def make_hit(number: int, who: Identity, at: datetime, random: Random) -> messages.Hit:
    """The hit with this running number of its car.

    The crop is random bytes that begin like a JPEG: the centre checks its hash and looks no further, and
    random bytes do not compress.
    """
    plate = "".join(random.choices(string.ascii_uppercase, k=2)) + str(random.randint(1, 9999))
    crop = JPEG_START + random.randbytes(CROP_BYTES)
    return messages.Hit(
        id=new_id(),
        vehicle=who.vehicle,
        boot=who.boot,
        seq=0,
        at=at,
        clock=wire.Clock.GPS,
        read=messages.Read(
            raw=plate,
            normalised=plate,
            confidence=round(random.uniform(0.6, 1), 3),
            alternatives=(messages.Alternative(text=plate[:-1] + "0", probability=0.02),),
            rows=1,
            n_frames=random.randint(2, 20),
            camera="front",
            captured_at=at - timedelta(milliseconds=200),
            frame_sha256=hashlib.sha256(f"{who.vehicle}/{number}".encode()).hexdigest(),
            box=(812.0, 460.5, 934.0, 501.0),
            crop_jpeg=base64.b64encode(crop),
            crop_sha256=hashlib.sha256(crop).hexdigest(),
        ),
        entry=messages.Entry(
            list_name="bench",
            entry_id=entry_id(who.vehicle, number),
            plate=plate,
            vehicle_class=VehicleClass.PRIVATE_CAR,
            category=Category.STOLEN,
            priority=random.randint(1, 4),
            reason="A delivery of the benchmark",
            owner="benchmark",
            source="benchmark",
            valid_until=at + timedelta(days=1),
        ),
        match="exact",
        list_version="bench-1",
        list_age_s=60.0,
        place=messages.Place(
            lat_deg=22.3 + random.uniform(-0.05, 0.05),
            lon_deg=114.17 + random.uniform(-0.05, 0.05),
            at=at,
            source=FixSource.GPS,
            accuracy_m=4.0,
            speed_m_s=11.0,
            heading_deg=random.uniform(0, 359),
        ),
    )


def entry_id(vehicle: str, number: int) -> str:
    """Names one content for good: two stored hits with the same one are a hit that was doubled."""
    return f"{vehicle}/{number}"
