"""Crops for the reader: shards of synthetic plates drawn ahead, and real crops from labelled sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from anpr.errors import InputError
from anpr.training.alphabet import INPUT_HEIGHT_PX, INPUT_WIDTH_PX, SLOTS, encode
from anpr.training.crests import crested
from anpr.training.crops import PlateCrop, crop, crop_of
from anpr.training.data import cut_box, held_out, load_manifest
from anpr.training.plates_world import plate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.random import Generator
    from numpy.typing import NDArray

    from anpr.types import Image

#: What the reader practises: Hong Kong and its second plates most, then some of everywhere.
MIX = {
    "HK": 0.42, "CN2": 0.15, "CN": 0.06, "MO": 0.03, "SG": 0.06, "MY": 0.03,
    "GB": 0.03, "EU": 0.09, "US": 0.08, "BR": 0.03, "ANY": 0.02,
}  # fmt: skip
#: Share of crops with light spilling over.
BLOOMED_SHARE = 0.2
#: Share of crested plates beside the mix.
CRESTED_SHARE = 0.06
#: Synthetic crops kept for validation: the last of the first shard.
VALIDATION_CROPS = 1000
#: Share of plates that end in a thin character: beside a border it is easily taken for a part of it.
THIN_ENDED_SHARE = 0.05
THIN = "1I"
#: Plates drawn to find one that ends so.
MOST_DRAWN = 60
#: Real crops are kept with this much of their surroundings, so that boxes can be jittered later.
KEPT_PADDING = 0.15


@dataclass(frozen=True, slots=True)
class CropSet:
    """Crops of one size with their labels.

    Attributes:
        images: n x height x width x 3, BGR, 8 bit.
        codes: n x slots, class numbers.
        rows: n, 1 or 2; 0 where unknown.
    """

    images: NDArray[np.uint8]
    codes: NDArray[np.int64]
    rows: NDArray[np.int64]

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


def fit(image: Image) -> Image:
    """Stretches a crop to the reader's input size."""
    shrinks = image.shape[0] > INPUT_HEIGHT_PX and image.shape[1] > INPUT_WIDTH_PX
    size = (INPUT_WIDTH_PX, INPUT_HEIGHT_PX)
    return np.asarray(
        cv2.resize(image, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR), dtype=np.uint8
    )


def write_shard(
    folder: Path,
    index: int,
    count: int,
    seed: int,
    mix: dict[str, float] | None = None,
    crested_share: float = CRESTED_SHARE,
    thin_share: float = THIN_ENDED_SHARE,
) -> None:
    """Draws `count` synthetic crops and stores them as `NNNN.images.npy` and `NNNN.labels.npy`.

    The images file is written last and renamed into place, so a shard that can be seen is whole.
    """
    rng = np.random.default_rng((seed, index))
    images = np.empty((count, INPUT_HEIGHT_PX, INPUT_WIDTH_PX, 3), np.uint8)
    labels = np.zeros((count, SLOTS + 1), np.int64)
    done = 0
    while done < count:
        chance = rng.random()
        if chance < crested_share:
            made = _crested_crop(rng)
        elif chance < crested_share + thin_share:
            made = _thin_ended_crop(rng, mix or MIX)
        else:
            made = crop(rng, mix=mix or MIX)
        codes = encode(made.text)
        if codes is None:
            continue
        images[done] = fit(made.image)
        labels[done, :SLOTS], labels[done, SLOTS] = codes, made.rows
        done += 1
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / f"{index:04d}.labels.npy", labels)
    partial = folder / f"{index:04d}.partial.npy"
    np.save(partial, images)
    partial.rename(folder / f"{index:04d}.images.npy")


def _crested_crop(rng: Generator) -> PlateCrop:
    char_px = float(np.exp(rng.uniform(np.log(8), np.log(60))))
    return crop_of(rng, crested(rng, int(np.clip(round(char_px * 1.4), 18, 72))), char_px)


def _thin_ended_crop(rng: Generator, mix: dict[str, float]) -> PlateCrop:
    char_px = float(np.exp(rng.uniform(np.log(9), np.log(60))))
    for _ in range(MOST_DRAWN):
        drawn = plate(rng, int(np.clip(round(char_px * 1.4), 18, 72)), mix)
        if drawn.text[-1] in THIN:
            break
    return crop_of(rng, drawn, char_px)


