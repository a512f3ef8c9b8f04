from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from anpr.bench.clips import at_height
from anpr.bench.speed import STAGES, Setup, measure, spread
from anpr.errors import InputError
from anpr.vision.engines import Engine
from anpr.vision.sources import open_source
from tests.bench.examples import FixedDetector, FixedReader, picture

if TYPE_CHECKING:
    from pathlib import Path

FRAMES = 12


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    av = pytest.importorskip("av")
    path = tmp_path / "clip.mp4"
    image = np.full((96, 200, 3), 90, np.uint8)
    cv2.rectangle(image, (40, 30), (120, 50), (255, 255, 255), -1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 200, 96, "yuv420p"
        for _ in range(FRAMES):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode(None))
    return path


def test_a_clip_is_made_as_high_as_wanted_and_no_longer(clip: Path, tmp_path: Path):
    with open_source(str(at_height(clip, 360, 5, tmp_path)), "clip") as source:
        frames = list(source)
    assert [frame.image.shape for frame in frames] == [(360, 640, 3)] * 5
    # 200 x 96 fills the width; above and below is black.
    assert frames[0].image[5].max() < 30
    assert frames[0].image[180].min() > 60


def test_a_picture_is_no_clip(tmp_path: Path):
    picture(tmp_path / "a.png")
    with pytest.raises(InputError, match="no recording"):
        at_height(tmp_path / "a.png", 360, 5, tmp_path)


def test_every_stage_is_timed_and_the_read_is_noted(clip: Path):
    setup = Setup(Engine("mine", FixedDetector(), FixedReader()), 640, 96, clip)
    ticks: list[None] = []
    (score,) = measure([setup], 2, lambda: ticks.append(None))
    assert len(ticks) == 3
    stages = dict(score.stages)
    assert tuple(stages) == STAGES
    counts = {name: one.count for name, one in stages.items() if one}
    assert counts["decode"] == counts["detect"] == counts["track"] == counts["vote"] == 2 * FRAMES
    assert 2 <= counts["read a crop"] <= 2 * FRAMES
    for rate in (score.every_frame, score.in_a_car):
        assert 0 < rate.slowest <= rate.median <= rate.fastest
    assert score.answer is not None
    # At recording speed a busy machine skips a frame, as it would a camera's.
    assert FRAMES / 2 <= score.answer.count <= FRAMES
    assert score.sight_to_read is not None
    assert score.sight_to_read.count == 1
    assert score.sight_to_read.median_ms > 0


def test_median_and_95th_percentile():
    one = spread([float(n) for n in range(100)])
    assert one is not None
    assert (one.median_ms, one.p95_ms, one.count) == (49.5, 95.0, 100)
    assert spread([]) is None
