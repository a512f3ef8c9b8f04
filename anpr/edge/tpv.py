"""One line of gpsd: the report on time, position and velocity, checked before anything is made of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from anpr.types import Fix, FixSource
from anpr.wire import Moment

FIX_2D = 2


class _Report(BaseModel):
    """Fields as in gpsd_json(5): mode 2 or 3, degrees, eph in metres, speed in m/s, track in degrees."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    mode: int = 0
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    time: Moment | None = None
    eph: Annotated[float, Field(ge=0)] | None = None
    speed: Annotated[float, Field(ge=0)] | None = None
    track: float | None = None


def fix_of(line: str | bytes) -> Fix | None:
    """The fix in a report; None without at least a 2D fix.

    Raises:
        ValueError: it is no report.
    """
    report = _Report.model_validate_json(line)
    if report.mode < FIX_2D or report.lat is None or report.lon is None:
        return None
    return Fix(
        lat_deg=report.lat,
        lon_deg=report.lon,
        at=report.time or datetime.now(UTC),
        source=FixSource.GPS,
        accuracy_m=report.eph,
        speed_m_s=report.speed,
        heading_deg=None if report.track is None else report.track % 360,
    )
