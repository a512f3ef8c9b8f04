"""What each role may read and write at the broker: derived from the table of topics and from nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from anpr import topics
from anpr.fleet.register import Role

OWN: Final = "{own}"
"""Stands in a topic where a car's own name goes: the name in its certificate."""
ANY: Final = "+"


class Verb(StrEnum):
    """What may be done on a topic."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Grant:
    """One thing that is allowed; what no grant names is refused.

    Attributes:
        topic: an MQTT filter, or one with ``OWN`` in the place of the car.
    """

    role: Role
    verb: Verb
    topic: str


def own(fleet: str) -> tuple[Grant, ...]:
    """What a car may do because of its name: write what cars write and read what is meant for it."""
    return tuple(
        Grant(Role.CAR, Verb.WRITE if topic.writer == "car" else Verb.READ, topic.path(fleet, OWN))
        for topic in topics.TOPICS
    )


def lists(fleet: str, role: Role, names: tuple[str, ...] = ()) -> tuple[Grant, ...]:
    """Hotlists: operators write them, cars read those meant for them, by default all of the fleet."""
    verb = Verb.WRITE if role is Role.OPERATOR else Verb.READ
    return tuple(
        Grant(role, verb, topic)
        for name in names or (ANY,)
        for topic in (topics.manifest(fleet, name), topics.blob(fleet, name, ANY))
    )


def centre(fleet: str) -> tuple[Grant, ...]:
    """A collector reads what cars write and writes what cars read; of lists it hears which is the newest."""
    traffic = tuple(
        Grant(Role.CENTRE, Verb.READ if topic.writer == "car" else Verb.WRITE, topic.path(fleet, ANY))
        for topic in topics.TOPICS
    )
    return (*traffic, Grant(Role.CENTRE, Verb.READ, topics.manifest(fleet, ANY)))


def operator(fleet: str) -> tuple[Grant, ...]:
    """An operator sends lists and hears which cars hold them; hits and positions are none of its business."""
    heard = tuple(Grant(Role.OPERATOR, Verb.READ, topic.path(fleet, ANY)) for topic in topics.OPERATOR_READS)
    return (*lists(fleet, Role.OPERATOR), *heard)


def table(fleet: str) -> tuple[Grant, ...]:
    """Every grant of a fleet whose cars may fetch all of its lists."""
    return (*own(fleet), *lists(fleet, Role.CAR), *centre(fleet), *operator(fleet))
