from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from anpr.training.drives import Drive
from anpr.training.drives_clips import DAY_STREET
from anpr.types import Frame
from anpr.vision import engines
from anpr.vision.calibration import Curve, Trust
from anpr.vision.fusion import REUNITE_S, Fusion
from anpr.vision.pipeline import Pipeline
from tests.vision.scripted import START, STEP_S, Script, frame

if TYPE_CHECKING:
    from anpr.types import PlateRead

PLAIN = Trust(Curve(1.0, 0.0), Curve(1.0, 0.0), 0.9)
SURE = 0.97
#: Two readings of this by one camera are not enough, four by two cameras are.
UNSURE = 0.8


def passing(text: str, frames: int, probability: float = SURE) -> list[list[tuple[float, str, float]]]:
    return [[(100 + 20 * i, text, probability)] for i in range(frames)]


def drive(*scripts: Script) -> tuple[list[PlateRead], list[PlateRead]]:
    """Two cameras of one car, frame by frame in turn."""
    fusion = Fusion()
    pipelines = [Pipeline(script, script.reader(), trust=PLAIN, fusion=fusion) for script in scripts]
    decided: list[PlateRead] = []
    ended: list[PlateRead] = []
    for index in range(max(len(script.frames) for script in scripts)):
        for number, (script, pipeline) in enumerate(zip(scripts, pipelines, strict=True)):
            if index < len(script.frames):
                step = pipeline.feed(replace(frame(script, index), camera=f"camera {number}"))
                decided += step.decided
                ended += step.ended
    for pipeline in pipelines:
        ended += pipeline.flush().ended
    return decided, ended


def test_a_plate_that_two_cameras_read_is_told_once_and_ends_once():
    decided, ended = drive(Script(passing("AB1234", 10)), Script(passing("AB1234", 10)))
    assert [read.raw for read in decided] == ["AB1234"]
    assert [read.raw for read in ended] == ["AB1234"]


def test_it_ends_once_whichever_camera_loses_it_first():
    for frames in ((4, 12), (12, 4)):
        decided, ended = drive(*(Script(passing("AB1234", count)) for count in frames))
        assert [read.raw for read in decided] == ["AB1234"]
        assert [read.raw for read in ended] == ["AB1234"]
        assert ended[0].last_s is not None
        assert round(ended[0].last_s / STEP_S) == 11


def test_the_second_camera_does_not_read_a_plate_that_the_first_was_sure_of():
    second = Script([[], [], [], *passing("AB1234", 10)])
    drive(Script(passing("AB1234", 13)), second)
    assert len(second.read) == 1


def test_two_cameras_that_are_unsure_alone_are_sure_together():
    frames = 2
    alone, _ = drive(Script(passing("AB1234", frames, UNSURE)))
    together, ended = drive(*(Script(passing("AB1234", frames, UNSURE)) for _ in range(2)))
    assert alone == []
    assert [read.raw for read in together] == ["AB1234"]
    assert together[0].n_frames > frames
    assert [read.raw for read in ended] == ["AB1234"]


def test_the_crop_is_from_the_camera_that_saw_it_better():
    poor, good = Script(passing("AB1234", 2, UNSURE - 0.05)), Script(passing("AB1234", 3, UNSURE))
    (read,), _ = drive(poor, good)
    assert read.camera == "camera 1"


def test_a_camera_that_never_gets_sure_joins_the_one_that_was():
    decided, ended = drive(Script(passing("AB1234", 10)), Script(passing("AB1234", 10, 0.5)))
    assert [read.raw for read in decided] == ["AB1234"]
    assert [read.raw for read in ended] == ["AB1234"]


def test_two_plates_stay_two():
    decided, ended = drive(Script(passing("AB1234", 10)), Script(passing("AB1284", 10)))
    assert sorted(read.raw or "" for read in decided) == ["AB1234", "AB1284"]
    assert sorted(read.raw or "" for read in ended) == ["AB1234", "AB1284"]


def test_unsure_plates_that_were_never_read_alike_are_not_joined():
    decided, ended = drive(Script(passing("AB1234", 2, UNSURE)), Script(passing("XY987", 2, UNSURE)))
    assert decided == []
    assert all(read.raw is None for read in ended)


def test_a_second_passage_before_another_camera_is_told_again():
    away = [[] for _ in range(round((REUNITE_S + 1) / STEP_S))]
    first = Script([*passing("AB1234", 6), *away])
    second = Script([*([[]] * 6), *away, *passing("AB1234", 6)])
    decided, _ = drive(first, second)
    assert [read.raw for read in decided] == ["AB1234", "AB1234"]


@pytest.mark.models
def test_a_drive_filmed_by_two_cameras_gives_each_plate_once():
    engine = engines.load()
    fusion = Fusion()
    cameras = {
        name: (Drive(DAY_STREET, *size), Pipeline(engine.detector, engine.reader, fusion=fusion))
        for name, size in (("front", (1280, 720)), ("wide", (960, 540)))
    }
    ended: list[PlateRead] = []
    for index in range(8):
        at_s = 5 + index / 5
        for name, (film, pipeline) in cameras.items():
            image, _ = film.frame(at_s)
            ended += pipeline.feed(Frame(image, name, index, START, round(at_s * 1e9), at_s)).ended
    for _, pipeline in cameras.values():
        ended += pipeline.flush().ended
    texts = [read.normalised for read in ended if read.raw]
    assert "RX4618" in texts
    assert len(texts) == len(set(texts))
