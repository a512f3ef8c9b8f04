"""One table of every MQTT topic: who writes it, how it is delivered, and which model it carries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from anpr import list_messages, messages

if TYPE_CHECKING:
    from pydantic import BaseModel

PREFIX = "anpr/v1"
SHARE_GROUP = "ingest"
"""Collectors share one subscription, so that adding one adds capacity and no message is handled twice."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One kind of message.

    Attributes:
        name: last part of the topic.
        model: what the payload is.
        writer: who may publish: the car itself or the centre.
        qos: MQTT quality of service.
        retain: whether the broker keeps the newest for late subscribers.
        expiry_s: MQTT v5 message expiry; None keeps it for as long as the session or retention lasts.
    """

    name: str
    model: type[BaseModel]
    writer: Literal["car", "centre"]
    qos: Literal[0, 1]
    retain: bool
    expiry_s: int | None

    def path(self, fleet: str, car: str) -> str:
        """The topic of one car; ``car`` may be ``+`` for a subscription to all cars."""
        return f"{of_car(fleet, car)}/{self.name}"


def of_car(fleet: str, car: str) -> str:
    """What all topics of one car begin with."""
    return f"{PREFIX}/{fleet}/car/{car}"


HIT = Topic("hit", messages.Hit, "car", 1, retain=False, expiry_s=86_400)
IMAGE = Topic("image", messages.ImagePart, "car", 1, retain=False, expiry_s=86_400)
VERDICT = Topic("verdict", messages.Verdict, "car", 1, retain=False, expiry_s=86_400)
STATUS = Topic("status", messages.Status, "car", 1, retain=True, expiry_s=None)
POSITION = Topic("position", messages.Position, "car", 0, retain=True, expiry_s=300)
HEALTH = Topic("health", messages.Health, "car", 0, retain=False, expiry_s=60)
HOTLIST = Topic("hotlist", list_messages.ListReport, "car", 1, retain=True, expiry_s=None)
LEDGER = Topic("ledger", messages.Ledger, "car", 1, retain=False, expiry_s=86_400)
RECEIPT = Topic("receipt", messages.Receipt, "centre", 1, retain=False, expiry_s=86_400)

TOPICS = (HIT, IMAGE, VERDICT, STATUS, POSITION, HEALTH, HOTLIST, LEDGER, RECEIPT)
BY_NAME = {topic.name: topic for topic in TOPICS}
OPERATOR_READS = (HOTLIST,)
"""What hotlist operators hear beside the centre: which car holds which list."""


def parse(path: str) -> tuple[str, str, Topic] | None:
    """Splits a topic into fleet, car and kind; None when it is not one of ours."""
    match path.split("/"):
        case ["anpr", "v1", fleet, "car", car, name] if name in BY_NAME:
            return fleet, car, BY_NAME[name]
    return None


MAX_LIST_BYTES = 256 * 1024
"""Largest payload on the topics of a list; the broker is told to let it pass."""
LIST_QOS = 1


def manifest(fleet: str, list_name: str) -> str:
    """Where the newest signed metadata of a list is retained, as a ``list_messages.Manifest``."""
    return f"{PREFIX}/{fleet}/hotlist/{list_name}/manifest"


def list_of(path: str) -> str | None:
    """The list whose manifest lies on a topic; None when it is no topic of a manifest."""
    match path.split("/"):
        case ["anpr", "v1", _, "hotlist", name, "manifest"]:
            return name
    return None


def blob(fleet: str, list_name: str, sha256: str) -> str:
    """Where the compressed list of that hash is retained; the payload is the bytes themselves."""
    return f"{PREFIX}/{fleet}/hotlist/{list_name}/blob/{sha256}"
