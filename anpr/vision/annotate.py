"""Boxes and reads drawn into pictures and videos, for people to check."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from anpr.types import Box, Image

#: Colours in BGR: a read plate, and one that cannot be read.
READ = (96, 200, 72)
UNREAD = (60, 150, 240)
INK = (24, 24, 24)
#: Weight of the label's letters (OpenCV's built-in sans face, 100 to 900).
BOLD = 700


@dataclass(frozen=True, slots=True)
class Label:
    """What to draw: a box in pixels, and its caption; ``read`` chooses the colour."""

    box: Box
    caption: str
    read: bool


def label(box: Box, raw: str | None, confidence: float, unread: str = "cannot read") -> Label:
    """The label of a plate; ``unread`` is said when ``raw`` is None."""
    return Label(box, f"{raw} {confidence:.0%}" if raw else unread, raw is not None)


def draw(image: Image, labels: Iterable[Label]) -> Image:
    """A copy of the picture with boxes and labels."""
    import cv2

    canvas = image.copy()
    height, width = canvas.shape[:2]
    line = max(2, round(max(height, width) / 640))
    size = max(16, round(max(height, width) / 48))
    face = cv2.FontFace("sans")
    for item in labels:
        x1, y1, x2, y2 = (round(value) for value in item.box)
        colour = READ if item.read else UNREAD
        cv2.rectangle(canvas, (x1, y1), (x2, y2), colour, line)
        if not item.caption:
            continue
        _, _, text_width, _ = cv2.getTextSize((width, height), item.caption, (0, 0), face, size, BOLD)
        pad = size // 3
        box_width, box_height = text_width + 2 * pad, size + pad
        left = min(max(0, x1), max(0, width - box_width))
        # Above the plate; below it where there is no room.
        top = y1 - box_height - line if y1 - box_height - line >= 0 else min(y2 + line, height - box_height)
        cv2.rectangle(canvas, (left, top), (left + box_width, top + box_height), colour, cv2.FILLED)
        baseline = top + pad // 2 + round(size * 0.82)
        cv2.putText(canvas, item.caption, (left + pad, baseline), INK, face, size, BOLD)
    return canvas


class VideoWriter:
    """Writes frames as an H.264 video that every browser plays.

    Args:
        path: the ``.mp4`` file to write.
        frames_per_s: rate of the video.
    """

    def __init__(self, path: Path, frames_per_s: float) -> None:
        import av

        self._container = av.open(str(path), "w", options={"movflags": "faststart"})
        self._rate = Fraction(frames_per_s).limit_denominator(1001)
        self._stream = self._container.add_stream("libx264", rate=self._rate)
        self._stream.pix_fmt = "yuv420p"
        self._stream.options = {"preset": "veryfast", "crf": "23"}
        self._started = False

    def write(self, image: Image) -> None:
        """Adds a BGR frame; the first one sets the size, cut to even sides."""
        import av

        height, width = (side - side % 2 for side in image.shape[:2])
        if not self._started:
            self._stream.width, self._stream.height = width, height
            self._started = True
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image[:height, :width]), format="bgr24")
        for packet in self._stream.encode(frame):
            self._container.mux(packet)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._started:
            for packet in self._stream.encode():
                self._container.mux(packet)
        self._container.close()
