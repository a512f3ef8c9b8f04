"""The book of a fleet's authority: who its members are, and every certificate they were ever given."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from anpr.errors import InputError
from anpr.fleet import files
from anpr.wire import Name

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

FILE_NAME = "register.json"


class Role(StrEnum):
    """What a member is for; it follows from the role what its certificate opens."""

    CAR = "car"
    CENTRE = "centre"
    OPERATOR = "operator"
    BROKER = "broker"


class State(StrEnum):
    """How a member's newest certificate stands."""

    GOOD = "good"
    DUE = "due"
    EXPIRED = "expired"
    REVOKED = "revoked"


RENEW_SHARE = 3
"""A certificate is due for renewal in the last third of its life, as ACME clients have it."""


def due_at(begins: datetime, ends: datetime) -> datetime:
    """When a certificate should be renewed."""
    return ends - (ends - begins) / RENEW_SHARE


class _Page(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Member(_Page):
    """A car, a copy of the collector, an operator or a broker.

    Attributes:
        lists: hotlists that a car may fetch; empty for all of its fleet.
        hosts: host names and addresses under which a broker is reached.
    """

    name: Name
    role: Role
    lists: tuple[Name, ...] = ()
    hosts: tuple[str, ...] = ()


class Issued(_Page):
    """One certificate; ``serial`` is its number in hexadecimal."""

    serial: Annotated[str, Field(pattern=r"^[0-9a-f]+$")]
    name: Name
    begins: AwareDatetime
    ends: AwareDatetime
    revoked_at: AwareDatetime | None = None

    def state(self, now: datetime) -> State:
        """How it stands at that moment."""
        if self.revoked_at is not None:
            return State.REVOKED
        if now >= self.ends:
            return State.EXPIRED
        return State.DUE if now >= due_at(self.begins, self.ends) else State.GOOD


class Register(_Page):
    """Everything the authority knows; replaced as a whole at each change.

    Attributes:
        revocations: number of the newest revocation list.
        revocations_url: where brokers that fetch the list themselves find it; stands in each certificate.
    """

    schema_: Annotated[Literal["anpr.register/1"], Field(alias="schema")] = "anpr.register/1"
    fleet: Name
    revocations: Annotated[int, Field(ge=0)] = 0
    revocations_url: str | None = None
    members: tuple[Member, ...] = ()
    issued: tuple[Issued, ...] = ()

    def member(self, name: str) -> Member | None:
        """The member of that name, whatever became of its certificates."""
        return next((one for one in self.members if one.name == name), None)

    def newest(self, name: str) -> Issued | None:
        """The certificate that was issued last to that member."""
        return next((one for one in reversed(self.issued) if one.name == name), None)

    def alive(self, name: str) -> tuple[Issued, ...]:
        """That member's certificates that were not revoked, run out or not."""
        return tuple(one for one in self.issued if one.name == name and one.revoked_at is None)


def load(directory: Path) -> Register:
    """The register of an authority.

    Raises:
        InputError: there is none, or it was damaged.
    """
    path = directory / FILE_NAME
    if not path.exists():
        raise InputError(
            f"There is no fleet authority in {directory}.",
            "Name its folder with --ca, or make one with `anpr enrol init DIR --fleet NAME`.",
        )
    try:
        return Register.model_validate_json(files.read(path))
    except ValidationError as error:
        raise InputError(
            f"{path} is damaged: {error.errors()[0]['msg']}.", "Put its newest backup in its place."
        ) from error


def save(directory: Path, register: Register) -> None:
    """Writes the register.

    Raises:
        StorageError: it cannot be written.
    """
    text = register.model_dump_json(by_alias=True, indent=1)
    files.write(directory / FILE_NAME, text.encode(), files.SECRET)
