from __future__ import annotations

import csv
import json
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from typer.testing import CliRunner

from anpr.bench.passages import PassageScore, Ride, Verdict, judged, ride, score
from anpr.bench.roads import Shown
from anpr.cli import app
from anpr.types import Detection, Reading
from anpr.vision import engines
from anpr.vision.engines import Engine

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from anpr.types import Image

CLIPS = Path(__file__).parents[2] / "sample_videos"


@pytest.mark.parametrize(
    ("text", "truth", "verdict"),
    [
        ("AB1234", "AB1234", Verdict.RIGHT),
        ("AB1O34", "AB1034", Verdict.RIGHT),
        ("ZK608", "粤ZK608港", Verdict.RIGHT),
        ("1234", "AB1234", Verdict.PART),
        ("AB1284", "AB1234", Verdict.WRONG),
        ("AB1234", "", Verdict.NOWHERE),
    ],
)
def test_what_was_told_is_right_a_part_wrong_or_on_no_plate(text: str, truth: str, verdict: Verdict):
    assert judged(text, truth) is verdict


class Street:
    """Finds one plate that moves to the right and reads what it was told."""

    margin = 0.0

    def __init__(self, text: str, frames: int) -> None:
        self._text = text
        self.boxes = [(100.0 + 5 * i, 100.0, 200.0 + 5 * i, 130.0) for i in range(frames)]
        self._next = iter(self.boxes)

    def detect(self, _image: Image, _scale: float = 1.0) -> list[Detection]:
        return [Detection(next(self._next), 0.9)]

    def read(self, crops: Sequence[Image]) -> list[Reading]:
        return [Reading(self._text, (0.995,) * len(self._text), 1) for _ in crops]

    def ride(self, shown: Sequence[tuple[Shown, ...]]) -> Ride:
        blank = np.zeros((300, 900, 3), np.uint8)
        blank[:, ::4] = 255
        return ride("street", [(blank, plates) for plates in shown], Engine("street", self, self))


def passing(street: Street, text: str, character_px: float = 20.0) -> list[tuple[Shown, ...]]:
    return [(Shown(1, text, 1, box, character_px),) for box in street.boxes]


def test_a_plate_that_is_told_right_counts_from_the_first_frame_it_can_be_read_in():
    street = Street("AB1234", 8)
    ridden = street.ride(passing(street, "AB1234"))
    assert [telling.verdict for telling in ridden.tellings] == [Verdict.RIGHT]
    assert ridden.plates == 1
    assert ridden.waits_s == (pytest.approx(1 / 15, abs=0.01),)


def test_a_part_a_wrong_mark_and_a_sign_are_counted_apart_and_read_nothing():
    rides = []
    for text, truth in (("1234", "AB1234"), ("AB1284", "AB1234")):
        street = Street(text, 8)
        rides.append(street.ride(passing(street, truth)))
    sign = Street("TAXI12", 8)
    rides.append(sign.ride([()] * 8))
    scored = score(rides)
    assert (scored.parts, scored.wrong, scored.nowhere) == (1, 1, 1)
    assert (scored.read.hits, scored.read.total) == (0, 2)
    assert (scored.right.hits, scored.right.total) == (0, 3)
    assert scored.wait_s is None


def test_a_plate_that_nobody_could_read_is_not_missed():
    far, short = Street("AB1234", 8), Street("AB1234", 3)
    assert far.ride(passing(far, "AB1234", character_px=5)).plates == 0
    assert short.ride(passing(short, "AB1234")).plates == 0


def frames(clip: str) -> Iterator[tuple[Image, tuple[Shown, ...]]]:
    import cv2

    shown: dict[int, list[Shown]] = defaultdict(list)
    with (CLIPS / f"{clip}.boxes.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            x1, y1, x2, y2 = (float(row[side]) for side in ("left", "top", "right", "bottom"))
            number = sum(map(ord, row["plate"]))
            shown[int(row["frame"])].append(
                Shown(number, row["plate"], 1, (x1, y1, x2, y2), float(row["char_px"]))
            )
    video = cv2.VideoCapture(str(CLIPS / f"{clip}.mp4"))
    index = 0
    while (taken := video.read())[0]:
        yield np.asarray(taken[1], np.uint8), tuple(shown[index])
        index += 1


def test_of_the_sample_clip_every_plate_is_told_and_no_part_of_one():
    scored = score([ride("dusk", frames("dusk-expressway"), engines.load(), frames_per_s=20)])
    assert scored.read.value == 1
    assert (scored.parts, scored.wrong, scored.nowhere) == (0, 0, 0)


def test_the_command_says_what_was_told_and_not_right(monkeypatch: pytest.MonkeyPatch):
    street = Street("1234", 8)
    monkeypatch.setattr(engines, "load", lambda name: Engine(name, street, street))

    class Drive:
        def __init__(self, seed: int, size: tuple[int, int]) -> None:
            pass

        def frames(self, _frames_per_s: int) -> list[tuple[Image, tuple[Shown, ...]]]:
            return [(np.full((300, 900, 3), 90, np.uint8), plates) for plates in passing(street, "AB1234")]

    monkeypatch.setattr("anpr.bench.roads.PoorDrive", Drive)
    result = CliRunner().invoke(app, ["bench", "passages", "--drives", "1"])
    assert result.exit_code == 0, result.output
    assert "drive 300" in result.output
    assert "AB1234" in result.output
    street._next = iter(street.boxes)
    result = CliRunner().invoke(app, ["bench", "passages", "--drives", "1", "--json"])
    said = json.loads(result.stdout)
    assert said["score"]["parts"] == 1
    assert said["rides"][0]["tellings"][0]["truth"] == "AB1234"


def test_nothing_driven_is_no_error():
    assert score([]) == PassageScore(score([]).read, score([]).right, 0, 0, 0, None, None)
