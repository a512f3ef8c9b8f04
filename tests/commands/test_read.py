from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import av
import cv2
import pytest
from typer.testing import CliRunner

from anpr.cli import app
from anpr.vision.annotate import GUESSED
from anpr.vision.calibration import calibration
from tests.support.scenes import car, overlap, write_picture, write_video

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

pytestmark = pytest.mark.models

PLATE = (515, 480, 765, 534)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["read", *map(str, arguments)])


def lines(result: Result) -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_picture_is_a_line_of_json(tmp_path: Path):
    path = write_picture(tmp_path / "a.png", car("AB 1234"))
    result = run(path, "--json")
    assert result.exit_code == 0
    (line,) = lines(result)
    assert line["image"] == str(path)
    (plate,) = line["plates"]
    assert set(plate) == {"text", "raw", "confidence", "sure", "box", "rows"}
    assert (plate["text"], plate["raw"], plate["rows"]) == ("AB1234", "AB1234", 1)
    assert overlap(plate["box"], PLATE) > 0.75
    assert 0.5 < plate["confidence"] <= 1
    assert plate["sure"] is True


def test_a_picture_without_a_plate_is_a_line_too(tmp_path: Path):
    path = write_picture(tmp_path / "a.png", car()[:400])
    assert lines(run(path, "--json")) == [{"image": str(path), "plates": []}]


def test_a_video_is_a_line_of_json_a_track(tmp_path: Path):
    path = write_video(tmp_path / "a.mp4", [car("AB 1234", x=4 * i) for i in range(20)])
    result = run(path, "--json")
    assert result.exit_code == 0
    (line,) = lines(result)
    (plate,) = line["plates"]
    assert (plate["text"], plate["sure"]) == ("AB1234", True)
    assert (plate["first_s"], plate["last_s"]) == (0, pytest.approx(1.9))
    assert plate["track"] == 1
    # So clear a plate is sure from its first frame, and is not read again.
    assert plate["n_frames"] >= 1


def test_people_get_a_table(tmp_path: Path):
    write_picture(tmp_path / "a.png", car("AB 1234"))
    result = run(tmp_path)
    assert result.exit_code == 0
    assert "AB1234" in result.stdout
    assert "1 plates found, 1 read, in 1 files." in result.stdout


def test_people_see_which_file_a_plate_is_of(tmp_path: Path):
    for number in (1, 2):
        folder = tmp_path / "a-folder-with-a-long-name" / f"day-{number}"
        folder.mkdir(parents=True)
        write_picture(folder / "front camera [1].png", car("AB 1234"))
    told = run(tmp_path).stdout
    assert "day-1/front camera [1].png" in told
    assert "day-2/front camera [1].png" in told
    assert "long-name" not in told


def test_a_guess_is_marked_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = write_picture(tmp_path / "a.png", car("AB 1234"))
    stricter = replace(calibration(), still_sure=1.0)
    monkeypatch.setattr("anpr.vision.stills.calibration", lambda: stricter)
    (line,) = lines(run(path, "--json"))
    assert (line["plates"][0]["text"], line["plates"][0]["sure"]) == ("AB1234", False)
    told = run(path, "--annotate", tmp_path / "out").stdout
    assert "AB1234 ?" in told
    assert "1 plates found, 1 read (1 of them unsure), in 1 files." in told
    drawn = cv2.imread(str(tmp_path / "out/a.png"))
    assert (drawn == GUESSED).all(axis=2).sum() > 500


def test_what_a_video_tells_below_the_measured_confidence_is_a_guess(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = write_video(tmp_path / "a.mp4", [car("AB 1234", x=4 * i) for i in range(20)])
    own = calibration()
    stricter = replace(own, video=replace(own.video, threshold=1.0))
    monkeypatch.setattr("anpr.vision.files.calibration", lambda: stricter)
    (line,) = lines(run(path, "--json", "--min-confidence", "0.5"))
    assert (line["plates"][0]["text"], line["plates"][0]["sure"]) == ("AB1234", False)


def test_a_read_that_is_not_sure_enough_is_said_to_be_unreadable(tmp_path: Path):
    path = write_picture(tmp_path / "a.png", car("AB 1234"))
    (line,) = lines(run(path, "--json", "--min-confidence", "1"))
    assert (line["plates"][0]["text"], line["plates"][0]["raw"]) == ("", None)
    assert "cannot read" in run(path, "--min-confidence", "1").stdout


def test_annotated_pictures_show_the_box_and_leave_the_original_alone(tmp_path: Path):
    path = write_picture(tmp_path / "a.png", car("AB 1234"))
    before = path.read_bytes()
    assert run(path, "--annotate", tmp_path / "out").exit_code == 0
    drawn = cv2.imread(str(tmp_path / "out/a.png"))
    assert (drawn != cv2.imread(str(path))).any()
    assert path.read_bytes() == before


def test_pictures_of_one_name_from_two_folders_are_both_annotated(tmp_path: Path):
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        write_picture(tmp_path / folder / "a.png", car("AB 1234"))
    run(tmp_path / "x", tmp_path / "y", "--annotate", tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a-2.png", "a.png"]


def test_annotated_videos_play_as_long_as_the_original(tmp_path: Path):
    path = write_video(tmp_path / "a.mp4", [car("AB 1234", x=4 * i) for i in range(8)])
    assert run(path, "--annotate", tmp_path / "out").exit_code == 0
    with av.open(str(tmp_path / "out/a.mp4")) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert (stream.width, stream.height, stream.frames) == (1280, 720, 8)


def test_a_broken_file_does_not_stop_the_others_and_ends_in_failure(tmp_path: Path):
    write_picture(tmp_path / "b.png", car("AB 1234"))
    (tmp_path / "a.jpg").write_text("not a picture")
    (tmp_path / "c.mp4").write_text("not a video")
    (tmp_path / "readme.txt").write_text("hello")
    result = run(tmp_path, "--json")
    assert result.exit_code == 1
    assert [line["image"] for line in lines(result)] == [str(tmp_path / "b.png")]
    assert "a.jpg is not a picture" in result.stderr
    assert "c.mp4 is not a video" in result.stderr
    assert "1 files that are neither picture nor video were passed over" in result.stderr


def test_a_video_cut_short_gives_its_plates_and_ends_in_failure(tmp_path: Path):
    path = write_video(tmp_path / "a.mp4", [car("AB 1234", x=4 * i) for i in range(30)])
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    result = run(path, "--json")
    assert result.exit_code == 1
    assert "truncated at" in result.stderr
    assert [plate["text"] for line in lines(result) for plate in line["plates"]] == ["AB1234"]


def test_a_missing_file_is_refused_before_anything_is_loaded(tmp_path: Path):
    result = run(tmp_path / "gone.jpg")
    assert "does not exist" in str(result.exception)


def test_a_size_that_does_not_fit_the_network_is_a_usage_error(tmp_path: Path):
    path = write_picture(tmp_path / "a.png", car())
    result = run(path, "--size", "650")
    assert result.exit_code == 2
    assert "multiple of 32" in result.stderr
