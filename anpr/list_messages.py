"""What is told of lists, as pydantic models: that there is a new one, which a car holds, what it refused."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from anpr.wire import Moment, Name, Part

MetadataText = Annotated[str, Field(min_length=2, max_length=65_536)]


class Manifest(Part):
    """The signed metadata of a list, as TUF has it; retained. The list itself lies under its hash.

    Each text is a metadata file to the byte, because the files name one another by hash. ``recall`` and
    ``recalled`` are there once an entry was recalled.
    """

    schema_: Annotated[Literal["anpr.manifest/1"], Field(alias="schema")] = "anpr.manifest/1"
    list_name: Name
    roots: Annotated[dict[Annotated[int, Field(ge=1)], MetadataText], Field(min_length=1, max_length=64)]
    timestamp: MetadataText
    snapshot: MetadataText
    targets: MetadataText
    recall: MetadataText | None = None
    recalled: MetadataText | None = None


class HeldList(Part):
    """One list as a car holds it. ``as_of`` is when its publisher last said that it is the newest.

    A ``stale`` one says so on each alert; one that is ``too_old`` raises none.
    """

    list_name: Annotated[str, Field(max_length=64)]
    version: Annotated[str, Field(max_length=128)]
    as_of: Moment
    age_s: Annotated[float, Field(ge=0)]
    entries: Annotated[int, Field(ge=0)]
    signed: bool
    stale: bool
    too_old: bool = False


class RefusalReason(StrEnum):
    """Why a car did not take a list that was offered."""

    ROLLBACK = "rollback"
    EXPIRED = "expired"
    MIXED = "mixed"
    UNSIGNED = "unsigned"
    ALTERED = "altered"
    MALFORMED = "malformed"
    OVERSIZED = "oversized"
    STORAGE = "storage"
    UNREACHABLE = "unreachable"


class Refusal(Part):
    """What a car refused last on the topics of one list, and why."""

    list_name: Annotated[str, Field(max_length=64)]
    at: Moment
    reason: RefusalReason
    words: Annotated[str, Field(max_length=300)]


class ListReport(Part):
    """Which lists a car takes signed, which it holds, and what it refused; retained."""

    schema_: Annotated[Literal["anpr.hotlist/1"], Field(alias="schema")] = "anpr.hotlist/1"
    vehicle: Name
    at: Moment
    takes: Annotated[tuple[Name, ...], Field(max_length=64)] = ()
    lists: Annotated[tuple[HeldList, ...], Field(max_length=64)]
    refusals: Annotated[tuple[Refusal, ...], Field(max_length=64)] = ()
