from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from anpr.types import Detection, Reading
from anpr.vision.calibration import Curve, Trust
from anpr.vision.dossier import MOST_EVIDENCE, PATIENCE, PATIENCE_WITH_SIGNS
from anpr.vision.fusion import REUNITE_S
from anpr.vision.pipeline import CLOSER_PER_FRAME, READS_PER_FRAME, Pipeline
from anpr.vision.track import LOST_AFTER_S
from tests.vision.scripted import START, STEP_S, Script, frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anpr.types import Image, PlateRead

#: Claims count as they are, so that these tests do not move with the shipped weights.
PLAIN = Trust(Curve(1.0, 0.0), Curve(1.0, 0.0), 0.9)
#: Two readings of this decide a plate, one does not.
SURE = 0.97


def drive(script: Script, **options: object) -> tuple[list[PlateRead], list[PlateRead]]:
    pipeline = Pipeline(script, script.reader(), trust=PLAIN, **options)  # type: ignore[arg-type]
    decided: list[PlateRead] = []
    ended: list[PlateRead] = []
    for index in range(len(script.frames)):
        step = pipeline.feed(frame(script, index))
        assert len(step.detections) == len(step.tracks) == len(step.reads)
        decided += step.decided
        ended += step.ended
    ended += pipeline.flush().ended
    return decided, ended


def passing(text: str, frames: int = 20, probability: float = SURE) -> list[list[tuple[float, str, float]]]:
    return [[(100 + 20 * i, text, probability)] for i in range(frames)]


def test_a_passing_plate_is_decided_once_and_ends_once():
    decided, ended = drive(Script(passing("AB1234")))
    assert [read.raw for read in decided] == ["AB1234"]
    assert [(read.raw, read.track) for read in ended] == [("AB1234", decided[0].track)]


def test_a_sign_is_never_told_whatever_stands_on_it():
    decided, ended = drive(Script(passing("AB1234"), signs=frozenset({"AB1234"})))
    assert decided == []
    assert ended == []


def test_a_sign_is_not_looked_at_in_every_frame():
    script = Script(passing("PARKING", frames=40), signs=frozenset({"PARKING"}))
    drive(script)
    assert len(script.read) == PATIENCE_WITH_SIGNS


def test_a_plate_that_was_once_taken_for_a_sign_is_told_all_the_same():
    glance = [[(100, "TAXI", 0.5)], [(120, "TAXI", 0.5)]]
    frames = glance + [[(140 + 20 * i, "AB1234", SURE)] for i in range(10)]
    decided, _ = drive(Script(frames, signs=frozenset({"TAXI"})))
    assert [read.raw for read in decided] == ["AB1234"]


def test_a_decided_plate_is_not_read_again():
    script = Script(passing("AB1234", frames=40))
    drive(script)
    assert len(script.read) == 2


def test_the_answer_carries_the_very_frame_that_was_read_best():
    script = Script([[(100, "AB1234", 0.90)], [(120, "AB1234", 0.97)], [(140, "AB1234", 0.97)]])
    (read,), _ = drive(script)
    best = frame(script, 1)
    assert read.frame_index == 1
    assert read.frame_sha256 == hashlib.sha256(best.image.tobytes()).hexdigest()
    assert read.captured_at == best.captured_at
    assert read.box == (120, 100, 210, 130)
    assert (read.crop == best.image[100:130, 120:210]).all()


def test_of_frames_that_show_the_plate_alike_the_answer_carries_the_newest():
    frames = [[(100, "AB1234", 0.80)], [(120, "AB1234", 0.80)], [(140, "AB1234", 0.80)]]
    (read,), _ = drive(Script(frames))
    assert read.frame_index == read.n_frames - 1


def test_first_and_last_sight_are_told():
    _, (read,) = drive(Script(passing("AB1234", frames=11)))
    assert (read.first_s, read.last_s) == (0.0, pytest.approx(1.0))
    assert read.first_at == START
    assert (read.last_at - read.first_at).total_seconds() == pytest.approx(1.0)


