from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from anpr.errors import ModelError
from anpr.training.practice import EASIEST, HARDEST, HOPELESS, losses, note_losses, shares
from anpr.training.reader_data import NO_PLATE
from anpr.training.reader_feed import CropFeed
from anpr.training.reader_plan import ReaderPlan
from anpr.training.reader_shards import read_shard, write_shard
from anpr.training.reader_weights import load_network

READER = Path(__file__).parents[2] / "models" / "plate-reader.pt"
CROPS = 24


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shards")
    for number in (0, 1):
        write_shard(folder, number, CROPS, seed=3)
    return folder


def test_a_crop_is_shown_the_more_the_harder_it_is_until_it_is_hopeless():
    lost = np.array([0.0, 0.1, 0.5, 3.0, 30.0, 3.0], np.float32)
    often = shares(lost, np.array([1, 1, 2, 1, 1, NO_PLATE]))
    assert often == pytest.approx([EASIEST, 0.1, 0.5, HARDEST, HOPELESS, EASIEST])


def test_what_cannot_be_read_is_harder_than_what_can(shards):
    network, drawn = load_network(READER), read_shard(shards, 1)
    noise = np.random.default_rng(2).integers(0, 255, drawn.images.shape, np.uint8)
    plates = drawn.rows != NO_PLATE
    readable, unreadable = losses(network, drawn), losses(network, replace(drawn, images=noise))
    assert np.median(readable[plates]) < 1 < np.median(unreadable[plates])


def test_losses_are_noted_once_a_shard(tmp_path, shards):
    told = []
    folder = note_losses(shards, READER, tmp_path / "losses", told.append)
    assert told == [1, 2]
    noted = np.load(folder / "0001.npy")
    assert noted.shape == (CROPS,)
    np.save(folder / "0001.npy", noted + 1)
    assert note_losses(shards, READER, tmp_path / "losses") == folder
    assert np.array_equal(np.load(folder / "0001.npy"), noted + 1)


def test_other_weights_find_other_crops_hard(tmp_path, shards):
    network = load_network(READER)
    with torch.no_grad():
        network.characters.bias += 1
        network.characters.bias[0] -= 3
    torch.save({"average": network.state_dict()}, tmp_path / "other.pt")
    first, second = (
        np.load(note_losses(shards, weights, tmp_path / "losses") / "0000.npy")
        for weights in (READER, tmp_path / "other.pt")
    )
    assert not np.allclose(first, second)


def test_a_run_that_practises_sees_the_hard_crop_most(tmp_path, shards):
    drawn = read_shard(shards, 1)
    hard = int(np.flatnonzero(drawn.rows != NO_PLATE)[0])
    for number in (0, 1):
        lost = np.zeros(CROPS, np.float32)
        lost[hard] = 3.0 if number else 0.0
        np.save(tmp_path / f"{number:04d}.npy", lost)
    plan = ReaderPlan(sets=(), shards=shards, run_dir=tmp_path, wall_minutes=1, batch=400)

    def share_of_hard(plan: ReaderPlan) -> float:
        codes = CropFeed(plan, [], []).batch(1).codes
        return float((codes == drawn.codes[hard]).all(axis=1).mean())

    expected = 0.5 * HARDEST / (HARDEST + (CROPS - 1) * EASIEST)
    assert share_of_hard(replace(plan, losses=tmp_path)) == pytest.approx(expected, abs=0.06)
    assert share_of_hard(plan) == pytest.approx(0.5 / CROPS, abs=0.04)


def test_a_file_that_is_no_reader_is_named(tmp_path, shards):
    torch.save({"something": 1}, tmp_path / "other.pt")
    with pytest.raises(ModelError, match="holds no weights of the plate reader"):
        note_losses(shards, tmp_path / "other.pt", tmp_path / "losses")
