"""What the car is put together from: the shape of each part that another room builds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from anpr.edge.figures import Rate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from anpr.hotlist.store import ListVersion
    from anpr.types import Frame, Match, PlateRead


class CaptureState(Protocol):
    """What a capture says of itself; see ``anpr.vision.capture``."""

    @property
    def delivering(self) -> bool: ...  # noqa: D102
    @property
    def ended(self) -> bool: ...  # noqa: D102
    @property
    def frames(self) -> int: ...  # noqa: D102
    @property
    def dropped(self) -> int: ...  # noqa: D102
    @property
    def last_error(self) -> str | None: ...  # noqa: D102


class Capture(Protocol):
    """Gives frames; ``take`` never blocks without a timeout."""

    @property
    def camera(self) -> str: ...  # noqa: D102
    @property
    def state(self) -> CaptureState: ...  # noqa: D102
    @property
    def finished(self) -> bool: ...  # noqa: D102
    def start(self) -> object: ...  # noqa: D102
    def stop(self) -> None: ...  # noqa: D102
    def take(self) -> Frame | None: ...  # noqa: D102


class Step(Protocol):
    """What a frame brought; see ``anpr.vision.pipeline``."""

    @property
    def decided(self) -> tuple[PlateRead, ...]: ...  # noqa: D102
    @property
    def ended(self) -> tuple[PlateRead, ...]: ...  # noqa: D102


class Pipeline(Protocol):
    """Frames in, plates out."""

    def feed(self, frame: Frame) -> Step: ...  # noqa: D102
    def flush(self) -> Step: ...  # noqa: D102


class Matcher(Protocol):
    """From a read to the list entry that it stands for."""

    def match(self, read: PlateRead, now: datetime) -> Match | None: ...  # noqa: D102


class Lists(Protocol):
    """The lists this car holds."""

    def lists(self) -> Sequence[ListVersion]: ...  # noqa: D102


@dataclass(slots=True)
class Camera:
    """One camera with what reads its frames."""

    capture: Capture
    pipeline: Pipeline
    rate: Rate = field(default_factory=Rate)
    flushed: bool = False
    failures: int = 0
