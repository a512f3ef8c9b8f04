"""Drawn pictures and clips with known plates, enough for the shipped weights to see and read."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import av
import cv2
import numpy as np

from anpr.vision.detect import iou

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from anpr.types import Image

FRAMES_PER_S = 10


def car(mark: str = "AB 1234", x: int = 0, height: int = 720, width: int = 1280) -> Image:
    """The rear of a car with a yellow plate, moved ``x`` pixels to the right."""
    scene = np.full((height, width, 3), (120, 120, 118), np.uint8)
    for corner, opposite, colour in (
        ((380, 200), (900, 620), (60, 50, 45)),  # body
        ((440, 230), (840, 380), (30, 28, 26)),  # window
        ((400, 440), (460, 500), (40, 40, 190)),  # lamps
        ((820, 440), (880, 500), (40, 40, 190)),
        ((515, 480), (765, 534), (40, 210, 240)),  # plate
    ):
        cv2.rectangle(scene, (corner[0] + x, corner[1]), (opposite[0] + x, opposite[1]), colour, cv2.FILLED)
    cv2.rectangle(scene, (515 + x, 480), (765 + x, 534), (20, 20, 20), 2)
    cv2.putText(scene, mark, (529 + x, 523), cv2.FONT_HERSHEY_DUPLEX, 1.55, (10, 10, 10), 4, cv2.LINE_AA)
    blurred: Image = cv2.GaussianBlur(scene, (3, 3), 0)
    return blurred


def overlap(box: Sequence[float], other: Sequence[float]) -> float:
    """Intersection over union of two boxes."""
    share = iou(np.array(box, np.float32), np.array([other], np.float32))
    return float(share[0])


def write_picture(path: Path, image: Image) -> Path:
    """Saves a picture and returns its path."""
    assert cv2.imwrite(str(path), image)
    return path


def write_video(path: Path, images: Iterable[Image], *, index_first: bool = True) -> Path:
    """Saves an H.264 clip; with its index first, a cut-off file still opens."""
    options = {"movflags": "faststart"} if index_first else {}
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream("libx264", rate=Fraction(FRAMES_PER_S))
        stream.pix_fmt, stream.options = "yuv420p", {"preset": "ultrafast", "g": "5"}
        for number, image in enumerate(images):
            if number == 0:
                stream.height, stream.width = image.shape[:2]
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode())
    return path
