"""Finding plates in a picture: the protocol, and what every YOLO-shaped detector shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from anpr.types import Box, Detection, Image

Floats = npt.NDArray[np.float32]

#: Detections below this are not reported; the working point of the figures in models/models.toml. On held-out
#: training pictures, bare and with drawn plates and signs, it balances misses and false plates best.
MIN_CONFIDENCE = 0.3
#: Two boxes that overlap more than this are one plate. Stacked plates touch, they do not overlap.
NMS_IOU = 0.5
#: Nor are two plates what shares more than this of the smaller box: the lower row of a plate is found beside
#: all of it now and then, and is a mark of its own where marks are digits alone.
MOST_SHARED = 0.5
STRIDE_PX = 32
#: Of a side this share at most stays out of sight, half at each end, so that whole strides are left: of 360
#: rows 352 are looked at.
MOST_CUT = 0.025
GREY = 114


class Detector(Protocol):
    """Finds plates; the same picture gives the same answer, best first."""

    def detect(self, image: Image, scale: float = 1.0) -> list[Detection]:
        """Plates in a BGR picture, boxes in its pixels, best first.

        Args:
            image: the picture.
            scale: how much larger than usual the picture is looked at: above 1 for far plates, below for
                plates that fill it.
        """
        ...


@dataclass(frozen=True, slots=True)
class Letterbox:
    """How a picture was fitted into the network's input, and the way back; what was cut off lies before 0."""

    scale: float
    left_px: int
    top_px: int

    def back(self, boxes: Floats, width_px: int, height_px: int) -> Floats:
        """Boxes (n, 4) from input pixels to picture pixels, cut at its edges."""
        shifted = (boxes - [self.left_px, self.top_px, self.left_px, self.top_px]) / self.scale
        return np.clip(shifted, 0, [width_px, height_px, width_px, height_px]).astype(np.float32)


def whole_strides(size_px: float) -> int:
    """The multiple of the network's stride nearest to a size; at least one."""
    return max(1, round(size_px / STRIDE_PX)) * STRIDE_PX


def letterbox(image: Image, size_px: int) -> tuple[Image, Letterbox]:
    """Fits a picture into a frame of whole strides, its longer side ``size_px``.

    A 16:9 frame becomes 640 x 352, not 640 x 640: 45 % less work for the same plate pixels.
    """
    import cv2

    height, width = image.shape[:2]
    scale = size_px / max(height, width)
    inner_w, inner_h = max(1, round(width * scale)), max(1, round(height * scale))
    outer_w, outer_h = _whole(inner_w), _whole(inner_h)
    left, top = (outer_w - inner_w) // 2, (outer_h - inner_h) // 2
    if (inner_w, inner_h) != (width, height):
        image = cv2.resize(image, (inner_w, inner_h), interpolation=cv2.INTER_LINEAR)
    image = image[max(0, -top) : outer_h - top, max(0, -left) : outer_w - left]
    framed: Image = cv2.copyMakeBorder(
        image,
        max(0, top),
        max(0, outer_h - inner_h - top),
        max(0, left),
        max(0, outer_w - inner_w - left),
        cv2.BORDER_CONSTANT,
        value=(GREY, GREY, GREY),
    )
    return framed, Letterbox(scale, left, top)


def _whole(side_px: int) -> int:
    shorter = side_px // STRIDE_PX * STRIDE_PX
    return shorter if side_px - shorter <= MOST_CUT * side_px else shorter + STRIDE_PX


def to_tensor(image: Image, *, pictures: bool = False) -> Floats | Image:
    """BGR picture as the network takes it.

    Args:
        image: whole strides wide and high.
        pictures: the network takes bytes, (1, height, width, 3) BGR, not (1, 3, height, width) RGB in 0..1.
    """
    import cv2

    if pictures:
        return image[np.newaxis]
    blob: Floats = cv2.dnn.blobFromImage(image, 1 / 255, swapRB=True)
    return blob


def decode_yolo(
    output: Floats, fit: Letterbox, image: Image, min_confidence: float = MIN_CONFIDENCE
) -> list[Detection]:
    """YOLOv8 head (1, 4 + classes, anchors or the best of them), boxes as centre and size, to detections."""
    rows = output[0]
    scores = rows[4:].max(axis=0)
    kept = scores >= min_confidence
    if not kept.any():
        return []
    scores = scores[kept]
    centre, size = rows[:2, kept].T, rows[2:4, kept].T
    boxes = fit.back(np.concatenate([centre - size / 2, centre + size / 2], axis=1), *image.shape[1::-1])
    return [
        Detection((x1, y1, x2, y2), float(scores[i]))
        for i in suppress(boxes, scores)
        for x1, y1, x2, y2 in [boxes[i].tolist()]
        if x2 - x1 >= 1 and y2 - y1 >= 1
    ]


def suppress(boxes: Floats, scores: Floats) -> list[int]:
    """Non-maximum suppression, of parts as well: indices of the boxes (n, 4) to keep, best first."""
    order = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    while order.size:
        best = int(order[0])
        kept.append(best)
        rest = order[1:]
        same = iou(boxes[best], boxes[rest]) > NMS_IOU
        order = rest[~same & (_shared(boxes[best], boxes[rest]) <= MOST_SHARED)]
    return kept


def common_area(one: Box, other: Box) -> float:
    """Area that two boxes both cover, square pixels."""
    width = max(0.0, min(one[2], other[2]) - max(one[0], other[0]))
    return width * max(0.0, min(one[3], other[3]) - max(one[1], other[1]))


def iou(box: Floats, others: Floats) -> Floats:
    """Intersection over union of one box (4,) with others (n, 4)."""
    common = _common(box, others)
    share: Floats = common / np.maximum(_area(box) + _area(others) - common, 1e-9)
    return share


def _shared(box: Floats, others: Floats) -> Floats:
    """How much of the smaller of two boxes both cover, 0 to 1: one box (4,) with others (n, 4)."""
    smaller = np.maximum(np.minimum(_area(box), _area(others)), 1e-9)
    share: Floats = (_common(box, others) / smaller).astype(np.float32)
    return share


def _common(box: Floats, others: Floats) -> Floats:
    low = np.maximum(box[:2], others[:, :2])
    high = np.minimum(box[2:], others[:, 2:])
    common: Floats = np.prod(np.clip(high - low, 0, None), axis=1, dtype=np.float32)
    return common


def _area(boxes: Floats) -> Floats:
    area: Floats = np.prod(boxes[..., 2:] - boxes[..., :2], axis=-1, dtype=np.float32)
    return area
