"""The bench of matching measures the car's own store and matcher, and its figures mean what they say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from anpr.bench import near_misses
from anpr.cli import app

if TYPE_CHECKING:
    from pathlib import Path


def told(*words: str) -> dict[str, object]:
    result = CliRunner().invoke(app, ["bench", *words, "--json"])
    assert result.exit_code == 0, result.exception or result.output
    found = json.loads(result.output)
    assert isinstance(found, dict)
    return found


def test_every_listed_plate_is_matched_and_times_and_memory_are_told():
    found = told("matching", "--entries", "2000", "--near", "0.2", "--patterns", "0.1", "--reads", "50")
    assert (found["near"], found["patterns"]) == (400, 200)
    times = {one["kind"]: one for one in found["times"]}  # type: ignore[attr-defined]
    assert times["listed"]["matched"] == 1
    assert 0 < times["one sign off"]["matched"] < 1
    assert all(0 < one["cpu_p50_us"] <= one["cpu_p99_us"] for one in times.values())
    assert 0 < found["rss_before_bytes"] <= found["rss_bytes"]  # type: ignore[operator]


def test_a_reader_that_is_never_wrong_raises_no_false_hit(tmp_path: Path):
    found = near_misses.measure(tmp_path, reads=900, entries=200, wrong_share=0.0, likeliest=True, seed=1)
    assert (found.wrong, found.false, found.true, found.wanted, found.entries) == (0, 0, 2, 2, 200)
    assert found.expected_false == pytest.approx(0)


def test_what_happens_by_chance_is_what_is_reckoned_without(tmp_path: Path):
    found = near_misses.measure(tmp_path, reads=1500, entries=1200, wrong_share=0.4, likeliest=True, seed=2)
    assert found.false == pytest.approx(found.expected_false, abs=3.3 * found.expected_false**0.5)
    assert found.expected_false > 30, "too few to tell"
    assert found.wrong == pytest.approx(0.4 * 1500, rel=0.15)


def test_the_likeliest_misreads_fool_more_than_any():
    any_, likeliest = (
        told("near-misses", "--reads", "1000", "--entries", "100", *more)["expected_false"]
        for more in ((), ("--likeliest",))
    )
    assert likeliest > 3 * any_  # type: ignore[operator]


def test_runs_have_other_vehicles_and_are_added_up(tmp_path: Path):
    road = {"reads": 1500, "entries": 1200, "wrong_share": 0.4, "likeliest": True}
    apart = [near_misses.measure(tmp_path / str(seed), seed=seed, **road) for seed in (2, 3)]
    both = near_misses.measure(tmp_path / "both", seed=2, runs=2, **road)
    assert (both.reads, both.wanted) == (3000, 2 * apart[0].wanted)
    for name in ("wrong", "true", "false", "expected_true", "expected_false"):
        assert getattr(both, name) == sum(getattr(one, name) for one in apart)
    assert apart[0].wrong != apart[1].wrong
