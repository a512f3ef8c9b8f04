"""How hotlists lie in their SQLite file: the tables by migrations, and an entry as a row."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlite_utils import Migrations

from anpr.hotlist import patterns
from anpr.hotlist.entries import MAX_PLATE
from anpr.types import Category, ListEntry, MatchRule, VehicleClass

if TYPE_CHECKING:
    from sqlite_utils import Database

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

migrations = Migrations("anpr.hotlist")

ENTRY_COLUMNS: Final = (
    "l.name, e.entry_id, e.plate, e.key, e.vehicle_class, e.category, e.priority, e.reason, e.owner,"
    " e.source, e.valid_until, e.rule, e.covert, e.person_linked"
)
"""What ``to_entry`` takes, of the tables ``entries e`` and ``lists l``."""
INSERT_ENTRY: Final = "INSERT INTO entries VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
"""Puts in what ``to_row`` gives."""


@migrations()  # type: ignore[untyped-decorator,unused-ignore]
def m001_lists_and_entries(db: Database) -> None:
    """The first form: lists, their entries, and the index that a match uses."""
    db.execute(
        """
        CREATE TABLE lists (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            version TEXT NOT NULL,
            made_at INTEGER NOT NULL,
            entries INTEGER NOT NULL
        ) STRICT"""
    )
    db.execute(
        """
        CREATE TABLE entries (
            list_id INTEGER NOT NULL REFERENCES lists(id) ON DELETE CASCADE,
            entry_id TEXT NOT NULL,
            plate TEXT NOT NULL,
            key TEXT NOT NULL,
            vehicle_class TEXT NOT NULL,
            category TEXT NOT NULL,
            priority INTEGER NOT NULL CHECK (priority BETWEEN 1 AND 4),
            reason TEXT NOT NULL,
            owner TEXT NOT NULL,
            source TEXT NOT NULL,
            valid_until INTEGER NOT NULL,
            PRIMARY KEY (list_id, entry_id)
        ) STRICT, WITHOUT ROWID"""
    )
    db.execute("CREATE INDEX entries_by_key ON entries (key)")


@migrations()  # type: ignore[untyped-decorator,unused-ignore]
def m002_near_and_patterns(db: Database) -> None:
    """Entries say how reads are compared with them; those that ask for more than exact are indexed for it.

    ``anchor`` is a run of signs that every read of a pattern holds; ``near_signs`` are those that entries
    with near matching hold anywhere, so that only they need be tried in the place of a misread one.
    """
    db.execute("ALTER TABLE entries ADD COLUMN rule TEXT NOT NULL DEFAULT 'exact'")
    db.execute("ALTER TABLE entries ADD COLUMN covert INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE entries ADD COLUMN person_linked INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE entries ADD COLUMN anchor TEXT")
    db.execute(
        """
        CREATE TABLE near_signs (
            list_id INTEGER NOT NULL REFERENCES lists(id) ON DELETE CASCADE,
            sign TEXT NOT NULL,
            PRIMARY KEY (list_id, sign)
        ) STRICT, WITHOUT ROWID"""
    )
    db.execute("CREATE INDEX entries_near ON entries (key) WHERE rule = 'near'")
    db.execute("CREATE INDEX entries_pattern ON entries (anchor, key) WHERE rule = 'pattern'")


@migrations()  # type: ignore[untyped-decorator,unused-ignore]
def m003_near_signs_by_place(db: Database) -> None:
    """Letters stand in front on most marks and digits behind, so fewer signs need be tried in each place."""
    db.execute("DROP TABLE near_signs")
    db.execute(
        """
        CREATE TABLE near_signs (
            list_id INTEGER NOT NULL REFERENCES lists(id) ON DELETE CASCADE,
            place INTEGER NOT NULL,
            sign TEXT NOT NULL,
            PRIMARY KEY (list_id, place, sign)
        ) STRICT, WITHOUT ROWID"""
    )
    db.execute(
        """
        INSERT INTO near_signs
        SELECT DISTINCT e.list_id, place.value, substr(e.key, place.value + 1, 1)
        FROM entries e, json_each(?) AS place WHERE e.rule = 'near' AND place.value < length(e.key)""",
        (json.dumps(list(range(MAX_PLATE))),),
    )


def to_int(time: datetime) -> int:
    """Microseconds since 1970, UTC."""
    return (time - _EPOCH) // _MICROSECOND


def to_time(microseconds: int) -> datetime:
    """The moment that ``to_int`` made a number of."""
    return _EPOCH + timedelta(microseconds=microseconds)


def to_row(list_id: int, list_name: str, entry: ListEntry) -> tuple[object, ...]:
    """An entry as ``INSERT_ENTRY`` takes it.

    Raises:
        ValueError: the entry is another list's.
    """
    if entry.list_name != list_name:
        raise ValueError(f"entry {entry.entry_id} of list {entry.list_name} among those of {list_name}")
    return (
        list_id,
        entry.entry_id,
        entry.plate,
        entry.key,
        entry.vehicle_class.value,
        entry.category.value,
        entry.priority,
        entry.reason,
        entry.owner,
        entry.source,
        to_int(entry.valid_until),
        entry.rule.value,
        entry.covert,
        entry.person_linked,
        patterns.anchor(entry.key) if entry.rule is MatchRule.PATTERN else None,
    )


def to_entry(row: tuple[object, ...]) -> ListEntry:
    """The entry of a row of ``ENTRY_COLUMNS``."""
    name, entry_id, plate, key, vehicle_class, category, priority, reason, owner, source, until, *rest = row
    rule, covert, person_linked = rest
    return ListEntry(
        list_name=str(name),
        entry_id=str(entry_id),
        plate=str(plate),
        key=str(key),
        vehicle_class=VehicleClass(str(vehicle_class)),
        category=Category(str(category)),
        priority=int(str(priority)),
        reason=str(reason),
        owner=str(owner),
        source=str(source),
        valid_until=to_time(int(str(until))),
        rule=MatchRule(str(rule)),
        covert=bool(covert),
        person_linked=bool(person_linked),
    )
