"""Crops for the reader: one form for drawn and real ones, real ones from labelled sets, and their damage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from anpr.errors import InputError
from anpr.training import effects
from anpr.training.alphabet import SLOTS, encode
from anpr.training.cleaning import read_notes
from anpr.training.data import cut_box, held_out, load_manifest
from anpr.training.reader_size import LARGE, SMALL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.random import Generator
    from numpy.typing import NDArray

    from anpr.training.reader_size import ReaderSize
    from anpr.types import Image

#: Share of crops with light spilling over.
BLOOMED_SHARE = 0.2
#: Share of a large reader's crops that hold no more than a small one sees.
COARSE_SHARE = 0.5
#: What stands for the number of rows of a crop that shows no plate.
NO_PLATE = -1
#: What is known of the corners of a plate that a box alone was drawn around.
UNKNOWN_CORNERS = np.full(8, np.nan, np.float32)
#: Real crops are kept with this much of their surroundings, so that boxes can be jittered later.
KEPT_PADDING = 0.15


@dataclass(frozen=True, slots=True)
class CropSet:
    """Crops of one size with their labels.

    Attributes:
        images: n x height x width x 3, BGR, 8 bit.
        codes: n x slots, class numbers.
        rows: n, 1 or 2; 0 where unknown; `NO_PLATE` where the crop shows none.
        corners: n x 8, where the plate's corners lie: x and y in parts of the crop's width and height,
            clockwise from the top left; not a number where unknown.
    """

    images: NDArray[np.uint8]
    codes: NDArray[np.int64]
    rows: NDArray[np.int64]
    corners: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True, slots=True)
class RealCrop:
    """A labelled crop in its own size; `padding` around the plate is in parts of its width and height."""

    image: Image
    codes: NDArray[np.int64]
    rows: int
    padding: float
    set_name: str


def fit(image: Image, size: ReaderSize) -> Image:
    """Stretches a crop to a reader's input size."""
    shrinks = image.shape[0] > size.height_px and image.shape[1] > size.width_px
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (size.width_px, size.height_px), interpolation=way), dtype=np.uint8)


