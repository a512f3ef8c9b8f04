"""How the car does, as it is told to the centre. Counts only; never a plate."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from anpr import messages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anpr.edge.figures import Figures
    from anpr.edge.outbox import Depth
    from anpr.edge.status import CameraStatus
    from anpr.hotlist.store import ListVersion

VERSION_MAX = 128


def make_health(
    vehicle: str,
    *,
    figures: Figures,
    cameras: Sequence[CameraStatus],
    depth: Depth,
    free_bytes: int,
    lists: Sequence[ListVersion],
    oldest_s: float,
) -> messages.Health:
    """The message of this moment."""
    versions = ",".join(listed.version for listed in lists)
    return messages.Health(
        vehicle=vehicle,
        at=datetime.now(UTC),
        cameras=tuple(
            messages.CameraHealth(
                name=camera.name,
                delivering=camera.delivering,
                frames_per_s=round(camera.frames_per_s, 1),
                dropped=camera.dropped,
            )
            for camera in cameras
        ),
        frames=figures.frames,
        reads=figures.reads,
        cannot_read=figures.cannot_read,
        hits=figures.hits,
        outbox_waiting=depth.unreceipted,
        disk_free_bytes=free_bytes,
        list_version=versions[:VERSION_MAX],
        list_age_s=oldest_s if lists else None,
    )
