import json

import cv2
import numpy as np
import pytest

from anpr.errors import InputError, ModelError, PolicyError
from anpr.training.alphabet import CLASSES, SLOTS, encode
from anpr.training.data import photographed
from anpr.training.reader import train
from anpr.training.reader_data import NO_PLATE, load_lures, load_real, plain
from anpr.training.reader_feed import CropFeed
from anpr.training.reader_plan import ReaderPlan
from anpr.training.reader_shards import read_shard, shard_numbers, write_shard
from anpr.training.reader_size import LARGE, SMALL


def crop_set(folder, count=12):
    (folder / "images").mkdir(parents=True)
    lines = []
    for number in range(count):
        cv2.imwrite(
            str(folder / "images" / f"{number}.png"), np.full((24, 94, 3), 20 * number % 255, np.uint8)
        )
        plate = {"bbox": [0, 0, 94, 24], "text": f"AB{number:03d}", "region": "XX"}
        lines.append(
            json.dumps(
                {"crop": True, "image": f"images/{number}.png", "width": 94, "height": 24, "plates": [plate]}
            )
        )
    (folder / "manifest.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shards")
    write_shard(folder, 0, 24, seed=3)
    return folder


@pytest.mark.parametrize("text", ["SM188", "粤ZN727港", "8", "AUDREY", "B123ABC"])
def test_a_text_is_kept_as_the_numbers_of_its_characters(text):
    assert "".join(CLASSES[code] for code in encode(text)) == text


def test_an_unknown_character_or_a_too_long_text_is_no_training_text():
    assert encode("AB-12") is None
    assert encode("A" * (SLOTS + 1)) is None


def test_the_same_seed_draws_the_same_shard(tmp_path, shards):
    write_shard(tmp_path, 0, 24, seed=3)
    again, first = read_shard(tmp_path, 0), read_shard(shards, 0)
    assert np.array_equal(again.images, first.images)
    assert np.array_equal(again.codes, first.codes)
    assert np.array_equal(again.corners, first.corners, equal_nan=True)


def test_a_shard_holds_crops_of_the_readers_size_with_their_texts(shards):
    assert shard_numbers(shards) == [0]
    shard = read_shard(shards, 0)
    assert shard.images.shape == (24, SMALL.height_px, SMALL.width_px, 3)
    assert set(np.unique(shard.rows)) <= {NO_PLATE, 1, 2}
    assert [codes.any() for codes in shard.codes] == (shard.rows != NO_PLATE).tolist()
    assert np.isnan(shard.corners).any(1).tolist() == (shard.rows == NO_PLATE).tolist()
    assert np.nanmin(shard.corners) > -0.5
    assert np.nanmax(shard.corners) < 1.5


def test_real_crops_are_split_into_training_and_held_out(tmp_path):
    training, validation = load_real([crop_set(tmp_path / "mine", 60)])
    assert len(training) + len(validation) == 60
    assert validation
    assert plain(training[0], LARGE).shape == (LARGE.height_px, LARGE.width_px, 3)


def test_evaluation_crops_are_refused(tmp_path):
    with pytest.raises(PolicyError):
        load_real([crop_set(tmp_path / "dev" / "mine")])


def test_a_batch_depends_on_seed_and_step_alone(tmp_path, shards):
    training, _ = load_real([crop_set(tmp_path / "mine", 30)])
    plan = ReaderPlan(sets=(), shards=shards, run_dir=tmp_path, wall_minutes=1, batch=8)
    first, again = CropFeed(plan, training, []).batch(5), CropFeed(plan, training, []).batch(5)
    assert np.array_equal(first.images, again.images)
    assert not np.array_equal(first.images, CropFeed(plan, training, []).batch(6).images)


def test_a_shard_shows_photographed_plates_on_drawn_cars(tmp_path):
    hung = photographed(crop_set(tmp_path / "mine", 40))
    write_shard(tmp_path, 0, 60, seed=5, hung=hung)
    texts = {"".join(CLASSES[code] for code in codes) for codes in read_shard(tmp_path, 0).codes}
    assert texts & {label.text for _, label in hung}


