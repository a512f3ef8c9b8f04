"""``anpr collect`` as an operator runs it."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from anpr.broker.server import Broker
from tests.support.hits import FakeCar, Publisher
from tests.support.polling import wait_for

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.broker

COMMAND = [sys.executable, "-m", "anpr", "collect"]


def running(*options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
    )


def where(broker: Broker, tmp_path: Path) -> list[str]:
    return [
        f"--broker=127.0.0.1:{broker.port}",
        "--fleet=test",
        f"--data-dir={tmp_path / 'c'}",
    ]


def address(verb: subprocess.Popen[str]) -> str:
    assert verb.stdout is not None
    said = verb.stdout.readline()
    found = re.search(r"Control room: (http://\S+)", said)
    assert found, f"{said}{verb.stderr.read() if verb.stderr else ''}"
    return found.group(1)


def connected(page: str) -> None:
    wait_for(lambda: bool(httpx.get(f"{page}/api/stats").json()["connected"]), what="the connection")


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def test_it_collects_until_ctrl_c_and_says_what_it_did(tmp_path: Path) -> None:
    with Broker(tmp_path / "broker") as broker:
        options = where(broker, tmp_path)
        verb = running(*options, "--port", free_port(), "--json")
        page = address(verb)
        connected(page)
        link = Publisher(broker.host, broker.port, ["car-1"])
        car = FakeCar("car-1")
        hit = car.hit()
        link.send(hit)
        link.send(car.verdict(hit))
        link.wait_receipted()
        link.close()
        assert httpx.get(f"{page}/api/stats").json()["hits"] == 1
        verb.send_signal(signal.SIGINT)
        said, _ = verb.communicate(timeout=20)
    assert verb.returncode == 0
    summary = json.loads(said.splitlines()[-1])
    assert summary.pop("delay_p50_ms") == summary.pop("delay_p95_ms") > 0
    assert summary == {"hits": 1, "verdicts": 1, "receipts": 2, "rejects": 0, "duplicates": 0, "faults": 0}


def test_killed_outright_it_goes_on_where_it_was(tmp_path: Path) -> None:
    with Broker(tmp_path / "broker") as broker:
        options = where(broker, tmp_path)
        first = running(*options, "--port", free_port())
        connected(address(first))
        link = Publisher(broker.host, broker.port, ["car-1"])
        car = FakeCar("car-1")
        hits = [car.hit(f"AB {number}") for number in range(1000, 1100)]
        for hit in hits:
            link.send(hit)
        wait_for(lambda: len(link.receipts) > 5, what="the first receipts")
        first.kill()
        first.communicate()
        again = running(*options, "--port", free_port(), "--json")
        connected(address(again))
        link.resend()
        link.wait_receipted()
        link.close()
        again.send_signal(signal.SIGTERM)
        said, _ = again.communicate(timeout=20)
    assert json.loads(said.splitlines()[-1])["hits"] == len(hits)


def test_a_collector_that_loses_a_thread_ends_and_says_so(tmp_path: Path) -> None:
    broken = (
        "import sys; from anpr import cli; from anpr.collector.link import Link;"
        " Link._delivered = lambda *_: 1 / 0"
    )
    with Broker(tmp_path / "broker") as broker:
        options = where(broker, tmp_path)
        program = f"{broken}; sys.argv = ['anpr', 'collect', '--no-console', *{options!r}]; cli.main()"
        verb = subprocess.Popen(
            [sys.executable, "-c", program], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        wait_for(lambda: "anpr-collector-test" in broker.log_path.read_text(), what="the connection")
        link = Publisher(broker.host, broker.port, ["car-1"])
        link.send(FakeCar("car-1").hit())
        _, said = verb.communicate(timeout=30)
        link.close()
    assert verb.returncode == 1
    assert "ZeroDivisionError" in said
    assert "ended by itself: paho-mqtt-client" in said


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--broker", "nowhere"], 2, "host:port"),
        (["--fleet", "a b"], 2, "--fleet a b cannot be used"),
        (["--config", "missing.toml"], 3, "cannot be read"),
        (["--data-dir", "/dev/null/x"], 1, "--data-dir"),
    ],
)
def test_what_cannot_be_used_is_said_with_the_next_step(options: list[str], code: int, words: str) -> None:
    ended = subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == code, ended.stderr
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr
