"""From a read to the list entry that it stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anpr.types import Match, MatchRule

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from anpr.hotlist.store import HotlistStore
    from anpr.types import ListEntry, PlateRead


class Matcher:
    """Matches reads on their normal form: exactly, and nearly or by wildcards where an entry asks for it.

    - *exact*: the keys are the same.
    - *near*: the keys have one length and differ in one place. Signs too many or too few are no near match.
    - *pattern*: ``?`` is any one sign, ``*`` any run of signs.

    The most urgent entry is taken, whichever way it matched: an alert for information must not hide one to
    stop at once. Among equals an exact match comes first and a near one last. An entry matches in one way: a
    near one that is matched exactly says so.

    Nothing is kept in memory: an indexed look-up takes microseconds even among a million entries, and a
    list that was replaced by another process counts from the very next read on.

    Args:
        store: the lists of this car; used from the caller's thread.
        admits: says of an entry, and of when its list was made, whether it may alert in this car.
    """

    def __init__(
        self,
        store: HotlistStore,
        admits: Callable[[ListEntry, datetime], bool] = lambda _entry, _made_at: True,
    ) -> None:
        self._store = store
        self._admits = admits

    def match(self, read: PlateRead, now: datetime) -> Match | None:
        """The entry of best priority that is still valid at ``now`` (UTC), or None.

        Raises:
            StorageError: the store cannot be read; a car must say so, for silence would look like
                an empty street.
        """
        if read.raw is None or not read.normalised:
            return None
        key = read.normalised
        # Sorting keeps the store's order among entries of one priority.
        for kind, listed in sorted(self._store.matching(key), key=lambda one: one[1].entry.priority):
            entry = listed.entry
            if entry.valid_until >= now and self._admits(entry, listed.made_at):
                age_s = max(0.0, (now - listed.made_at).total_seconds())
                place = _differing(key, entry.key) if kind is MatchRule.NEAR else None
                return Match(entry, kind, listed.version, age_s, place)
        return None


def _differing(key: str, other: str) -> int:
    return next(place for place, sign in enumerate(key) if sign != other[place])
