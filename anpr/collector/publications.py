"""What the newest version of a list is, from its manifest at the broker: what cars are measured against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from anpr.errors import InputError, PolicyError

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Publication:
    """One state of a list as its publisher sent it.

    The centre was given no root, so it knows that the signatures hold together, not whose they are: good
    enough to say which car is behind. A car decides by the root that it was given.

    Attributes:
        stamp: grows with every state.
        as_of: when the publisher said that this is the newest.
        good_until: the first of the signed words to run out.
        recalled: ids of entries that were taken back.
    """

    list_name: str
    version: str
    number: int
    stamp: int
    as_of: datetime
    good_until: datetime
    signers: tuple[str, ...]
    recalled: tuple[str, ...]


def read(list_name: str, payload: bytes) -> Publication:
    """A manifest as it came.

    Raises:
        InputError: it is none, or does not hold together.
    """
    from anpr.hotlist.bundle import from_manifest
    from anpr.hotlist.proof import prove

    bundle = from_manifest(payload)
    if bundle.list_name != list_name:
        raise InputError(
            f"The manifest of {bundle.list_name} came on the topic of {list_name}.", "Send it again."
        )
    try:
        proof = prove(bundle.roots[min(bundle.roots)], bundle)
    except PolicyError as error:
        raise InputError(error.message, error.next_step) from error
    return Publication(
        list_name=list_name,
        version=proof.version,
        number=proof.number,
        stamp=proof.timestamp_version,
        as_of=proof.as_of,
        good_until=min(proof.expires.values()),
        signers=proof.signers,
        recalled=tuple(sorted(proof.silenced())),
    )
