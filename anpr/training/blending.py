"""The mean of two networks of one descent: what a run learned, weighed against what it forgot.

A network fine-tuned on few pictures reads those better and the rest of the world worse. The mean of its
weights and those it started from often keeps both (Wortsman et al. 2022, "Model soups").
"""

from __future__ import annotations

import copy
import pickle
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from anpr.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Blend:
    """What came of it.

    Attributes:
        weights: the mean, of the same kind as what it was made of.
        exported: the same as ONNX, for the product.
        scores: of the newer, the older and the mean on held-out pictures: share of crops read exactly, or
            average precision.
    """

    weights: Path
    exported: Path
    scores: dict[str, float]


def blend(newer: Path, older: Path, sets: Sequence[Path], out: Path, share: float) -> Blend:
    """Makes the mean of two checkpoints, scores all three and exports the mean.

    Args:
        newer: a reader or a detector, as `anpr train` writes it.
        older: one of the same kind, mostly the one it started from; of a large reader its ONNX will do.
        sets: labelled pictures to score on, of which the held-out tenth is used; evaluation sets are refused.
        out: folder to write to.
        share: how much the newer counts, 0..1.

    Raises:
        PolicyError: a set is for evaluation only.
        InputError: the checkpoints are not of one kind, or a set cannot be used.
        ModelError: a checkpoint cannot be loaded.
    """
    readers = _is_reader(newer)
    if readers != _is_reader(older):
        raise InputError(f"{newer} and {older} are not of one kind.", "Give two readers or two detectors.")
    out.mkdir(parents=True, exist_ok=True)
    return (_blend_readers if readers else _blend_detectors)(newer, older, sets, out, share)


def mean(newer: Any, older: Any, share: float) -> Any:
    """A network between two, value by value.

    Raises:
        InputError: they do not have the same layers.
    """
    own, other = newer.state_dict(), older.state_dict()
    shapes, others = ({name: value.shape for name, value in one.items()} for one in (own, other))
    if shapes != others:
        raise InputError(
            "The two networks do not have the same layers.", "Blend a run with the weights it started from."
        )
    between = copy.deepcopy(newer)
    between.load_state_dict(
        {
            name: value * share + other[name] * (1 - share) if value.dtype.is_floating_point else value
            for name, value in own.items()
        }
    )
    return between.eval()


def _is_reader(weights: Path) -> bool:
    import torch

    if weights.suffix == ".onnx":
        # A large reader is kept so; who loads it says when it is something else.
        return True
    try:
        return "average" in torch.load(weights, map_location="cpu", weights_only=True)
    except OSError as error:
        raise InputError(f"{weights} cannot be read: {error.strerror}.", "Check the path.") from error
    except pickle.UnpicklingError:
        return False


def _blend_readers(newer: Path, older: Path, sets: Sequence[Path], out: Path, share: float) -> Blend:
    import torch

    from anpr.training.reader_data import load_real
    from anpr.training.reader_scores import exact_share, export, fit_temperature, real_sets
    from anpr.training.reader_weights import load_network

    networks = {"newer": load_network(newer), "older": load_network(older)}
    size = networks["newer"].size
    held_out = real_sets(load_real(sets)[1], size)
    if not held_out:
        raise InputError("The sets hold no plate with a text to score on.", "Name a set with texts.")
    networks["mean"] = mean(networks["newer"], networks["older"], share)
    scores = {
        name: float(np.mean([exact_share(network, crops) for crops in held_out.values()]))
        for name, network in networks.items()
    }
    weights, exported = (out / f"{size.weights}.{suffix}" for suffix in ("pt", "onnx"))
    torch.save({"average": networks["mean"].state_dict(), "size": size.name}, weights)
    export(weights, fit_temperature(networks["mean"], held_out), exported)
    return Blend(weights, exported, scores)


def _blend_detectors(newer: Path, older: Path, sets: Sequence[Path], out: Path, share: float) -> Blend:
    from anpr.training.detector import split, validation_tiles
    from anpr.training.detector_network import load_network, save_network, validate
    from anpr.training.export import export_detector
    from anpr.training.quantising import quantise

    training, held_out = split(sets)
    networks = {"newer": load_network(newer).eval(), "older": load_network(older).eval()}
    networks["mean"] = mean(networks["newer"], networks["older"], share)
    tiles = validation_tiles(held_out, None, seed=1)
    scores = {name: validate(network, tiles) for name, network in networks.items()}
    weights, full, exported = (
        out / name for name in ("plate-detector.pt", "plate-detector-32bit.onnx", "plate-detector.onnx")
    )
    save_network(networks["mean"], weights)
    export_detector(weights, full)
    quantise(full, exported, [picture.path for picture in training])
    return Blend(weights, exported, scores)
