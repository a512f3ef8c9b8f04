"""From a read to the list entry that it stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anpr.types import Match

if TYPE_CHECKING:
    from datetime import datetime

    from anpr.hotlist.store import HotlistStore
    from anpr.types import PlateRead


class Matcher:
    """Matches reads exactly on their normal form.

    Nothing is kept in memory: an indexed look-up takes microseconds even among a million entries, and a
    list that was replaced by another process counts from the very next read on.

    Args:
        store: the lists of this car; used from the caller's thread.
    """

    def __init__(self, store: HotlistStore) -> None:
        self._store = store

    def match(self, read: PlateRead, now: datetime) -> Match | None:
        """The entry of best priority that is still valid at ``now`` (UTC), or None.

        Raises:
            StorageError: the store cannot be read; a car must say so, for silence would look like
                an empty street.
        """
        if read.raw is None or not read.normalised:
            return None
        for listed in self._store.find(read.normalised):
            if listed.entry.valid_until >= now:
                age_s = max(0.0, (now - listed.made_at).total_seconds())
                return Match(listed.entry, "exact", listed.version, age_s)
        return None
