from __future__ import annotations

from collections import Counter, defaultdict
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anpr.types import Detection
from anpr.vision.track import LOST_AFTER_S, PathTracker
from tests.support.roads import drive, parked_row


def plate(x: float, y: float = 300, width: float = 90, height: float = 28) -> Detection:
    return Detection((x, y, x + width, y + height), 0.8)


def numbers(tracker: PathTracker, frames: list[list[Detection]], step_s: float = 0.1) -> list[list[int]]:
    return [
        [sighting.track.id for sighting in tracker.update(frame, i * step_s).seen]
        for i, frame in enumerate(frames)
    ]


def test_a_standing_plate_keeps_its_number():
    assert numbers(PathTracker(), [[plate(100)]] * 20) == [[1]] * 20


def test_a_small_fast_plate_keeps_its_number():
    assert numbers(PathTracker(), [[plate(60 * i)] for i in range(20)]) == [[1]] * 20


def test_an_oncoming_plate_that_grows_keeps_its_number():
    frames = [[plate(500 - 2 * i * i, 300 + i * i, 40 + 6 * i, 13 + 2 * i)] for i in range(15)]
    assert numbers(PathTracker(), frames) == [[1]] * 15


def test_two_plates_that_pass_each_other_keep_their_numbers():
    frames = [[plate(100 + 30 * i, 300), plate(900 - 30 * i, 330)] for i in range(27)]
    assert numbers(PathTracker(), frames) == [[1, 2]] * 27


def test_stacked_plates_keep_their_numbers():
    frames = [[plate(100 + 20 * i, 300), plate(100 + 20 * i, 330)] for i in range(20)]
    assert numbers(PathTracker(), frames) == [[1, 2]] * 20


def test_a_plate_hidden_for_a_second_keeps_its_number():
    frames = [[plate(20 * i)] for i in range(10)] + [[]] * 10 + [[plate(20 * i)] for i in range(20, 25)]
    assert numbers(PathTracker(), frames)[-1] == [1]


def test_a_plate_gone_for_longer_ends_and_a_later_one_is_new():
    tracker = PathTracker()
    tracker.update([plate(100)], 0.0)
    assert tracker.update([], LOST_AFTER_S - 0.01).ended == ()
    assert tracker.update([], LOST_AFTER_S + 0.01).ended == (1,)
    assert tracker.update([plate(100)], LOST_AFTER_S + 0.02).seen[0].track.id == 2


def test_a_plate_far_away_is_another_one():
    assert numbers(PathTracker(), [[plate(100)], [plate(900)]]) == [[1], [2]]


def test_a_faint_box_alone_goes_on_with_its_number():
    tracker = PathTracker()
    tracker.update([plate(100)], 0.0)
    assert tracker.update([Detection((104, 300, 194, 328), 0.3)], 0.1).seen[0].track.id == 1


def test_a_plate_of_another_size_is_another_one():
    assert numbers(PathTracker(), [[plate(100)], [plate(100, width=400, height=120)]]) == [[1], [2]]


def test_ages_and_hits_are_counted():
    tracker = PathTracker()
    for at_s, frame in enumerate(([plate(0)], [], [plate(0)])):
        update = tracker.update(frame, at_s / 10)
    track = update.seen[0].track
    assert (track.age, track.hits) == (3, 2)


boxes = st.builds(plate, st.floats(0, 1900), st.floats(0, 1000), st.floats(0, 300), st.floats(0, 100))


@given(st.lists(st.lists(boxes, max_size=5), max_size=15))
def test_every_detection_gets_one_number_and_no_number_comes_back_after_its_end(frames):
    tracker, gone = PathTracker(), set()
    for i, frame in enumerate(frames):
        update = tracker.update(frame, i * 0.7)
        seen = [sighting.track.id for sighting in update.seen]
        gone |= set(update.ended)
        assert [sighting.detection for sighting in update.seen] == frame
        assert len(set(seen)) == len(seen)
        assert not gone & set(seen)


@pytest.mark.parametrize(("frames_per_s", "least_whole", "most_impure"), [(30, 0.8, 0.04), (15, 0.75, 0.05)])
def test_parked_cars_passed_by_a_shaking_camera_keep_their_numbers(
    frames_per_s: float, least_whole: float, most_impure: float
):
    whole = plates = strangers = total = 0
    for seed in range(3):
        random = Random(seed)  # noqa: S311 - a seed makes the drive repeatable
        tracker = PathTracker()
        numbers_of: dict[int, set[int]] = defaultdict(set)
        plates_of: dict[int, Counter[int]] = defaultdict(Counter)
        for index, frame in enumerate(drive(parked_row(random), random, frames_per_s)):
            update = tracker.update([detection for _, detection in frame], index / frames_per_s)
            for (truth, _), sighting in zip(frame, update.seen, strict=True):
                numbers_of[truth].add(sighting.track.id)
                plates_of[sighting.track.id][truth] += 1
        plates += len(numbers_of)
        whole += sum(len(numbers) == 1 for numbers in numbers_of.values())
        total += sum(counts.total() for counts in plates_of.values())
        strangers += sum(counts.total() - max(counts.values()) for counts in plates_of.values())
    assert whole / plates >= least_whole
    assert strangers / total <= most_impure
