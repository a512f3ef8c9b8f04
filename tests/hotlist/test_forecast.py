"""The forecast of false hits: what it says is what a simulated day brings."""

from __future__ import annotations

import random
from itertools import product
from typing import TYPE_CHECKING

import pytest

from anpr.hotlist.forecast import Forecaster
from anpr.hotlist.match import Matcher
from anpr.hotlist.store import HotlistStore
from anpr.hotlist.traffic import Shape, Traffic, hong_kong
from anpr.plates.confusions import SIGNS, Confusions
from anpr.types import MatchRule
from tests.hotlist.examples import NOW, entry, read

if TYPE_CHECKING:
    from pathlib import Path

    from anpr.types import ListEntry

NEAR, PATTERN = MatchRule.NEAR, MatchRule.PATTERN
READS = 2_500
DAYS = (1, 2, 3, 4)


def false_hits(path: Path, entries: list[ListEntry], traffic: Traffic, seed: int) -> int:
    """A day: marks drawn from the traffic, misread by its confusions, matched by the car's own matcher."""
    chance = random.Random(seed)  # noqa: S311 - a simulation
    count = 0
    with HotlistStore(path / f"{seed}.sqlite3") as store:
        store.replace("stolen", "v1", NOW, entries)
        matcher = Matcher(store)
        for _ in range(READS):
            mark = traffic.draw(chance)
            found = matcher.match(read(traffic.misread(mark, chance)), NOW)
            count += found is not None and (found.entry.rule is PATTERN or found.entry.key != mark)
    return count


def crowded(wrong: float) -> Traffic:
    """Three places of few signs, so that every kind of false hit happens often."""
    shapes = (
        Shape(0.7, ("ABCDE", "12345678", "12345678"), ordinary=True),
        Shape(0.3, ("ABCDE", "12345678"), ordinary=True),
    )
    return Traffic(shapes, Confusions.measured()).with_wrong(wrong)


@pytest.mark.parametrize(
    ("entries", "traffic"),
    [
        # A car's own list: marks spread over all that there are, each with near matching.
        (
            [
                entry(f"{a}{b} {number}", rule=NEAR)
                for a, b, number in zip(
                    "ABCDEFGHJK" * 90, "KLMNPRSTUVW" * 90, range(1234, 9999, 11), strict=False
                )
            ],
            hong_kong(),
        ),
        (
            [entry("*88*", rule=PATTERN), entry("AB 1*", rule=PATTERN), entry("?? 123?", rule=PATTERN)],
            hong_kong(),
        ),
        # Exact entries: only misreads can make them ring for others.
        ([entry(f"{a} {b}{b}") for a in "ABCDE" for b in "1368"], crowded(0.5)),
        ([entry("A 11", rule=NEAR), entry("E 8"), entry("B2?", rule=PATTERN)], crowded(0.1)),
        ([entry("A*", rule=PATTERN), entry("A1?", rule=PATTERN), entry("B?2", rule=PATTERN)], crowded(0.02)),
    ],
    ids=["near", "patterns", "misreads", "all three", "one within another"],
)
def test_a_simulated_day_lies_within_the_forecast(tmp_path: Path, entries: list[ListEntry], traffic: Traffic):
    told = Forecaster(traffic).forecast(entries, READS)
    days = [false_hits(tmp_path, entries, traffic, seed) for seed in DAYS]
    assert told.a_day > 8, "too few to tell a good forecast from a bad one"
    # Of a hundred days five lie outside, so one of four may.
    assert sum(told.low <= day <= told.high for day in days) >= len(DAYS) - 1, (told, days)
    assert sum(days) == pytest.approx(4 * told.a_day, abs=3.3 * (4 * told.a_day) ** 0.5)


def test_the_number_of_marks_near_an_entry_is_counted_by_the_grammar():
    forecaster = Forecaster(hong_kong())
    # Two letters of 23, one digit of nine and three of ten: 22 + 22 + 8 + 9 + 9 + 9 others.
    assert forecaster.marks(entry("AB 1234", rule=NEAR)) == 79
    assert forecaster.marks(entry("AB 12??", rule=PATTERN)) == 100
    assert forecaster.marks(entry("AB 1*", rule=PATTERN)) == 1111
    # Two marks drawn side by side in another way: 2 or 4 digits behind two letters, or no letters at all.
    assert forecaster.marks(entry("*1234", rule=PATTERN)) == 23 * 23 + 1


def test_an_exact_entry_rings_for_another_mark_only_when_that_is_misread():
    always_right = Traffic(hong_kong().shapes, Confusions.none())
    assert Forecaster(always_right).chance(entry("AB 1234")) == pytest.approx(0, abs=1e-15)
    usual, poor = (Forecaster(hong_kong(wrong)).chance(entry("AB 1234")) for wrong in (0.01, 0.05))
    assert 0 < usual < poor < 1e-6


def test_a_read_that_several_entries_match_is_one_false_hit():
    forecaster = Forecaster(hong_kong())
    wide, narrow = entry("*88*", rule=PATTERN), entry("*888*", rule=PATTERN)
    one, both = (forecaster.forecast(entries, 660).a_day for entries in ([wide], [wide, narrow]))
    assert both == one
    everywhere = [entry(f"*{a}{b}*", rule=PATTERN) for a, b in product("0123456789", repeat=2)]
    assert forecaster.forecast(everywhere, 660).a_day < 660


def test_the_worst_entries_come_first_and_the_wanted_ones_stand_beside():
    told = Forecaster(hong_kong()).forecast(
        [entry("AB 1234"), entry("CD 5678", rule=NEAR), entry("EF 1*", rule=PATTERN)], 43_500
    )
    assert [one.entry.plate for one in told.worst] == ["EF 1*", "CD 5678", "AB 1234"]
    assert told.true_a_day == pytest.approx(100)
    assert told.by_rule[PATTERN] > told.by_rule[NEAR] > told.by_rule[MatchRule.EXACT] > 0


@pytest.mark.parametrize("sign", SIGNS)
def test_what_a_sign_is_read_as_is_certain_to_be_something(sign: str):
    assert sum(Confusions.measured().reads(sign).values()) == pytest.approx(1)


@pytest.mark.parametrize("wrong", [0.001, 0.025, 0.2])
def test_the_reader_is_wrong_as_often_as_it_is_said_to_be(wrong: float):
    traffic, chance = hong_kong(wrong), random.Random(7)  # noqa: S311 - a simulation
    assert traffic.wrong() == pytest.approx(wrong, rel=1e-3)
    marks = [traffic.draw(chance) for _ in range(20_000)]
    seen = sum(traffic.misread(mark, chance) != mark for mark in marks) / len(marks)
    assert seen == pytest.approx(wrong, rel=0.2, abs=0.001)
