"""Boxes and reads drawn into pictures and videos, for people to check."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Self, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from anpr.types import Box, Image

#: Colours in BGR: a read plate, one that is guessed, and one that cannot be read.
READ = (96, 200, 72)
GUESSED = (70, 210, 245)
UNREAD = (60, 150, 240)
INK = (24, 24, 24)
#: Weight of the label's letters (OpenCV's built-in sans face, 100 to 900).
BOLD = 700
#: Height of a capital in that face, as a share of its size, with the space above it.
CAP_HEIGHT = 0.82

Rectangle: TypeAlias = tuple[int, int, int, int]
"""x1, y1, x2, y2 in whole pixels."""


@dataclass(frozen=True, slots=True)
class Label:
    """What to draw: a box in pixels, its caption, and their colour."""

    box: Box
    caption: str
    colour: tuple[int, int, int]


def label(
    box: Box, raw: str | None, confidence: float, unread: str = "cannot read", *, sure: bool = True
) -> Label:
    """The label of a plate; ``unread`` is said when ``raw`` is None, and a guess ends in a question mark."""
    if raw is None:
        return Label(box, unread, UNREAD)
    return Label(box, f"{raw} {confidence:.0%}{'' if sure else ' ?'}", READ if sure else GUESSED)


def draw(image: Image, labels: Sequence[Label]) -> Image:
    """A copy of the picture with boxes and labels."""
    import cv2

    canvas = image.copy()
    height, width = canvas.shape[:2]
    line = max(2, round(max(height, width) / 640))
    size = max(16, round(max(height, width) / 48))
    pad = size // 3
    face = cv2.FontFace("sans")
    taken = [_rounded(item.box) for item in labels]
    for item in labels:
        x1, y1, x2, y2 = _rounded(item.box)
        cv2.rectangle(canvas, (x1, y1), (x2, y2), item.colour, line)
        if not item.caption:
            continue
        _, _, text_width, _ = cv2.getTextSize((width, height), item.caption, (0, 0), face, size, BOLD)
        place = _free_place(
            (x1, y1, x2, y2), (text_width + 2 * pad, size + pad), line, taken, (width, height)
        )
        taken.append(place)
        cv2.rectangle(canvas, place[:2], place[2:], item.colour, cv2.FILLED)
        baseline = place[1] + pad // 2 + round(size * CAP_HEIGHT)
        cv2.putText(canvas, item.caption, (place[0] + pad, baseline), INK, face, size, BOLD)
    return canvas


def _rounded(box: Box) -> Rectangle:
    x1, y1, x2, y2 = (round(value) for value in box)
    return x1, y1, x2, y2


def _free_place(
    box: Rectangle, size: tuple[int, int], gap: int, taken: Sequence[Rectangle], picture: tuple[int, int]
) -> Rectangle:
    """Where a label covers no plate and no other label: above its plate, below, right or left of it."""
    (x1, y1, x2, y2), (width, height) = box, size
    middle = (y1 + y2 - height) // 2
    corners = ((x1, y1 - gap - height), (x1, y2 + gap), (x2 + gap, middle), (x1 - gap - width, middle))
    places = []
    for left, top in corners:
        left_in = min(max(left, 0), max(0, picture[0] - width))
        top_in = min(max(top, 0), max(0, picture[1] - height))
        places.append((left_in, top_in, left_in + width, top_in + height))
    return min(places, key=lambda place: sum(_common_px(place, other) for other in taken))


def _common_px(one: Rectangle, other: Rectangle) -> int:
    """Pixels that two rectangles share."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(0, width) * max(0, height)


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
