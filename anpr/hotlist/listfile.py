"""A list as it is signed and sent: one compressed file, the same bytes for the same content."""

from __future__ import annotations

import hashlib
import lzma
from datetime import UTC
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import AwareDatetime, Field, ValidationError

from anpr.errors import InputError
from anpr.messages import Name, Part, PlateText
from anpr.plates import normal_form
from anpr.types import Category, ListEntry, VehicleClass

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

MAX_UNPACKED_BYTES: Final = 64 * 1024 * 1024
"""What a car will unpack, so that a small file cannot fill its memory: about 300,000 entries."""


class Line(Part):
    """One entry. The key is left out: each car makes it by its own rules of plates."""

    id: Annotated[str, Field(min_length=1, max_length=128)]
    plate: Annotated[PlateText, Field(min_length=1)]
    vehicle_class: VehicleClass
    category: Category
    priority: Annotated[int, Field(ge=1, le=4)]
    reason: Annotated[str, Field(max_length=500)]
    owner: Annotated[str, Field(max_length=200)]
    source: Annotated[str, Field(max_length=200)]
    valid_until: AwareDatetime


class ListFile(Part):
    """All entries of one list, as two people signed it."""

    schema_: Annotated[Literal["anpr.list/1"], Field(alias="schema")] = "anpr.list/1"
    list_name: Name
    number: Annotated[int, Field(ge=1)]
    made_at: AwareDatetime
    lines: tuple[Line, ...]

    def entries(self) -> tuple[ListEntry, ...]:
        """The entries as a store takes them."""
        return tuple(
            ListEntry(
                list_name=self.list_name,
                entry_id=line.id,
                plate=line.plate,
                key=normal_form(line.plate),
                vehicle_class=line.vehicle_class,
                category=line.category,
                priority=line.priority,
                reason=line.reason,
                owner=line.owner,
                source=line.source,
                valid_until=line.valid_until.astimezone(UTC),
            )
            for line in self.lines
        )


class Recalled(Part):
    """Entries taken back since a list was signed; one person may do that.

    It counts for that number of the list and older ones. A newer list, signed by two, stands above it.
    """

    schema_: Annotated[Literal["anpr.recalled/1"], Field(alias="schema")] = "anpr.recalled/1"
    list_name: Name
    number: Annotated[int, Field(ge=1)]
    ids: Annotated[tuple[str, ...], Field(max_length=10_000)] = ()

    def silenced(self, number: int) -> frozenset[str]:
        """The entries that a car must not alert on while it holds that number of the list."""
        return frozenset(self.ids) if number <= self.number else frozenset()


def make(list_name: str, number: int, made_at: datetime, entries: Iterable[ListEntry]) -> ListFile:
    """The file of a list; entries stand in the order of their ids."""
    return ListFile(
        list_name=list_name,
        number=number,
        made_at=made_at,
        lines=tuple(
            Line(
                id=entry.entry_id,
                plate=entry.plate,
                vehicle_class=entry.vehicle_class,
                category=entry.category,
                priority=entry.priority,
                reason=entry.reason,
                owner=entry.owner,
                source=entry.source,
                valid_until=entry.valid_until,
            )
            for entry in sorted(entries, key=lambda one: one.entry_id)
        ),
    )


def pack(file: ListFile) -> bytes:
    """The bytes that are signed."""
    return lzma.compress(file.model_dump_json().encode(), preset=6)


def unpack(data: bytes) -> ListFile:
    """Reads the bytes of a list, without trusting their size.

    Raises:
        InputError: they are no list.
    """
    unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MAX_UNPACKED_BYTES)
    try:
        text = unpacker.decompress(data, MAX_UNPACKED_BYTES)
        if not unpacker.eof:
            raise InputError("The list is cut short or far too large.", "Fetch it again.")
        file = ListFile.model_validate_json(text)
    except (lzma.LZMAError, ValidationError, EOFError) as error:
        raise InputError(f"These bytes are no list: {type(error).__name__}.", "Fetch it again.") from error
    if len({line.id for line in file.lines}) != len(file.lines):
        raise InputError("The list holds an entry twice.", "Sign and publish it again.")
    return file


def version(number: int, blob: bytes, recalled: int) -> str:
    """What a state of a list is called, at the operator's and in every car: number, digest, recalls."""
    mark = f"{number}-{hashlib.sha256(blob).hexdigest()[:8]}"
    return f"{mark}-r{recalled}" if recalled else mark


def counted(entries: int) -> str:
    """A number of entries as a person says it."""
    return f"{entries:,} {'entry' if entries == 1 else 'entries'}"
