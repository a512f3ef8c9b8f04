"""A detector and a reader that follow a script: what is in a frame is written in its pixels."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from anpr.types import Detection, Frame, Image, Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

START = datetime(2026, 5, 1, 12, tzinfo=UTC)
STEP_S = 0.1


@dataclass(slots=True)
class Script:
    """Plates by frame: where they are, what a reader makes of them, and which texts stand on no plate."""

    frames: list[list[tuple[float, str, float]]]
    read: list[str] = field(default_factory=list)
    margin: float = 0.0
    signs: frozenset[str] = frozenset()

    def detect(self, image: Image, scale: float = 1.0) -> list[Detection]:  # noqa: ARG002
        index = int(image[0, 0, 0])
        return [Detection((x, 100, x + 90, 130), 0.5) for x, _, _ in self.frames[index]]

    def reader(self) -> ScriptedReader:
        return ScriptedReader(self)


@dataclass(slots=True)
class ScriptedReader:
    script: Script
    margin: float = 0.0

    def read(self, crops: Sequence[Image]) -> list[Reading]:
        readings = []
        for crop in crops:
            index, place = int(crop[0, 0, 0]), int(crop[0, 0, 1])
            _, text, probability = self.script.frames[index][place]
            self.script.read.append(text)
            plate = 0.01 if text in self.script.signs else 0.99
            readings.append(Reading(text, (probability,) * len(text), 1, plate=plate))
        return readings


def frame(script: Script, index: int) -> Frame:
    image = np.zeros((300, 1900, 3), np.uint8)
    image[:, :, 0] = index
    for place, (x, _, _) in enumerate(script.frames[index]):
        # Sharp upright strokes, so that the crop is worth reading.
        image[100:130, int(x) : int(x) + 90, 1] = place
        image[100:130, int(x) + 1 : int(x) + 90 : 4, 2] = 255
    image.flags.writeable = False
    return Frame(
        image,
        "front",
        index,
        START + timedelta(seconds=index * STEP_S),
        round(index * STEP_S * 1e9),
        index * STEP_S,
    )
