"""The plate as sharp as the camera saw it, in parts small enough for a line that breaks.

A hit carries a crop of at most 3 KB. When the frame gave more, the sharper crop follows the hit. It shows
the plate and nothing else: a wider picture would show people, and nothing redacts people yet.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from anpr import messages
from anpr.edge.hits import new_id

if TYPE_CHECKING:
    from anpr.messages import Hit

MAX_BYTES = messages.MAX_PARTS * messages.PART_BYTES


def parts(hit: Hit, jpeg: bytes) -> tuple[messages.ImagePart, ...]:
    """The messages that bring a picture, in order; none when it says no more than the hit's own crop."""
    if not len(hit.read.crop_jpeg) < len(jpeg) <= MAX_BYTES:
        return ()
    pieces = [jpeg[at : at + messages.PART_BYTES] for at in range(0, len(jpeg), messages.PART_BYTES)]
    return tuple(
        messages.ImagePart(
            id=new_id(),
            vehicle=hit.vehicle,
            boot=hit.boot,
            seq=0,
            at=datetime.now(UTC),
            clock=hit.clock,
            hit=hit.id,
            part=number,
            parts=len(pieces),
            sha256=hashlib.sha256(jpeg).hexdigest(),
            piece=base64.b64encode(piece),
            piece_sha256=hashlib.sha256(piece).hexdigest(),
        )
        for number, piece in enumerate(pieces, start=1)
    )
