"""What a new list would change: seen by the operator before it is published."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from anpr.types import ListEntry

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Change:
    """An entry that is on both lists, with the names of the fields in which it differs."""

    before: ListEntry
    after: ListEntry
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """From one list to the next, by entry identity."""

    added: tuple[ListEntry, ...]
    removed: tuple[ListEntry, ...]
    changed: tuple[Change, ...]
    unchanged: int


def between(before: Iterable[ListEntry], after: Iterable[ListEntry]) -> Difference:
    """What has to be done to ``before`` to make it ``after``; each in the order of its own list."""
    old = {entry.entry_id: entry for entry in before}
    new = {entry.entry_id: entry for entry in after}
    changed = tuple(
        Change(old[identity], entry, _differing(old[identity], entry))
        for identity, entry in new.items()
        if identity in old and old[identity] != entry
    )
    added = tuple(entry for identity, entry in new.items() if identity not in old)
    return Difference(
        added=added,
        removed=tuple(entry for identity, entry in old.items() if identity not in new),
        changed=changed,
        unchanged=len(new) - len(added) - len(changed),
    )


def _differing(one: ListEntry, other: ListEntry) -> tuple[str, ...]:
    names = (field.name for field in fields(ListEntry))
    return tuple(name for name in names if getattr(one, name) != getattr(other, name))