def read_shard(folder: Path, index: int) -> CropSet:
    """Opens a shard; the images stay on disk until they are used."""
    images = np.load(folder / f"{index:04d}.images.npy", mmap_mode="r")
    labels = np.load(folder / f"{index:04d}.labels.npy")
    return CropSet(images, labels[:, :SLOTS], labels[:, SLOTS])


def shard_numbers(folder: Path) -> list[int]:
    """Numbers of the shards that are complete."""
    return sorted(int(path.name[:4]) for path in folder.glob("[0-9][0-9][0-9][0-9].images.npy"))


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


def plain(real: RealCrop, keep_padding: float = 0.0) -> Image:
    """The crop as a perfect detector would cut it, at input size."""
    height, width = real.image.shape[:2]
    share = max(0.0, (real.padding - keep_padding) / (1 + 2 * real.padding))
    return fit(
        real.image[
            round(height * share) : max(1, round(height * (1 - share))),
            round(width * share) : max(1, round(width * (1 - share))),
        ]
    )


def distorted(real: RealCrop, rng: Generator) -> Image:
    """A real crop with its box jittered, turned, blurred, dimmed and compressed."""
    height, width = real.image.shape[:2]
    inset = real.padding / (1 + 2 * real.padding)
    corners = np.array([[inset, inset], [1 - inset, inset], [1 - inset, 1 - inset], [inset, 1 - inset]])
    grow = rng.uniform(-0.03, 0.1, 4)
    corners += np.array([[-grow[0], -grow[1]], [grow[2], -grow[1]], [grow[2], grow[3]], [-grow[0], grow[3]]])
    corners += rng.normal(0, 0.02, (4, 2)) * [0.6, 1.5]
    out_height, out_width = INPUT_HEIGHT_PX, INPUT_WIDTH_PX
    source = (corners * [width, height]).astype(np.float32)
    target = np.array([[0, 0], [out_width, 0], [out_width, out_height], [0, out_height]], np.float32)
    image = real.image
    coarse = max(1.0, min(width / out_width, height / out_height))
    if coarse > 1:
        image = np.asarray(
            cv2.resize(image, None, fx=1 / coarse, fy=1 / coarse, interpolation=cv2.INTER_AREA),
            dtype=np.uint8,
        )
        source /= coarse
    warped = cv2.warpPerspective(
        image,
        cv2.getPerspectiveTransform(source, target),
        (out_width, out_height),
        borderMode=cv2.BORDER_REPLICATE,
    )
    return degraded(np.asarray(warped, dtype=np.uint8), rng, strength=1.0)


def bloomed(image: Image, rng: Generator) -> Image:
    """Light spilling over: a reflecting ground eats thin strokes, and sharpening leaves edges that ring."""
    light = (image.astype(np.float32) / 255) ** 2.2
    spilt = cv2.GaussianBlur(light, (0, 0), rng.uniform(0.6, 1.8), sigmaY=rng.uniform(0.5, 1.6))
    seen = np.clip(spilt * rng.uniform(0.9, 2.2), 0, 1) ** (1 / 2.2) * 255
    if rng.random() < 0.5:
        seen += (seen - cv2.GaussianBlur(seen, (0, 0), rng.uniform(1.0, 2.5))) * rng.uniform(0.4, 2.0)
    return np.asarray(np.clip(seen, 0, 255), dtype=np.uint8)


def degraded(image: Image, rng: Generator, strength: float) -> Image:
    """Light, colour, blur, loss of resolution and compression at input size; `strength` scales how often."""
    out = bloomed(image, rng) if rng.random() < BLOOMED_SHARE else image
    if rng.random() < 0.5 * strength:
        gamma, gain = np.exp(rng.normal(0, 0.3)), np.exp(rng.normal(0, 0.25))
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
        factor = rng.uniform(0.35, 0.8)
        small = cv2.resize(out, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        out = cv2.resize(small, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.2 * strength:
        cv2.setRNGSeed(int(rng.integers(2**31)))
        noise = cv2.randn(np.empty(out.shape, np.float32), 0.0, rng.uniform(2, 14))
        out = np.clip(out + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.15 * strength:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 70))]
        packed = cv2.imencode(".jpg", out, quality)[1]
        out = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), dtype=np.uint8)
    return np.asarray(out, dtype=np.uint8)
