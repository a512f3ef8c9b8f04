"""The verbs of ``anpr hotlist`` as an operator uses them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from anpr.cli import app
from anpr.errors import InputError
from anpr.hotlist.importing import import_file
from anpr.hotlist.store import FILE_NAME, HotlistStore
from tests.hotlist.examples import NOW

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

HEADING = "plate,class,category,priority,reason,owner,source,valid_until\n"
GOOD = "AB 1234,private_car,stolen,1,Stolen from a car park,Crime Unit,RCU-1,2030-12-31\n"
OTHER = "1 L0VE U,taxi,wanted,2,Left the scene,Traffic,T-2,2030-12-31\n"
BAD = "CD 12*,taxi,stollen,2,Left the scene,Traffic,T-3,2030-12-31\n"


class Operator:
    """Somebody who keeps a file and types verbs."""

    def __init__(self, directory: Path) -> None:
        self.data = directory / "car"
        self.file = directory / "list.csv"

    def types(self, *words: str) -> Result:
        return CliRunner().invoke(app, ["hotlist", *words, "--data-dir", str(self.data)])

    def imports(self, rows: str, *options: str) -> Result:
        self.file.write_text(HEADING + rows, encoding="utf-8")
        return self.types("import", str(self.file), "--list", "stolen", *options)

    def holds(self) -> set[str]:
        with HotlistStore(self.data / FILE_NAME) as store:
            return {entry.key for entry in store.entries("stolen")}


@pytest.fixture
def operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Operator:
    monkeypatch.setenv("COLUMNS", "200")
    return Operator(tmp_path)


def test_a_dry_run_shows_normal_forms_and_changes_nothing(operator: Operator):
    result = operator.imports(GOOD + OTHER, "--dry-run")
    assert result.exit_code == 0
    assert "1L0VEU" in result.output
    assert "Dry run: nothing was changed" in result.output
    assert not operator.data.exists()


def test_an_import_replaces_the_list_and_tells_the_difference(operator: Operator):
    operator.imports(GOOD)
    result = operator.imports(GOOD.replace("stolen,1", "stolen,3") + OTHER, "--json")
    told = json.loads(result.output)
    assert (told["imported"], told["added"], told["removed"], told["unchanged"]) == (2, ["1L0VEU"], [], 0)
    assert told["changed"] == [{"id": "AB1234", "fields": ["priority"]}]
    assert operator.holds() == {"AB1234", "1L0VEU"}


def test_a_list_is_named_after_its_file_when_nothing_else_is_said(operator: Operator):
    operator.file.write_text(HEADING + GOOD)
    operator.types("import", str(operator.file))
    assert json.loads(operator.types("status", "--json").output)["lists"][0]["list"] == "list"


def test_a_bad_row_stops_the_whole_import(operator: Operator):
    operator.imports(GOOD)
    result = operator.imports(OTHER + BAD)
    assert result.exit_code == 2
    assert "Nothing was imported" in result.output
    assert "Did you mean stolen?" in result.output
    assert operator.holds() == {"AB1234"}


def test_bad_rows_are_left_out_only_when_that_is_said_and_are_counted(operator: Operator):
    result = operator.imports(OTHER + BAD, "--skip-bad-rows")
    assert result.exit_code == 0
    assert "1 bad rows were left out" in result.output
    assert operator.holds() == {"1L0VEU"}


def test_a_dry_run_with_bad_rows_fails_so_that_a_script_notices(operator: Operator):
    result = operator.imports(OTHER + BAD, "--dry-run", "--json")
    assert result.exit_code == 2
    assert [error["row"] for error in json.loads(result.output)["errors"]] == [3, 3]


def test_a_table_without_entries_clears_a_list_only_when_that_is_meant(operator: Operator):
    operator.imports(GOOD)
    assert isinstance(operator.imports("").exception, InputError)
    assert operator.holds() == {"AB1234"}
    assert operator.imports("", "--allow-empty").exit_code == 0
    assert operator.holds() == set()


def test_a_plate_is_checked_by_hand_however_it_is_typed(operator: Operator):
    operator.imports(GOOD + OTHER)
    assert "is listed in stolen" in operator.types("check", "i love u").output
    assert "is not listed" in operator.types("check", "AB 1235").output
    told = json.loads(operator.types("check", "ab-1234", "--json").output)
    assert told["listed"]
    assert told["entries"][0]["reason"] == "Stolen from a car park"


def test_a_listed_plate_that_looks_alike_is_pointed_out_but_is_no_hit(operator: Operator):
    operator.imports(GOOD)
    assert "AB 1234 looks alike" in operator.types("check", "A8 1234").output
    told = json.loads(operator.types("check", "A8 1234", "--json").output)
    assert (told["listed"], told["entries"]) == (False, [])
    assert [one["key"] for one in told["alike"]] == ["AB1234"]


def test_checking_where_no_list_is_held_is_an_error_and_not_a_clean_bill(operator: Operator):
    result = operator.types("check", "AB 1234")
    assert isinstance(result.exception, InputError)
    assert "no plate can be checked" in result.exception.message


def test_status_names_version_age_and_entries(operator: Operator):
    assert "No hotlist is held" in operator.types("status").output
    operator.imports(GOOD)
    (row,) = json.loads(operator.types("status", "--json").output)["lists"]
    assert (row["list"], row["entries"]) == ("stolen", 1)
    assert row["age_s"] < 60
    assert row["version"] in operator.types("status").output


@pytest.mark.parametrize(
    "words",
    [
        ("--list", "a/b"),
        ("--list", "x", "--delimiter", "dot"),
        ("--list", "x", "--map", "plate"),
        ("--list", "x", "--timezone", "Mars/Base"),
    ],
)
def test_options_that_cannot_be_meant_are_refused_with_the_next_step(
    operator: Operator, words: tuple[str, ...]
):
    operator.file.write_text(HEADING + GOOD)
    result = operator.types("import", str(operator.file), *words)
    assert isinstance(result.exception, InputError)
    assert result.exception.next_step


def test_a_file_given_to_the_car_is_taken_as_a_whole_or_refused(operator: Operator, tmp_path: Path):
    with HotlistStore(tmp_path / "store") as store:
        operator.file.write_text(HEADING + GOOD)
        version = import_file(store, "demo", operator.file, NOW)
        assert store.lists()[0].version == version
        operator.file.write_text(HEADING + OTHER + BAD)
        with pytest.raises(InputError, match=r"1 of 2 rows cannot be imported; the first is row 3"):
            import_file(store, "demo", operator.file, NOW)
        with pytest.raises(InputError, match="cannot be read"):
            import_file(store, "demo", tmp_path / "nowhere.csv", NOW)
        assert store.lists()[0].version == version