def test_plates_are_not_hung_from_whole_pictures_or_evaluation_sets(tmp_path):
    whole = crop_set(tmp_path / "mine", 3)
    text = (whole / "manifest.jsonl").read_text(encoding="utf-8").replace('"crop": true', '"crop": false')
    (whole / "manifest.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="is a whole picture"):
        photographed(whole)
    with pytest.raises(PolicyError):
        photographed(crop_set(tmp_path / "dev" / "mine"))


def test_what_was_mistaken_for_a_plate_is_shown_as_no_plate(tmp_path, shards):
    picture = tmp_path / "street.png"
    cv2.imwrite(str(picture), np.full((200, 300, 3), 90, np.uint8))
    finds = [[100, 100, 160, 120, 0.4], [10, 10, 60, 30, 0.2]]
    (tmp_path / "finds.jsonl").write_text(
        json.dumps({"picture": str(picture), "finds": finds}), encoding="utf-8"
    )
    lures = load_lures(tmp_path / "finds.jsonl")
    assert [lure.rows for lure in lures] == [NO_PLATE, NO_PLATE]
    plan = ReaderPlan(sets=(), shards=shards, run_dir=tmp_path, wall_minutes=1, batch=64)
    batch = CropFeed(plan, [], lures).batch(1)
    assert (batch.rows == NO_PLATE).any()
    assert not batch.codes[batch.rows == NO_PLATE].any()


def test_notes_of_pictures_that_are_gone_say_which_line_to_remove(tmp_path):
    row = {"picture": str(tmp_path / "gone.png"), "finds": [[1, 1, 9, 9, 0.4]]}
    (tmp_path / "finds.jsonl").write_text(json.dumps(row), encoding="utf-8")
    with pytest.raises(InputError, match=r"gone\.png is not a picture"):
        load_lures(tmp_path / "finds.jsonl")


def test_the_loss_of_rows_asks_a_plate_of_unknown_rows_only_to_be_one():
    torch = pytest.importorskip("torch")
    from anpr.training.reader_scores import rows_loss

    surely_two = torch.tensor([[0.0, 0.0, 9.0]])
    assert rows_loss(surely_two, torch.tensor([2])) < 0.01
    assert rows_loss(surely_two, torch.tensor([0])) < 0.01
    assert rows_loss(surely_two, torch.tensor([1])) > 5
    assert rows_loss(surely_two, torch.tensor([NO_PLATE])) > 5


def test_corners_that_nobody_knows_cost_nothing():
    torch = pytest.importorskip("torch")
    from anpr.training.reader_scores import corners_loss

    found, true = torch.full((2, 8), 0.5), torch.full((2, 8), 0.5)
    true[1] = float("nan")
    assert corners_loss(found, true) == 0
    assert corners_loss(found + 0.1, true) > 0.05
    assert corners_loss(found, torch.full((2, 8), float("nan"))) == 0


def test_training_without_synthetic_crops_says_how_to_draw_them(tmp_path):
    pytest.importorskip("torch")
    plan = ReaderPlan(sets=(), shards=tmp_path / "none", run_dir=tmp_path, wall_minutes=1)
    with pytest.raises(InputError, match="no synthetic crops"):
        train(plan)


def test_the_network_is_small_and_gives_one_score_for_each_place_and_class():
    torch = pytest.importorskip("torch")
    from anpr.training.reader_network import CalibratedReader, ReaderNetwork

    network = ReaderNetwork().eval()
    assert sum(parameter.numel() for parameter in network.parameters()) <= 1_500_000
    crops = torch.zeros(2, SMALL.height_px, SMALL.width_px, 3, dtype=torch.uint8)
    with torch.no_grad():
        characters, rows, corners = CalibratedReader(network, 1.5)(crops)
    places = network.grid[0] * network.grid[1]
    assert characters.shape == (2, places, len(CLASSES))
    assert torch.allclose(characters.sum(-1), torch.ones(2, places), atol=1e-5)
    assert rows.shape == (2, 3)
    assert torch.allclose(rows.sum(-1), torch.ones(2), atol=1e-5)
    assert corners.shape == (2, 8)


def test_a_dark_crop_looks_to_the_network_as_a_light_one():
    torch = pytest.importorskip("torch")
    from anpr.training.reader_network import ReaderNetwork

    network = ReaderNetwork().eval()
    light = torch.randint(0, 256, (1, SMALL.height_px, SMALL.width_px, 3)).float()
    with torch.no_grad():
        far = [a - b for a, b in zip(network(light), network(light * 0.3 + 9), strict=True)]
    assert max(float(difference.abs().max()) for difference in far) < 0.05


def test_the_guide_expects_letters_above_and_digits_below():
    torch = pytest.importorskip("torch")
    from anpr.training.reader_guide import guide

    codes = torch.from_numpy(np.stack([encode("SM188"), encode("SM188")]))
    weights = guide(codes, torch.tensor([1, 2]), (6, 20)).reshape(2, SLOTS, 6, 20)
    assert torch.allclose(weights.sum((2, 3))[:, :5], torch.ones(2, 5))
    assert not weights[:, 5:].any()
    columns = weights.sum(2).argmax(-1)
    assert columns[0, :5].tolist() == sorted(columns[0, :5].tolist())
    rows = weights.sum(3).argmax(-1)
    assert (rows[1, :2] < 3).all()
    assert (rows[1, 2:5] >= 3).all()


def test_a_base_that_holds_no_reader_is_named_with_the_next_step(tmp_path):
    torch = pytest.importorskip("torch")
    from anpr.training.reader_weights import load_network

    text, other = tmp_path / "text.pt", tmp_path / "other.pt"
    text.write_text("not weights", encoding="utf-8")
    torch.save({"average": {"layer": torch.zeros(2)}}, other)
    for path in (text, other):
        with pytest.raises(ModelError, match="no weights of the plate reader") as caught:
            load_network(path)
        assert "anpr train reader" in caught.value.next_step


def test_a_stopped_run_goes_on_where_it_was(tmp_path, shards):
    pytest.importorskip("torch")
    seen = []
    sets = (crop_set(tmp_path / "mine", 40),)
    for minutes in (0.01, 0.03):
        plan = ReaderPlan(
            sets=sets,
            shards=shards,
            run_dir=tmp_path / "run",
            wall_minutes=minutes,
            batch=4,
            validate_every=2,
        )
        result = train(plan, on_progress=lambda progress: seen.append(progress.step))
        assert result.weights.is_file()
    assert seen == sorted(seen)
    assert len(set(seen)) == len(seen)
