"""A network camera as it is on the road: a real RTSP server that is killed and comes back."""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from anpr.vision.capture import Capture
from tests.support.polling import wait_for
from tests.support.scenes import car, write_video

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest.importorskip("aio_rtsp_toolkit", reason="needs the RTSP server of the [dev] extra")


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        free: int = server.getsockname()[1]
    return free


@contextmanager
def camera(folder: Path, port: int) -> Iterator[None]:
    program = Path(sys.executable).parent / "rtsp-server"
    with subprocess.Popen(
        [program, "--dir", folder, "--host", "127.0.0.1", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
    ) as server:
        try:
            yield
        finally:
            server.kill()


def test_a_network_camera_that_vanishes_shows_it_and_comes_back(tmp_path: Path, port: int):
    write_video(tmp_path / "live.mp4", [car(x=4 * i) for i in range(50)])
    with Capture("front", f"rtsp://127.0.0.1:{port}/live.mp4") as capture:
        with camera(tmp_path, port):
            wait_for(lambda: capture.state.frames > 5, 60, "frames")
            frame = capture.take(5)
            assert frame is not None
            assert (frame.image.shape, frame.media_s) == ((720, 1280, 3), None)
        wait_for(lambda: not capture.state.delivering, 30, "the loss to show")
        assert capture.state.last_error is not None
        before = capture.state.frames
        with camera(tmp_path, port):
            wait_for(lambda: capture.state.frames > before, 60, "frames to come back")
            assert capture.state.delivering
            assert capture.state.reconnects >= 1
            assert capture.state.last_error is None
