from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from anpr.errors import ModelError
from anpr.vision import weights

if TYPE_CHECKING:
    from pathlib import Path


def folder(tmp_path: Path, content: bytes = b"weights", digest: str | None = None) -> Path:
    (tmp_path / "a.onnx").write_bytes(content)
    (tmp_path / "models.toml").write_text(
        f"""[[model]]
name = "a"
file = "a.onnx"
kind = "detector"
sha256 = "{digest or hashlib.sha256(content).hexdigest()}"
classes = ["plate"]
input = {{ height_px = 48, width_px = 160 }}
"""
    )
    return tmp_path


def test_registered_weights_are_found(tmp_path: Path):
    found = weights.find("a", folder(tmp_path))
    assert (found.path.name, found.kind, found.classes) == ("a.onnx", "detector", ("plate",))
    assert (found.width_px, found.height_px) == (160, 48)


def test_altered_weights_are_refused(tmp_path: Path):
    with pytest.raises(ModelError, match="not the registered ones"):
        weights.find("a", folder(tmp_path, digest="0" * 64))


def test_missing_weights_are_refused_with_the_names_there_are(tmp_path: Path):
    with pytest.raises(ModelError, match=r"named b \(it has a\)"):
        weights.find("b", folder(tmp_path))


def test_a_missing_file_is_refused(tmp_path: Path):
    (folder(tmp_path) / "a.onnx").unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        weights.find("a", tmp_path)


@pytest.mark.parametrize("register", [b"not toml [", b"\xff\xfe"])
def test_a_broken_register_is_refused(tmp_path: Path, register: bytes):
    (folder(tmp_path) / "models.toml").write_bytes(register)
    with pytest.raises(ModelError, match="cannot be read"):
        weights.find("a", tmp_path)


def test_weights_named_by_hand_must_exist(tmp_path: Path):
    with pytest.raises(ModelError, match="do not exist"):
        weights.chosen(str(tmp_path / "gone.pt"), "plate-detector")


@pytest.mark.models
def test_the_shipped_weights_are_the_registered_ones():
    assert weights.find("plate-detector").kind == "detector"
