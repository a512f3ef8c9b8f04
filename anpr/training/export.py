"""ONNX export and the `models.toml` register."""

from __future__ import annotations

import hashlib
import json
import shutil
import tomllib
import warnings
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Literal

from anpr.errors import InputError
from anpr.training.reader_weights import compact
from anpr.training.storage import store

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

#: ONNX operator set: readable by onnxruntime 1.19 and OpenVINO 2024, and high enough for attention.
OPSET = 17

REGISTER_NAME = "models.toml"


@dataclass(frozen=True, slots=True)
class Score:
    """One measured figure of a model.

    Attributes:
        dataset: Name of the evaluation set.
        metric: What was measured, such as `recall@iou.5`.
        value: The figure, a share between 0 and 1 unless the metric names a count.
        n: Number of plates or pictures behind the figure.
        size_px: Input size of the measurement, 0 when it does not apply.
    """

    dataset: str
    metric: str
    value: float
    n: int
    size_px: int = 0


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """What `models.toml` says about one weight file.

    Attributes:
        name: Short name people use with `--engine`.
        file: File name inside the models folder.
        kind: `detector` or `reader`.
        licence: SPDX expression of the weights.
        base: Where the starting weights came from.
        training_data: Sets and generators the weights learned from.
        input_layout: Tensor layout and colour order of the input.
        input_height_px: Input height; 0 when any multiple of 32 is accepted.
        input_width_px: Input width; 0 when any multiple of 32 is accepted.
        outputs: Output tensor names with their shapes.
        classes: Detector classes, or the reader's alphabet in output order.
        date: ISO date of the export.
        sha256: Checksum of the file.
        scores: Measured figures.
    """

    name: str
    file: str
    kind: str
    licence: str
    base: str
    training_data: tuple[str, ...]
    input_layout: str
    input_height_px: int
    input_width_px: int
    outputs: tuple[str, ...]
    classes: tuple[str, ...]
    date: str
    sha256: str
    scores: tuple[Score, ...] = ()


