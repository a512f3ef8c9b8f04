"""What flows inside the car. Frozen, slotted, without behaviour beyond what the values say themselves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Image: TypeAlias = npt.NDArray[np.uint8]
"""Height x width x 3, BGR, 8 bit."""

Box: TypeAlias = tuple[float, float, float, float]
"""x1, y1, x2, y2 in pixels of the picture it was found in."""

Corners: TypeAlias = tuple[float, float, float, float, float, float, float, float]
"""x, y of four corners, clockwise from the top left."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture from one camera.

    Attributes:
        image: read-only BGR pixels.
        camera: name of the camera in the configuration, or the file's path.
        index: running number in its source, from 0.
        captured_at: UTC, when the frame was taken from the source; the one true time of all that follows.
        mono_ns: monotonic clock at capture, for delays.
        media_s: position in a recording in seconds; None for a live camera or a still picture.
    """

    image: Image
    camera: str
    index: int
    captured_at: datetime
    mono_ns: int
    media_s: float | None = None


@dataclass(frozen=True, slots=True)
class Detection:
    """A plate found by a detector; confidence is in 0..1."""

    box: Box
    confidence: float
    corners: Corners | None = None


@dataclass(frozen=True, slots=True)
class Track:
    """One plate followed over frames: id, newest box, frames since birth, frames in which it was found."""

    id: int
    box: Box
    confidence: float
    age: int
    hits: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader made of one crop.

    Attributes:
        text: raw characters as seen, upper case, without blanks; empty when nothing could be read.
        probabilities: one per character of ``text``.
        rows: rows of characters on the plate, 1 or 2.
        rivals: for each character what else it may be, and how likely; empty where a reader does not tell.
        plate: probability that the crop shows a plate at all; 1 where a reader does not tell.
        corners: where the plate's corners lie, in parts of the crop's width and height, a little below 0 or
            above 1 where the crop cuts into the plate; None where a reader does not tell.
        others: what else was made of the same crop, each less surely than this; empty where nobody was asked.
    """

    text: str
    probabilities: tuple[float, ...]
    rows: int
    rivals: tuple[tuple[tuple[str, float], ...], ...] = ()
    plate: float = 1.0
    corners: Corners | None = None
    others: tuple[Reading, ...] = ()

    @property
    def confidence(self) -> float:
        """The least certain character; 0 for an empty read."""
        return min(self.probabilities, default=0.0)

    @property
    def claim(self) -> float:
        """The probability that every character is right; 0 for an empty read."""
        return math.prod(self.probabilities) if self.text else 0.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """An alternative text with its probability."""

    text: str
    probability: float


class FixSource(StrEnum):
    """Where a position came from; ``held`` is the last known one, kept while the sky is hidden."""

    GPS = "gps"
    HELD = "held"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Fix:
    """Where the car was: WGS 84 degrees, metres, metres a second, degrees from north."""

    lat_deg: float
    lon_deg: float
    at: datetime
    source: FixSource
    accuracy_m: float | None = None
    speed_m_s: float | None = None
    heading_deg: float | None = None


@dataclass(frozen=True, slots=True)
class PlateRead:
    """One plate on one vehicle: what the frames of a track say together.

    ``raw`` is what was seen and is never overwritten by what was hoped for; ``normalised`` is its
    ``anpr.plates.normal_form``. ``raw`` is None when the frames do not agree well enough: "cannot read".

    Attributes:
        confidence: probability in 0..1 that ``raw`` is right, as the voter sees it.
        alternatives: at most three other candidates, best first.
        rows: 1 or 2.
        n_frames: readings that took part in the vote.
        camera, track: where it was seen.
        first_at, last_at: first and newest frame of the track, UTC.
        first_s, last_s: the same in seconds of the recording, None when live.
        captured_at, frame_index, mono_ns: the very frame that was read best.
        frame_sha256: hex digest of that frame's pixels (BGR bytes, row by row).
        box: the plate in that frame, pixels.
        crop: the plate cut from that very frame.
        fix: where the car was at ``captured_at``.
    """

    raw: str | None
    normalised: str
    confidence: float
    alternatives: tuple[Candidate, ...]
    rows: int
    n_frames: int
    camera: str
    track: int
    first_at: datetime
    last_at: datetime
    first_s: float | None
    last_s: float | None
    captured_at: datetime
    frame_index: int
    mono_ns: int
    frame_sha256: str
    box: Box
    crop: Image
    fix: Fix | None = None


class Category(StrEnum):
    """Why a vehicle is wanted: a closed set, so that counts and permissions mean the same everywhere."""

    STOLEN = "stolen"
    WANTED = "wanted"
    UNLICENSED = "unlicensed"
    UNINSURED = "uninsured"
    DISQUALIFIED_DRIVER = "disqualified_driver"
    ROAD_SAFETY = "road_safety"
    MISSING_PERSON = "missing_person"
    OTHER = "other"


class VehicleClass(StrEnum):
    """What kind of vehicle the list expects under the plate."""

    PRIVATE_CAR = "private_car"
    TAXI = "taxi"
    MOTORCYCLE = "motorcycle"
    VAN = "van"
    LORRY = "lorry"
    BUS = "bus"
    OTHER = "other"


class MatchRule(StrEnum):
    """How a read is compared with an entry, and so how a match came about.

    ``exact`` on the normal form; ``near`` with one sign that differs; ``pattern`` by wildcards.
    """

    EXACT = "exact"
    NEAR = "near"
    PATTERN = "pattern"


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One line of a hotlist.

    Attributes:
        list_name: the list it stands in.
        entry_id: stable identity inside the list.
        plate: as its owner wrote it.
        key: ``anpr.hotlist.patterns.key_of`` the plate: its normal form, with the wildcards of a pattern.
        priority: 1 (stop at once) to 4 (for information).
        valid_until: UTC; there is no "forever".
        rule: how reads are compared with it.
        covert: the vehicle is to be reported, not stopped, and its driver must not notice.
        person_linked: it stands on the list because of a person, not because of the vehicle.
    """

    list_name: str
    entry_id: str
    plate: str
    key: str
    vehicle_class: VehicleClass
    category: Category
    priority: int
    reason: str
    owner: str
    source: str
    valid_until: datetime
    rule: MatchRule = MatchRule.EXACT
    covert: bool = False
    person_linked: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """A read that stands on a list, with the version of the list and how old it was at the match.

    ``kind`` is how the read matched: a near entry may be matched exactly. ``differing`` is the place in the
    read's key that differs from the entry, of near matches alone.
    """

    entry: ListEntry
    kind: MatchRule
    list_version: str
    list_age_s: float
    differing: int | None = None
