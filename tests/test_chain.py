"""The whole chain on the sample clips: camera to control room, every part the real one."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from anpr.broker.server import Broker
from anpr.collector.sqlite import SqliteStore
from anpr.plates import normal_form

if TYPE_CHECKING:
    from collections.abc import Iterator

VIDEOS = Path(__file__).parents[1] / "sample_videos"
CLIPS = sorted(path.stem for path in VIDEOS.glob("*.mp4"))

pytestmark = [pytest.mark.broker, pytest.mark.models]


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Broker, Path]]:
    """A broker and a collector that run for all the clips."""
    directory = tmp_path_factory.mktemp("chain")
    with Broker(directory / "broker") as broker:
        options = ("--broker", f"127.0.0.1:{broker.port}", "--data-dir", directory / "centre")
        collector = subprocess.Popen([sys.executable, "-m", "anpr", "collect", "--no-console", *options])
        yield broker, directory
        collector.send_signal(signal.SIGTERM)
        assert collector.wait(30) == 0


@pytest.mark.timeout(400)
@pytest.mark.parametrize("clip", CLIPS)
def test_every_listed_vehicle_alerts_once_and_no_other_does(centre: tuple[Broker, Path], clip: str):
    broker, directory = centre
    command = [sys.executable, "-m", "anpr", "run", "--json", "--fast", "--until-end", "--no-screen"]
    command += ["--source", VIDEOS / f"{clip}.mp4", "--hotlist", VIDEOS / "hotlist.csv", "--vehicle", clip]
    command += [
        "--data-dir",
        directory / clip,
        "--broker",
        f"127.0.0.1:{broker.port}",
        "--drain-seconds",
        "60",
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    summary = json.loads(done.stdout.splitlines()[-1])
    truth = json.loads((VIDEOS / f"{clip}.json").read_text())
    listed = Counter(normal_form(vehicle["plate"]) for vehicle in truth["vehicles"] if vehicle["listed"])
    assert listed, "a clip without a listed vehicle shows nothing"

    store = SqliteStore(directory / "centre" / "centre.db")
    stored = [hit.hit for hit in store.hits(1000) if hit.hit.vehicle == clip]
    assert Counter(hit.read.normalised for hit in stored) == listed
    assert summary["hits"] == summary["receipts"] == len(stored)


def test_there_are_three_clips_by_day_at_dusk_and_in_rain():
    assert len(CLIPS) >= 3
    assert sum(path.stat().st_size for path in VIDEOS.iterdir()) < 8_000_000
