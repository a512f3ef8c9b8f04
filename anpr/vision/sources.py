"""Where frames come from: pictures, folders, recordings, V4L2 cameras and RTSP streams."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

from anpr.errors import InputError, LinkError
from anpr.vision.video import Video, stamped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from anpr.types import Frame, Image

PICTURE_SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
VIDEO_SUFFIXES = frozenset(
    {".avi", ".h264", ".m4v", ".mjpeg", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".ts", ".webm"}
)


class Source(Protocol):
    """Frames of one camera, recording or folder, in order.

    Attributes:
        live: frames are lost when nobody takes them.
        frames_per_s: as the source states it; None when it has no rate.
        length: number of frames as the source states it; None when it is not known.
    """

    @property
    def live(self) -> bool: ...  # noqa: D102
    @property
    def frames_per_s(self) -> float | None: ...  # noqa: D102
    @property
    def length(self) -> int | None: ...  # noqa: D102

    def __iter__(self) -> Iterator[Frame]: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: object) -> None: ...


@dataclass(frozen=True, slots=True)
class Files:
    """What a list of paths holds: pictures and videos in order, and how many other files were passed over."""

    pictures: tuple[Path, ...]
    videos: tuple[Path, ...]
    skipped: tuple[Path, ...]


def find_files(paths: Iterable[Path]) -> Files:
    """Sorts files into pictures and videos; folders are searched to the bottom, by name.

    A file named by the caller counts as a video unless it is a picture by its suffix; a file found in a
    folder is passed over when it is neither.

    Raises:
        InputError: a path does not exist, or nothing to read was found.
    """
    pictures: list[Path] = []
    videos: list[Path] = []
    skipped: list[Path] = []
    for path in paths:
        if path.is_dir():
            for found in sorted(path.rglob("*")):
                if not found.is_file() or any(part.startswith(".") for part in found.parts[-1:]):
                    continue
                suffix = found.suffix.lower()
                group = (
                    pictures
                    if suffix in PICTURE_SUFFIXES
                    else videos
                    if suffix in VIDEO_SUFFIXES
                    else skipped
                )
                group.append(found)
        elif path.exists():
            (pictures if path.suffix.lower() in PICTURE_SUFFIXES else videos).append(path)
        else:
            raise InputError(f"{path} does not exist.", "Check the path.")
    if not pictures and not videos:
        raise InputError(
            f"No picture or video was found ({len(skipped)} other files were passed over).",
            f"Name files that end in {', '.join(sorted(PICTURE_SUFFIXES | VIDEO_SUFFIXES))}.",
        )
    return Files(tuple(pictures), tuple(videos), tuple(skipped))


def read_picture(path: Path) -> Image:
    """Reads one picture, turned upright as its EXIF orientation says.

    Raises:
        InputError: the file cannot be read or is not a picture.
    """
    import cv2
    import numpy as np

    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", "Check the file's rights.") from error
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    if image is None:
        raise InputError(
            f"{path} is not a picture that can be decoded ({len(data)} bytes).",
            "Open it in a picture viewer; copy it again from where it came.",
        )
    image.flags.writeable = False
    picture: Image = image
    return picture


def open_source(source: str, camera: str) -> Source:
    """Opens a picture, folder, recording, camera or stream.

    Args:
        source: a path, a V4L2 device such as ``/dev/video0`` or its number, or an ``rtsp://`` address.
        camera: the name that frames carry.

    Raises:
        InputError: the file does not exist or is neither picture nor video.
        LinkError: the camera or stream cannot be reached.
    """
    if re.fullmatch(r"\d+", source):
        source = f"/dev/video{source}"
    if source.startswith("/dev/"):
        return _open_device(source, camera)
    if re.match(r"rtsps?://", source):
        # TCP: a lost UDP packet smears the picture, and smeared plates are misread.
        return Video(source, camera, live=True, options={"rtsp_transport": "tcp"})
    path = Path(source)
    if path.is_dir() or path.suffix.lower() in PICTURE_SUFFIXES:
        return Pictures(find_files([path]).pictures, camera)
    if not path.is_file():
        raise InputError(f"{source} does not exist.", "Check the path.")
    return Video(source, camera)


def _open_device(path: str, camera: str) -> Video:
    """A V4L2 camera at 1080p if it has that, compressed if it can: raw 1080p is too much for USB 2."""
    size = {"video_size": "1920x1080"}
    compressed = size | {"input_format": "mjpeg"}
    try:
        return Video(path, camera, live=True, container_format="v4l2", options=compressed)
    except LinkError:
        return Video(path, camera, live=True, container_format="v4l2", options=size)


class Pictures:
    """Still pictures, one after the other; they have no rate and no position in time."""

    live = False
    frames_per_s: float | None = None

    def __init__(self, paths: Iterable[Path], camera: str) -> None:
        self._paths = tuple(paths)
        self._camera = camera
        self.length: int | None = len(self._paths)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def __iter__(self) -> Iterator[Frame]:
        for index, path in enumerate(self._paths):
            yield stamped(read_picture(path), self._camera, index)
