"""The broker starts by itself, says why when it cannot, and keeps what it was given over a power cut."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from anpr.broker.config import AUTOSAVE_S
from anpr.broker.server import Broker, find_mosquitto
from anpr.config import BrokerSettings
from anpr.edge.doctor_certificate import refusal
from anpr.errors import ConfigError, LinkError
from tests.fleet.people import Fleet
from tests.support.polling import wait_for

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.broker


def connected(broker: Broker, name: str, got: list[bytes]) -> mqtt.Client:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv5)
    client.on_message = lambda _client, _data, message: got.append(bytes(message.payload))
    ready = threading.Event()
    client.on_connect = lambda *_: ready.set()
    lasting = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    lasting.SessionExpiryInterval = 3600
    client.connect(broker.host, broker.port, clean_start=False, properties=lasting)
    client.loop_start()
    assert ready.wait(10)
    return client


def closed(client: mqtt.Client) -> None:
    client.disconnect()
    client.loop_stop()


def test_a_started_broker_accepts_clients_at_once(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker:
        assert broker.running
        closed(connected(broker, "car-1", []))
    assert not broker.running


def test_a_session_and_its_queue_outlive_a_power_cut(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker:
        centre = connected(broker, "centre", [])
        centre.subscribe("anpr/#", qos=1)
        closed(centre)
        car = connected(broker, "car", [])
        car.publish("anpr/hit", b"kept", qos=1).wait_for_publish(10)
        closed(car)
        saved = tmp_path / "mosquitto.db"
        wait_for(lambda: saved.exists() and b"kept" in saved.read_bytes(), 3 * AUTOSAVE_S, "the autosave")
        port = broker.port
        broker.kill()
        assert not broker.running

        broker.restart()

        assert broker.port == port
        got: list[bytes] = []
        centre = connected(broker, "centre", got)
        wait_for(lambda: got == [b"kept"], 10, "the queued message")
        closed(centre)


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(LinkError, match=f"port {port} of 127.0.0.1: Address already in use"):
            Broker(tmp_path, port).start()


def test_an_address_this_machine_does_not_have_is_named(tmp_path: Path) -> None:
    papers = Fleet(tmp_path / "ca").broker()
    # 203.0.113.0/24 is reserved for documentation: no machine has it.
    with pytest.raises(LinkError, match="Cannot assign requested address"):
        Broker(tmp_path / "broker", 18_830, "203.0.113.7", papers).start()


def test_mosquittos_own_reason_is_passed_on(tmp_path: Path) -> None:
    (tmp_path / "mosquitto.db").write_text("this is no database of Mosquitto's")
    with pytest.raises(LinkError, match="Unable to restore persistent database") as caught:
        Broker(tmp_path).start()
    assert "mosquitto.log" in caught.value.next_step


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigError, match="cannot be written: Not a directory"):
        Broker(tmp_path / "file" / "data").start()


def test_without_mosquitto_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("anpr.broker.server.PROGRAM_PATH", "")
    with pytest.raises(LinkError) as caught:
        find_mosquitto()
    assert "sudo apt install mosquitto" in caught.value.next_step


def test_the_verb_runs_until_it_is_told_to_end(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    command = [sys.executable, "-c", "from anpr.cli import main; main()", "broker"]
    verb = subprocess.Popen(
        [*command, "--dir", str(tmp_path), "--port", port], stdout=subprocess.PIPE, text=True
    )
    assert verb.stdout is not None
    assert f"Broker on 127.0.0.1:{port}" in verb.stdout.readline()
    os.kill(verb.pid, signal.SIGTERM)
    said, _ = verb.communicate(timeout=20)
    assert verb.returncode == 0
    assert "saved" in said


def test_the_printed_configuration_is_the_one_that_runs(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker:
        run = (tmp_path / "mosquitto.conf").read_text()
    command = [sys.executable, "-c", "from anpr.cli import main; main()", "broker", "--print-config"]
    printed = subprocess.check_output(
        [*command, "--dir", str(tmp_path), "--port", str(broker.port)], text=True
    )
    assert printed == run


def test_the_verb_tends_its_papers_and_refuses_to_be_open(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path / "ca")
    car, papers = fleet.car(), fleet.broker()
    command = [
        sys.executable,
        "-c",
        "from anpr.cli import main; main()",
        "broker",
        "--dir",
        str(tmp_path / "b"),
    ]
    refused = subprocess.run([*command, "--listen", "::"], capture_output=True, text=True, check=False)
    assert refused.returncode == 6
    assert "Plain MQTT does not listen on ::" in refused.stderr
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen(
        [*command, "--port", str(port), "--identity", str(papers)], stdout=subprocess.PIPE, text=True
    ) as verb:
        try:
            assert verb.stdout is not None
            assert f"Broker on 127.0.0.1:{port} (TLS as broker-1)" in verb.stdout.readline()
            settings = BrokerSettings(port=port, identity=car)
            assert refusal(settings) == ""
            fleet.revoke("car-1")
            wait_for(lambda: "revoked" in refusal(settings), what="the refusal")
        finally:
            verb.terminate()
            verb.wait(20)
    assert verb.returncode == 0
