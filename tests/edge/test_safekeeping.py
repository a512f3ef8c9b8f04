"""Room is made in one order: what the centre has goes, and what it does not have never does."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from anpr.bench.delivery_hits import make_hit
from anpr.edge.hits import Identity, new_id
from anpr.edge.outbox import Outbox
from anpr.edge.safekeeping import Safekeeping
from anpr.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path

    from anpr.messages import Hit

WHO = Identity("car-1", new_id())
ROOM = 400_000


def hit(number: int) -> Hit:
    chance = random.Random(number)  # noqa: S311 - repeatable
    return make_hit(number, WHO, datetime(2026, 1, 2, tzinfo=UTC), chance)


def fill(keeping: Safekeeping) -> list[str]:
    """Hits until one does not fit; their ids, that one last."""
    ids: list[str] = []
    while not keeping.not_stored:
        kept = hit(len(ids))
        keeping.keep(kept)
        ids.append(kept.id)
    return ids


def test_receipted_hits_make_room_before_reading_stops(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db", max_bytes=ROOM)
    keeping = Safekeeping(outbox, min_free_bytes=0)
    ids = fill(keeping)
    outbox.mark_received(ids[:5])
    keeping.look()
    assert not keeping.full
    assert outbox.depth().received == 0
    assert {row.id for row in outbox.due(1000)} == set(ids[5:]), (
        "everything without a receipt, and the one more"
    )
    outbox.close()


def test_without_receipts_nothing_goes_and_reading_stops(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db", max_bytes=ROOM)
    keeping = Safekeeping(outbox, min_free_bytes=0)
    ids = fill(keeping)
    outbox.mark_sent(ids[:5])
    for _ in range(3):
        keeping.look()
    assert keeping.full
    assert outbox.depth().unreceipted == len(ids) - 1
    assert keeping.not_stored == 1
    assert "not on disk" in keeping.lamp(linked=True).words
    with pytest.raises(StorageError, match="1 hits could not be stored"):
        keeping.settle()
    outbox.close()
