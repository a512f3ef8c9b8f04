from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

import numpy as np
import pytest

from anpr.errors import InputError, LinkError
from anpr.vision.capture import FIRST_RETRY_S, LONGEST_RETRY_S, Capture
from anpr.vision.video import stamped
from tests.support.polling import wait_for
from tests.support.scenes import write_video

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from anpr.types import Frame

IMAGE = np.zeros((48, 64, 3), np.uint8)


class Camera:
    """A live source that gives some frames, then vanishes, or waits to be told to go on."""

    live = True
    frames_per_s = None
    length = None

    def __init__(self, frames: int, gate: threading.Event | None = None) -> None:
        self._frames, self._gate = frames, gate

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def __iter__(self) -> Iterator[Frame]:
        for index in range(self._frames):
            yield stamped(IMAGE, "front", index)
        if self._gate is not None:
            assert self._gate.wait(20)
        raise LinkError("Camera front stopped.", "Check its cable.")


def clip(tmp_path: Path, frames: int = 12) -> str:
    return str(
        write_video(tmp_path / "a.mp4", [np.full((48, 64, 3), 5 * i, np.uint8) for i in range(frames)])
    )


def drain(capture: Capture) -> list[Frame]:
    frames = []
    while not capture.finished:
        frame = capture.take(5)
        if frame is not None:
            frames.append(frame)
    return frames


def test_every_frame_of_a_file_is_delivered(tmp_path: Path):
    with Capture("front", clip(tmp_path)) as capture:
        frames = drain(capture)
    assert [frame.index for frame in frames] == list(range(12))
    assert capture.state.dropped == 0
    assert capture.state.ended
    assert capture.error is None


def test_the_newest_frame_of_a_camera_wins_and_drops_are_counted():
    gate = threading.Event()
    with Capture("front", "0", open_=lambda *_: Camera(50, gate)) as capture:
        wait_for(lambda: capture.state.frames == 50)
        frame = capture.take(5)
        assert frame is not None
        assert frame.index == 49
        assert capture.state.dropped == 49
        assert capture.state.delivering
        gate.set()


def test_a_camera_that_vanishes_comes_back_by_itself():
    pauses: list[float] = []
    cameras = iter([Camera(3), None, None, Camera(2)])
    back = threading.Event()

    def open_camera(*_: str) -> Camera:
        camera = next(cameras, None)
        if camera is None:
            raise LinkError("Camera front cannot be opened.", "Check its cable.")
        return camera

    def wait(seconds: float) -> bool:
        pauses.append(seconds)
        if len(pauses) == 1:
            assert not capture.state.delivering
            assert "stopped" in str(capture.state.last_error)
        if len(pauses) == 4:
            back.set()
        return len(pauses) == 4

    capture = Capture("front", "0", open_=open_camera, wait=wait, jitter=lambda: 1.0)
    with capture:
        assert back.wait(20)
    assert capture.state.frames == 5
    assert capture.state.reconnects == 3
    # Twice as long after each failure, from the start again once frames have come.
    assert pauses == [FIRST_RETRY_S, 2 * FIRST_RETRY_S, 4 * FIRST_RETRY_S, FIRST_RETRY_S]


def test_pauses_between_tries_are_bounded_and_spread():
    pauses: list[float] = []

    def refuse(*_: str) -> Camera:
        raise LinkError("Camera front cannot be opened.", "Check its cable.")

    def wait(seconds: float) -> bool:
        pauses.append(seconds)
        return len(pauses) == 12

    with Capture("front", "0", open_=refuse, wait=wait, jitter=lambda: 0.0) as capture:
        wait_for(lambda: capture.state.ended)
    assert max(pauses) == LONGEST_RETRY_S / 2
    assert pauses[0] == FIRST_RETRY_S / 2


def test_frame_numbers_go_on_rising_after_a_reconnect():
    gate = threading.Event()
    cameras = iter([Camera(1, gate), Camera(1)])
    goes_on = iter([False, True])
    with Capture("front", "0", open_=lambda *_: next(cameras), wait=lambda _: next(goes_on)) as capture:
        first = capture.take(5)
        gate.set()
        second = capture.take(5)
    assert first is not None
    assert second is not None
    assert (first.index, second.index) == (0, 1)


def test_a_file_that_does_not_exist_ends_with_its_error(tmp_path: Path):
    with Capture("front", str(tmp_path / "gone.mp4")) as capture:
        wait_for(lambda: capture.state.ended)
    assert isinstance(capture.error, InputError)
    assert "does not exist" in str(capture.state.last_error)


def test_a_file_cut_short_delivers_its_frames_and_then_its_error(tmp_path: Path):
    random = np.random.default_rng(3)
    path = write_video(
        tmp_path / "a.mp4", [random.integers(0, 255, (96, 96, 3), np.uint8) for _ in range(40)]
    )
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with Capture("front", str(path)) as capture:
        frames = drain(capture)
    assert len(frames) >= 10
    assert "truncated" in str(capture.error)


def test_a_loop_starts_again_and_time_goes_on_rising(tmp_path: Path):
    with Capture("front", clip(tmp_path), loop=True) as capture:
        frames = [capture.take(5) for _ in range(30)]
    seconds = [frame.media_s for frame in frames if frame and frame.media_s is not None]
    assert len(seconds) == 30
    assert seconds == pytest.approx([i / 10 for i in range(30)])
    assert [frame.index for frame in frames if frame] == list(range(30))


def test_a_recording_can_be_paced_as_it_was_recorded(tmp_path: Path):
    pauses: list[float] = []

    def wait(seconds: float) -> bool:
        pauses.append(seconds)
        return False

    with Capture("front", clip(tmp_path), realtime=True, wait=wait) as capture:
        drain(capture)
    # No time passes in `wait`, so each frame is later than the one before by its place in the recording.
    assert pauses[-1] == pytest.approx(1.1, abs=0.5)
    assert pauses == sorted(pauses)


def test_stopping_does_not_wait_for_a_consumer(tmp_path: Path):
    capture = Capture("front", clip(tmp_path), loop=True).start()
    wait_for(lambda: capture.state.frames == 2)
    capture.stop(timeout_s=5)
    assert capture.state.ended


def test_one_event_tells_of_all_cameras(tmp_path: Path):
    arrived = threading.Event()
    with Capture("front", clip(tmp_path), arrived=arrived), Capture("rear", clip(tmp_path), arrived=arrived):
        assert arrived.wait(10)


def test_a_recording_played_live_gives_way_to_newer_frames_like_a_camera(tmp_path: Path):
    with Capture("front", clip(tmp_path), realtime=True, wait=lambda _s: False) as capture:
        wait_for(lambda: capture.state.ended, what="the end of the recording")
        newest = capture.take()
    assert capture.state.dropped == capture.state.frames - 1
    assert newest is not None
    assert newest.index == capture.state.frames - 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_fault_nobody_foresaw_does_not_leave_the_camera_looking_alive():
    def broken(*_: str) -> Camera:
        raise ZeroDivisionError

    with Capture("front", "0", open_=broken) as capture:
        wait_for(lambda: capture.state.ended)
    assert not capture.state.delivering
    assert "failed" in str(capture.state.last_error)
