"""Small labelled sets, and subjects that answer as they are told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from anpr.bench.matching import Prediction
from anpr.bench.subjects import Answer
from anpr.types import Box, Detection, Image, Reading

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PLATE: Box = (40.0, 30.0, 120.0, 50.0)


def picture(path: Path, shade: int = 90) -> None:
    """A grey picture with one white plate at ``PLATE``."""
    image = np.full((100, 200, 3), shade, np.uint8)
    cv2.rectangle(image, (40, 30), (120, 50), (255, 255, 255), -1)
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image)


def dataset(folder: Path, lines: list[dict[str, Any]]) -> Path:
    """A set of these manifest lines, with a picture for each."""
    folder.mkdir(parents=True, exist_ok=True)
    for line in lines:
        picture(folder / line["image"])
    (folder / "manifest.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


def plate(text: str | None, box: Box = PLATE, **more: Any) -> dict[str, Any]:
    """A labelled plate of a manifest."""
    return {"bbox": list(box), "text": text, **more}


def read(text: str, box: Box = PLATE, confidence: float = 0.9, detection: float = 0.8) -> Prediction:
    """A prediction."""
    return Prediction(box, text, confidence, detection)


class Told:
    """A subject that gives the same answer to every picture."""

    reader = None

    def __init__(self, name: str, *predictions: Prediction) -> None:
        self.name = name
        self._predictions = predictions

    def answer(self, image: Image) -> Answer:
        assert image.ndim == 3
        return Answer(self._predictions, (), 2.0, 1.0)


class FixedDetector:
    """Finds one plate, always in the same place."""

    def __init__(self, confidence: float = 0.8) -> None:
        self._confidence = confidence

    def detect(self, image: Image, scale: float = 1.0) -> list[Detection]:  # noqa: ARG002
        assert image.ndim == 3
        return [Detection(PLATE, self._confidence)]


class FixedReader:
    """Reads the same text from every crop."""

    margin = 0.0

    def __init__(self, text: str = "SM188", probability: float = 0.99) -> None:
        self._reading = Reading(text, (probability,) * len(text), 1)

    def read(self, crops: Sequence[Image]) -> list[Reading]:
        return [self._reading for _ in crops]
