"""The worst failures of a run, as small pictures: what a person looks at before changing anything."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anpr.bench.matching import Prediction, characters, folded, match

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anpr.bench.accuracy import Seen
    from anpr.bench.datasets import Picture
    from anpr.types import Box, Image

MOST_A_KIND = 12
#: Size of a picture in the report: the plate with its surroundings.
VIEW_W, VIEW_H = 360, 200
#: A plate fills this much of the picture's width at most.
PLATE_SHARE = 0.5
JPEG_QUALITY = 82

KINDS = {
    "misread": "Misread, the surest first",
    "missed": "Missed, the largest first",
    "false": "False plates, the surest first",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that went wrong.

    Attributes:
        kind: a key of ``KINDS``.
        picture: where it happened.
        box: where in it, pixels.
        wanted: the labelled text; empty where there is none.
        got: the text that was read; empty where nothing was.
        confidence: of the read, or of the detector for a false plate without text; 0 for a missed plate.
        weight: orders failures of a kind, the worst highest.
    """

    kind: str
    picture: Picture
    box: Box
    wanted: str
    got: str
    confidence: float
    weight: float


def worst(seen: Sequence[Seen], most: int = MOST_A_KIND) -> list[Failure]:
    """The worst failures of each kind."""
    found: list[Failure] = []
    for one in seen:
        if one.answer is None:
            if not one.crop_reads:
                continue
            texts = [truth for truth in one.picture.plates if truth.readable and truth.text]
            found.extend(
                misread(one.picture, truth.text, read)
                for truth, read in zip(texts, one.crop_reads, strict=True)
                if folded(read.text) != folded(truth.text)
            )
            continue
        matched = match(one.picture.plates, one.answer.predictions)
        for false in matched.false:
            sure = false.confidence if characters(false.text) else 0.0
            weight = max(sure, false.detection)
            found.append(Failure("false", one.picture, false.box, "", false.text, weight, weight))
        for truth, prediction in matched.pairs:
            if truth.readable and prediction is None:
                found.append(
                    Failure("missed", one.picture, truth.box, truth.text or "", "", 0.0, truth.height_px)
                )
            elif (
                truth.readable and truth.text and prediction and folded(prediction.text) != folded(truth.text)
            ):
                found.append(misread(one.picture, truth.text, prediction))
    return [
        failure
        for kind in KINDS
        for failure in sorted((f for f in found if f.kind == kind), key=lambda f: -f.weight)[:most]
    ]


def misread(picture: Picture, wanted: str | None, read: Prediction) -> Failure:
    """A plate that was found and read wrongly, or not at all."""
    return Failure("misread", picture, read.box, wanted or "", read.text, read.confidence, read.confidence)


def view(image: Image, box: Box) -> str:
    """The plate with its surroundings and a frame around it, as a ``data:`` address of a JPEG."""
    import cv2

    height, width = image.shape[:2]
    x1, y1, x2, y2 = box
    scale = min(4.0, PLATE_SHARE * VIEW_W / (x2 - x1), PLATE_SHARE * VIEW_H / (y2 - y1))
    cut_w, cut_h = min(width, round(VIEW_W / scale)), min(height, round(VIEW_H / scale))
    left = round(min(max((x1 + x2 - cut_w) / 2, 0), width - cut_w))
    top = round(min(max((y1 + y2 - cut_h) / 2, 0), height - cut_h))
    smooth = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    part = cv2.resize(
        image[top : top + cut_h, left : left + cut_w], None, fx=scale, fy=scale, interpolation=smooth
    )
    corners = [
        round(value)
        for value in ((x1 - left) * scale, (y1 - top) * scale, (x2 - left) * scale, (y2 - top) * scale)
    ]
    for colour, thick in (((0, 0, 0), 3), ((60, 200, 255), 1)):
        cv2.rectangle(
            part,
            (corners[0] - 2, corners[1] - 2),
            (corners[2] + 2, corners[3] + 2),
            colour,
            thick,
            cv2.LINE_AA,
        )
    _, data = cv2.imencode(".jpg", part, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return f"data:image/jpeg;base64,{base64.b64encode(data.tobytes()).decode()}"
