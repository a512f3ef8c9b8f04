"""Recordings, V4L2 cameras and RTSP streams, decoded with PyAV.

Unlike OpenCV's reader PyAV says when a packet cannot be decoded, and it gives up on a silent camera after
a time limit. At 1080p the two are equally fast (12 Mbit/s H.264, 2 cores: 171 against 169 frames/s, with
the colour conversion done here).
"""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from anpr.errors import InputError, LinkError
from anpr.types import Frame, Image

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A camera that is silent for this long has vanished.
OPEN_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 5.0

#: A recording may end this many frames before its stated length: players cut the last group of pictures.
TOLERATED_FRAMES = 3

ONE_PIXEL_FORMAT = "yuv420p"
"""The pixel format of nearly every camera; OpenCV converts it twice as fast as the video library does."""


class Video:
    """A recording, a V4L2 camera or a stream.

    Iterating raises InputError after the last good frame when a recording is damaged or ends early, and
    LinkError when a live camera stops.

    Args:
        url: what the video library opens.
        camera: the name that frames carry.
        live: frames are lost when nobody takes them, and silence is an error.
        container_format: forced input format; None to find out.
        options: options of the video library.

    Raises:
        InputError: the file is no video.
        LinkError: the camera or stream cannot be reached.
    """

    def __init__(
        self,
        url: str,
        camera: str,
        *,
        live: bool = False,
        container_format: str | None = None,
        options: dict[str, str] | None = None,
    ) -> None:
        import av

        self.live = live
        self._url, self._camera = url, camera
        try:
            self._container = av.open(
                url,
                format=container_format,
                options=options or {},
                timeout=(OPEN_TIMEOUT_S, READ_TIMEOUT_S) if live else None,
            )
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise self._cannot_open(error) from error
        if not self._container.streams.video:
            self._container.close()
            raise InputError(f"{url} holds no video.", "Name a file with a picture track.")
        self._stream = self._container.streams.video[0]
        self._stream.thread_type = "AUTO"
        rate = self._stream.average_rate or self._stream.guessed_rate
        self.frames_per_s: float | None = float(rate) if rate else None
        self.stated_s = self._stated_seconds()
        self.length: int | None = self._stream.frames or None
        if self.length is None and self.stated_s and self.frames_per_s:
            self.length = round(self.stated_s * self.frames_per_s)

    def _cannot_open(self, error: Exception) -> InputError | LinkError:
        reason = getattr(error, "strerror", None) or str(error)
        if self.live:
            return LinkError(
                f"Camera {self._camera} ({without_password(self._url)}) cannot be opened: {reason}.",
                "Check power, cable and address of the camera; `anpr doctor` tries it.",
            )
        return InputError(
            f"{self._url} is not a video that can be opened: {reason}.",
            "If it was cut off while it was written, its index is missing: copy it again or repair it.",
        )

    def _stated_seconds(self) -> float | None:
        if self.live:
            return None
        if self._stream.duration is not None and self._stream.time_base is not None:
            return float(self._stream.duration * self._stream.time_base)
        if self._container.duration is not None:
            return float(self._container.duration / 1_000_000)  # AV_TIME_BASE: microseconds
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._container.close()

    def __iter__(self) -> Iterator[Frame]:
        import av

        start_s: float | None = None
        at_s = 0.0
        index = damaged = 0
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                break
            except (av.error.FFmpegError, OSError) as error:
                if self.live:
                    raise self._lost(error) from error
                damaged += 1
                break
            try:
                pictures: list[Any] = packet.decode()
            except av.error.FFmpegError:
                damaged += 1
                continue
            for picture in pictures:
                if picture.time is not None:
                    start_s = picture.time if start_s is None else start_s
                    at_s = picture.time - start_s
                elif self.frames_per_s:
                    at_s = index / self.frames_per_s
                yield stamped(to_image(picture), self._camera, index, None if self.live else at_s)
                index += 1
        if self.live:
            raise self._lost(None)
        self._check_complete(index, at_s, damaged)

    def _lost(self, error: Exception | None) -> LinkError:
        reason = (getattr(error, "strerror", None) or str(error)) if error else "the stream ended"
        return LinkError(
            f"Camera {self._camera} stopped: {reason}.",
            "It is tried again by itself; check power and cable if it stays away.",
        )

    def _check_complete(self, frames: int, at_s: float, damaged: int) -> None:
        """Raises InputError when fewer pictures came than the recording says it holds."""
        next_step = "The frames before that were read; copy the file again to read the rest."
        if frames == 0:
            raise InputError(
                f"{self._url} holds no picture that can be decoded.", "Copy the file again from its source."
            )
        frame_s = 1 / self.frames_per_s if self.frames_per_s else 0.04
        if self.stated_s and self.stated_s - at_s > (TOLERATED_FRAMES + 1) * frame_s:
            raise InputError(f"{self._url} is truncated at {at_s:.1f} of {self.stated_s:.1f} s.", next_step)
        if damaged:
            raise InputError(
                f"{self._url} is damaged: {damaged} of its packets could not be decoded.", next_step
            )


def stamped(image: Image, camera: str, index: int, media_s: float | None = None) -> Frame:
    """A frame taken now."""
    return Frame(image, camera, index, datetime.now(UTC), time.monotonic_ns(), media_s)


def to_image(picture: Any) -> Image:
    """Decoded picture to read-only BGR pixels, turned upright as the recording says."""
    import cv2
    import numpy as np

    if picture.format.name == ONE_PIXEL_FORMAT and picture.width % 2 == 0 and picture.height % 2 == 0:
        image = cv2.cvtColor(picture.to_ndarray(), cv2.COLOR_YUV2BGR_I420)
    else:
        image = picture.to_ndarray(format="bgr24")
    turns = round((picture.rotation or 0) / 90) % 4
    if turns:
        image = np.ascontiguousarray(np.rot90(image, turns))
    image.flags.writeable = False
    upright: Image = image
    return upright


def without_password(url: str) -> str:
    """A stream's address fit for a log: user and password taken out."""
    return re.sub(r"//[^/@]*@", "//", url)
