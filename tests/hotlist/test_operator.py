"""The verbs of an operator's repository, from the ceremony to a recall, as people type them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from anpr.broker.server import Broker
from anpr.cli import app
from anpr.errors import InputError, LinkError, PolicyError
from anpr.hotlist.store import FILE_NAME, HotlistStore
from tests.hotlist import ceremony
from tests.hotlist.test_verbs import BAD, GOOD, HEADING, OTHER

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from anpr.errors import AnprError


class Office:
    """A folder with a repository made by the demo ceremony, and people who type."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.repo = path / "repo"
        self.keys = path / "repo-keys"

    def types(self, *words: str, repo: bool = True, stdin: str | None = None) -> Result:
        where = ("--repo", str(self.repo)) if repo else ()
        return CliRunner().invoke(app, ["hotlist", *words, *where], input=stdin)

    def does(self, *words: str) -> str:
        result = self.types(*words)
        assert result.exit_code == 0, result.exception or result.output
        return result.output

    def refuses(self, kind: type[AnprError], match: str, *words: str) -> None:
        result = self.types(*words)
        assert isinstance(result.exception, kind), result.exception or result.output
        assert match in result.exception.message
        assert result.exception.next_step

    def imports(self, rows: str, *options: str) -> Result:
        (self.path / "list.csv").write_text(HEADING + rows, encoding="utf-8")
        return self.types("import", str(self.path / "list.csv"), *options)

    def approves(self, who: str) -> str:
        return self.does("approve", "--yes", "--key", str(self.keys / f"{who}.pem"))

    def publishes(self, rows: str) -> str:
        assert self.imports(rows).exit_code == 0
        self.approves("operator")
        self.approves("approver")
        return self.does("publish")

    def status(self) -> dict[str, object]:
        told = json.loads(self.does("status", "--json"))
        assert isinstance(told, dict)
        return told


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setenv("COLUMNS", "200")
    office = Office(tmp_path)
    assert "for demonstrations only" in office.does("init", "--demo", "--list", "stolen")
    return office


def test_from_a_table_to_a_published_list_each_verb_says_what_comes_next(office: Office):
    assert "anpr hotlist approve" in office.imports(GOOD + OTHER).output
    assert "a second person approves it" in office.approves("operator")
    assert "anpr hotlist publish" in office.approves("approver")
    said = office.does("publish")
    assert "2 entries, signed by Demo Operator, Demo Approver" in said
    assert "Not sent to any car" in said
    assert "good until" in office.does("status")
    assert "✓ stolen 1-" in office.types("verify", str(office.repo), repo=False).output


def test_the_same_person_cannot_approve_twice_nor_publish_alone(office: Office):
    office.imports(GOOD)
    office.approves("operator")
    office.refuses(
        PolicyError,
        "has signed this draft already",
        *("approve", "--yes", "--key", str(office.keys / "operator.pem")),
    )
    office.refuses(PolicyError, "signed by Demo Operator; 2 people", "publish")
    assert office.status()["version"] is None


def test_a_person_who_says_no_has_not_signed(office: Office):
    office.imports(GOOD)
    result = office.types("approve", "--key", str(office.keys / "operator.pem"), stdin="n\n")
    assert result.exit_code == 1
    assert "AB 1234" in result.output, "what is to be signed is shown first"
    assert office.status()["draft_signed_by"] == []


def test_add_remove_and_diff_change_the_draft_and_not_the_published_list(office: Office):
    office.publishes(GOOD)
    office.does(
        *("add", "EF 12", "--class", "taxi", "--category", "wanted", "--priority", "2", "--reason", "Left"),
        *("--owner", "Traffic", "--source", "T-9", "--valid-until", "2030-12-31"),
    )
    assert "EF 12" in office.does("diff")
    told = json.loads(office.does("diff", "--json"))
    assert (told["added"], told["removed"], told["approved"]) == (["EF12"], [], False)
    office.does("remove", "ab-1234")
    told = json.loads(office.does("diff", "--json"))
    assert (told["added"], told["removed"]) == (["EF12"], ["AB1234"])
    office.refuses(InputError, "is not on the draft", "remove", "ZZ 99")
    office.does("discard")
    assert "no draft" in office.does("diff")
    assert office.status()["entries"] == 1


def test_an_entry_that_cannot_be_meant_is_not_added(office: Office):
    office.refuses(
        InputError,
        "is not in the set",
        *("add", "EF 12", "--class", "taxi", "--category", "stollen", "--priority", "2", "--reason", "x"),
        *("--owner", "x", "--source", "x", "--valid-until", "2030-12-31"),
    )
    assert office.status()["draft"] is None


def test_a_bad_row_or_a_dry_run_leaves_no_draft(office: Office):
    assert office.imports(GOOD + BAD).exit_code == 2
    assert office.imports(GOOD, "--dry-run").exit_code == 0
    assert office.status()["draft"] is None
    assert isinstance(office.imports(GOOD, "--list", "other").exception, InputError)
    assert isinstance(office.imports(GOOD, "--data-dir", "car").exception, InputError)


