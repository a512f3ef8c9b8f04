"""Engines by name: a detector and a reader that work together, loaded only when they are asked for."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from anpr.errors import InputError, ModelError
from anpr.vision import weights
from anpr.vision.detect import MIN_CONFIDENCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from anpr.vision.detect import Detector
    from anpr.vision.read import Reader
    from anpr.vision.read_plate import PlateReader

#: In videos frames vote, and the small reader is fast; a single picture has time for the large one beside it:
#: see docs/decisions/two-readers.md.
DEFAULT = "onnx+plate"
DETECTOR_WEIGHTS = "plate-detector"
TORCH_WEIGHTS = "plate-detector-torch"
READER_WEIGHTS = "plate-reader"
LARGE_READER_WEIGHTS = "plate-reader-large"


@dataclass(frozen=True)
class Engine:
    """A detector and a reader, with the name they were asked for.

    Attributes:
        name: what was asked for.
        detector: finds plates.
        reader: reads frames of a video.
        stills: loads the reader of single pictures; None where the same one reads both.
    """

    name: str
    detector: Detector
    reader: Reader
    stills: Callable[[], Reader] | None = None

    @cached_property
    def still_reader(self) -> Reader:
        """Reads single pictures; loaded when it is first asked for.

        Raises:
            ModelError: its weights or its packages are missing.
        """
        return self.reader if self.stills is None else self.stills()

    @property
    def closer(self) -> Reader | None:
        """Who takes a last, closer look at a plate of a video that left unread; None where nobody sees more.

        Raises:
            ModelError: as `still_reader`.
        """
        return None if self.stills is None else self.still_reader


def load(name: str = "default", *, size_px: int = 640, min_confidence: float = MIN_CONFIDENCE) -> Engine:
    """Loads an engine.

    Args:
        name: ``default``, or a detector and a reader joined by ``+``, such as ``onnx+plate``. A colon gives
            a detector its own weights: ``ultralytics:my.pt+ppocr``.
        size_px: longer side of the detector's input: 640, or 960 for far plates.
        min_confidence: detections below this are not reported.

    Raises:
        InputError: there is no engine of that name.
        ModelError: its weights or its packages are missing.
    """
    detector_name, _, reader_name = (DEFAULT if name == "default" else name).partition("+")
    kind, _, path = detector_name.partition(":")
    if kind not in DETECTORS or reader_name not in READERS:
        raise InputError(
            f"There is no engine {name!r}.",
            f"Join a detector ({', '.join(sorted(DETECTORS))}) and a reader ({', '.join(sorted(READERS))}) "
            f"with +, as in {DEFAULT}.",
        )
    detector = DETECTORS[kind](path, size_px, min_confidence)
    if name == "default":
        small = _plate()
        return Engine(name, detector, small, partial(_pair, small))
    return Engine(name, detector, READERS[reader_name]())


def _need(module: str, extra: str) -> None:
    """Imports a package of an extra.

    Raises:
        ModelError: it is not installed.
    """
    try:
        importlib.import_module(module)
    except ImportError as error:
        raise ModelError(
            f"This engine needs {module}, which is not installed.",
            f"Install it: pip install 'patrol-anpr[{extra}]'.",
        ) from error


def _onnx(path: str, size_px: int, min_confidence: float) -> Detector:
    from anpr.vision.detect_onnx import OnnxDetector

    return OnnxDetector(weights.chosen(path, DETECTOR_WEIGHTS), size_px, min_confidence)


def _openvino(path: str, size_px: int, min_confidence: float) -> Detector:
    _need("openvino", "openvino")
    _need("onnx", "openvino")
    from anpr.vision.detect_openvino import OpenVinoDetector

    return OpenVinoDetector(weights.chosen(path, DETECTOR_WEIGHTS), size_px, min_confidence)


def _ultralytics(path: str, size_px: int, min_confidence: float) -> Detector:
    from anpr.vision.detect_ultralytics import UltralyticsDetector, prepare

    prepare()
    _need("ultralytics", "torch")
    return UltralyticsDetector(weights.chosen(path, TORCH_WEIGHTS), size_px, min_confidence)


def _ppocr() -> Reader:
    from anpr.vision.read_ppocr import PpocrReader

    return PpocrReader()


def _plate() -> PlateReader:
    from anpr.vision.read_plate import PlateReader

    return PlateReader(weights.find(READER_WEIGHTS))


def _pair(small: PlateReader | None = None) -> Reader:
    """The small reader, loaded already or not, with the large one beside it."""
    from anpr.vision.read_large import LargeReader
    from anpr.vision.read_pair import PairReader

    return PairReader(small or _plate(), LargeReader(weights.find(LARGE_READER_WEIGHTS)))


def _easyocr() -> Reader:
    _need("easyocr", "torch")
    _need("easyocr_en_models", "torch")
    from anpr.vision.read_easyocr import EasyocrReader

    return EasyocrReader()


DETECTORS: dict[str, Callable[[str, int, float], Detector]] = {
    "onnx": _onnx,
    "openvino": _openvino,
    "ultralytics": _ultralytics,
}
READERS: dict[str, Callable[[], Reader]] = {
    "easyocr": _easyocr,
    "pair": _pair,
    "plate": _plate,
    "ppocr": _ppocr,
}
