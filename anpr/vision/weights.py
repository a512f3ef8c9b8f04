"""Where the weights lie, and whether they are the ones that were measured.

``models/models.toml`` names every weight file with its SHA-256, licence, training data and scores. It lies
beside the package in a checkout and inside it in an installed wheel.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anpr
from anpr.errors import ModelError

REGISTER = "models.toml"


@dataclass(frozen=True, slots=True)
class Weights:
    """One verified weight file.

    Attributes:
        name: as in the register.
        path: the file.
        kind: ``detector`` or ``reader``.
        sha256: hex digest of the file, checked.
        classes: detector classes, or the reader's alphabet in output order.
        height_px, width_px: input size; 0 when it is free.
    """

    name: str
    path: Path
    kind: str
    sha256: str
    classes: tuple[str, ...]
    height_px: int
    width_px: int


def models_dir() -> Path:
    """The folder of the weights.

    Raises:
        ModelError: neither the checkout nor the installed package has one.
    """
    package = Path(anpr.__file__).parent
    for folder in (package / "models", package.parent / "models"):
        if (folder / REGISTER).is_file():
            return folder
    raise ModelError(
        "The folder of weights (models/models.toml) is missing.",
        "Install the package again, or fetch models/ with the checkout.",
    )


def find(name: str, folder: Path | None = None) -> Weights:
    """The weights registered under a name, their checksum verified.

    Args:
        name: a ``name`` of the register.
        folder: where the register lies; None for the product's own.

    Raises:
        ModelError: the register or file is missing, or the file is not the one that was registered.
    """
    folder = folder or models_dir()
    row = _registered(name, folder / REGISTER)
    path = folder / str(row["file"])
    try:
        with path.open("rb") as handle:
            digest = hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(
            f"The weights {path} cannot be read: {error.strerror}.", "Fetch models/ again."
        ) from error
    if digest != row["sha256"]:
        raise ModelError(
            f"The weights {path.name} are not the registered ones (SHA-256 {digest[:12]}…, "
            f"{REGISTER} says {str(row['sha256'])[:12]}…).",
            "Fetch models/ again; if you trained new weights, register them with `anpr train`.",
        )
    size = row.get("input", {})
    return Weights(
        name,
        path,
        str(row["kind"]),
        digest,
        tuple(row.get("classes", ())),
        int(size.get("height_px", 0)),
        int(size.get("width_px", 0)),
    )


def _registered(name: str, register: Path) -> dict[str, Any]:
    try:
        rows = tomllib.loads(register.read_text(encoding="utf-8")).get("model", [])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ModelError(f"{register} cannot be read: {error}.", "Fetch models/ again.") from error
    for row in rows:
        if row.get("name") == name:
            found: dict[str, Any] = row
            return found
    names = ", ".join(sorted(str(row.get("name")) for row in rows)) or "nothing"
    raise ModelError(f"{REGISTER} has no weights named {name} (it has {names}).", "Fetch models/ again.")


def chosen(path: str, name: str) -> Path:
    """A file of weights: the one a person named, else the registered one, verified.

    Raises:
        ModelError: the file does not exist, or see ``find``.
    """
    if not path:
        return find(name).path
    if not Path(path).is_file():
        raise ModelError(f"The weights {path} do not exist.", "Check the path after the colon.")
    return Path(path)
