"""Clips at the sizes cameras deliver, so that decoding costs what it costs in a car."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from anpr.errors import InputError

if TYPE_CHECKING:
    from anpr.types import Image

#: As dashcams write 1080p; other sizes in proportion to their pixels.
BITS_PER_S_1080P = 12_000_000
SAMPLES = Path("sample_videos")


def sample_clip() -> Path:
    """The first clip of ``sample_videos/``.

    Raises:
        InputError: there is none.
    """
    clips = sorted(SAMPLES.glob("*.mp4"))
    if not clips:
        raise InputError(
            f"There is no clip in {SAMPLES}/.", "Name one with --clip, or run this in the checkout."
        )
    return clips[0]


def at_height(clip: Path, height_px: int, most_frames: int, folder: Path) -> Path:
    """The start of a clip as H.264 of 16:9 at a height, grown or shrunk to fit, with black beside it.

    Raises:
        InputError: the clip cannot be read, or is no recording.
    """
    import av

    from anpr.vision.sources import open_source

    width_px = height_px * 16 // 9 // 2 * 2
    target = folder / f"{clip.stem}-{height_px}.mp4"
    with open_source(str(clip), clip.name) as source, av.open(str(target), "w") as container:
        if not source.frames_per_s or source.live:
            raise InputError(f"{clip} is no recording.", "Name a video file with --clip.")
        rate = Fraction(source.frames_per_s).limit_denominator(1001)
        stream = container.add_stream("libx264", rate=rate, options={"preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = width_px, height_px, "yuv420p"
        stream.bit_rate = BITS_PER_S_1080P * (width_px * height_px) // (1920 * 1080)
        for frame in source:
            if frame.index >= most_frames:
                break
            picture = av.VideoFrame.from_ndarray(fitted(frame.image, width_px, height_px), format="bgr24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return target


def fitted(image: Image, width_px: int, height_px: int) -> Image:
    """A picture inside a frame of another size, its proportions kept."""
    import cv2
    import numpy as np

    height, width = image.shape[:2]
    scale = min(width_px / width, height_px / height)
    inner_w, inner_h = min(width_px, round(width * scale)), min(height_px, round(height * scale))
    left, top = (width_px - inner_w) // 2, (height_px - inner_h) // 2
    framed = np.zeros((height_px, width_px, 3), np.uint8)
    framed[top : top + inner_h, left : left + inner_w] = cv2.resize(image, (inner_w, inner_h))
    return framed
