"""Synthetic crops for the reader, drawn ahead: plates, photographed plates on drawn cars, signs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from anpr.training.alphabet import SLOTS, encode
from anpr.training.captions import board, caption
from anpr.training.crests import crested
from anpr.training.crops import PlateCrop, crop, crop_of
from anpr.training.plates import Plate
from anpr.training.plates_world import plate
from anpr.training.reader_data import NO_PLATE, UNKNOWN_CORNERS, CropSet, fit, upright
from anpr.training.reader_size import SMALL
from anpr.training.stacks import stacked_crop

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.random import Generator
    from numpy.typing import NDArray

    from anpr.training.data import LabelledPlate
    from anpr.training.reader_size import ReaderSize
    from anpr.types import Image

#: What the reader practises: Hong Kong and its second plates most, then some of everywhere.
MIX = {
    "HK": 0.42, "CN2": 0.15, "CN": 0.06, "MO": 0.03, "SG": 0.06, "MY": 0.03,
    "GB": 0.03, "EU": 0.09, "US": 0.08, "BR": 0.03, "ANY": 0.02,
}  # fmt: skip
#: Share of crested plates beside the mix.
CRESTED_SHARE = 0.06
#: Synthetic crops kept for validation: the last of the first shard.
VALIDATION_CROPS = 1000
#: Share of plates that end in a thin character: beside a border it is easily taken for a part of it.
THIN_ENDED_SHARE = 0.08
THIN = "1I"
#: Share of plates with a character that is often taken for another: G for C, W for M, 8 for 0, V for U.
MISTAKEN_SHARE = 0.12
MISTAKEN = frozenset("GW8V")
#: Share of European plates that begin with a T, an I or a J: beside the blue strip one is taken for another.
SLIM_FIRST_SHARE, SLIM_FIRST, EUROPE = 0.03, "TIJ", {"EU": 1.0}
#: Share of second plates with a letter before 港 or 澳: there a D is taken for a 0.
LETTER_LAST_SHARE, LETTER_LAST, SECOND_PLATES = 0.04, "ABCDEFGHJK", {"CN2": 1.0}
#: Plates drawn to find a wanted one.
MOST_DRAWN = 60
#: Share of drawn crops of a sign, a caption or a poster: no plate, whatever stands on it.
LURE_SHARE = 0.04
#: Share of crops whose box holds two plates, one above the other: the upper one is read.
STACKED_SHARE = 0.05
#: Share of crops set upright by their corners, give or take, as a plate is that is looked at twice.
UPRIGHT_SHARE = 0.3
#: Share of crops that show a photographed plate, where there are any, hung on a drawn car.
PHOTOGRAPHED_SHARE = 0.08


def write_shard(
    folder: Path,
    index: int,
    count: int,
    seed: int,
    mix: dict[str, float] | None = None,
    crested_share: float = CRESTED_SHARE,
    thin_share: float = THIN_ENDED_SHARE,
    hung: Sequence[tuple[Image, LabelledPlate]] = (),
    size: ReaderSize = SMALL,
) -> None:
    """Draws `count` synthetic crops and stores them as `NNNN.images.npy`, `.labels.npy` and `.corners.npy`.

    The images file is written last and renamed into place, so a shard that can be seen is whole.

    Args:
        folder: where the shards lie.
        index: number of the shard.
        count: crops in it.
        seed: seed and number of a shard alone decide what it holds.
        mix: country key to share, as of `plates_world.MIX`.
        crested_share: share of crested plates.
        thin_share: share of plates that end in a thin character.
        hung: photographed plates, as `data.photographed` gives them, to be shown in other weather.
        size: of the reader that is to see them.
    """
    rng = np.random.default_rng((seed, index))
    mix = mix or MIX
    ways = [
        (crested_share, _crested_crop),
        (thin_share, lambda rng: _crop_until(rng, mix, lambda text: text[-1] in THIN)),
        (MISTAKEN_SHARE, lambda rng: _crop_until(rng, mix, lambda text: not MISTAKEN.isdisjoint(text))),
        (SLIM_FIRST_SHARE, lambda rng: _crop_until(rng, EUROPE, lambda text: text[0] in SLIM_FIRST)),
        (
            LETTER_LAST_SHARE,
            lambda rng: _crop_until(rng, SECOND_PLATES, lambda text: text[-2] in LETTER_LAST),
        ),
        (LURE_SHARE, _lure_crop),
        (STACKED_SHARE, stacked_crop),
        (
            PHOTOGRAPHED_SHARE if hung else 0.0,
            lambda rng: _hung_crop(rng, *hung[int(rng.integers(len(hung)))]),
        ),
    ]
    upto = np.cumsum([share for share, _ in ways])
    images = np.empty((count, size.height_px, size.width_px, 3), np.uint8)
    labels = np.zeros((count, SLOTS + 1), np.int64)
    corners = np.empty((count, 8), np.float32)
    done = 0
    while done < count:
        way = int(np.searchsorted(upto, rng.random(), side="right"))
        made = ways[way][1](rng) if way < len(ways) else crop(rng, mix=mix)
        codes = encode(made.text) if made is not None else None
        if made is None or codes is None:
            continue
        images[done], corners[done] = _seen(rng, made, size)
        labels[done, :SLOTS], labels[done, SLOTS] = codes, made.rows
        done += 1
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / f"{index:04d}.labels.npy", labels)
    np.save(folder / f"{index:04d}.corners.npy", corners)
    partial = folder / f"{index:04d}.partial.npy"
    np.save(partial, images)
    partial.rename(folder / f"{index:04d}.images.npy")


def _seen(rng: Generator, made: PlateCrop, size: ReaderSize) -> tuple[Image, NDArray[np.float32]]:
    """A crop at input size with the corners in it: as the detector cuts it, or set upright."""
    height, width = made.image.shape[:2]
    if made.rows == NO_PLATE:
        return fit(made.image, size), UNKNOWN_CORNERS
    if rng.random() >= UPRIGHT_SHARE:
        return fit(made.image, size), (made.quad / (width, height)).astype(np.float32).reshape(8)
    across, down = np.ptp(made.quad[:, 0]), np.ptp(made.quad[:, 1])
    outwards = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (0.6 * across, down)
    margin = rng.uniform(0, 0.07) + rng.normal(0, 0.025, (4, 2))
    frame = (made.quad + outwards * margin).astype(np.float32)
    turn = cv2.getPerspectiveTransform(frame, np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32))
    inside = cv2.perspectiveTransform(made.quad[None].astype(np.float32), turn)[0]
    return upright(made.image, frame, size), inside.astype(np.float32).reshape(8)


def _crested_crop(rng: Generator) -> PlateCrop:
    char_px = float(np.exp(rng.uniform(np.log(8), np.log(60))))
    return crop_of(rng, crested(rng, int(np.clip(round(char_px * 1.4), 18, 72))), char_px)


def _crop_until(rng: Generator, mix: dict[str, float], wanted: Callable[[str], bool]) -> PlateCrop:
    """A plate whose text is wanted, or the last one drawn of many that were not."""
    char_px = float(np.exp(rng.uniform(np.log(9), np.log(60))))
    for _ in range(MOST_DRAWN):
        drawn = plate(rng, int(np.clip(round(char_px * 1.4), 18, 72)), mix)
        if wanted(drawn.text):
            break
    return crop_of(rng, drawn, char_px)


def _lure_crop(rng: Generator) -> PlateCrop | None:
    """A sign board or a caption as a detector cuts it that takes it for a plate."""
    lure = board(rng, int(rng.integers(60, 260))) if rng.random() < 0.7 else caption(rng, 240)
    if lure is None:
        return None
    image, cover = lure
    char_px = max(4, round(image.shape[0] * 0.6))
    alpha = np.asarray(np.clip(cover * 255, 0, 255), np.uint8)
    flat = Plate(image, alpha, "", NO_PLATE, "", "lure", dark=False, char_px=char_px)
    return crop_of(rng, flat, float(np.exp(rng.uniform(np.log(8), np.log(50)))))


def _hung_crop(rng: Generator, image: Image, label: LabelledPlate) -> PlateCrop:
    """A photographed plate, tight and square on, on a drawn car."""
    height, width = image.shape[:2]
    tall = int(rng.uniform(36, 110))
    scale = tall / height
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    sized = np.asarray(cv2.resize(image, (max(8, round(width * scale)), tall), interpolation=way), np.uint8)
    # Characters of plates of the United States fill a little under half of the height.
    char_px = max(8, round(tall * 0.46))
    flat = Plate(
        sized,
        np.full(sized.shape[:2], 255, np.uint8),
        label.text or "",
        label.rows or 1,
        label.region or "US",
        "photographed",
        dark=False,
        char_px=char_px,
    )
    return crop_of(rng, flat, float(min(char_px, np.exp(rng.uniform(np.log(9), np.log(50))))))


def read_shard(folder: Path, index: int) -> CropSet:
    """Opens a shard; the images stay on disk until they are used."""
    images = np.load(folder / f"{index:04d}.images.npy", mmap_mode="r")
    labels = np.load(folder / f"{index:04d}.labels.npy")
    corners = np.load(folder / f"{index:04d}.corners.npy")
    return CropSet(images, labels[:, :SLOTS], labels[:, SLOTS], corners)


def shard_numbers(folder: Path) -> list[int]:
    """Numbers of the shards that are complete."""
    return sorted(int(path.name[:4]) for path in folder.glob("[0-9][0-9][0-9][0-9].images.npy"))
