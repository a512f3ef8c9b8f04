"""The way of a hotlist into cars is timed over a real broker."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from typer.testing import CliRunner

from anpr.bench.quantiles import percentile
from anpr.cli import app
from anpr.topics import MAX_LIST_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.broker


@pytest.fixture(autouse=True)
def plain_log_afterwards() -> Iterator[None]:
    """The command points the log at its own error output, which ends with it."""
    yield
    structlog.reset_defaults()


def told(*words: str) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["bench", "lists", *words, "--json"])
    assert result.exit_code == 0, result.exception
    return dict(json.loads(result.stdout))


def test_every_car_takes_the_list_each_change_and_each_recall_and_the_times_are_told():
    spread = told("--cars", "3", "--entries", "60", "--rounds", "2", "--changes", "2")
    assert (spread["cars"], spread["entries"], spread["by_https"]) == (3, 60, 0)
    assert spread["taken"] == {"list": 3, "delta": 6, "held": 6}
    assert spread["change_bytes"] < spread["list_bytes"]
    for name in ("whole", "change", "recall"):
        assert 0 < spread[f"{name}_p50_s"] <= spread[f"{name}_p95_s"] <= spread[f"{name}_max_s"] < 60


def test_a_list_larger_than_a_message_comes_over_https_and_its_changes_by_message():
    spread = told("--cars", "2", "--entries", "2500", "--rounds", "1", "--changes", "5", "--large")
    assert spread["list_bytes"] > MAX_LIST_BYTES
    assert spread["by_https"] == 2
    assert spread["taken"] == {"list": 2, "delta": 2, "held": 2}


def test_a_percentile_is_one_of_the_values():
    assert percentile([3.0, 1.0, 2.0], 50) == 2.0
    assert percentile([float(value) for value in range(100)], 95) == 95.0
    assert percentile([7.0], 100) == 7.0
