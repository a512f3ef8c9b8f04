"""Bytes from the broker to messages that can be kept, or to rejects with their reason."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from pydantic import TypeAdapter, ValidationError

from anpr import topics
from anpr.collector import publications
from anpr.collector.crops import check, check_hash
from anpr.collector.store import Arrival, Reject
from anpr.errors import InputError
from anpr.messages import Hit, ImagePart
from anpr.wire import MAX_SEQ, Id

if TYPE_CHECKING:
    from datetime import datetime

    from anpr.collector.store import Message

_ID: TypeAdapter[str] = TypeAdapter(Id)
MAX_REASON = 300


def understand(topic: str, payload: bytes, received_at: datetime, *, retained: bool) -> Arrival | Reject:
    """Checks one message: shape, that its car is the topic's car, and that its crop is whole.

    Args:
        topic: the topic it came on.
        payload: its bytes.
        received_at: UTC, when it was taken from the broker.
        retained: the broker had kept it.
    """
    if (list_name := topics.list_of(topic)) is not None:
        return _manifest(topic, list_name, payload, received_at, retained=retained)
    parsed = topics.parse(topic)
    car = parsed[1] if parsed else None

    def reject(reason: str) -> Reject:
        id_, seq = _own_id(payload, car)
        return Reject(topic, payload, reason[:MAX_REASON], received_at, id_, car, seq)

    if parsed is None or parsed[2].writer != "car":
        return reject("no car writes to this topic")
    kind = parsed[2]
    try:
        message = cast("Message", kind.model.model_validate_json(payload))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        return reject(f"{where}: {first['msg']}" if where else first["msg"])
    if message.vehicle != car:
        return reject(f"says it is from {message.vehicle}, but came on the topic of {car}")
    try:
        if isinstance(message, Hit):
            check(message.read.crop_jpeg, message.read.crop_sha256)
        elif isinstance(message, ImagePart):
            check_hash(message.piece, message.piece_sha256)
    except InputError as error:
        return reject(error.message)
    return Arrival(message, received_at, retained)


def _manifest(
    topic: str, list_name: str, payload: bytes, received_at: datetime, *, retained: bool
) -> Arrival | Reject:
    """What a publisher sent to the cars."""
    try:
        return Arrival(publications.read(list_name, payload), received_at, retained)
    except InputError as error:
        return Reject(topic, payload, error.message[:MAX_REASON], received_at, None, None)


def _own_id(payload: bytes, car: str | None) -> tuple[str | None, int | None]:
    """The id and number of a message that is broken elsewhere, if it names the car it came from."""
    try:
        match json.loads(payload):
            case {"id": str(own), "vehicle": str(vehicle), "seq": int(seq)} if (
                vehicle == car and 0 < seq <= MAX_SEQ
            ):
                return _ID.validate_python(own), seq
            case {"id": str(own), "vehicle": str(vehicle)} if vehicle == car:
                return _ID.validate_python(own), None
    except (ValueError, RecursionError):
        pass
    return None, None
