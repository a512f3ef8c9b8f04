from dataclasses import replace
from pathlib import Path

import pytest

from anpr.errors import InputError
from anpr.training.alphabet import CLASSES
from anpr.training.export import (
    ModelEntry,
    Score,
    file_sha256,
    read_register,
    register,
    replace_weights,
    write_register,
)

MODELS = Path(__file__).parents[2] / "models"

ENTRY = ModelEntry(
    name="reader",
    file="reader.onnx",
    kind="reader",
    licence="AGPL-3.0-or-later",
    base='from "nothing"',
    training_data=("synthetic", "粤"),
    input_layout="crops",
    input_height_px=48,
    input_width_px=160,
    outputs=("characters",),
    classes=("", "A", "港"),
    date="2026-01-01",
    sha256="00",
    scores=(Score("set", "recall", 0.5, 10, 640),),
)


def test_the_register_gives_back_what_was_written(tmp_path):
    write_register(tmp_path, [ENTRY])
    assert read_register(tmp_path) == (ENTRY,)


def test_registering_a_file_again_replaces_its_entry(tmp_path):
    register(tmp_path, ENTRY)
    register(tmp_path, replace(ENTRY, file="other.onnx", name="other"))
    register(tmp_path, replace(ENTRY, sha256="11"))
    assert [(entry.name, entry.sha256) for entry in read_register(tmp_path)] == [
        ("other", "00"),
        ("reader", "11"),
    ]


def test_new_weights_take_the_place_of_the_old_and_have_no_scores_yet(tmp_path):
    register(tmp_path, ENTRY)
    trained = tmp_path / "run" / "best.onnx"
    trained.parent.mkdir()
    trained.write_bytes(b"new weights")
    entry = replace_weights(tmp_path, "reader", trained, ("our own",))
    assert (tmp_path / "reader.onnx").read_bytes() == b"new weights"
    assert entry.sha256 == file_sha256(trained)
    assert (entry.scores, entry.training_data) == ((), ("our own",))
    assert read_register(tmp_path) == (entry,)


def test_weights_of_an_unknown_name_or_another_kind_are_refused(tmp_path):
    register(tmp_path, ENTRY)
    torch_file = tmp_path / "best.pt"
    torch_file.touch()
    with pytest.raises(InputError, match="does not end"):
        replace_weights(tmp_path, "reader", torch_file, ("our own",))
    with pytest.raises(InputError, match="Registered are: reader"):
        replace_weights(tmp_path, "raeder", torch_file, ("our own",))


def test_every_shipped_weight_is_registered_with_its_checksum_and_has_a_card():
    entries = {entry.file: entry for entry in read_register(MODELS)}
    weights = {path.name for path in MODELS.iterdir() if path.suffix in {".onnx", ".pt"}}
    assert weights == set(entries)
    for name, entry in entries.items():
        assert file_sha256(MODELS / name) == entry.sha256
        assert (MODELS / name).with_suffix(".md").is_file()
        assert entry.scores


def test_the_shipped_weights_stay_small():
    assert sum(path.stat().st_size for path in MODELS.iterdir()) < 15_000_000


def test_a_shipped_reader_has_the_alphabet_it_was_trained_with():
    readers = [entry for entry in read_register(MODELS) if entry.kind == "reader"]
    for entry in readers:
        assert entry.classes == CLASSES
