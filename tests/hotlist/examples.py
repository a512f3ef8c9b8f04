"""Entries and reads for the tests of this folder."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from anpr.hotlist.patterns import key_of
from anpr.plates import normal_form
from anpr.types import Category, ListEntry, MatchRule, PlateRead, VehicleClass

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def entry(
    plate: str = "AB 1234",
    *,
    list_name: str = "stolen",
    entry_id: str | None = None,
    priority: int = 2,
    category: Category = Category.STOLEN,
    reason: str = "Stolen from Nathan Road car park",
    valid_until: datetime = NOW + timedelta(days=30),
    rule: MatchRule = MatchRule.EXACT,
    covert: bool = False,
    person_linked: bool = False,
) -> ListEntry:
    return ListEntry(
        list_name=list_name,
        entry_id=entry_id or key_of(plate, rule),
        plate=plate,
        key=key_of(plate, rule),
        vehicle_class=VehicleClass.PRIVATE_CAR,
        category=category,
        priority=priority,
        reason=reason,
        owner="Regional Crime Unit",
        source="RCU-2026-0417",
        valid_until=valid_until,
        rule=rule,
        covert=covert,
        person_linked=person_linked,
    )


def read(raw: str | None) -> PlateRead:
    crop = np.zeros((24, 80, 3), np.uint8)
    return PlateRead(
        raw=raw,
        normalised=normal_form(raw or ""),
        confidence=0.97,
        alternatives=(),
        rows=1,
        n_frames=5,
        camera="front",
        track=1,
        first_at=NOW,
        last_at=NOW,
        first_s=None,
        last_s=None,
        captured_at=NOW,
        frame_index=0,
        mono_ns=0,
        frame_sha256="0" * 64,
        box=(0, 0, 80, 24),
        crop=crop,
    )
