"""The verbs of ``anpr enrol`` as the keeper of an authority types them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from anpr.commands.enrol import enrol
from anpr.errors import InputError, PolicyError
from anpr.fleet import identity
from anpr.fleet.authority import Authority
from anpr.fleet.register import Role

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


class Keeper:
    """Somebody with the authority's passphrase."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.ca = directory / "ca"

    def types(self, *words: str) -> Result:
        return CliRunner().invoke(enrol, words)

    def does(self, *words: str) -> str:
        result = self.types(*words, "--ca", str(self.ca))
        assert result.exit_code == 0, result.output
        return result.output

    def members(self) -> dict[str, dict[str, object]]:
        return {row["name"]: row for row in json.loads(self.does("status", "--json"))["members"]}


@pytest.fixture
def keeper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Keeper:
    monkeypatch.setenv("ANPR_PASSPHRASE", "open sesame")
    monkeypatch.setenv("COLUMNS", "200")
    keeper = Keeper(tmp_path)
    assert keeper.types("init", str(keeper.ca), "--fleet", "demo").exit_code == 0
    return keeper


def test_every_role_is_enrolled_under_its_name(keeper: Keeper):
    assert "good until" in keeper.does("broker", "broker-1", "--host", "127.0.0.1")
    keeper.does("centre", "collector-1")
    keeper.does("operator", "chan")
    said = keeper.does("car", "car-7", "--list", "stolen")
    assert "key.pem is secret" in said
    assert "anpr run --vehicle car-7 --identity" in said
    roles = {name: row["role"] for name, row in keeper.members().items()}
    assert roles == {"broker-1": "broker", "collector-1": "centre", "chan": "operator", "car-7": "car"}
    assert keeper.members()["car-7"]["lists"] == ["stolen"]
    table = keeper.does("status")
    assert "stolen" in table
    assert "anpr enrol renew" not in table, "nothing is due"


def test_the_key_is_locked_and_a_wrong_passphrase_opens_nothing(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ANPR_PASSPHRASE", "wrong")
    result = keeper.types("car", "car-1", "--ca", str(keeper.ca))
    assert isinstance(result.exception, PolicyError)
    assert "passphrase does not open" in result.exception.message
    assert keeper.members() == {}, "looking takes no passphrase"


def test_a_passphrase_is_asked_for_twice_when_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("ANPR_PASSPHRASE", raising=False)
    words = ["init", str(tmp_path / "ca"), "--fleet", "demo"]
    assert CliRunner().invoke(enrol, words, input="one\ntwo\n").exit_code != 0
    assert not (tmp_path / "ca").exists()
    result = CliRunner().invoke(enrol, words, input="one\none\n")
    assert result.exit_code == 0
    assert "one" not in result.output.split()
    Authority.open(tmp_path / "ca", "one")


def test_a_key_made_in_the_car_is_signed_without_being_seen(keeper: Keeper):
    car = keeper.directory / "car"
    said = keeper.types("request", "car-7", "--out", str(car)).output
    assert "it stays there" in said
    said = keeper.does("car", "car-7", "--request", str(car / "request.pem"), "--days", "3")
    assert "secret" not in said
    folder = keeper.ca / "members" / "car-7"
    assert sorted(path.name for path in folder.iterdir()) == ["certificate.pem", "fleet.pem"]
    assert identity.papers(folder).ends < datetime.now(UTC) + timedelta(days=4)


def test_what_is_due_is_shown_and_renewed_and_nothing_else(keeper: Keeper):
    keeper.does("car", "car-new")
    then = datetime.now(UTC) - timedelta(days=25)
    Authority.open(keeper.ca, "open sesame").enrol("car-due", Role.CAR, then)
    assert "anpr enrol renew --due" in keeper.does("status")
    said = keeper.does("renew", "--due")
    assert "car-due: good until" in said
    assert "car-new" not in said
    assert {row["state"] for row in keeper.members().values()} == {"good"}
    assert "Nobody is due" in keeper.does("renew", "--due")
    assert "car-new: good until" in keeper.does("renew", "car-new")


def test_a_revoked_member_is_shown_and_can_be_enrolled_anew(keeper: Keeper):
    keeper.does("broker", "broker-1", "--host", "broker.test")
    keeper.does("car", "car-7")
    said = keeper.does("revoke", "car-7")
    assert "1 certificate revoked" in said
    assert "members/broker-1/revoked.pem" in said
    assert keeper.members()["car-7"]["state"] == "revoked"
    assert isinstance(keeper.types("renew", "car-7", "--ca", str(keeper.ca)).exception, PolicyError)
    keeper.does("car", "car-7")
    assert keeper.members()["car-7"]["state"] == "good"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("car", "../car"), "is no name"),
        (("broker", "b", "--host", "a b"), "is no host"),
        (("renew",), "Nobody is named"),
        (("renew", "nobody"), "Nobody of the name"),
        (("revoke", "nobody"), "Nobody of the name"),
        (("car", "car-1", "--request", "/nowhere"), "cannot be read"),
    ],
)
def test_a_mistake_is_named_with_the_next_step(keeper: Keeper, words: tuple[str, ...], said: str):
    error = keeper.types(*words, "--ca", str(keeper.ca)).exception
    assert isinstance(error, InputError)
    assert said in error.message
    assert error.next_step
