"""What is measured: anything that finds and reads plates in one picture."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from anpr.bench.matching import Prediction
from anpr.errors import ModelError
from anpr.vision.detect import MIN_CONFIDENCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anpr.types import Box, Image, Reading
    from anpr.vision.detect import Detector
    from anpr.vision.read import Reader

#: Boxes from this score on rank in average precision; they are read and counted from MIN_CONFIDENCE on.
LEAST_CONFIDENCE = 0.05
WHOLE_PICTURE = "rapidocr"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a subject says about one picture.

    Attributes:
        predictions: plates at its working point.
        unsure: boxes below it, unread; they count in average precision only.
        detect_ms, read_ms: time for finding and reading; ``detect_ms`` is all of it where the two are one.
    """

    predictions: tuple[Prediction, ...]
    unsure: tuple[Prediction, ...]
    detect_ms: float
    read_ms: float


class Subject(Protocol):
    """A column of the comparison; ``reader`` is None where finding and reading cannot be parted."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def reader(self) -> Reader | None: ...  # noqa: D102

    def answer(self, image: Image) -> Answer:
        """Plates in a BGR picture."""
        ...


class EngineSubject:
    """A detector and a reader, one picture at a time, as ``anpr read`` uses them on stills."""

    def __init__(self, name: str, detector: Detector, reader: Reader) -> None:
        self.name = name
        self.reader: Reader | None = reader
        self._detector, self._reader = detector, reader

    def answer(self, image: Image) -> Answer:
        """Plates in a BGR picture."""
        from anpr.vision.stills import find_plates, read_plates

        started = time.perf_counter()
        found = find_plates(self._detector, image)
        detected = time.perf_counter()
        sure = [detection for detection in found.plates if detection.confidence >= MIN_CONFIDENCE]
        plates = read_plates(self._reader, image, sure, found.hidden)
        ended = time.perf_counter()
        return Answer(
            tuple(judged(plate.box, plate.readings, plate.detection.confidence) for plate in plates),
            tuple(
                Prediction(detection.box, "", 0.0, detection.confidence)
                for detection in found.plates
                if detection.confidence < MIN_CONFIDENCE
            ),
            (detected - started) * 1000,
            (ended - detected) * 1000,
        )


def judged(box: Box, readings: Sequence[Reading], detection: float) -> Prediction:
    """A read with the confidence the product would publish it with: the vote of a single picture."""
    from anpr.vision.calibration import calibration
    from anpr.vision.vote import vote

    outcome = vote(readings, calibration().still, 0.0, one_picture=True)
    return Prediction(box, outcome.text or "", outcome.probability, detection)


class WholePicture:
    """RapidOCR on the whole picture: every line of text it finds counts as a plate it claims to see.

    Raises:
        ModelError: the ``rapidocr`` package is missing.
    """

    name = WHOLE_PICTURE
    reader: Reader | None = None

    def __init__(self) -> None:
        try:
            from rapidocr import RapidOCR
        except ImportError as error:
            raise ModelError(
                "rapidocr is not installed.", "Install it: pip install 'patrol-anpr[ppocr]'."
            ) from error
        self._ocr = RapidOCR(params={"Global.log_level": "error"})

    def answer(self, image: Image) -> Answer:
        """Lines of text in a BGR picture, each by its upright bounding box."""
        started = time.perf_counter()
        found = self._ocr(image)
        taken_ms = (time.perf_counter() - started) * 1000
        if found.boxes is None:
            return Answer((), (), taken_ms, 0.0)
        lines = zip(found.boxes.tolist(), found.txts, found.scores, strict=True)
        return Answer(
            tuple(
                Prediction(
                    (
                        min(x for x, _ in corners),
                        min(y for _, y in corners),
                        max(x for x, _ in corners),
                        max(y for _, y in corners),
                    ),
                    text,
                    float(score),
                    float(score),
                )
                for corners, text, score in lines
            ),
            (),
            taken_ms,
            0.0,
        )


def open_subject(name: str, size_px: int) -> Subject:
    """A subject by name: an engine's, or ``rapidocr`` for the whole picture.

    Raises:
        InputError: there is no engine of that name.
        ModelError: its weights or packages are missing.
    """
    if name == WHOLE_PICTURE:
        return WholePicture()
    from anpr.vision import engines

    engine = engines.load(name, size_px=size_px, min_confidence=LEAST_CONFIDENCE)
    return EngineSubject(name, engine.detector, engine.still_reader)
