"""The officer's lights: each part of the car with a level, in words, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anpr.edge.gps import GpsHealth
    from anpr.edge.outbox import Depth
    from anpr.edge.session import LinkHealth
    from anpr.hotlist.store import ListVersion
    from anpr.types import Fix

MINUTE_S = 60
HOUR_S = 3600
DAY_S = 86_400


class Level(StrEnum):
    """``off`` is for what this car does not have; it is no fault."""

    OFF = "off"
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Lamp:
    """One part of the car."""

    name: str
    level: Level
    words: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class CarStatus:
    """All lamps, the worst of them, and one sentence for the idle screen."""

    level: Level
    headline: str
    detail: str
    lamps: tuple[Lamp, ...]
    fix: Fix | None


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """One camera as the car sees it."""

    name: str
    delivering: bool
    ended: bool
    frames: int
    dropped: int
    frames_per_s: float
    last_error: str | None


def worst(lamps: Sequence[Lamp]) -> Level:
    """The worst level among them."""
    order = list(Level)
    return max((lamp.level for lamp in lamps), key=order.index, default=Level.OK)


def camera_words(name: str) -> str:
    """A camera as it is spoken of."""
    return name if "camera" in name.lower() else f"{name} camera"


def camera_lamp(camera: CameraStatus) -> Lamp:
    """Green while frames come; a recording that was played to its end is no fault."""
    name = camera_words(camera.name).capitalize()
    if camera.delivering:
        return Lamp(name, Level.OK, f"{camera.frames_per_s:.0f} frames/s")
    if camera.last_error:
        return Lamp(name, Level.FAIL, "No picture", camera.last_error)
    if camera.ended:
        return Lamp(name, Level.WARN, "Recording ended", "Start again, or use --loop.")
    return Lamp(name, Level.WARN, "Starting")


def gps_lamp(gps: GpsHealth) -> Lamp:
    """Without a position the car alerts all the same, so it is never red."""
    if gps.working is None:
        return Lamp("GPS", Level.OFF, "None", gps.next_step)
    return Lamp("GPS", Level.OK if gps.working else Level.WARN, gps.words, gps.next_step)


def link_lamp(link: LinkHealth | None) -> Lamp:
    """Without a link the car alerts all the same, so it is never red."""
    if link is None:
        return Lamp("Link", Level.OFF, "None")
    if link.connected and not link.next_step:
        return Lamp("Link", Level.OK, "Linked")
    return Lamp("Link", Level.WARN, link.words, link.next_step)


def list_lamp(
    lists: Sequence[ListVersion],
    oldest_s: float,
    stale_after_s: float,
    too_old: Sequence[str] = (),
) -> Lamp:
    """A car without a list finds nothing, and an empty street looks the same: red, as past its limit."""
    count = sum(listed.entries for listed in lists)
    if not count:
        return Lamp(
            "Hotlist",
            Level.FAIL,
            "No listed plates",
            "Import a list: anpr hotlist import FILE, or --hotlist.",
        )
    versions = ", ".join(f"{listed.name} {listed.version}" for listed in lists)
    if too_old:
        return Lamp(
            "Hotlist",
            Level.FAIL,
            f"NO ALERTS from {', '.join(too_old)}: {age_words(oldest_s)} old",
            f"It was not renewed for too long. Fetch a newer list. Version: {versions}.",
        )
    words = f"{count:,} plates, {age_words(oldest_s)} old"
    if oldest_s > stale_after_s:
        return Lamp("Hotlist", Level.WARN, f"STALE: {words}", f"Fetch a newer list. Version: {versions}.")
    return Lamp("Hotlist", Level.OK, words, f"Version: {versions}")


def outbox_lamp(depth: Depth, free_bytes: int, min_free_bytes: int, not_stored: int, *, linked: bool) -> Lamp:
    """Red when hits cannot be kept; amber when they wait for a link."""
    if not_stored:
        return Lamp(
            "Outbox",
            Level.FAIL,
            f"{not_stored} hits not on disk",
            "The disk is full: free space now, and do not switch off; they are kept in memory.",
        )
    if free_bytes < min_free_bytes:
        return Lamp(
            "Outbox",
            Level.FAIL,
            f"Disk full, {free_bytes // 1_000_000:,} MB free",
            f"Reading stopped. Free {min_free_bytes // 1_000_000:,} MB; it goes on by itself.",
        )
    if not depth.unreceipted:
        return Lamp("Outbox", Level.OK, "All delivered")
    return Lamp("Outbox", Level.OK if linked else Level.WARN, f"{depth.unreceipted} to deliver")


def age_words(age_s: float) -> str:
    """An age as a person says it."""
    if age_s < MINUTE_S:
        return f"{age_s:.0f} s"
    if age_s < HOUR_S:
        return f"{age_s / MINUTE_S:.0f} min"
    if age_s < 2 * DAY_S:
        return f"{age_s / HOUR_S:.0f} h"
    return f"{age_s / DAY_S:.0f} days"
