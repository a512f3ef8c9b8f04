"""Whether a camera delivers pictures, how many, how large, and whether they show anything."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anpr.edge.doctor import Finding, Level
from anpr.errors import LinkError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anpr.config import CameraSettings
    from anpr.types import Frame

WATCH_S: Final = 3.0
"""How long a live camera is watched to count its frames."""
SLOW_FRAMES_PER_S: Final = 10.0
NARROW_PX: Final = 1280
"""Below this width a plate at 15 m is under 60 px wide in a usual dashcam's view, too small to be read."""
FLAT_SPREAD: Final = 3.0
"""Standard deviation of grey values under which a picture shows nothing: lens covered, or no signal."""


def camera(settings: CameraSettings) -> Finding:
    """Opens one source, takes frames, and says how many, how large, and whether they show anything."""
    from anpr.vision.sources import open_source

    if settings.source.startswith("/dev/"):
        _check_device(Path(settings.source))
    with open_source(settings.source, settings.name) as source:
        started = time.monotonic()
        newest, count = _watch(source, WATCH_S if source.live else 0.0)
        took_s = time.monotonic() - started
        if newest is None:
            raise LinkError(f"Camera {settings.name} gives no picture.", "Check its power and cable.")
        stated = source.frames_per_s
        measured = count / took_s if source.live and took_s > 0 else None
    height_px, width_px = newest.image.shape[:2]
    rate = measured or stated
    pace = f", {rate:.0f} frames/s" if rate else ""
    sees = f"It delivers {width_px}×{height_px} pixels{pace}"  # noqa: RUF001 - as on the data sheet
    if float(newest.image.std()) < FLAT_SPREAD:
        return Finding(
            Level.WARN, f"{sees}, but the picture shows nothing.", "Uncover the lens, or check the exposure."
        )
    if measured is not None and measured < SLOW_FRAMES_PER_S:
        return Finding(
            Level.WARN,
            f"{sees}, which is slow: a fast car gets too few frames.",
            "More light, a lower resolution, or another USB port.",
        )
    if width_px < NARROW_PX:
        return Finding(
            Level.WARN,
            f"{sees}; distant plates will be too small to read.",
            f"Set the camera to at least {NARROW_PX} pixels across.",
        )
    return Finding(Level.OK, f"{sees}.")


def _check_device(path: Path) -> None:
    if not path.exists():
        others = ", ".join(sorted(map(str, Path("/dev").glob("video*")))) or "none"
        raise LinkError(
            f"There is no {path}: the camera is not connected.", f"Check cable and power. Found: {others}."
        )
    if not os.access(path, os.R_OK | os.W_OK):
        raise LinkError(
            f"You may not use {path}.", "Join its group: sudo usermod -aG video $USER, then log in again."
        )


def _watch(frames: Iterable[Frame], seconds: float) -> tuple[Frame | None, int]:
    """The newest frame and how many came in that time; at least one is waited for."""
    newest, count, deadline = None, 0, time.monotonic() + seconds
    for frame in frames:
        newest, count = frame, count + 1
        if time.monotonic() >= deadline:
            break
    return newest, count


def no_camera() -> Finding:
    """What there is to say when the settings name none."""
    return Finding(
        Level.WARN, "No camera is configured.", "Name one under [[car.cameras]] of the settings file."
    )
