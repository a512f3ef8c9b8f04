"""What all messages are made of: their base, the envelope, and the kinds of values in them.

Adding a field keeps the number in ``schema``; removing or retyping one makes the next number. Unknown
fields are ignored, so that a newer car may talk to an older centre.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
"""A car, fleet or camera: safe in a topic, a file name and a log line."""
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Id = Annotated[str, Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
"""A UUID in lower case; those that we make are version 7 and so sort by time."""
Probability = Annotated[float, Field(ge=0, le=1)]
PlateText = Annotated[str, Field(max_length=32)]


def _has_utc(at: datetime) -> datetime:
    """A time at the edge of the calendar, in a zone beyond it, could not be kept."""
    try:
        at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("time out of range") from error
    return at


Moment = Annotated[AwareDatetime, AfterValidator(_has_utc)]


MAX_SEQ = 2**63 - 1


class Clock(StrEnum):
    """What the car's clock was set by."""

    GPS = "gps"
    NTP = "ntp"
    UNSYNCED = "unsynced"


class Part(BaseModel):
    """Base of everything on the wire: immutable, and tolerant of fields it does not know."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        populate_by_name=True,
        serialize_by_alias=True,
        # JSON has no word for them: what came in so could not be written down again.
        allow_inf_nan=False,
    )


class Envelope(Part):
    """What every message from a car carries; ``seq`` counts per vehicle and is never reused."""

    id: Id
    vehicle: Name
    boot: Id
    seq: Annotated[int, Field(ge=0, le=MAX_SEQ)]
    at: Moment
    clock: Clock
