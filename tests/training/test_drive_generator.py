"""Synthetic drives, scenes and the files that go with the sample clips."""

from __future__ import annotations

import csv
import itertools
import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path

import av
import numpy as np
import pytest

from anpr.training.drives import Drive, render_clip
from anpr.training.drives_clips import CLIPS, RAIN_STREET, Clip
from anpr.training.drives_lists import COLUMNS, write_hotlist, write_tracks
from anpr.training.scenes import scene

SIZE = (640, 360)


@cache
def _drive(clip: Clip) -> Drive:
    return Drive(clip, *SIZE)


def _marks() -> set[str]:
    return {"".join(actor.plate).replace(" ", "") for clip in CLIPS for actor in clip.actors}


def test_the_same_clip_gives_the_same_frame_every_time():
    first, sights = _drive(RAIN_STREET).frame(2.0)
    second, again = Drive(RAIN_STREET, *SIZE).frame(2.0)
    assert first.shape == (360, 640, 3)
    assert np.array_equal(first, second)
    assert [s.box for s in sights] == [s.box for s in again]
    assert sights


@pytest.mark.parametrize("clip", CLIPS, ids=lambda c: c.name)
def test_the_truth_boxes_lie_on_plates_of_the_right_colour(clip):
    drive = _drive(clip)
    checked = 0
    for at_s in (1.0, 5.0):
        image, sights = drive.frame(at_s)
        for sight in sights:
            left, top, right, bottom = sight.box
            if right - left < 16:
                continue
            patch = image[top:bottom, left:right].reshape(-1, 3).astype(float)
            blue, _, red = np.percentile(patch, 75, axis=0)
            around = image[max(top - 4, 0) : bottom + 4, max(left - 4, 0) : right + 4]
            assert patch.std() > 12
            assert around.size > patch.size
            if drive.tags[sight.identity].colour == "yellow":
                assert red > 1.25 * blue
            checked += 1
    assert checked >= 2


def test_motion_from_frame_to_frame_is_smooth():
    drive = _drive(CLIPS[0])
    centres = []
    for k in range(5):
        _, sights = drive.frame(3.0 + k / 20)
        centres.append(next(s.quad.mean(0) for s in sights if s.identity == 1))
    steps = np.diff(centres, axis=0)
    assert np.abs(np.diff(steps, axis=0)).max() < 2.5


def test_a_cross_boundary_car_shows_two_plates_one_above_the_other_each_with_its_box():
    drive = _drive(RAIN_STREET)
    _, sights = drive.frame(5.0)
    boxes = {drive.tags[s.identity].second: s for s in sights if drive.tags[s.identity].actor.second}
    assert boxes[False].quad[:, 1].mean() < boxes[True].quad[:, 1].mean()
    assert boxes[False].quad[:, 1].max() <= boxes[True].quad[:, 1].min() + 1.5


def test_a_rendered_clip_is_h264_with_a_truth_file_that_matches_it(tmp_path):
    short = replace(RAIN_STREET, seconds=0.2)
    render_clip(short, tmp_path, size=(320, 180))
    with av.open(str(tmp_path / "rain-street.mp4")) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert sum(1 for _ in container.decode(stream)) == 4
    truth = json.loads((tmp_path / "rain-street.json").read_text())
    assert (truth["width"], truth["height"], truth["fps"]) == (320, 180, 20)
    assert {v["plate"] for v in truth["vehicles"]} >= {"VM8350", "粤ZK608港"}
    lines = list(csv.DictReader((tmp_path / "rain-street.boxes.csv").read_text().splitlines()))
    assert {int(line["frame"]) for line in lines} <= set(range(4))


def test_the_sample_hotlist_holds_every_listed_plate_and_no_other_plate_of_the_clips(tmp_path):
    write_hotlist(tmp_path / "hotlist.csv")
    rows = list(csv.DictReader((tmp_path / "hotlist.csv").read_text().splitlines()))
    assert tuple(rows[0]) == COLUMNS
    plates = [row["plate"] for row in rows]
    listed = {"".join(a.plate).replace(" ", "") for clip in CLIPS for a in clip.actors if a.listed}
    assert len(plates) == len(set(plates))
    assert set(plates) & _marks() == listed
    assert len(plates) - len(listed) >= 30
    assert {row["priority"] for row in rows} <= {"1", "2", "3", "4"}
    committed = Path(__file__).parents[2] / "sample_videos/hotlist.csv"
    assert (tmp_path / "hotlist.csv").read_text() == committed.read_text()


def test_two_or_three_vehicles_of_each_clip_are_listed():
    for clip in CLIPS:
        assert 2 <= sum(actor.listed for actor in clip.actors) <= 3


def test_the_tracks_have_a_point_every_second_and_no_leaps(tmp_path):
    write_tracks(tmp_path)
    for name in ("route-a", "route-b"):
        points = ET.parse(tmp_path / f"{name}.gpx").getroot().findall(".//{*}trkpt")  # noqa: S314 - our own file
        assert len(points) >= 120
        times = [datetime.fromisoformat(p.find("{*}time").text) for p in points]
        assert {(b - a).total_seconds() for a, b in itertools.pairwise(times)} == {1.0}
        places = np.array([[float(p.get("lat")), float(p.get("lon"))] for p in points])
        assert np.abs(np.diff(places, axis=0)).max() < 0.0003
        assert 22.2 < places[:, 0].mean() < 22.4


def test_a_scene_has_plates_with_tight_boxes_inside_the_picture():
    rng = np.random.default_rng(12)
    found = 0
    for _ in range(2):
        made = scene(rng, (320, 180))
        assert made.image.shape == (180, 320, 3)
        for plate in made.plates:
            left, top, right, bottom = plate.box
            assert 0 <= left < right <= 320
            assert 0 <= top < bottom <= 180
            assert plate.text
            found += 1
    assert found >= 2


def test_the_same_seed_gives_the_same_scene():
    first, second = (scene(np.random.default_rng(3), (320, 180)) for _ in range(2))
    assert np.array_equal(first.image, second.image)
    assert [p.text for p in first.plates] == [p.text for p in second.plates]
