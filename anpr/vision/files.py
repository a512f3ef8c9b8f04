"""Plates in files: every picture by itself, every video through the pipeline."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anpr.errors import AnprError, InputError
from anpr.vision.annotate import VideoWriter, draw, label
from anpr.vision.calibration import calibration
from anpr.vision.capture import Capture
from anpr.vision.pipeline import Pipeline, Step
from anpr.vision.sources import Files, open_source, read_picture
from anpr.vision.stills import read_still

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from anpr.types import Box, Image, PlateRead
    from anpr.vision.engines import Engine

#: How long to wait for a frame before looking again whether the file has ended.
TAKE_S = 1.0


@dataclass(frozen=True, slots=True)
class Span:
    """When a plate was seen in a video, seconds from its start, and from how many frames it was read."""

    track: int
    first_s: float
    last_s: float
    n_frames: int


@dataclass(frozen=True, slots=True)
class PlateInFile:
    """A plate in a picture, or a track of a video; ``raw`` None is "cannot read".

    What is read and not ``sure`` is the likeliest text; of a video it is told only where a lower confidence
    than the measured one is asked for.
    """

    raw: str | None
    confidence: float
    sure: bool
    rows: int
    box: Box
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class FileRead:
    """All plates of one file, and what was wrong with it; both when a video broke off."""

    path: Path
    video: bool
    plates: tuple[PlateInFile, ...]
    error: AnprError | None = None


class FileReader:
    """Reads files one after the other.

    Args:
        engine: detector and reader.
        min_confidence: reads below it are "cannot read"; None for the measured thresholds.
        annotate: folder to write pictures and videos with boxes and reads to; None for none.
    """

    def __init__(
        self, engine: Engine, min_confidence: float | None = None, annotate: Path | None = None
    ) -> None:
        self._engine = engine
        self._min_confidence = min_confidence
        self._annotate = annotate
        self._written: set[Path] = set()

    def read(self, files: Files, show: Callable[[Path, int, int | None], None]) -> Iterator[FileRead]:
        """Results in order, pictures first; a file that cannot be read does not stop the others.

        Args:
            files: what to read.
            show: told the file, the pictures or frames done, and their number if known.
        """
        for done, path in enumerate(files.pictures):
            show(path, done, len(files.pictures))
            try:
                yield FileRead(path, video=False, plates=self._read_picture(path))
            except InputError as error:
                yield FileRead(path, video=False, plates=(), error=error)
        for path in files.videos:
            show(path, 0, None)
            yield self._read_video(path, show)

    def _read_picture(self, path: Path) -> tuple[PlateInFile, ...]:
        image = read_picture(path)
        reads = read_still(self._engine, image, self._min_confidence)
        if self._annotate is not None:
            labels = [label(read.box, read.raw, read.confidence, sure=read.sure) for read in reads]
            write_picture(self._target(self._annotate, path, path.suffix.lower()), draw(image, labels))
        return tuple(PlateInFile(read.raw, read.confidence, read.sure, read.rows, read.box) for read in reads)

    def _read_video(self, path: Path, show: Callable[[Path, int, int | None], None]) -> FileRead:
        pipeline = Pipeline(
            self._engine.detector,
            self._engine.reader,
            min_confidence=self._min_confidence,
            closer=self._engine.closer,
        )
        ended: list[PlateRead] = []
        try:
            with open_source(str(path), str(path)) as source:
                length, rate = source.length, source.frames_per_s or 25.0
        except AnprError as error:
            return FileRead(path, video=True, plates=(), error=error)
        with ExitStack() as stack:
            writer = None
            if self._annotate is not None:
                writer = stack.enter_context(VideoWriter(self._target(self._annotate, path, ".mp4"), rate))
            capture = stack.enter_context(Capture(str(path), str(path)))
            while not capture.finished:
                frame = capture.take(TAKE_S)
                if frame is None:
                    continue
                step = pipeline.feed(frame)
                ended += step.ended
                if writer is not None:
                    writer.write(draw_step(frame.image, step))
                show(path, frame.index + 1, length)
            broken = capture.error
        ended += pipeline.flush().ended
        ended.sort(key=lambda read: (read.first_s or 0.0, read.track))
        return FileRead(path, video=True, plates=tuple(_plate(read) for read in ended), error=broken)

    def _target(self, folder: Path, path: Path, suffix: str) -> Path:
        """Where to write; files of one name from several folders do not overwrite each other."""
        target = folder / (path.stem + suffix)
        number = 2
        while target in self._written:
            target = folder / f"{path.stem}-{number}{suffix}"
            number += 1
        self._written.add(target)
        return target


def draw_step(image: Image, step: Step) -> Image:
    """A frame with its tracks, and what is known about each by now."""
    labels = [
        label(track.box, read.raw if read else None, read.confidence if read else 0.0, unread="")
        for track, read in zip(step.tracks, step.reads, strict=True)
    ]
    return draw(image, labels)


def write_picture(path: Path, image: Image) -> None:
    """Writes a BGR picture in the format of the file's suffix.

    Raises:
        InputError: it cannot be written.
    """
    import cv2

    if not cv2.imwrite(str(path), image):
        raise InputError(f"{path} cannot be written.", "Check rights and free space of the folder.")


def _plate(read: PlateRead) -> PlateInFile:
    span = Span(read.track, read.first_s or 0.0, read.last_s or 0.0, read.n_frames)
    sure = read.raw is not None and read.confidence >= calibration().video.threshold
    return PlateInFile(read.raw, read.confidence, sure, read.rows, read.box, span)
