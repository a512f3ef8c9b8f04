"""What cars and the centre tell each other of hits and of themselves, as pydantic models."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Base64Bytes, Field, model_validator

from anpr.types import Category, FixSource, MatchRule, VehicleClass
from anpr.wire import MAX_SEQ, Envelope, Id, Moment, Name, Part, PlateText, Probability, Sha256


class Place(Part):
    """A position: WGS 84 degrees, metres, metres a second, degrees from north."""

    lat_deg: Annotated[float, Field(ge=-90, le=90)]
    lon_deg: Annotated[float, Field(ge=-180, le=180)]
    at: Moment
    source: FixSource
    accuracy_m: Annotated[float, Field(ge=0)] | None = None
    speed_m_s: Annotated[float, Field(ge=0)] | None = None
    heading_deg: Annotated[float, Field(ge=0, lt=360.001)] | None = None


class Alternative(Part):
    """Another candidate text with its probability."""

    text: PlateText
    probability: Probability


class Read(Part):
    """What was seen: raw and normalised are two fields, and the crop is of the very frame that was read."""

    raw: PlateText
    normalised: PlateText
    confidence: Probability
    alternatives: Annotated[tuple[Alternative, ...], Field(max_length=3)] = ()
    rows: Annotated[int, Field(ge=1, le=2)]
    n_frames: Annotated[int, Field(ge=1)]
    camera: Annotated[str, Field(max_length=200)]
    captured_at: Moment
    frame_sha256: Sha256
    box: tuple[float, float, float, float]
    crop_jpeg: Annotated[Base64Bytes, Field(max_length=16_384)]
    crop_sha256: Sha256


class Entry(Part):
    """The list entry that was matched, as the car holds it."""

    list_name: Annotated[str, Field(max_length=64)]
    entry_id: Annotated[str, Field(max_length=128)]
    plate: PlateText
    vehicle_class: VehicleClass
    category: Category
    priority: Annotated[int, Field(ge=1, le=4)]
    reason: Annotated[str, Field(max_length=500)]
    owner: Annotated[str, Field(max_length=200)]
    source: Annotated[str, Field(max_length=200)]
    valid_until: Moment
    covert: bool = False
    person_linked: bool = False


class Hit(Envelope):
    """A read that stands on a hotlist."""

    schema_: Annotated[Literal["anpr.hit/1"], Field(alias="schema")] = "anpr.hit/1"
    read: Read
    entry: Entry
    match: MatchRule
    differing: int | None = None
    list_version: Annotated[str, Field(max_length=128)]
    list_age_s: Annotated[float, Field(ge=0)]
    place: Place | None = None


class Outcome(StrEnum):
    """What the officer says of a hit."""

    CORRECT = "correct"
    MISREAD = "misread"
    WRONG_CLASS = "wrong_class"
    OUT_OF_DATE = "out_of_date"
    NOT_NOW = "not_now"


class Verdict(Envelope):
    """An officer's word on a hit."""

    schema_: Annotated[Literal["anpr.verdict/1"], Field(alias="schema")] = "anpr.verdict/1"
    hit: Id
    outcome: Outcome
    officer: Annotated[str, Field(min_length=1, max_length=100)]


PART_BYTES = 48 * 1024
"""64 KiB as base64."""
MAX_PARTS = 16


class ImagePart(Envelope):
    """A part of the picture of a hit. Each is sent, receipted and sent again for itself.

    ``sha256`` is that of the whole picture, a JPEG, and ``piece_sha256`` that of this part.
    """

    schema_: Annotated[Literal["anpr.image/1"], Field(alias="schema")] = "anpr.image/1"
    hit: Id
    part: Annotated[int, Field(ge=1, le=MAX_PARTS)]
    parts: Annotated[int, Field(ge=1, le=MAX_PARTS)]
    sha256: Sha256
    piece: Annotated[Base64Bytes, Field(min_length=1, max_length=PART_BYTES)]
    piece_sha256: Sha256


class LinkState(StrEnum):
    """Whether a car is there; ``offline`` is said by the broker in the car's name."""

    ONLINE = "online"
    STOPPING = "stopping"
    OFFLINE = "offline"


