"""The way of a hotlist into cars is timed over a real broker."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import structlog
from typer.testing import CliRunner

from anpr.bench.lists import percentile
from anpr.cli import app

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.broker


@pytest.fixture(autouse=True)
def plain_log_afterwards() -> Iterator[None]:
    """The command points the log at its own error output, which ends with it."""
    yield
    structlog.reset_defaults()


def test_every_car_takes_each_change_and_each_recall_and_the_times_are_told():
    words = ("bench", "lists", "--cars", "3", "--entries", "20", "--rounds", "2", "--json")
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.exception
    told = json.loads(result.stdout)
    assert (told["cars"], told["entries"]) == (3, 20)
    assert 0 < told["publish_p50_s"] <= told["publish_p95_s"] <= told["publish_max_s"] < 60
    assert 0 < told["recall_p50_s"] <= told["recall_p95_s"] <= told["recall_max_s"] < 60


def test_a_percentile_is_one_of_the_values():
    assert percentile([3.0, 1.0, 2.0], 50) == 2.0
    assert percentile([float(value) for value in range(100)], 95) == 95.0
    assert percentile([7.0], 100) == 7.0
