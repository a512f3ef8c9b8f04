"""Which entries may alert in this car: none of a list past its limit, none called out of date here."""

from __future__ import annotations

import hashlib
import json
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import AwareDatetime, Field, RootModel, ValidationError

from anpr import log
from anpr.errors import StorageError
from anpr.hotlist.files import write
from anpr.messages import Outcome
from anpr.wire import Part, Sha256

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from anpr.messages import Entry, Hit
    from anpr.types import ListEntry

FILE_NAME: Final = "not-wanted.json"


class _Silence(Part):
    """One entry that an officer called out of date."""

    entry: Annotated[str, Field(max_length=256)]
    content: Sha256
    hit: str
    at: AwareDatetime


class _Silences(RootModel[tuple[_Silence, ...]]):
    """The file."""


class Gate:
    """Says of an entry whether it may alert; used from several threads.

    An officer's word counts at once and in this car alone, for a while: until the list changes the
    entry, or the time is over. For other cars and for good it takes a signed list.

    Args:
        path: where silences are kept over a restart.
        limit_s: age after which a list raises no alert.
        silence_s: how long an officer's word keeps an entry silent.
        now: UTC clock.
    """

    def __init__(
        self, path: Path, *, limit_s: float, silence_s: float, now: Callable[[], datetime] | None = None
    ) -> None:
        self._path = path
        self._limit = timedelta(seconds=limit_s)
        self._silence = timedelta(seconds=silence_s)
        self._now = now or (lambda: datetime.now(UTC))
        self._lock = threading.Lock()
        self._silences = {one.entry: one for one in self._load()}

    def admits(self, entry: ListEntry, made_at: datetime) -> bool:
        """Whether the entry may alert; ``made_at`` is when its list was last said to be the newest."""
        return not self.too_old(made_at) and not self._is_silent(entry)

    def too_old(self, made_at: datetime) -> bool:
        """Whether a list of that time is past its limit."""
        return self._now() - made_at > self._limit

    def note(self, hit: Hit, outcome: Outcome) -> None:
        """Takes an officer's word on a hit; a later word on the same hit mends the earlier one.

        A disk that refuses does not make it count less: it holds until the next start.
        """
        with self._lock:
            now = self._now()
            kept = {
                name: one
                for name, one in self._silences.items()
                if one.hit != hit.id and now - one.at <= self._silence
            }
            if outcome is Outcome.OUT_OF_DATE:
                name = _name(hit.entry)
                kept[name] = _Silence(entry=name, content=_content(hit.entry), hit=hit.id, at=now)
            if kept == self._silences:
                return
            self._silences = kept
            try:
                write(self._path, _Silences(tuple(kept.values())).model_dump_json().encode())
            except StorageError as error:
                log.get("gate").error(error.message, next_step=error.next_step)

    def _is_silent(self, entry: ListEntry) -> bool:
        silence = self._silences.get(_name(entry))
        return (
            silence is not None
            and self._now() - silence.at <= self._silence
            and silence.content == _content(entry)
        )

    def _load(self) -> tuple[_Silence, ...]:
        try:
            return _Silences.model_validate_json(self._path.read_bytes()).root
        except FileNotFoundError:
            return ()
        except (OSError, ValidationError):
            # To alert once too often is the safer mistake.
            log.get("gate").warning("silences could not be read", file=str(self._path))
            return ()


def _name(entry: Entry | ListEntry) -> str:
    return f"{entry.list_name}/{entry.entry_id}"


def _content(entry: Entry | ListEntry) -> str:
    """What an owner changes to say that an entry is wanted all the same; a hit carries it unshortened."""
    parts = (
        entry.plate,
        entry.category,
        entry.priority,
        entry.source,
        entry.valid_until.astimezone(UTC).isoformat(),
    )
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
