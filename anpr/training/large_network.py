"""The large reader's network: PP-OCRv6's small recogniser, for one row or two, with the alphabet of plates.

It was taught on far more print than plates have (PaddleOCR, Apache-2.0) and learns plates from there. What it
sees of a row it pools to one line of places; of a crop twice as high it keeps two lines, read one after the
other, and looks around over both. So a two-row plate is read as a whole.
"""

# torch has no types here
# mypy: disallow-subclassing-any=False

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from anpr.training.alphabet import CLASSES
from anpr.training.reader_network import Calibrated, Layer
from anpr.training.reader_size import LARGE
from anpr.vision.read_large import VIEWS_PX

#: Channels, stride, and whether it weighs its channels, of each block: as in PP-OCRv6.
_BLOCKS: tuple[tuple[int, tuple[int, int], bool], ...] = (
    (96, (1, 1), True),
    (96, (1, 1), False),
    (96, (1, 1), False),
    (192, (2, 1), False),
    (192, (1, 1), True),
    (192, (1, 1), False),
    (192, (1, 1), True),
    (192, (1, 1), False),
    (192, (1, 1), True),
    (192, (1, 1), False),
    (384, (2, 1), False),
    (384, (1, 1), True),
    (384, (1, 1), False),
)
_WIDTH, _HEADS, _LAYERS = 120, 8, 2
#: A line of places stands for this many rows and columns of what the blocks see.
_POOL = (3, 2)
#: Most places of a crop, and the score of what cannot be.
PLACES = max(width // 8 * height // 48 for width, height in VIEWS_PX)
NEVER = -1e4


class Weigher(nn.Module):
    """Weighs channels by what all of the crop shows (squeeze and excitation)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, channels // 4, 1)
        self.excite = nn.Conv2d(channels // 4, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Keeps the shape."""
        weights = self.excite(functional.relu(self.squeeze(x.mean((2, 3), keepdim=True))))
        return x * torch.clamp(weights / 6 + 0.5, 0, 1)


class Block(nn.Module):
    """A depthwise view and a pointwise bottleneck, beside a shortcut where the shape is kept."""

    def __init__(self, inputs: int, outputs: int, stride: tuple[int, int], weighs: bool) -> None:
        super().__init__()
        self.view = nn.Conv2d(inputs, inputs, 3, stride, 1, groups=inputs)
        self.weigh = Weigher(inputs) if weighs else nn.Identity()
        self.widen = nn.Conv2d(inputs, 2 * inputs, 1)
        self.narrow = nn.Conv2d(2 * inputs, outputs, 1)
        self._shortcut = stride == (1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Batch x inputs x height x width to outputs."""
        x = self.weigh(self.view(x))
        made: Tensor = self.narrow(functional.gelu(self.widen(x)))
        return x + made if self._shortcut else made


class Stem(nn.Module):
    """From pixels to a quarter of the height and of the width, by two ways that are laid together."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 48, 3, 2, 1)
        self.narrow = nn.Conv2d(48, 24, 2)
        self.widen = nn.Conv2d(24, 48, 2)
        self.join = nn.Conv2d(96, 48, 3, 2, 1)
        self.out = nn.Conv2d(48, _BLOCKS[0][0], 1)

    def forward(self, x: Tensor) -> Tensor:
        """Batch x 3 x height x width to batch x 96 x height / 4 x width / 4."""
        x = functional.pad(functional.relu(self.first(x)), (0, 1, 0, 1))
        made = functional.pad(functional.relu(self.narrow(x)), (0, 1, 0, 1))
        both = torch.cat([functional.max_pool2d(x, 2, 1), functional.relu(self.widen(made))], 1)
        return functional.relu(self.out(functional.relu(self.join(both))))


class LargeReaderNetwork(nn.Module):
    """Crops to character scores.

    Input: batch x height x width x 3, BGR, 0 to 255 (any numeric type), height and width as `VIEWS_PX` has
    them for one row and for two.
    Output: scores batch x places x classes, before softmax; width / 8 places a row, the upper row first.
    """

    size = LARGE

    def __init__(self) -> None:
        super().__init__()
        self.stem = Stem()
        inputs = (_BLOCKS[0][0], *(outputs for outputs, _, _ in _BLOCKS))
        self.blocks = nn.Sequential(
            *(Block(width, *block) for width, block in zip(inputs, _BLOCKS, strict=False))
        )
        self.past = nn.Conv2d(_BLOCKS[-1][0], _WIDTH, 1)
        self.along = nn.Conv2d(_BLOCKS[-1][0], _WIDTH, 1)
        self.beside = nn.Conv2d(_WIDTH, _WIDTH, (1, 7), padding=(0, 3), groups=_WIDTH)
        self.encoder = nn.ModuleList(Layer(_WIDTH, _HEADS, nn.SiLU()) for _ in range(_LAYERS))
        self.norm = nn.LayerNorm(_WIDTH)
        self.characters = nn.Linear(_WIDTH, len(CLASSES))

    def forward(self, crops: Tensor) -> Tensor:
        """Scores of characters."""
        x = crops.permute(0, 3, 1, 2).float() / 127.5 - 1
        x = self.blocks(self.stem(x.contiguous(memory_format=torch.channels_last)))
        x = functional.avg_pool2d(x, _POOL)
        along = functional.silu(self.along(x))
        along = along + functional.silu(self.beside(along))
        places = along.flatten(2).transpose(1, 2)
        n = places.shape[1]
        flat = places.reshape(-1, _WIDTH)
        for layer in self.encoder:
            flat = layer(flat, n)
        past = functional.silu(self.past(x)).flatten(2).transpose(1, 2).reshape(-1, _WIDTH)
        scores: Tensor = self.characters(self.norm(flat) + past)
        return scores.reshape(-1, n, len(CLASSES))

    def score(self, crops: Tensor, rows: Tensor) -> Tensor:
        """Scores of crops as they are drawn and stored, batch x 96 x 320 x 3, batch x places x classes.

        Each is looked at as its rows want it; of unknown rows it is taken to have one. Crops of one row have
        fewer places, and nothing stands at the rest.
        """
        nothing = torch.full((len(CLASSES),), NEVER)
        nothing[0] = 0
        scores = nothing.repeat(len(crops), PLACES, 1)
        two = rows == 2
        for chosen, (width, height) in zip((~two, two), VIEWS_PX, strict=True):
            if chosen.any():
                pixels = crops[chosen].permute(0, 3, 1, 2).float()
                view = functional.interpolate(pixels, (height, width), mode="bilinear", antialias=True)
                said = self(view.permute(0, 2, 3, 1)).float()
                scores[chosen, : said.shape[1]] = said
        return scores


class CalibratedLargeReader(Calibrated):
    """The large reader, calibrated."""

    def forward(self, crops: Tensor) -> Tensor:
        """Probabilities of characters, batch x places x classes."""
        return self.soften(self.network(crops))
