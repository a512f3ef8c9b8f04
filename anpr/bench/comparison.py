"""What this product is compared with: parts that anybody could put together instead."""

from __future__ import annotations

from anpr.bench.subjects import WHOLE_PICTURE

#: Our detector with a general reader; the usual pair of a first attempt; no detector at all.
OTHERS = ("onnx+ppocr", "ultralytics+easyocr", WHOLE_PICTURE)


def contenders() -> tuple[str, ...]:
    """The product's default first, then the others; the default is not run twice under two names."""
    from anpr.vision import engines

    return ("default", *(name for name in OTHERS if name != engines.DEFAULT))


def runtimes() -> tuple[str, ...]:
    """Engines whose speed is told when none is named: our default, it on OpenVINO, the usual pair."""
    from anpr.vision import engines

    reader = engines.DEFAULT.partition("+")[2]
    return ("default", f"openvino+{reader}", "ultralytics+easyocr")
