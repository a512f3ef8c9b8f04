"""The demo shows the whole chain, and says plainly when it cannot."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from anpr.demo import Demo
from anpr.errors import InputError

ROOT = Path(__file__).parents[1]


@pytest.mark.broker
@pytest.mark.models
@pytest.mark.timeout(300)
def test_two_cars_report_to_the_centre_and_nothing_is_lost(tmp_path: Path):
    command = [sys.executable, "-m", "anpr", "demo", "--headless", "--seconds", "25", "--json"]
    command += ["--directory", tmp_path / "demo"]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert summary["frames"] > 0
    assert summary["hits"] > 0
    assert summary["stored"] == summary["receipts"] == summary["hits"]
    assert summary["lost"] == 0
    assert summary["frame_to_alert_p95_ms"] < 1000


def test_a_folder_without_clips_is_refused_with_a_next_step(tmp_path: Path):
    with pytest.raises(InputError, match=r"0 clips.*make videos"):
        Demo(tmp_path, tmp_path / "demo", seconds=5)


def test_a_part_that_cannot_start_shows_its_log(tmp_path: Path):
    demo = Demo(ROOT / "sample_videos", tmp_path / "demo", seconds=5)
    demo.directory.mkdir()
    with demo.part("car-x", ["run", "--config", "/nowhere.toml"]) as part:
        assert part.process.wait(30) == 3
        assert "cannot be read" in part.tail()


@pytest.mark.broker
@pytest.mark.models
@pytest.mark.timeout(180)
@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="processes are listed in /proc")
def test_a_demo_that_is_told_to_end_leaves_nothing_running(tmp_path: Path):
    directory = tmp_path / "demo"
    command = [sys.executable, "-m", "anpr", "demo", "--headless", "--directory", directory]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        assert any("Control room" in line for line in demo.stdout)
        assert running_with(directory)
        demo.terminate()
        demo.wait(120)
    assert running_with(directory) == []


def running_with(directory: Path) -> list[str]:
    """Commands of running processes that name a folder."""
    commands = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        # A process may end while it is looked at.
        with suppress(OSError):
            commands.append(process.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return [command for command in commands if str(directory) in command]
