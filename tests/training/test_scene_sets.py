from anpr.training import scene_sets
from anpr.training.data import load_manifest


def test_drawn_scenes_are_a_set_that_can_be_trained_on_and_grows(tmp_path, monkeypatch):
    monkeypatch.setattr(scene_sets, "SIZE_PX", (320, 192))
    told: list[int] = []
    scene_sets.draw(tmp_path, 1, seed=4)
    before = (tmp_path / "images" / "00000.jpg").read_bytes()
    scene_sets.draw(tmp_path, 2, 4, told.append)
    assert told == [2]
    assert (tmp_path / "images" / "00000.jpg").read_bytes() == before
    pictures = list(load_manifest(tmp_path, for_training=True))
    assert [(p.width_px, p.height_px) for p in pictures] == [(320, 192)] * 2
    for picture in pictures:
        for plate in picture.plates:
            assert 0 <= plate.box[0] < plate.box[2] <= 320
            assert plate.readable
