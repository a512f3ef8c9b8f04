"""What this product is compared with: parts that anybody could put together instead."""

from __future__ import annotations

from anpr.bench.subjects import WHOLE_PICTURE

#: Our detector with a general reader; the usual pair of a first attempt; no detector at all.
OTHERS = ("onnx+ppocr", "ultralytics+easyocr", WHOLE_PICTURE)


def contenders() -> tuple[str, ...]:
    """The product's default first, then the others."""
    return ("default", *OTHERS)


def runtimes() -> tuple[str, ...]:
    """Engines whose speed is told when none is named: our default, it on OpenVINO, the usual pair."""
    return ("default", "openvino+plate", "ultralytics+easyocr")
