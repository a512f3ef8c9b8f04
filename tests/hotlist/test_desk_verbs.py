"""Verbs around the published list: who may sign it, where large ones lie, which cars hold it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from anpr import topics
from anpr.broker.server import Broker
from anpr.cli import app
from anpr.errors import InputError, PolicyError
from anpr.list_messages import RefusalReason
from tests.hotlist.test_operator import office  # noqa: F401 - a fixture
from tests.hotlist.test_verbs import GOOD, OTHER
from tests.support.hits import Publisher
from tests.support.reports import held, refusal, report

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hotlist.test_operator import Office


def key(office: Office, name: str) -> str:  # noqa: F811
    return str(office.keys / name)


def test_a_person_is_replaced_and_the_next_list_carries_it(office: Office):  # noqa: F811
    office.publishes(GOOD + OTHER)
    made = CliRunner().invoke(
        app, ["hotlist", "key", key(office, "wong.pem"), "--person", "Sgt Wong", "--no-passphrase"]
    )
    assert made.exit_code == 0
    said = office.does(
        *("rotate", "--root-key", key(office, "root.pem"), "--signer", key(office, "wong.pub")),
        *("--drop", "Demo Approver"),
    )
    assert "Root 2 of list stolen is signed" in said
    assert "stands in the draft" in said
    assert "waits for the next list" in office.does("status")
    office.refuses(PolicyError, "may not sign", "approve", "--yes", "--key", key(office, "approver.pem"))
    office.approves("operator")
    office.approves("wong")
    assert "signed by Demo Operator, Sgt Wong" in office.does("publish")
    told = office.status()
    assert (told["root"], told["root_waits"], told["people"]) == (2, False, ["Demo Operator", "Sgt Wong"])
    assert CliRunner().invoke(app, ["hotlist", "verify", str(office.repo)]).exit_code == 0


def test_a_root_is_renewed_and_machine_keys_are_changed_without_anybody_signing_a_list(
    office: Office,  # noqa: F811
):
    office.publishes(GOOD)
    before = (office.repo / "keys" / "timestamp.pem").read_bytes()
    root = ("rotate", "--root-key", key(office, "root.pem"))
    assert "publish" in office.does(*root)
    assert (office.repo / "keys" / "timestamp.pem").read_bytes() == before
    office.does(*root, "--machine-keys")
    assert (office.repo / "keys" / "timestamp.pem").read_bytes() != before
    assert office.status()["root"] == 3
    office.refuses(
        PolicyError,
        "Too few root holders sign",
        *("rotate", "--root-key", key(office, "operator.pem")),
    )


def test_a_large_list_is_laid_down_by_its_hash(office: Office, tmp_path: Path):  # noqa: F811
    office.publishes(GOOD)
    told = json.loads(office.does("publish", "--refresh", "--lists-dir", str(tmp_path / "lists"), "--json"))
    (file,) = (tmp_path / "lists").iterdir()
    assert told["shelved"] == str(file)
    assert file.read_bytes() == next((office.repo / "targets").glob("*.list.xz")).read_bytes()


@pytest.mark.broker
def test_status_says_how_many_cars_hold_the_list_and_who_refused_and_why(
    office: Office,  # noqa: F811
    tmp_path: Path,
):
    office.publishes(GOOD)
    version = str(office.status()["version"])
    with Broker(tmp_path / "broker") as broker:
        link = Publisher(broker.host, broker.port, ["car-1"], fleet="demo")
        link.send(report("car-1", held(version)))
        link.send(
            report("car-2", held("1-00000000", too_old=True), refusals=(refusal(RefusalReason.ROLLBACK),))
        )
        link.send(report("car-3"))
        link.send(report("car-4", held("1-11111111", name="other"), takes=("other",)))
        link.send_bytes(topics.HOTLIST.path("demo", "car-5"), b"nonsense")
        address = f"127.0.0.1:{broker.port}"
        said = office.does("status", "--broker", address)
        assert "Cars: 1 of 3 hold it." in said
        assert "car-2: too old, holds 1-00000000" in said
        assert "car-2: refused, rollback: The offered versions" in said
        assert "car-3: holds nothing" in said
        told = json.loads(office.does("status", "--broker", address, "--json"))
        assert [(one["car"], one["newest"]) for one in told["cars"]] == [
            ("car-1", True),
            ("car-2", False),
            ("car-3", False),
        ]
        link.close()
    office.refuses(InputError, "is no address", "status", "--broker", "nowhere")
