"""A list as it is signed and sent: a header and one line an entry, the same bytes for the same content."""

from __future__ import annotations

import itertools
import lzma
from datetime import UTC
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import AwareDatetime, Field, ValidationError

from anpr.errors import InputError
from anpr.hotlist.patterns import key_of
from anpr.types import Category, ListEntry, MatchRule, VehicleClass
from anpr.wire import Name, Part, PlateText

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

MAX_UNPACKED_BYTES: Final = 64 * 1024 * 1024
"""What a car will unpack, so that a small file cannot fill its memory: about 300,000 entries."""


class Header(Part):
    """First line of a list: what it is, and how many lines follow."""

    schema_: Annotated[Literal["anpr.list/1"], Field(alias="schema")] = "anpr.list/1"
    list_name: Name
    number: Annotated[int, Field(ge=1)]
    made_at: AwareDatetime
    lines: Annotated[int, Field(ge=0)]


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
    rule: MatchRule = MatchRule.EXACT
    covert: bool = False
    person_linked: bool = False

    def entry(self, list_name: str) -> ListEntry:
        """The entry as a store takes it."""
        return ListEntry(
            list_name=list_name,
            entry_id=self.id,
            plate=self.plate,
            key=key_of(self.plate, self.rule),
            vehicle_class=self.vehicle_class,
            category=self.category,
            priority=self.priority,
            reason=self.reason,
            owner=self.owner,
            source=self.source,
            valid_until=self.valid_until.astimezone(UTC),
            rule=self.rule,
            covert=self.covert,
            person_linked=self.person_linked,
        )


class ListFile(Part):
    """All entries of one list, as two people signed it."""

    schema_: Annotated[Literal["anpr.list/1"], Field(alias="schema")] = "anpr.list/1"
    list_name: Name
    number: Annotated[int, Field(ge=1)]
    made_at: AwareDatetime
    lines: tuple[Line, ...]

    def entries(self) -> tuple[ListEntry, ...]:
        """The entries as a store takes them."""
        return tuple(line.entry(self.list_name) for line in self.lines)


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
                rule=entry.rule,
                covert=entry.covert,
                person_linked=entry.person_linked,
            )
            for entry in sorted(entries, key=lambda one: one.entry_id)
        ),
    )


def content(file: ListFile) -> bytes:
    """The bytes whose hash two people sign: the header, then a line an entry, in the order of their ids.

    Lines, so that a car can put a change together from the very bytes it holds (``anpr.hotlist.delta``),
    fields that it does not know included.

    Raises:
        InputError: more than a car would unpack.
    """
    header = Header(list_name=file.list_name, number=file.number, made_at=file.made_at, lines=len(file.lines))
    rows = (header.model_dump_json(), *(line.model_dump_json() for line in file.lines), "")
    data = "\n".join(rows).encode()
    if len(data) > MAX_UNPACKED_BYTES:
        raise InputError(
            f"The list has {len(data):,} bytes, and a car unpacks at most {MAX_UNPACKED_BYTES:,}.",
            "Split it into two lists with a repository each.",
        )
    return data


def header(data: bytes) -> Header:
    """The first line of a list.

    Raises:
        InputError: it is none.
    """
    try:
        return Header.model_validate_json(data.split(b"\n", 1)[0])
    except ValidationError as error:
        raise InputError("These bytes are no list.", "Fetch it again.") from error


def read(data: bytes) -> ListFile:
    """A list from its content.

    Raises:
        InputError: the bytes are no list.
    """
    first, *rows = data.split(b"\n")
    try:
        header = Header.model_validate_json(first)
        lines = tuple(Line.model_validate_json(row) for row in rows[:-1])
    except ValidationError as error:
        raise InputError("These bytes are no list.", "Fetch it again.") from error
    if len(lines) != header.lines or (rows and rows[-1]):
        raise InputError("The list is cut short.", "Fetch it again.")
    if any(one.id >= other.id for one, other in itertools.pairwise(lines)):
        raise InputError("The list holds an entry twice, or out of order.", "Sign and publish it again.")
    return ListFile(list_name=header.list_name, number=header.number, made_at=header.made_at, lines=lines)


def pack(data: bytes) -> bytes:
    """Bytes as they travel."""
    return lzma.compress(data, preset=6)


def unpack(data: bytes, limit: int = MAX_UNPACKED_BYTES) -> bytes:
    """Bytes that travelled, without trusting their size.

    Args:
        data: what arrived.
        limit: more than so many bytes are refused.

    Raises:
        InputError: they are damaged, or unpack to more.
    """
    unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MAX_UNPACKED_BYTES)
    try:
        text = unpacker.decompress(data, limit + 1)
    except (lzma.LZMAError, EOFError) as error:
        raise InputError(f"These bytes are no list: {type(error).__name__}.", "Fetch it again.") from error
    if not unpacker.eof or len(text) > limit:
        raise InputError("The list is cut short or far too large.", "Fetch it again.")
    return text


def version(number: int, sha256: str, recalled: int) -> str:
    """What a state of a list is called, at the operator's and in every car: number, digest, recalls."""
    mark = f"{number}-{sha256[:8]}"
    return f"{mark}-r{recalled}" if recalled else mark


def counted(entries: int) -> str:
    """A number of entries as a person says it."""
    return f"{entries:,} {'entry' if entries == 1 else 'entries'}"
