"""A YOLO of ultralytics rearranged for export: the same boxes from less work.

What is cut in two becomes two convolutions; what is made larger is convolved before it is; boxes are worked
out where the best scores are, not at every place. In eight bits and on two threads half of the time went into
what is no convolution.
"""

# torch has no types here
# mypy: disallow-subclassing-any=False

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from anpr.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

#: Places that a box is worked out for. A plate scores in some ten places.
MOST_BOXES = 300


class Halves(nn.Module):
    """C2f, whose first convolution makes one half of its output and then the other."""

    def __init__(self, block: Any) -> None:
        super().__init__()
        self.first, self.second = _halves(block.cv1)
        self.m, self.cv2 = block.m, block.cv2

    def forward(self, x: Any) -> Tensor:
        """What enters: (batch, channels, height, width), or what `Beside` passes on."""
        parts = [self.first(x), self.second(x)]
        for block in self.m:
            parts.append(block(parts[-1]))
        joined: Tensor = self.cv2(torch.cat(parts, 1))
        return joined


class Beside(nn.Module):
    """In the place of a concatenation: hands its inputs on as they are."""

    def forward(self, x: list[Tensor]) -> list[Tensor]:
        """The list that came in."""
        return x


class Grown(nn.Module):
    """A convolution of 1 by 1 over coarse features beside fine ones; the coarse are made larger after it."""

    def __init__(self, conv: nn.Conv2d, coarse: int, upsample: nn.Module) -> None:
        super().__init__()
        self.coarse = _part(conv, slice(None), slice(0, coarse), bias=False)
        self.fine = _part(conv, slice(None), slice(coarse, None))
        self.upsample = upsample

    def forward(self, x: list[Tensor]) -> Tensor:
        """Coarse and fine, as `Beside` passes them on."""
        grown: Tensor = self.upsample(self.coarse(x[0])) + self.fine(x[1])
        return grown


class BestPlaces(nn.Module):
    """The head of a YOLOv8: (1, 4 + classes, `MOST_BOXES`), best first; what is no place scores below 0.

    The last convolution of each branch is a product of rows: it stays in full when others are quantised.
    """

    def __init__(self, head: Any) -> None:
        super().__init__()
        self.cv2, self.last_cv2 = _branch(head.cv2)
        self.cv3, self.last_cv3 = _branch(head.cv3)
        self.dfl, self.stride = head.dfl, head.stride

    def forward(self, x: list[Tensor]) -> Tensor:
        """The levels of features, fine to coarse."""
        from ultralytics.utils.tal import make_anchors

        logits = torch.cat(
            [last(_rows(conv(level))) for conv, last, level in zip(self.cv3, self.last_cv3, x, strict=True)]
        )
        best = nn.functional.pad(logits.amax(1).sigmoid(), (0, MOST_BOXES), value=-1.0)
        scores, places = best.topk(MOST_BOXES)
        places = places.clamp(max=logits.shape[0] - 1)
        features = torch.cat([_rows(conv(level)) for conv, level in zip(self.cv2, x, strict=True)])[places]
        centres, strides = (rows[places].T for rows in make_anchors(x, self.stride, 0.5))
        distances = torch.zeros(1)
        for last, stride in zip(self.last_cv2, self.stride, strict=True):
            distances = distances + last(features).T * (strides == stride)
        before, after = self.dfl(distances[None]).chunk(2, 1)
        low, high = centres - before, centres + after
        boxes = torch.cat([(low + high) / 2, high - low], 1) * strides
        classes = torch.minimum(logits[places].sigmoid().T, scores)
        return torch.cat([boxes, classes[None]], 1)


def lean(model: Any) -> None:
    """Rearranges a fused ultralytics detection model in evaluation mode, in place.

    Args:
        model: as `YOLO(path).model.fuse()` gives it; blocks that are no C2f stay as they are.

    Raises:
        InputError: its head is not that of YOLOv8.
    """
    from ultralytics.nn.modules.block import DFL, C2f
    from ultralytics.nn.modules.conv import Concat

    layers = model.model
    head = layers[-1]
    if not isinstance(getattr(head, "dfl", None), DFL) or hasattr(head, "one2one_cv2"):
        raise InputError("This network's head is not that of YOLOv8.", "Train from YOLOv8 weights.")
    for place, layer in enumerate(layers):
        if type(layer) is not C2f:
            continue
        joint, upsample = layers[place - 1], layers[place - 2]
        halves = Halves(layer)
        if (
            isinstance(joint, Concat)
            and isinstance(upsample, nn.Upsample)
            and joint.f[0] == -1
            and not {place - 1, place - 2}.intersection(model.save)
        ):
            coarse = _channels(layers, place - 3)
            for half in (halves.first, halves.second):
                half.conv = Grown(half.conv, coarse, nn.Upsample(scale_factor=2, mode="nearest"))
            layers[place - 2] = _in_place_of(upsample, nn.Identity())
            layers[place - 1] = _in_place_of(joint, Beside())
        layers[place] = _in_place_of(layer, halves)
    layers[-1] = _in_place_of(head, BestPlaces(head))


def _channels(layers: Sequence[Any], place: int) -> int:
    return int(layers[place].cv2.conv.out_channels)


def _in_place_of(old: Any, new: nn.Module) -> nn.Module:
    """A layer that knows its place and where its input comes from."""
    new.f, new.i = old.f, old.i
    return new


def _halves(conv: Any) -> tuple[Any, Any]:
    from copy import deepcopy

    middle = conv.conv.out_channels // 2
    pair = deepcopy(conv), deepcopy(conv)
    for half, rows in zip(pair, (slice(0, middle), slice(middle, None)), strict=True):
        half.conv = _part(conv.conv, rows, slice(None))
    return pair


def _part(conv: nn.Conv2d, rows: slice, columns: slice, *, bias: bool = True) -> nn.Conv2d:
    """A convolution of 1 by 1 from some of its inputs to some of its outputs."""
    weight = conv.weight.detach()[rows, columns]
    part = nn.Conv2d(weight.shape[1], weight.shape[0], 1, bias=bias)
    with torch.no_grad():
        part.weight.copy_(weight)
        if bias and part.bias is not None and conv.bias is not None:
            part.bias.copy_(conv.bias.detach()[rows])
    return part


def _branch(convolutions: nn.ModuleList) -> tuple[nn.ModuleList, nn.ModuleList]:
    """By level, what comes before the last convolution, and that for rows of features."""
    return (
        nn.ModuleList(convs[:-1] for convs in convolutions),
        nn.ModuleList(_linear(convs[-1]) for convs in convolutions),
    )


def _linear(conv: nn.Conv2d) -> nn.Linear:
    linear = nn.Linear(conv.in_channels, conv.out_channels)
    with torch.no_grad():
        linear.weight.copy_(conv.weight[:, :, 0, 0])
        if conv.bias is not None:
            linear.bias.copy_(conv.bias)
    return linear


def _rows(features: Tensor) -> Tensor:
    """(1, channels, height, width) to (places, channels)."""
    return features.permute(0, 2, 3, 1).reshape(-1, features.shape[1])
