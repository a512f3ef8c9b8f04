"""What the browser is told: the board of alerts, and the lights."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel

from anpr.edge.status import Level, age_words
from anpr.messages import Outcome
from anpr.types import MatchRule
from anpr.wire import Id

if TYPE_CHECKING:
    from anpr.edge.alerts import Alert, Alerts
    from anpr.edge.status import CarStatus
    from anpr.types import Fix


class AlertView(BaseModel):
    """One alert, in the words it is shown in."""

    id: Id
    priority: int
    category: str
    reason: str
    vehicle_class: str
    owner: str
    source: str
    list_name: str
    list_version: str
    list_age: str
    stale: bool
    valid_until: datetime
    plate: str
    key: str
    raw: str
    confidence: float
    rows: int
    yellow: bool
    match: MatchRule
    differing: int | None
    covert: bool
    person_linked: bool
    camera: str
    captured_at: datetime
    lat_deg: float | None
    lon_deg: float | None
    outcome: Outcome | None


class Board(BaseModel):
    """The queue and what was judged."""

    waiting: tuple[AlertView, ...]
    recent: tuple[AlertView, ...]
    muted_s: float


class LampView(BaseModel):
    """One light."""

    name: str
    level: Level
    words: str
    next_step: str


class StatusView(BaseModel):
    """All lights."""

    level: Level
    headline: str
    detail: str
    lamps: tuple[LampView, ...]
    lat_deg: float | None
    lon_deg: float | None
    at: datetime


def view_board(alerts: Alerts) -> Board:
    """The board as it is now."""
    return Board(
        waiting=tuple(_alert(alert) for alert in alerts.waiting),
        recent=tuple(_alert(alert) for alert in alerts.recent),
        muted_s=alerts.muted_s,
    )


def view_status(status: CarStatus, at: datetime) -> StatusView:
    """The lights as they are now."""
    lat_deg, lon_deg = _degrees(status.fix)
    return StatusView(
        level=status.level,
        headline=status.headline,
        detail=status.detail,
        lamps=tuple(
            LampView(name=lamp.name, level=lamp.level, words=lamp.words, next_step=lamp.next_step)
            for lamp in status.lamps
        ),
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        at=at,
    )


def _alert(alert: Alert) -> AlertView:
    hit = alert.hit
    return AlertView(
        id=hit.id,
        priority=hit.entry.priority,
        category=_words(hit.entry.category),
        reason=hit.entry.reason,
        vehicle_class=_words(hit.entry.vehicle_class),
        owner=hit.entry.owner,
        source=hit.entry.source,
        list_name=hit.entry.list_name,
        list_version=hit.list_version,
        list_age=age_words(hit.list_age_s),
        stale=alert.stale,
        valid_until=hit.entry.valid_until,
        plate=hit.entry.plate,
        key=hit.read.normalised,
        raw=hit.read.raw,
        confidence=hit.read.confidence,
        rows=hit.read.rows,
        yellow=alert.yellow,
        match=hit.match,
        differing=hit.differing,
        covert=hit.entry.covert,
        person_linked=hit.entry.person_linked,
        camera=hit.read.camera,
        captured_at=hit.read.captured_at,
        lat_deg=hit.place.lat_deg if hit.place else None,
        lon_deg=hit.place.lon_deg if hit.place else None,
        outcome=alert.outcome,
    )


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _degrees(fix: Fix | None) -> tuple[float | None, float | None]:
    return (None, None) if fix is None else (fix.lat_deg, fix.lon_deg)