def file_sha256(path: Path) -> str:
    """Returns the hexadecimal SHA-256 of a file."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def read_register(models_dir: Path) -> tuple[ModelEntry, ...]:
    """Reads `models.toml`; an absent file is an empty register."""
    path = models_dir / REGISTER_NAME
    if not path.exists():
        return ()
    rows = tomllib.loads(path.read_text(encoding="utf-8")).get("model", [])
    return tuple(_entry_from_row(row) for row in rows)


def write_register(models_dir: Path, entries: Iterable[ModelEntry]) -> None:
    """Writes `models.toml` with one `[[model]]` table an entry, sorted by name."""
    head = "# Weights in this folder. Written by `anpr.training.export`; a card (.md) lies beside each.\n"
    text = head + "".join(_entry_to_toml(entry) for entry in sorted(entries, key=lambda item: item.name))
    (models_dir / REGISTER_NAME).write_text(text, encoding="utf-8")


def register(models_dir: Path, entry: ModelEntry) -> None:
    """Adds an entry to `models.toml`, or replaces the one of the same file."""
    kept = [other for other in read_register(models_dir) if other.file != entry.file]
    write_register(models_dir, [*kept, entry])


def replace_weights(models_dir: Path, name: str, weights: Path, training_data: tuple[str, ...]) -> ModelEntry:
    """Puts a file in the place of registered weights; what it scores must be measured anew.

    Raises:
        InputError: no weights are registered under this name, or the file is of another kind.
    """
    old = next((entry for entry in read_register(models_dir) if entry.name == name), None)
    if old is None:
        names = ", ".join(entry.name for entry in read_register(models_dir))
        raise InputError(f"No weights are registered as {name!r}.", f"Registered are: {names}.")
    if weights.suffix != PurePath(old.file).suffix:
        raise InputError(f"{weights} does not end as {old.file} does.", "Take the file that training named.")
    if (old.kind, weights.suffix) == ("reader", ".pt"):
        compact(weights, models_dir / old.file)
    else:
        shutil.copyfile(weights, models_dir / old.file)
    entry = replace(
        old,
        sha256=file_sha256(models_dir / old.file),
        date=datetime.now(UTC).date().isoformat(),
        training_data=training_data,
        scores=(),
    )
    register(models_dir, entry)
    return entry


def export_detector(weights: Path, target: Path) -> None:
    """Exports an ultralytics YOLOv8 to ONNX with free height and width, rearranged (`anpr.training.lean`).

    The output is `(1, 4 + classes, boxes)`, best first: boxes as centre x, centre y, width, height in
    input pixels, class scores after the sigmoid, no NMS.

    Args:
        weights: An ultralytics `.pt` file.
        target: The `.onnx` file to write.
    """
    import torch
    from ultralytics import YOLO

    from anpr.training.lean import lean

    model: Any = YOLO(str(weights)).model.float().eval()
    model.fuse(verbose=False)
    lean(model)
    export_module(
        model,
        torch.zeros(1, 3, 640, 640),
        target,
        input_name="images",
        output_names=("output0",),
        dynamic_axes={"images": {2: "height", 3: "width"}},
    )


def export_module(
    module: Any,
    example: Any,
    target: Path,
    *,
    input_name: str,
    output_names: tuple[str, ...],
    dynamic_axes: dict[str, dict[int, str]],
    bits: Literal[8, 16] = 16,
) -> None:
    """Exports a torch module to ONNX with compact weight storage.

    Args:
        module: A `torch.nn.Module` in evaluation mode, 32-bit floats.
        example: An input tensor to trace with.
        target: The `.onnx` file to write.
        input_name: Name of the one input.
        output_names: Names of the outputs, in order.
        dynamic_axes: Free axes by tensor name.
        bits: In which a weight is stored.
    """
    import torch

    target.parent.mkdir(parents=True, exist_ok=True)
    with torch.no_grad(), warnings.catch_warnings():
        # It tells which constants it leaves for later, when `store` folds them.
        warnings.filterwarnings("ignore", message="Constant folding", category=UserWarning)
        torch.onnx.export(
            module,
            (example,),
            str(target),
            input_names=[input_name],
            output_names=list(output_names),
            dynamic_axes=dynamic_axes,
            opset_version=OPSET,
            do_constant_folding=True,
            dynamo=False,
        )
    store(target, bits)


def _entry_from_row(row: dict[str, Any]) -> ModelEntry:
    return ModelEntry(
        name=row["name"],
        file=row["file"],
        kind=row["kind"],
        licence=row["licence"],
        base=row["base"],
        training_data=tuple(row["training_data"]),
        input_layout=row["input"]["layout"],
        input_height_px=row["input"]["height_px"],
        input_width_px=row["input"]["width_px"],
        outputs=tuple(row["outputs"]),
        classes=tuple(row["classes"]),
        date=row["date"],
        sha256=row["sha256"],
        scores=tuple(Score(**score) for score in row.get("scores", [])),
    )


def _entry_to_toml(entry: ModelEntry) -> str:
    def quoted(value: object) -> str:
        # A JSON string, number or list of strings is also valid TOML.
        return json.dumps(value, ensure_ascii=False)

    lines = ["", "[[model]]"]
    names = ("name", "file", "kind", "sha256", "licence", "base", "date")
    lines.extend(f"{key} = {quoted(getattr(entry, key))}" for key in names)
    lists = ("training_data", "outputs", "classes")
    lines.extend(f"{key} = {quoted(list(getattr(entry, key)))}" for key in lists)
    lines.append(
        f"input = {{ layout = {quoted(entry.input_layout)}, "
        f"height_px = {entry.input_height_px}, width_px = {entry.input_width_px} }}"
    )
    if entry.scores:
        lines.append("scores = [")
        lines.extend(
            f"  {{ dataset = {quoted(score.dataset)}, metric = {quoted(score.metric)}, "
            f"value = {score.value}, n = {score.n}, size_px = {score.size_px} }},"
            for score in entry.scores
        )
        lines.append("]")
    return "\n".join(lines) + "\n"