def test_a_plate_whose_frames_never_agree_cannot_be_read():
    frames = [[(100 + 5 * i, f"{i}XY{i}Z{i}", SURE)] for i in range(10)]
    decided, ended = drive(Script(frames))
    assert decided == []
    assert [(read.raw, read.normalised, read.confidence) for read in ended] == [(None, "", 0.0)]
    assert len(ended[0].alternatives) <= 3


def test_a_plate_that_can_never_be_read_does_not_cost_a_reading_a_frame():
    script = Script([[(100, "XYZ"[i % 3] * 6, SURE)] for i in range(90)])
    drive(script)
    assert len(script.read) <= PATIENCE + 5


def test_a_crowded_frame_does_not_cost_more_readings_than_allowed():
    crowd = [(40 + 160 * i, f"AB10{i:02}", 0.8) for i in range(10)]
    script = Script([crowd] * 30)
    pipeline = Pipeline(script, script.reader(), trust=PLAIN)
    before = 0
    for index in range(30):
        pipeline.feed(frame(script, index))
        assert len(script.read) - before <= READS_PER_FRAME
        before = len(script.read)


def test_no_plate_of_a_crowd_is_forgotten():
    crowd = [(40 + 160 * i, f"AB10{i:02}", SURE) for i in range(10)]
    decided, _ = drive(Script([crowd] * 30))
    assert sorted(read.raw or "" for read in decided) == [f"AB10{i:02}" for i in range(10)]


class Closer:
    """A reader that sees what is there, and keeps count."""

    margin = 0.0

    def __init__(self, text: str) -> None:
        self._text = text
        self.crops = 0

    def read(self, crops: Sequence[Image]) -> list[Reading]:
        self.crops += len(crops)
        return [Reading(self._text, (0.99,) * len(self._text), 1) for _ in crops]


def test_what_left_unread_is_looked_at_closer_and_told_as_it_leaves():
    closer = Closer("AB1234")
    frames = [[(100 + 5 * i, "A81Z34" if i % 2 else "AB1284", 0.5)] for i in range(6)]
    decided, ended = drive(Script([*frames, *[[]] * 40]), closer=closer)
    assert [read.raw for read in decided] == [read.raw for read in ended] == ["AB1234"]
    assert 0 < closer.crops <= MOST_EVIDENCE
    assert drive(Script(frames))[1][0].raw is None


def test_what_was_read_or_is_a_sign_is_not_looked_at_closer():
    closer = Closer("AB9999")
    drive(Script(passing("AB1234")), closer=closer)
    drive(Script(passing("AB1234"), signs=frozenset({"AB1234"})), closer=closer)
    assert closer.crops == 0


def test_a_crowd_that_leaves_at_once_costs_few_closer_looks():
    closer = Closer("AB1234")
    crowd = [(40 + 160 * i, f"XY{i}0{i}", 0.4) for i in range(8)]
    drive(Script([*[crowd] * 5, *[[]] * 40]), closer=closer)
    assert closer.crops == CLOSER_PER_FRAME


def test_a_glint_is_no_plate():
    decided, ended = drive(Script([[], [(0.5, "AB1234", SURE)], []]))
    assert decided == ended == []


def test_a_plate_cut_by_the_edge_of_the_picture_is_not_read():
    script = Script([[(0, "AB12", SURE)]] * 10)
    decided, ended = drive(script)
    assert script.read == decided == []
    assert [read.raw for read in ended] == [None]


def test_a_plate_the_tracker_lost_and_found_again_is_one_plate():
    # Too far to be the same track, while the first one is still open.
    frames = passing("AB1234", frames=6) + [[(1500, "AB1234", SURE)] for _ in range(6)]
    decided, ended = drive(Script(frames))
    assert [read.raw for read in decided] == ["AB1234"]
    assert [(read.raw, read.track) for read in ended] == [("AB1234", decided[0].track)]
    assert (ended[0].first_s, ended[0].last_s) == (0.0, pytest.approx(1.1))