def upright(image: Image, corners: NDArray[np.float32], size: ReaderSize) -> Image:
    """The part between four corners (4 x 2 px, clockwise from the top left) at a reader's input size."""
    height, width = size.height_px, size.width_px
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    across, down = np.ptp(corners, axis=0).tolist()
    coarse = max(1.0, min(across / width, down / height))
    if coarse > 1:
        image = np.asarray(
            cv2.resize(image, None, fx=1 / coarse, fy=1 / coarse, interpolation=cv2.INTER_AREA), np.uint8
        )
    turn = cv2.getPerspectiveTransform((corners / coarse).astype(np.float32), target)
    return np.asarray(
        cv2.warpPerspective(image, turn, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def load_real(sets: Sequence[Path]) -> tuple[list[RealCrop], list[RealCrop]]:
    """Cuts every plate with a text out of labelled sets.

    Returns:
        Crops to train on and crops held out.

    Raises:
        PolicyError: a set is for evaluation only.
        InputError: a set cannot be read.
    """
    training: list[RealCrop] = []
    validation: list[RealCrop] = []
    for folder in sets:
        for picture in load_manifest(folder, for_training=True):
            image: Image | None = None
            for label in picture.plates:
                codes = encode(label.text) if label.text else None
                if codes is None or not label.readable:
                    continue
                if image is None:
                    loaded = cv2.imread(str(picture.path))
                    if loaded is None:
                        raise InputError(
                            f"{picture.path} is not a picture.", "Remove its line from the manifest."
                        )
                    image = np.asarray(loaded, dtype=np.uint8)
                padding = 0.0 if picture.is_crop else KEPT_PADDING
                real = RealCrop(
                    cut_box(image, label.box, padding), codes, label.rows or 0, padding, folder.name
                )
                (validation if held_out(picture) else training).append(real)
    return training, validation


def load_lures(notes: Path, set_name: str = "lures") -> list[RealCrop]:
    """Cuts the places that were mistaken for plates, as `cleaning.survey` notes them, out of their pictures.

    Raises:
        InputError: a line cannot be read, or a picture.
    """
    lures: list[RealCrop] = []
    for path, finds in read_notes(notes).items():
        image = cv2.imread(str(path)) if finds else None
        if finds and image is None:
            raise InputError(f"{path} is not a picture.", f"Remove its line from {notes}.")
        lures += [
            RealCrop(
                cut_box(np.asarray(image, np.uint8), find.box, KEPT_PADDING),
                np.zeros(SLOTS, np.int64),
                NO_PLATE,
                KEPT_PADDING,
                set_name,
            )
            for find in finds
        ]
    return lures


def plain(real: RealCrop, size: ReaderSize, keep_padding: float = 0.0) -> Image:
    """The crop as a perfect detector would cut it, at input size."""
    height, width = real.image.shape[:2]
    share = max(0.0, (real.padding - keep_padding) / (1 + 2 * real.padding))
    return fit(
        real.image[
            round(height * share) : max(1, round(height * (1 - share))),
            round(width * share) : max(1, round(width * (1 - share))),
        ],
        size,
    )


def distorted(real: RealCrop, rng: Generator, size: ReaderSize) -> Image:
    """A real crop with its box jittered, turned, blurred, dimmed and compressed."""
    height, width = real.image.shape[:2]
    inset = real.padding / (1 + 2 * real.padding)
    corners = np.array([[inset, inset], [1 - inset, inset], [1 - inset, 1 - inset], [inset, 1 - inset]])
    grow = rng.uniform(-0.03, 0.1, 4)
    corners += np.array([[-grow[0], -grow[1]], [grow[2], -grow[1]], [grow[2], grow[3]], [-grow[0], grow[3]]])
    corners += rng.normal(0, 0.02, (4, 2)) * [0.6, 1.5]
    seen = upright(real.image, (corners * [width, height]).astype(np.float32), size)
    return worn(seen, rng, strength=1.0)


def bloomed(image: Image, rng: Generator) -> Image:
    """Light spilling over: a reflecting ground eats thin strokes, and sharpening leaves edges that ring."""
    light = (image.astype(np.float32) / 255) ** 2.2
    spilt = cv2.GaussianBlur(light, (0, 0), rng.uniform(0.6, 1.8), sigmaY=rng.uniform(0.5, 1.6))
    seen = np.clip(spilt * rng.uniform(0.9, 2.2), 0, 1) ** (1 / 2.2) * 255
    if rng.random() < 0.5:
        seen += (seen - cv2.GaussianBlur(seen, (0, 0), rng.uniform(1.0, 2.5))) * rng.uniform(0.4, 2.0)
    return np.asarray(np.clip(seen, 0, 255), dtype=np.uint8)


def worn(image: Image, rng: Generator, strength: float) -> Image:
    """A crop at input size, damaged; a large reader's is half of the time as coarse as a small one's."""
    if image.shape[0] == SMALL.height_px or rng.random() > COARSE_SHARE:
        return degraded(image, rng, strength)
    return fit(degraded(fit(image, SMALL), rng, strength), LARGE)


def degraded(image: Image, rng: Generator, strength: float) -> Image:
    """Light, colour, blur, loss of resolution and compression at input size; `strength` scales how often."""
    out = bloomed(image, rng) if rng.random() < BLOOMED_SHARE else image
    if rng.random() < 0.5 * strength:
        gamma, gain = np.exp(rng.normal(0, 0.3)), np.exp(rng.normal(0, 0.25))
        if rng.random() < 0.12:
            gain *= rng.uniform(0.15, 0.5)
        table = np.clip((np.arange(256) / 255.0) ** gamma * gain * 255 + rng.normal(0, 10), 0, 255).astype(
            np.uint8
        )
        out = cv2.LUT(out, table)
    if rng.random() < 0.15 * strength:
        out = cv2.cvtColor(cv2.cvtColor(out, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    elif rng.random() < 0.2 * strength:
        out = np.clip(out * (1 + rng.normal(0, 0.12, 3)), 0, 255).astype(np.uint8)
    if rng.random() < 0.2 * strength:
        out = cv2.GaussianBlur(out, (0, 0), rng.uniform(0.5, 1.8), sigmaY=rng.uniform(0.3, 1.2))
    if rng.random() < 0.2 * strength:
        factor = rng.uniform(0.25, 0.8)
        small = cv2.resize(out, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        if rng.random() < 0.5:
            # Compressed while it was small: the blocks grow with it.
            small = effects.jpeg(np.asarray(small, np.uint8), int(rng.integers(25, 85)))
        out = cv2.resize(small, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.2 * strength:
        cv2.setRNGSeed(int(rng.integers(2**31)))
        noise = cv2.randn(np.empty(out.shape, np.float32), 0.0, rng.uniform(2, 14))
        out = np.clip(out + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.15 * strength:
        out = effects.jpeg(out, int(rng.integers(20, 70)))
    return np.asarray(out, dtype=np.uint8)
