"""The verbs of car, centre and operator with certificates, and without them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from anpr import topics
from anpr.broker.server import Broker
from anpr.cli import app
from anpr.errors import ConfigError, PolicyError
from anpr.hotlist.sending import Sender
from tests.broker.guests import TAKEN, Guest
from tests.fleet.people import FLEET, Fleet
from tests.hotlist.ceremony import desk
from tests.hotlist.examples import entry
from tests.support.hits import FakeCar
from tests.support.polling import wait_for

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet(tmp_path / "ca")


@pytest.mark.broker
def test_the_collector_shows_the_certificate_of_its_folder(fleet: Fleet, tmp_path: Path):
    car, papers = fleet.car(), fleet.centre("collector-1")
    with Broker(tmp_path / "broker", identity=fleet.broker()) as broker:
        command = [sys.executable, "-m", "anpr", "collect", "--no-console", "--json", "--fleet", FLEET]
        command += ["--broker", f"127.0.0.1:{broker.port}", "--identity", str(papers)]
        command += ["--data-dir", str(tmp_path / "centre")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as verb:
            with Guest(broker, car) as guest:
                guest.subscribe(topics.RECEIPT.path(FLEET, "car-1"))
                payload = FakeCar("car-1").hit().model_dump_json().encode()

                def receipted() -> bool:
                    # What comes before the collector has subscribed, nobody takes.
                    assert guest.publish(topics.HIT.path(FLEET, "car-1"), payload) == TAKEN
                    return bool(guest.heard)

                wait_for(receipted, 60, what="the receipt")
            verb.send_signal(signal.SIGINT)
            said, _ = verb.communicate(timeout=30)
    assert json.loads(said.splitlines()[-1])["hits"] == 1


@pytest.mark.broker
def test_an_operator_sends_a_list_that_a_car_may_read_and_a_car_sends_none(fleet: Fleet, tmp_path: Path):
    car, chan = fleet.car(), fleet.operator("chan")
    office = desk(tmp_path / "office")
    office.publish(entry("AB 1234"))
    with Broker(tmp_path / "broker", identity=fleet.broker()) as broker, Guest(broker, car) as guest:
        manifest = topics.manifest(FLEET, "stolen")
        guest.subscribe(manifest)
        with Sender(broker.host, broker.port, FLEET, chan) as sender:
            assert sender.send(office.repository) > 0
        wait_for(lambda: manifest in [topic for topic, _ in guest.heard], what="the manifest")
        assert guest.publish(manifest, b"forged") == "Not authorized"


@pytest.mark.parametrize(
    "words",
    [
        ("run", "--broker", "broker.test:8883", "--source", "none.mp4"),
        ("collect", "--broker", "broker.test:8883", "--no-console"),
        ("broker", "--listen", "::"),
    ],
)
def test_plain_mqtt_beyond_this_machine_is_refused_at_once(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    refused = CliRunner().invoke(app, words).exception
    assert isinstance(refused, PolicyError)
    assert refused.exit_code == 6
    assert "--identity" in refused.next_step


def test_a_car_under_another_name_than_its_certificates_does_not_start(fleet: Fleet, tmp_path: Path):
    settings = tmp_path / "car.toml"
    settings.write_text(
        f"[car]\nvehicle = 'car-2'\nfleet = '{FLEET}'\n[car.broker]\nidentity = '{fleet.car('car-1')}'\n"
    )
    words = ["run", "--config", str(settings), "--source", "none.mp4", "--broker", "127.0.0.1:8883"]
    refused = CliRunner().invoke(app, words).exception
    assert isinstance(refused, ConfigError)
    assert "is of car car-1" in refused.message
