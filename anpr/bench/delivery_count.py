"""The reckoning of the delivery benchmark: what cars had on their disks against what the centre holds."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anpr.bench.delivery_hits import entry_id

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from anpr.bench.delivery_journal import Journal


@dataclass(frozen=True, slots=True)
class Reckoning:
    """Deliveries, told apart by their content.

    Attributes:
        sent: hits that a car had on its disk.
        stored: of those, what the centre holds.
        lost: of those, what it does not hold.
        doubled: hits that the centre holds, or showed to its consoles, more than once.
        numbers_twice: numbers (``seq``) that two stored hits of one car share.
        foreign: stored hits that no car made.
        crops_missing: stored hits without the picture of their plate.
        duplicates: messages that came again and were not stored again.
        rejects: messages that the centre could not understand.
    """

    sent: int
    stored: int
    lost: int
    doubled: int
    numbers_twice: int
    foreign: int
    crops_missing: int
    duplicates: int
    rejects: int

    @property
    def clean(self) -> bool:
        """Nothing lost, nothing doubled, nothing that does not belong there."""
        return not any(
            (self.lost, self.doubled, self.numbers_twice, self.foreign, self.crops_missing, self.rejects)
        )


def stored_count(centre: Path) -> int:
    """How many hits the centre holds at this moment; 0 before it has a store."""
    try:
        with _reading(centre / "centre.db") as connection:
            return int(connection.execute("SELECT count(*) FROM hits").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def reckon(journals: Mapping[str, Journal], centre: Path) -> Reckoning:
    """Compares the cars' journals with the centre's store.

    Args:
        journals: by car.
        centre: the data directory of the collectors.
    """
    kept = {entry_id(car, number) for car, journal in journals.items() for number in journal.kept_numbers}
    begun = {entry_id(car, n) for car, journal in journals.items() for n in range(1, journal.begun + 1)}
    with _reading(centre / "centre.db") as connection:
        rows = connection.execute(
            "SELECT id, vehicle, seq, crop_sha256, json_extract(message, '$.entry.entry_id') FROM hits"
        ).fetchall()
        shown = Counter(row[0] for row in connection.execute("SELECT hit FROM events"))
        counters = dict(connection.execute("SELECT name, value FROM counters").fetchall())
        rejects = int(connection.execute("SELECT count(*) FROM rejects").fetchone()[0])
    with _reading(centre / "crops.db") as connection:
        crops = {row[0] for row in connection.execute("SELECT sha256 FROM crops")}
    contents = Counter(row[4] for row in rows)
    numbers = Counter((row[1], row[2]) for row in rows)
    # What a car was killed over while it noted it was promised to nobody, and counts once it has come.
    sent = kept | (begun & contents.keys())
    return Reckoning(
        sent=len(sent),
        stored=len(sent & contents.keys()),
        lost=len(sent - contents.keys()),
        doubled=sum(times - 1 for times in contents.values()) + sum(times - 1 for times in shown.values()),
        numbers_twice=sum(times - 1 for times in numbers.values()),
        foreign=len(contents.keys() - begun),
        crops_missing=sum(row[3] not in crops for row in rows),
        duplicates=counters.get("duplicates", 0),
        rejects=rejects,
    )


class _reading:  # noqa: N801 - reads as a statement
    """A file of the centre, read only, beside the collectors that write to it."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)

    def __enter__(self) -> sqlite3.Connection:
        return self._connection

    def __exit__(self, *_: object) -> None:
        self._connection.close()
