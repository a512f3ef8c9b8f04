"""What operators are shown before loose or weighty entries are saved, and who is asked to approve them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from anpr.cli import app
from anpr.commands import hotlist_forecast
from anpr.errors import InputError, PolicyError
from anpr.hotlist import traffic
from tests.hotlist.test_operator import Office

if TYPE_CHECKING:
    from pathlib import Path

HEADING = "plate,class,category,priority,reason,owner,source,valid until,match,covert"
ROW = "{},private_car,stolen,1,Stolen,Crime Unit,RCU-1,2030-12-31,{},{}"
NEAR = ROW.format("AB 1234", "near", "")
WILD = ROW.format("*88*", "pattern", "").replace("*88*", "*888*")
COVERT = ROW.format("CD 5678", "", "yes")


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setenv("COLUMNS", "200")
    office = Office(tmp_path)
    said = office.does("init", "--demo", "--list", "stolen")
    assert "Demo Operator, sergeant" in said
    assert "Demo Approver, inspector" in said
    return office


def table(office: Office, *rows: str) -> str:
    path = office.path / "loose.csv"
    path.write_text("\n".join((HEADING, *rows)), encoding="utf-8")
    return str(path)


def test_a_dry_run_forecasts_loose_entries_and_says_who_must_approve(office: Office):
    said = office.does("import", table(office, NEAR, WILD, COVERT), "--dry-run")
    assert "Forecast for 660 reads a day" in said
    assert "Other ordinary marks that match" in said
    assert "79" in said  # marks that are one sign from AB 1234
    assert "An inspector or higher must be one of those who approve: 1 wildcards, 1 covert" in said
    assert "exact, covert" in said


def test_a_dry_run_of_exact_entries_needs_no_forecast(office: Office):
    said = office.does("import", table(office, ROW.format("AB 1234", "", "")), "--dry-run")
    assert "Forecast" not in said
    told = json.loads(office.does("import", table(office, WILD), "--dry-run", "--json"))
    assert told["forecast"]["worst"][0]["id"] == "*888*"
    assert told["need_rank"] == {"wildcards": 1}


def test_two_people_without_rank_are_told_who_must_approve_too(office: Office):
    office.does("import", table(office, WILD))
    said = office.approves("operator")
    assert "Forecast" in said
    assert "Next: Demo Approver must approve it" in said
    office.refuses(PolicyError, "signed by Demo Operator", "publish")
    assert "anpr hotlist publish" in office.approves("approver")
    assert "published: 1 entry" in office.does("publish")


def test_weighty_entries_are_not_put_into_a_car_by_hand(office: Office):
    words = ("import", table(office, COVERT), "--data-dir", str(office.path / "car"))
    result = office.types(*words, repo=False)
    assert isinstance(result.exception, PolicyError)
    assert "--repo" in result.exception.next_step
    assert not list((office.path / "car").glob("*.csv"))


def test_a_pattern_is_added_removed_and_recalled_as_it_is_written(office: Office):
    common = "--class other --category wanted --priority 1 --reason r --owner o --source s"
    office.does("add", "AB 1234", *common.split(), "--valid-until", "2030-12-31")
    office.does("add", "AB 12??", *common.split(), "--valid-until", "2030-12-31", "--match", "pattern")
    office.approves("operator")
    office.approves("approver")
    office.does("publish")
    office.does("recall", "ab 12??", "--key", str(office.keys / "approver.pem"))
    assert office.status()["recalled"] == ["AB12??"]
    office.does("remove", "AB 1234")


def test_a_forecast_of_a_draft_grows_with_the_reads(office: Office):
    office.does("import", table(office, NEAR, WILD))
    one, ten = (
        json.loads(office.does("forecast", "--json", "--reads-a-day", str(reads))) for reads in (660, 6600)
    )
    assert ten["false_hits_a_day"] == pytest.approx(10 * one["false_hits_a_day"])
    assert ten["low"] <= ten["false_hits_a_day"] <= ten["high"]
    assert set(one["by_match"]) == {"exact", "near", "pattern"}


def test_a_forecast_of_a_table_needs_no_repository(office: Office):
    words = ("hotlist", "forecast", table(office, NEAR, WILD), "--wrong", "0.01")
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.exception
    assert "1.0% of the reads are taken to be wrong" in result.output
    assert "*888*" in result.output


def test_a_forecast_is_of_one_thing_and_of_something(office: Office):
    office.refuses(InputError, "of a table or of a draft", "forecast", table(office, NEAR))
    office.refuses(InputError, "no entry to forecast", "forecast")


def test_the_defaults_of_the_command_are_those_of_the_model():
    assert hotlist_forecast.READS_A_DAY == traffic.READS_A_DAY
    assert hotlist_forecast.WRONG_SHARE == traffic.WRONG_SHARE
