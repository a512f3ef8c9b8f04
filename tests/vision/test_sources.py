from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from anpr.errors import InputError, LinkError
from anpr.vision.sources import find_files, open_source, read_picture
from anpr.vision.video import without_password
from tests.support.scenes import FRAMES_PER_S, write_picture, write_video

if TYPE_CHECKING:
    from pathlib import Path

    from anpr.types import Frame

GREYS = tuple(np.full((64, 96, 3), 8 * i, np.uint8) for i in range(30))


def play_to_the_end(path: Path) -> tuple[list[Frame], InputError | None]:
    frames: list[Frame] = []
    with open_source(str(path), "front") as source:
        try:
            frames.extend(source)
        except InputError as error:
            return frames, error
    return frames, None


def noisy(count: int) -> list[np.ndarray]:
    random = np.random.default_rng(7)
    return [random.integers(0, 255, (120, 160, 3), np.uint8) for _ in range(count)]


def test_a_video_gives_every_frame_with_its_time(tmp_path: Path):
    with open_source(str(write_video(tmp_path / "a.mp4", GREYS)), "front") as source:
        frames = list(source)
    assert not source.live
    assert source.length == len(frames) == len(GREYS)
    assert source.frames_per_s == FRAMES_PER_S
    assert [frame.index for frame in frames] == list(range(30))
    assert [frame.media_s for frame in frames] == pytest.approx([i / FRAMES_PER_S for i in range(30)])
    assert {frame.camera for frame in frames} == {"front"}
    assert frames[20].image.mean() == pytest.approx(160, abs=6)


def test_frames_cannot_be_written_to(tmp_path: Path):
    with open_source(str(write_video(tmp_path / "a.mp4", GREYS[:2])), "front") as source:
        image = next(iter(source)).image
    with pytest.raises(ValueError, match="read-only"):
        image[0, 0] = 0


def test_a_video_cut_short_gives_its_frames_and_then_says_where_it_ends(tmp_path: Path):
    whole = write_video(tmp_path / "whole.mp4", noisy(40)).read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole[: len(whole) // 2])
    frames, error = play_to_the_end(cut)
    assert 10 <= len(frames) < 30
    assert error is not None
    assert re.search(r"truncated at 1\.\d of 4\.0 s", error.message)


def test_a_damaged_video_is_reported_and_its_good_frames_are_given(tmp_path: Path):
    path = write_video(tmp_path / "a.mp4", noisy(40))
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 20_000] = bytes(20_000)
    path.write_bytes(data)
    frames, error = play_to_the_end(path)
    assert len(frames) >= 10
    assert error is not None
    assert re.search("damaged|truncated", error.message)


def test_a_video_that_lost_its_index_is_refused_with_the_next_step(tmp_path: Path):
    whole = write_video(tmp_path / "whole.mp4", noisy(20), index_first=False).read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="not a video") as caught:
        open_source(str(cut), "front")
    assert "copy it again" in caught.value.next_step


def test_a_text_file_named_mp4_is_refused(tmp_path: Path):
    path = tmp_path / "notes.mp4"
    path.write_text("milk, bread, butter\n" * 100)
    with pytest.raises(InputError, match="not a video that can be opened"):
        open_source(str(path), "front")


def test_a_sound_file_is_refused(tmp_path: Path):
    import av

    path = tmp_path / "horn.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        sound.rate = 8000
        container.mux(stream.encode(sound))
        container.mux(stream.encode())
    with pytest.raises(InputError, match="holds no video"):
        open_source(str(path), "front")


def test_a_missing_file_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="does not exist"):
        open_source(str(tmp_path / "gone.mp4"), "front")


def test_a_missing_camera_is_a_link_error():
    with pytest.raises(LinkError, match="Camera front"):
        open_source("/dev/video77", "front")


def test_a_stream_that_nobody_serves_is_a_link_error_without_its_password():
    with pytest.raises(LinkError) as caught:
        open_source("rtsp://user:secret@127.0.0.1:9/live", "front")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://a:b@cam/1", "rtsp://cam/1"),
        ("rtsp://cam/1", "rtsp://cam/1"),
        ("/dev/video0", "/dev/video0"),
    ],
)
def test_passwords_are_taken_out_of_addresses(url: str, shown: str):
    assert without_password(url) == shown


def test_a_folder_is_searched_to_the_bottom_in_order_and_counts_what_it_passes_over(tmp_path: Path):
    for name in ("b.jpg", "a.png", "deep/c.JPG"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write_picture(tmp_path / name.replace("JPG", "jpg"), GREYS[3])
    (tmp_path / "deep/c.jpg").rename(tmp_path / "deep/c.JPG")
    write_video(tmp_path / "d.mp4", GREYS[:2])
    (tmp_path / "readme.txt").write_text("hello")
    (tmp_path / ".hidden.jpg").write_text("hello")
    files = find_files([tmp_path])
    assert [path.name for path in files.pictures] == ["a.png", "b.jpg", "c.JPG"]
    assert [path.name for path in files.videos] == ["d.mp4"]
    assert [path.name for path in files.skipped] == ["readme.txt"]


def test_a_folder_without_pictures_is_refused(tmp_path: Path):
    (tmp_path / "readme.txt").write_text("hello")
    with pytest.raises(InputError, match="1 other files"):
        find_files([tmp_path])


def test_a_folder_plays_as_a_camera(tmp_path: Path):
    for name in ("1.png", "2.png"):
        write_picture(tmp_path / name, GREYS[5])
    with open_source(str(tmp_path), "front") as source:
        frames = list(source)
    assert [(frame.index, frame.media_s) for frame in frames] == [(0, None), (1, None)]
    assert source.length == 2


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\xff\xd8\xff\xe0 cut off"])
def test_a_broken_picture_is_refused(tmp_path: Path, content: bytes):
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    with pytest.raises(InputError, match="not a picture that can be decoded"):
        read_picture(path)


def test_a_recording_turned_by_its_camera_is_turned_upright(tmp_path: Path):
    import av

    top_bright = np.zeros((64, 96, 3), np.uint8)
    top_bright[:32] = 255
    path = write_video(tmp_path / "a.mp4", [top_bright] * 3)
    # The matrix of the track header (ISO 14496-12, 8.3.2) says how a player shall turn the picture.
    upright = b"\x00\x01\x00\x00" + bytes(12) + b"\x00\x01\x00\x00" + bytes(12) + b"\x40\x00\x00\x00"
    clockwise = (
        bytes(4) + b"\x00\x01\x00\x00" + bytes(4) + b"\xff\xff\x00\x00" + bytes(16) + b"\x40\x00\x00\x00"
    )
    data = path.read_bytes()
    track = data.index(b"tkhd")
    place = data.index(upright, track)
    path.write_bytes(data[:place] + clockwise + data[place + len(upright) :])
    with av.open(str(path)) as container:
        assert abs(next(container.decode(video=0)).rotation) == 90
    with open_source(str(path), "front") as source:
        image = next(iter(source)).image
    assert image.shape == (96, 64, 3)
    assert image[:, 48:].mean() > 200
    assert image[:, :16].mean() < 55
