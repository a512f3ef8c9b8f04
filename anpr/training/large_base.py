"""What the large reader starts from: PP-OCRv6's small recogniser, out of the ``rapidocr`` wheel.

Its head knows 18,709 characters; those that stand on plates are kept with what it knows of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from anpr.errors import ModelError
from anpr.training.alphabet import CLASSES
from anpr.vision.read_ppocr import alphabet_of, weights_of_ppocr

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

_TINY = 1e-5


def of_ppocr(path: Path | None = None) -> Any:
    """The large reader's network as PP-OCRv6 is.

    Args:
        path: its ONNX file; None for the one of the installed ``rapidocr``.

    Raises:
        ModelError: the file is missing, or of another network.
    """
    import onnx
    import torch
    from onnx import numpy_helper

    from anpr.training.large_network import LargeReaderNetwork

    path = path or weights_of_ppocr()
    model = onnx.load(str(path))
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    same = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type == "Identity"}

    def value(name: str) -> NDArray[np.float32] | None:
        while name in same:
            name = same[name]
        return stored.get(name)

    network = LargeReaderNetwork()
    try:
        with torch.no_grad():
            pairs = zip(_convolutions(network), _folded(model.graph.node, value), strict=True)
            for layer, (weight, bias) in pairs:
                layer.weight.copy_(torch.tensor(weight))
                layer.bias.copy_(torch.tensor(bias))
            for number, norm in enumerate(_norms(network)):
                norm.weight.copy_(torch.tensor(stored[f"helper.reshape.{2 * number}"]))
                norm.bias.copy_(torch.tensor(stored[f"helper.reshape.{2 * number + 1}"]))
            alphabet = alphabet_of(next(one.value for one in model.metadata_props if one.key == "character"))
            kept = [alphabet.index(character) for character in CLASSES]
            for number, parts in enumerate(_matrices(network)):
                weight, bias = stored[f"linear_{number}.w_0"].T, stored[f"linear_{number}.b_0"]
                if parts == [network.characters]:
                    weight, bias = weight[kept], bias[kept]
                ends = np.cumsum([part.out_features for part in parts])[:-1]
                for part, w, b in zip(parts, np.split(weight, ends), np.split(bias, ends), strict=True):
                    part.weight.copy_(torch.tensor(w))
                    part.bias.copy_(torch.tensor(b))
    except (KeyError, ValueError, RuntimeError, StopIteration) as error:
        raise ModelError(
            f"{path} is not PP-OCRv6's small recogniser.", "Install rapidocr again: it brings that file."
        ) from error
    return network.eval()


def _convolutions(network: Any) -> list[Any]:
    """In the order in which PP-OCRv6 goes through them."""
    stem = network.stem
    layers = [stem.first, stem.narrow, stem.widen, stem.join, stem.out]
    for block in network.blocks:
        weigher = [block.weigh.squeeze, block.weigh.excite] if hasattr(block.weigh, "squeeze") else []
        layers += [block.view, *weigher, block.widen, block.narrow]
    return [*layers, network.past, network.along, network.beside]


def _norms(network: Any) -> list[Any]:
    within = [norm for layer in network.encoder for norm in (layer.norm_self, layer.feed[0])]
    return [*within, network.norm]


def _matrices(network: Any) -> list[list[Any]]:
    """Those of ours that one of PP-OCRv6's is, row by row."""
    matrices = []
    for layer in network.encoder:
        attention = layer.self_attention
        matrices += [
            [attention.query, attention.key_value],
            [attention.out],
            [layer.feed[1]],
            [layer.feed[3]],
        ]
    return [*matrices, [network.characters]]


def _folded(nodes: Any, value: Any) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Weights and biases of all convolutions, what normalises after them folded in."""
    after = {node.input[0]: node for node in nodes if node.op_type in {"Add", "BatchNormalization"}}
    for node in nodes:
        if node.op_type != "Conv":
            continue
        weight, then = value(node.input[1]), after[node.output[0]]
        if then.op_type == "Add":
            yield weight, value(then.input[1]).reshape(-1)
            continue
        scale, bias, mean, variance = (value(name) for name in then.input[1:5])
        scale = scale / np.sqrt(variance + _TINY)
        yield weight * scale[:, None, None, None], bias - mean * scale