def test_a_plate_that_comes_again_later_is_told_again():
    away = [[] for _ in range(round((REUNITE_S + 1) / STEP_S))]
    decided, ended = drive(Script([*passing("AB1234", frames=6), *away, *passing("AB1234", frames=6)]))
    assert [read.raw for read in decided] == ["AB1234", "AB1234"]
    assert [read.track for read in ended] == [read.track for read in decided]


def test_a_plate_hidden_for_longer_than_its_track_lives_is_one_plate():
    hidden = [[] for _ in range(round((LOST_AFTER_S + 1) / STEP_S))]
    decided, (read,) = drive(Script([*passing("AB1234", frames=6), *hidden, *passing("AB1234", frames=6)]))
    assert [read.raw for read in decided] == ["AB1234"]
    assert (read.raw, read.track) == ("AB1234", decided[0].track)
    assert (read.first_s, read.last_s) == (0.0, pytest.approx(3.6))


def test_a_read_below_the_asked_confidence_cannot_be_read():
    decided, ended = drive(Script(passing("AB1234", frames=3, probability=0.6)), min_confidence=0.9999)
    assert decided == []
    assert [read.raw for read in ended] == [None]


def test_a_plate_seen_in_one_sharp_frame_only_is_told_as_it_leaves():
    gone = [[] for _ in range(round(LOST_AFTER_S / STEP_S) + 1)]
    script = Script([*passing("AB1234", frames=1, probability=0.99), *gone])
    decided, _ = drive(script)
    assert [(read.raw, read.n_frames) for read in decided] == [("AB1234", 1)]


class Boxes:
    """A detector and reader that were told what they see: a box and what is read in it, frame by frame."""

    margin = 0.0

    def __init__(self, seen: list[tuple[tuple[float, float], str]]) -> None:
        self._frames = iter(seen)

    def detect(self, _image: Image, _scale: float = 1.0) -> list[Detection]:
        (width, height), self._text = next(self._frames)
        return [Detection((600 - width, 100, 600, 100 + height), 0.8)]

    def read(self, crops: Sequence[Image]) -> list[Reading]:
        return [Reading(self._text, (0.99,) * len(self._text), 1) for _ in crops]


def told(seen: list[tuple[tuple[float, float], str]]) -> list[tuple[int, str | None]]:
    boxes = Boxes(seen)
    pipeline = Pipeline(boxes, boxes, trust=PLAIN)
    script = Script([[]] * len(seen))
    return [
        (index, read.raw)
        for index in range(len(seen))
        for read in pipeline.feed(frame(script, index)).decided
    ]


def test_a_plate_that_comes_out_from_behind_something_is_told_when_all_of_it_shows():
    hidden = [((20.0, 22.0), "NV"), ((24.0, 22.0), "NV7"), ((29.0, 22.0), "NV74"), ((36.0, 22.0), "NV740")]
    whole = [((38.0, 22.0), "NV7409")] * 6
    ((when, text),) = told([*hidden, *whole])
    assert text == "NV7409"
    assert when < len(hidden) + 5


def test_one_row_found_in_place_of_two_is_not_read():
    whole, row = ((40.0, 36.0), "MM738"), ((40.0, 19.0), "MM")
    assert [text for _, text in told([row, whole, whole, row, whole, whole])] == ["MM738"]
    decided = told([whole, row, row, whole])
    assert [text for _, text in decided] == ["MM738"]


def test_a_plate_that_comes_nearer_is_not_taken_for_one_that_was_hidden():
    nearer = [((60.0 * 1.15**i, 16.0 * 1.15**i), "AB1234") for i in range(4)]
    assert [when for when, _ in told(nearer)] == [1]
