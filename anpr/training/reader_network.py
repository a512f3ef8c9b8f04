"""The plate reader's network: a small convolutional eye, a look around, and one word for every place.

Each place of a grid of three rows says which character stands there, or none; read row by row, what is said
is the plate (connectionist temporal classification, Graves et al. 2006). A second row of characters is only
another row of the grid, and no character can be read twice or left out because a query looked beside it.
Every crop is stretched to one size: two-row plates get wide characters and one-row plates narrow ones, and
the network learns both.
"""

# torch has no types here
# mypy: disallow-subclassing-any=False

from __future__ import annotations

import torch
from torch import Tensor, nn

from anpr.training.alphabet import CLASSES
from anpr.training.reader_size import SMALL

_WIDTH = 96
_HEADS = 4
_LAYERS = 3
#: What each place says of where the corners are.
_HINTS = 8
#: Grey levels: a crop with less contrast than this is not brought up to full contrast.
_LEAST_CONTRAST = 6.0


class Convolution(nn.Sequential):
    """Convolution, batch normalisation, SiLU."""

    def __init__(
        self, inputs: int, outputs: int, size: int = 3, stride: int | tuple[int, int] = 1, groups: int = 1
    ) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False),
            nn.BatchNorm2d(outputs),
            nn.SiLU(inplace=True),
        )


class Residual(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(Convolution(channels, channels), Convolution(channels, channels))

    def forward(self, x: Tensor) -> Tensor:
        """Keeps the shape."""
        return x + self.body(x)


class Mixer(nn.Module):
    """A wide depthwise view and a pointwise bottleneck beside a shortcut: context at little cost."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 5, padding=2, groups=channels, bias=False),
            nn.BatchNorm2d(channels),
            nn.Conv2d(channels, channels * 2, 1),
            nn.SiLU(inplace=True),
            nn.Conv2d(channels * 2, channels, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Keeps the shape."""
        return x + self.body(x)


class Attention(nn.Module):
    """Multi-head attention written out, so that it exports to plain operators."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.scale = (width // heads) ** -0.5
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, n: int) -> Tensor:
        """All places of all crops, `n` a crop, x width, to the same."""
        width = x.shape[1]
        query = self.query(x).reshape(-1, n, self.heads, width // self.heads).transpose(1, 2)
        key, value = (
            part.reshape(-1, n, self.heads, width // self.heads).transpose(1, 2)
            for part in self.key_value(x).split(width, 1)
        )
        weights = (query @ key.transpose(-2, -1) * self.scale).softmax(-1)
        return self.out((weights @ value).transpose(1, 2).reshape(-1, width))


class Layer(nn.Module):
    """Self attention and feed forward; normalised first."""

    def __init__(self, width: int, heads: int, activation: nn.Module) -> None:
        super().__init__()
        self.norm_self = nn.LayerNorm(width)
        self.self_attention = Attention(width, heads)
        self.feed = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 2 * width), activation, nn.Linear(2 * width, width)
        )

    def forward(self, x: Tensor, n: int) -> Tensor:
        """All places of all crops, `n` a crop, x width, to the same."""
        x = x + self.self_attention(self.norm_self(x), n)
        result: Tensor = x + self.feed(x)
        return result


def _waves(rows: int, columns: int, width: int) -> Tensor:
    """Sine and cosine waves over a grid, half of the width for rows and half for columns."""
    count = width // 4
    pitch = torch.exp(torch.linspace(0, -3.0, count)) * torch.pi
    row, column = torch.arange(rows)[:, None] * pitch, torch.arange(columns)[:, None] * pitch * 0.5
    down = torch.cat([row.sin(), row.cos()], dim=1)[:, None].expand(rows, columns, -1)
    along = torch.cat([column.sin(), column.cos()], dim=1)[None].expand(rows, columns, -1)
    return torch.cat([down, along], dim=2).reshape(1, rows * columns, width)


class ReaderNetwork(nn.Module):
    """Crops to character scores.

    Input: batch x 48 x 160 x 3, BGR, 0 to 255 (any numeric type).
    Output: scores batch x places x classes and batch x 3 for no plate, one row and two rows, before softmax,
    and batch x 8, where the plate's corners lie: x and y in parts of the crop, clockwise from the top left.
    """

    size = SMALL

    def __init__(self) -> None:
        super().__init__()
        self.eye = nn.Sequential(
            Convolution(3, 24, stride=2),
            Convolution(24, 32, stride=2),
            Residual(32),
            Residual(32),
            Convolution(32, 64, stride=(2, 1)),
            Residual(64),
            Residual(64),
            Convolution(64, _WIDTH, stride=(2, 1)),
            Mixer(_WIDTH),
            Mixer(_WIDTH),
        )
        self.grid = (SMALL.height_px // 16, SMALL.width_px // 4)
        self.place = nn.Parameter(_waves(*self.grid, _WIDTH) * 0.5)
        self.encoder = nn.ModuleList(Layer(_WIDTH, _HEADS, nn.GELU()) for _ in range(_LAYERS))
        self.norm = nn.LayerNorm(_WIDTH)
        self.characters = nn.Linear(_WIDTH, len(CLASSES))
        self.rows = nn.Linear(_WIDTH, 3)
        hints = nn.Linear(_WIDTH, _HINTS)
        self.corners = nn.Sequential(
            hints, nn.Flatten(), nn.SiLU(), nn.Linear(self.grid[0] * self.grid[1] * _HINTS, 8)
        )

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Scores of characters and rows, and corners."""
        seen = self.see(crops)
        return self.characters(seen), self.rows(seen.mean(1)), self.corners(seen)

    def score(self, crops: Tensor, rows: Tensor) -> Tensor:  # noqa: ARG002
        """Scores of characters alone, batch x places x classes; the number of rows need not be told."""
        scores: Tensor = self.characters(self.see(crops))
        return scores

    def see(self, crops: Tensor) -> Tensor:
        """What is where in the crop: batch x places x width, row by row."""
        x = crops.permute(0, 3, 1, 2).float()
        # A plate in deep shade and one washed out by a lamp are brought to the same contrast.
        mean = x.mean((1, 2, 3), keepdim=True)
        x = x - mean
        x = x / ((x * x).mean((1, 2, 3), keepdim=True) + _LEAST_CONTRAST**2).sqrt()
        x = self.eye(x.contiguous(memory_format=torch.channels_last))
        places = x.flatten(2).transpose(1, 2) + self.place
        n = self.grid[0] * self.grid[1]
        # All crops in one matrix: a layer's bias is then added where its product is made.
        flat = places.reshape(-1, _WIDTH)
        for layer in self.encoder:
            flat = layer(flat, n)
        seen: Tensor = self.norm(flat).reshape(-1, n, _WIDTH)
        return seen


class Calibrated(nn.Module):
    """What is exported: probabilities instead of scores, softened by one temperature.

    Args:
        network: the trained network.
        temperature: found on held-out crops; above 1 makes the reader less sure of itself.
    """

    def __init__(self, network: nn.Module, temperature: float) -> None:
        super().__init__()
        self.network = network
        self.temperature = temperature

    def soften(self, scores: Tensor) -> Tensor:
        """Scores of characters as probabilities."""
        return (scores / self.temperature).softmax(-1)


class CalibratedReader(Calibrated):
    """The small reader, calibrated."""

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Probabilities and corners.

        Characters batch x places x classes; no plate, one row, two rows batch x 3; corners batch x 8.
        """
        characters, rows, corners = self.network(crops)
        return self.soften(characters), rows.softmax(-1), corners
