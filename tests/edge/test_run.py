"""``anpr run`` as an officer starts it: it reads, alerts and reports, and says in words what is wrong."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import cv2
import httpx
import numpy as np
import pytest
from typer.testing import CliRunner

from anpr import topics
from anpr.broker.server import Broker
from anpr.cli import app
from anpr.edge.doctor_model import MARK, drawn_scene
from anpr.edge.wiring import name_cameras
from anpr.errors import AnprError
from anpr.messages import Hit
from tests.edge.test_link import Centre, free_port
from tests.support.polling import wait_for

if TYPE_CHECKING:
    from pathlib import Path

HOTLIST = (
    "plate,class,category,priority,reason,owner,source,valid_until\n"
    f"{MARK},private_car,stolen,1,Stolen in Mong Kok,Regional Crime Unit,RCU-26-17,2035-06-30\n"
)
N_FRAMES = 24


def anpr(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "anpr", "run", *map(str, arguments)]


def fails(*arguments: object) -> tuple[int, str]:
    done = subprocess.run(anpr(*arguments), capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stderr


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of a street with one plate in it, drifting a little."""
    path = tmp_path_factory.mktemp("clip") / "street.mp4"
    scene = drawn_scene()
    height_px, width_px = scene.shape[:2]
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 12, (width_px, height_px))
    for frame in range(N_FRAMES):
        video.write(np.roll(scene, frame, axis=1))
    video.release()
    return path


@pytest.fixture
def hotlist(tmp_path: Path) -> Path:
    path = tmp_path / "stolen.csv"
    path.write_text(HOTLIST)
    return path


@pytest.mark.models
@pytest.mark.broker
def test_a_listed_plate_on_a_recording_reaches_screen_and_broker_and_a_signal_ends_the_drive(
    tmp_path: Path, clip: Path, hotlist: Path
) -> None:
    port = free_port()
    with Broker(tmp_path / "broker") as broker:
        centre = Centre(broker.port)
        command = anpr(
            *("--source", f"front={clip}", "--loop", "--hotlist", hotlist, "--data-dir", tmp_path / "car"),
            *("--broker", f"127.0.0.1:{broker.port}", "--screen-port", port, "--drain-seconds", 1, "--json"),
        )
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as drive:
            wait_for(lambda: bool(centre.of(topics.HIT)), timeout_s=100, what="the hit")
            page = httpx.get(f"http://127.0.0.1:{port}/")
            drive.send_signal(signal.SIGINT)
            out, said = drive.communicate(timeout=60)
        states = centre.states()
        centre.close()
    assert drive.returncode == 0, said
    assert "car-1" in page.text
    hit = Hit.model_validate_json(centre.of(topics.HIT)[0].payload)
    assert (hit.entry.plate, hit.read.camera, hit.entry.list_name) == (MARK, "front", "stolen")
    summary = json.loads(out)
    assert (summary["hits"], summary["alerts"], summary["stored"], summary["unreceipted"]) == (1, 1, 1, 1)
    assert summary["stage_errors"] == 0
    assert states[-1] == "stopping"
    assert f"http://localhost:{port}" in said


@pytest.mark.models
def test_a_recording_is_driven_to_its_end_without_any_broker(
    tmp_path: Path, clip: Path, hotlist: Path
) -> None:
    done = subprocess.run(
        anpr(
            *("--source", clip, "--hotlist", hotlist, "--data-dir", tmp_path / "car", "--no-screen"),
            *(
                "--broker",
                f"127.0.0.1:{free_port()}",
                "--until-end",
                "--fast",
                "--drain-seconds",
                0,
                "--json",
            ),
        ),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["frames"], summary["hits"], summary["unreceipted"]) == (N_FRAMES, 1, 1)
    assert "No broker answers" in done.stderr


@pytest.mark.models
def test_a_text_file_named_mp4_and_a_recording_that_breaks_off_are_named(tmp_path: Path, clip: Path) -> None:
    text = tmp_path / "street.mp4"
    text.write_text("this is no video")
    code, said = fails("--source", text, "--data-dir", tmp_path / "a", "--no-screen", "--drain-seconds", 0)
    assert code == 2
    assert "street.mp4" in said
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    code, said = fails(
        *("--source", broken, "--data-dir", tmp_path / "b", "--no-screen", "--until-end", "--fast"),
        *("--drain-seconds", 0),
    )
    assert code == 2
    assert "broken" in said


def test_what_cannot_be_driven_with_is_refused_before_the_start(tmp_path: Path, clip: Path) -> None:
    car = ("--data-dir", tmp_path / "car", "--no-screen")
    bad_rows = tmp_path / "bad.csv"
    bad_rows.write_text(HOTLIST.replace("stolen,1", "stolen,9"))
    for arguments, code, words in (
        ((), 3, "No camera is configured. "),
        (("--source", clip, "--broker", "nowhere"), 2, "host:port"),
        (("--source", clip, "--vehicle", "car 1/x"), 3, "vehicle"),
        (("--source", clip, "--gps", tmp_path / "no.gpx"), 2, "no.gpx"),
        (("--source", clip, "--hotlist", tmp_path / "no.csv"), 2, "no.csv"),
        (("--source", clip, "--hotlist", bad_rows), 2, "row 2"),
        (("--source", clip, "--config", tmp_path / "no.toml"), 3, "no.toml"),
        (("--source", clip, "--engine", "magic"), 2, "magic"),
    ):
        error = CliRunner().invoke(app, ["run", *map(str, (*car, *arguments))]).exception
        assert isinstance(error, AnprError), arguments
        assert error.exit_code == code
        assert words in str(error)


@pytest.mark.models
def test_a_taken_screen_port_is_named(tmp_path: Path, clip: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        code, said = fails(
            "--source", clip, "--data-dir", tmp_path / "car", "--screen-port", other.getsockname()[1]
        )
    assert code == 5
    assert "--screen-port" in said


def test_cameras_are_named_by_the_crew_or_after_their_source() -> None:
    given = [
        "rear=/dev/video2",
        "/dev/video0",
        "rtsp://10.0.0.7/live?user=a",
        "day street (1).mp4",
        "/dev/video0",
    ]
    assert [(camera.name, camera.source) for camera in name_cameras(given)] == [
        ("rear", "/dev/video2"),
        ("video0", "/dev/video0"),
        ("camera-3", "rtsp://10.0.0.7/live?user=a"),
        ("day-street-1", "day street (1).mp4"),
        ("video0-5", "/dev/video0"),
    ]
