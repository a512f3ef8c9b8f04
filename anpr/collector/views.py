"""What the API shows: the shape of every answer, apart from how things are kept."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from anpr.messages import Alternative, CameraHealth, Entry, LinkState, Outcome, Place
from anpr.types import MatchRule
from anpr.wire import Clock

if TYPE_CHECKING:
    from anpr.collector.centre import Condition
    from anpr.collector.store import CarState, Counts, StoredHit, StoredReject


class View(BaseModel):
    """Base of all answers; reads attributes of what it shows."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class ReadView(View):
    """What was seen, without the crop: that is at ``/api/crops/{crop_sha256}``."""

    raw: str
    normalised: str
    confidence: float
    alternatives: tuple[Alternative, ...]
    rows: int
    n_frames: int
    camera: str
    captured_at: datetime
    frame_sha256: str
    box: tuple[float, float, float, float]
    crop_sha256: str


class VerdictView(View):
    """An officer's word on a hit."""

    outcome: Outcome
    officer: str
    at: datetime
    received_at: datetime


class HitView(View):
    """A hit with everything that belongs to it. ``raw``, ``normalised`` and the entry's plate stay three."""

    id: str
    vehicle: str
    boot: str
    seq: int
    at: datetime
    clock: Clock
    read: ReadView
    entry: Entry
    match: MatchRule
    differing: int | None
    list_version: str
    list_age_s: float
    place: Place | None
    received_at: datetime
    stored_at: datetime
    verdicts: tuple[VerdictView, ...]
    picture: bool

    @classmethod
    def of(cls, stored: StoredHit) -> HitView:
        """The view of a stored hit."""
        hit = stored.hit
        return cls(
            id=hit.id,
            vehicle=hit.vehicle,
            boot=hit.boot,
            seq=hit.seq,
            at=hit.at,
            clock=hit.clock,
            read=ReadView.model_validate(hit.read),
            entry=hit.entry,
            match=hit.match,
            differing=hit.differing,
            list_version=hit.list_version,
            list_age_s=hit.list_age_s,
            place=hit.place,
            received_at=stored.received_at,
            stored_at=stored.stored_at,
            picture=stored.picture,
            verdicts=tuple(
                VerdictView(
                    outcome=one.verdict.outcome,
                    officer=one.verdict.officer,
                    at=one.verdict.at,
                    received_at=one.received_at,
                )
                for one in stored.verdicts
            ),
        )


class HitPage(View):
    """The newest hits, newest first, and where the stream goes on after them."""

    cursor: str
    hits: list[HitView]


class CarView(View):
    """What is known of a car; None where it has not said so yet."""

    vehicle: str
    state: LinkState | None
    state_at: datetime | None
    version: str | None
    last_seen_at: datetime | None
    place: Place | None
    health_at: datetime | None
    cameras: tuple[CameraHealth, ...]
    outbox_waiting: int | None
    under_way: int | None
    missing: int | None
    list_version: str | None
    list_age_s: float | None

    @classmethod
    def of(cls, car: CarState) -> CarView:
        """The view of a car."""
        status, health = car.status, car.health
        return cls(
            vehicle=car.vehicle,
            state=status.state if status else None,
            state_at=status.at if status else None,
            version=status.version if status else None,
            last_seen_at=car.last_seen_at,
            place=car.position.place if car.position else None,
            health_at=health.at if health else None,
            cameras=health.cameras if health else (),
            outbox_waiting=health.outbox_waiting if health else None,
            under_way=car.gaps.under_way if car.gaps else None,
            missing=car.gaps.missing + car.gaps.differing if car.gaps else None,
            list_version=health.list_version if health else None,
            list_age_s=health.list_age_s if health else None,
        )


class TroubleView(View):
    """Why nothing is stored or nothing arrives, and what to do."""

    message: str
    next_step: str


class StatsView(View):
    """Counters since the store was made, and how the collector does now."""

    hits: int
    verdicts: int
    duplicates: int
    rejects: int
    rejects_dropped: int
    receipts: int
    delay_p50_ms: float | None
    delay_p95_ms: float | None
    connected: bool
    trouble: TroubleView | None
    faults: int
    disk_free_bytes: int
    tasks_open: int

    @classmethod
    def of(cls, counts: Counts, condition: Condition, tasks_open: int) -> StatsView:
        """Counts and condition in one."""
        return cls(
            hits=counts.hits,
            verdicts=counts.verdicts,
            duplicates=counts.duplicates,
            rejects=counts.rejects,
            rejects_dropped=counts.rejects_dropped,
            receipts=counts.receipts,
            delay_p50_ms=counts.delay_p50_ms,
            delay_p95_ms=counts.delay_p95_ms,
            connected=condition.connected,
            trouble=TroubleView.model_validate(condition.trouble) if condition.trouble else None,
            faults=condition.faults,
            disk_free_bytes=condition.disk_free_bytes,
            tasks_open=tasks_open,
        )


class RejectView(View):
    """A message that could not be understood."""

    topic: str
    size_bytes: int
    reason: str
    first_at: datetime
    last_at: datetime
    times: int

    @classmethod
    def of(cls, reject: StoredReject) -> RejectView:
        """The view of a reject."""
        return cls.model_validate(reject)