def test_one_person_recalls_an_entry_and_the_draft_loses_it_too(office: Office):
    office.publishes(GOOD + OTHER)
    office.imports(GOOD + OTHER.replace("taxi", "van"))
    office.approves("operator")
    said = office.does("recall", "ab 1234", "--key", str(office.keys / "approver.pem"))
    assert "AB1234 recalled" in said
    assert "must be approved anew" in said
    told = office.status()
    assert (told["recalled"], told["entries"], told["draft_signed_by"]) == (["AB1234"], 1, [])
    office.refuses(
        InputError,
        "is not on the published list",
        "recall",
        "ZZ 9",
        "--key",
        str(office.keys / "operator.pem"),
    )


def test_a_recalled_entry_that_comes_back_is_pointed_out_to_who_signs(office: Office):
    office.publishes(GOOD)
    office.does("recall", "AB 1234", "--key", str(office.keys / "approver.pem"))
    office.imports(GOOD)
    assert "Recalled once, and back with this draft: AB1234" in office.approves("operator")


def test_a_renewal_leaves_an_unapproved_draft_alone(office: Office):
    office.publishes(GOOD)
    office.imports(OTHER)
    office.refuses(PolicyError, "signed by nobody", "publish")
    assert "said again to be the newest" in office.does("publish", "--refresh")
    assert office.status()["draft"] == 2


def test_a_real_ceremony_takes_a_locked_key_of_each_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def types(*words: str) -> Result:
        return CliRunner().invoke(app, ["hotlist", *words])

    monkeypatch.setenv("ANPR_PASSPHRASE", "correct horse")
    for name in ("root", "chan", "lee"):
        made = types("key", str(tmp_path / f"{name}.pem"), "--person", name.title())
        assert "Fingerprint" in made.output
    words = ("init", "--repo", str(tmp_path / "repo"), "--list", "wanted")
    people = ("--signer", str(tmp_path / "chan.pub"), "--signer", str(tmp_path / "lee.pub"))
    root = ("--root-key", str(tmp_path / "root.pem"))
    assert isinstance(types(*words, *people).exception, InputError)
    assert isinstance(types(*words, *root, *people[:2]).exception, PolicyError)
    said = types(*words, *root, *people).output
    assert "Chan" in said
    assert "in a safe" in said


def test_a_car_that_trusts_a_root_takes_the_list_only_signed(office: Office):
    car = office.path / "car"
    root = str(office.repo / "metadata" / "1.root.json")
    said = office.types("trust", root, "--data-dir", str(car), repo=False).output
    assert "two of these have signed it: Demo Operator, Demo Approver" in said
    (office.path / "stolen.csv").write_text(HEADING + GOOD, encoding="utf-8")
    words = ("import", str(office.path / "stolen.csv"), "--data-dir", str(car))
    result = office.types(*words, repo=False)
    assert isinstance(result.exception, PolicyError)
    assert "stolen will come signed" in office.types("status", "--data-dir", str(car), repo=False).output
    assert office.types(*words, "--list", "mine", repo=False).exit_code == 0
    told = json.loads(office.types("status", "--data-dir", str(car), "--json", repo=False).output)
    assert [(one["list"], one["signed"]) for one in told["lists"]] == [("mine", False)]


def test_an_outsider_tells_a_genuine_copy_in_a_car_from_a_tampered_one(tmp_path: Path):
    office = ceremony.desk(tmp_path / "office")
    office.publish(ceremony.ENTRY)
    car = ceremony.car(tmp_path / "car", office)
    car.given(office)
    where = str(tmp_path / "car")
    root = ("--root", str(tmp_path / "office" / "repo" / "metadata" / "1.root.json"))

    def verifies() -> Result:
        return CliRunner().invoke(app, ["hotlist", "verify", where, *root])

    assert "✓ stolen 1-" in verifies().output
    with HotlistStore(tmp_path / "car" / FILE_NAME) as store:
        (held,) = store.lists()
        store.replace("stolen", held.version, held.made_at, ())
    assert "the entries in use are not the signed ones" in verifies().output
    assert verifies().exit_code == 6
    targets = tmp_path / "car" / "trust" / "stolen" / "targets.json"
    targets.write_bytes(targets.read_bytes().replace(b'"length":', b'"length": 1'))
    assert "do not hold together" in verifies().output


@pytest.mark.broker
def test_publishing_to_a_broker_says_what_was_sent_and_without_one_what_to_do(office: Office, tmp_path: Path):
    office.publishes(GOOD)
    with Broker(tmp_path / "broker") as broker:
        address = f"127.0.0.1:{broker.port}"
        told = json.loads(office.does("publish", "--broker", address, "--wait", "0.1", "--json"))
        assert told["sent_bytes"] > 1000
        assert (told["held_s"], told["missing"]) == ([], [])
    office.refuses(LinkError, "No broker answers", "publish", "--broker", address)
    office.refuses(InputError, "is no address", "publish", "--broker", "nowhere")


@pytest.mark.broker
def test_a_broker_that_does_not_take_the_list_is_named_and_not_believed(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("anpr.broker.config.MESSAGE_BYTES", 100)
    office.publishes(GOOD)
    with Broker(tmp_path / "broker") as broker:
        office.refuses(
            LinkError, "the connection ended", "publish", "--refresh", "--broker", f"127.0.0.1:{broker.port}"
        )