class Status(Part):
    """The car's presence, retained; its last will says ``offline``."""

    schema_: Annotated[Literal["anpr.status/1"], Field(alias="schema")] = "anpr.status/1"
    vehicle: Name
    boot: Id
    state: LinkState
    at: Moment
    version: Annotated[str, Field(max_length=32)] = ""


class Position(Part):
    """Where the car is now, retained for five minutes."""

    schema_: Annotated[Literal["anpr.position/1"], Field(alias="schema")] = "anpr.position/1"
    vehicle: Name
    place: Place


class CameraHealth(Part):
    """One camera's state: frames used a second, frames dropped since start, and whether it delivers."""

    name: Annotated[str, Field(max_length=200)]
    delivering: bool
    frames_per_s: Annotated[float, Field(ge=0)]
    dropped: Annotated[int, Field(ge=0)]


class Health(Part):
    """How the car does, once a few seconds; never carries a plate."""

    schema_: Annotated[Literal["anpr.health/1"], Field(alias="schema")] = "anpr.health/1"
    vehicle: Name
    at: Moment
    cameras: tuple[CameraHealth, ...]
    frames: Annotated[int, Field(ge=0)]
    reads: Annotated[int, Field(ge=0)]
    cannot_read: Annotated[int, Field(ge=0)]
    hits: Annotated[int, Field(ge=0)]
    outbox_waiting: Annotated[int, Field(ge=0)]
    disk_free_bytes: Annotated[int, Field(ge=0)]
    list_version: Annotated[str, Field(max_length=128)] = ""
    list_age_s: Annotated[float, Field(ge=0)] | None = None


MAX_RUN = 100_000
Seq = Annotated[int, Field(ge=1, le=MAX_SEQ)]


class Numbers(Part):
    """A run of sequence numbers, both ends included."""

    first: Seq
    last: Seq

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError("the run ends before it begins")
        return self


class Start(Part):
    """What a car has numbered since one of its starts; ``digest`` is ``chain`` over all ids in order."""

    boot: Id
    first: Seq
    last: Seq
    count: Annotated[int, Field(ge=1, le=MAX_RUN)]
    digest: Sha256

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if self.count != self.last - self.first + 1:
            raise ValueError("the count is not that of the numbers")
        return self


class Ledger(Part):
    """What a car has numbered, so that the centre sees what it never got.

    ``held`` is what the car holds without a receipt; it may say too much, never too little. A number that
    is not held was receipted: when the centre does not have it, the centre has lost it. ``given_up`` are
    parts of pictures that the car forgot when its disk was full, to keep hits.
    """

    schema_: Annotated[Literal["anpr.ledger/1"], Field(alias="schema")] = "anpr.ledger/1"
    vehicle: Name
    boot: Id
    at: Moment
    starts: Annotated[tuple[Start, ...], Field(min_length=1, max_length=16)]
    held: Annotated[tuple[Numbers, ...], Field(max_length=500)] = ()
    given_up: Annotated[tuple[Numbers, ...], Field(max_length=500)] = ()


def chain(digest: str, id_: str) -> str:
    """One id more in a ledger's digest, which begins empty."""
    return hashlib.sha256(f"{digest}{id_}".encode("ascii")).hexdigest()


class Receipt(Part):
    """The centre's word that messages are stored for good; only this lets a car forget them.

    ``gaps`` are numbers of a ledger that the centre does not have: the car sends again what it still holds.
    ``settled`` are starts of which the centre has everything.
    """

    schema_: Annotated[Literal["anpr.receipt/1"], Field(alias="schema")] = "anpr.receipt/1"
    vehicle: Name
    at: Moment
    ids: Annotated[tuple[Id, ...], Field(max_length=1000)] = ()
    gaps: Annotated[tuple[Numbers, ...], Field(max_length=500)] = ()
    settled: Annotated[tuple[Id, ...], Field(max_length=16)] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.ids or self.gaps or self.settled):
            raise ValueError("an empty receipt says nothing")
        return self
