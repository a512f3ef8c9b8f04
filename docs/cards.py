"""Draws the failure pictures of the model cards: drawn plates that the shipped weights get wrong.

usage: python docs/cards.py [DIRECTORY]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from anpr.plates import normal_form
from anpr.training.crops import crop
from anpr.training.scenes import scene
from anpr.vision.detect import iou
from anpr.vision.detect_onnx import OnnxDetector
from anpr.vision.read import cut
from anpr.vision.read_large import LargeReader
from anpr.vision.read_plate import PlateReader
from anpr.vision.weights import find

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from anpr.types import Box, Reading
    from anpr.types import Image as Picture

ROOT = Path(__file__).parents[1]
SEED = 20261122
CROPS, SCENES = 1500, 60
#: Smaller characters a person cannot read either.
LEAST_CHARACTER_PX = 12
SAME_PLACE_IOU = 0.5
COLUMNS, ROWS = 4, 3
TILE_PX, PICTURE_PX, GAP_PX = (300, 190), (284, 130), 8
INK, PAPER, PALE = (26, 32, 38), (250, 250, 248), (96, 104, 112)


def misread(
    read: Callable[[Sequence[Picture], Sequence[int]], list[Reading]],
) -> list[tuple[Picture, str, str]]:
    """Plates that were misread, the surest first: picture, what stands there, what was read."""
    rng = np.random.default_rng(SEED)
    drawn = [made for made in (crop(rng) for _ in range(CROPS)) if made.char_px >= LEAST_CHARACTER_PX]
    readings = read([made.image for made in drawn], [made.rows for made in drawn])
    wrong = [
        (made, reading)
        for made, reading in zip(drawn, readings, strict=True)
        if normal_form(made.text) != normal_form(reading.text)
    ]
    print(f"{len(wrong)} of {len(drawn)} drawn plates misread.")
    wrong.sort(key=lambda one: -one[1].confidence)
    return [
        (made.image, made.text, f"read {reading.text or 'nothing'}, {reading.confidence:.2f}")
        for made, reading in wrong[: COLUMNS * ROWS]
    ]


def misfound(detector: OnnxDetector) -> list[tuple[Picture, str, str]]:
    """Places in drawn roads where a plate was overlooked or seen in vain."""
    rng = np.random.default_rng(SEED)
    found: list[tuple[float, Picture, str, str]] = []
    for _ in range(SCENES):
        road = scene(rng)
        truths = np.array([plate.box for plate in road.plates], np.float32).reshape(-1, 4)
        seen = detector.detect(road.image)
        boxes = np.array([detection.box for detection in seen], np.float32).reshape(-1, 4)
        for detection in seen:
            if not len(truths) or iou(np.array(detection.box, np.float32), truths).max() < SAME_PLACE_IOU:
                claim = f"taken for a plate, {detection.confidence:.2f}"
                found.append((detection.confidence, around(road.image, detection.box), "no plate", claim))
        for plate in road.plates:
            if not len(boxes) or iou(np.array(plate.box, np.float32), boxes).max() < SAME_PLACE_IOU:
                height = plate.box[3] - plate.box[1]
                found.append((height / 100, around(road.image, plate.box), plate.text, "overlooked"))
    print(f"{len(found)} failures in {SCENES} drawn roads.")
    found.sort(key=lambda one: -one[0])
    return [one[1:] for one in found[: COLUMNS * ROWS]]


def around(image: Picture, box: Box) -> Picture:
    """What surrounds a box, with the box drawn."""
    marked = image.copy()
    x1, y1, x2, y2 = map(round, box)
    cv2.rectangle(marked, (x1 - 1, y1 - 1), (x2 + 1, y2 + 1), (60, 60, 230), 1)
    return cut(marked, box, 1.0)


def sheet(tiles: list[tuple[Picture, str, str]], path: Path) -> None:
    """A sheet of pictures, each with two lines below."""
    rows = -(-len(tiles) // COLUMNS)
    page = Image.new("RGB", (COLUMNS * TILE_PX[0], max(1, rows) * TILE_PX[1]), PAPER)
    pen = ImageDraw.Draw(page)
    font = ImageFont.truetype("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 17)
    for number, (picture, title, note) in enumerate(tiles):
        x, y = number % COLUMNS * TILE_PX[0] + GAP_PX, number // COLUMNS * TILE_PX[1] + GAP_PX
        scale = min(PICTURE_PX[0] / picture.shape[1], PICTURE_PX[1] / picture.shape[0])
        size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
        page.paste(Image.fromarray(cv2.resize(picture, size)[:, :, ::-1]), (x, y))
        pen.text((x, y + PICTURE_PX[1] + 4), title, INK, font)
        pen.text((x, y + PICTURE_PX[1] + 24), note, PALE, font)
    page.save(path, optimize=True)
    print(path)


def main(directory: Path) -> None:
    """Draws all sheets."""
    directory.mkdir(parents=True, exist_ok=True)
    small, large = PlateReader(find("plate-reader")), LargeReader(find("plate-reader-large"))
    sheet(misread(lambda crops, _: small.read(crops)), directory / "reader-failures.png")
    sheet(misread(large.read), directory / "reader-large-failures.png")
    sheet(misfound(OnnxDetector(find("plate-detector").path)), directory / "detector-failures.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images")
