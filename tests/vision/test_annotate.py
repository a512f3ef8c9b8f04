from __future__ import annotations

from typing import TYPE_CHECKING

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anpr.vision.annotate import GUESSED, READ, UNREAD, VideoWriter, draw, label

if TYPE_CHECKING:
    from pathlib import Path

GREY = np.full((360, 640, 3), 90, np.uint8)


def pixels(image: np.ndarray, colour: tuple[int, int, int]) -> int:
    return int((image == colour).all(axis=2).sum())


def test_read_and_unread_plates_differ_in_colour():
    read = draw(GREY, [label((100, 100, 200, 130), "AB1234", 0.97)])
    unread = draw(GREY, [label((100, 100, 200, 130), None, 0.0)])
    assert pixels(read, READ) > 1000 > pixels(read, UNREAD)
    assert pixels(unread, UNREAD) > 1000 > pixels(unread, READ)


def test_a_guess_has_a_colour_and_a_mark_of_its_own():
    assert label((100, 100, 200, 130), "AB1234", 0.31, sure=False).caption == "AB1234 31% ?"
    guessed = draw(GREY, [label((100, 100, 200, 130), "AB1234", 0.31, sure=False)])
    assert pixels(guessed, GUESSED) > 1000 > pixels(guessed, READ)


def test_the_picture_given_is_left_alone():
    picture = GREY.copy()
    picture.flags.writeable = False
    assert (draw(picture, [label((100, 100, 200, 130), "AB1234", 0.97)]) != picture).any()
    assert (picture == GREY).all()


def test_a_label_does_not_cover_the_plate_above():
    upper, lower = (200, 150, 300, 180), (200, 182, 300, 212)
    alone = draw(GREY, [label(upper, None, 0.0, unread="")])
    both = draw(GREY, [label(upper, None, 0.0, unread=""), label(lower, "粤ZN727港", 0.9)])
    assert (both[150:179, 200:300] == alone[150:179, 200:300]).all()


@given(st.tuples(st.floats(-50, 700), st.floats(-50, 400), st.floats(-50, 700), st.floats(-50, 400)))
def test_any_box_can_be_drawn(box):
    assert draw(GREY, [label(box, "AB1234", 0.5)]).shape == GREY.shape


@pytest.mark.parametrize("shape", [(360, 640, 3), (361, 641, 3)])
def test_a_video_is_written_in_the_size_players_take(tmp_path: Path, shape: tuple[int, int, int]):
    with VideoWriter(tmp_path / "a.mp4", 29.97) as writer:
        for _ in range(5):
            writer.write(np.zeros(shape, np.uint8))
    with av.open(str(tmp_path / "a.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height, stream.frames) == (640, 360, 5)
        assert float(stream.average_rate) == pytest.approx(29.97, abs=0.01)
