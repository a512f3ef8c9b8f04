"""The files that an operator copies say what the code says."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from anpr import topics
from anpr.broker import config
from anpr.broker.papers import FILES
from anpr.fleet import files, identity

DEPLOY = Path(__file__).parents[2] / "deploy"
GENERATE = runpy.run_path(str(DEPLOY.parent / "docs/generate.py"))


@pytest.mark.parametrize("file", GENERATE["DEPLOYED"])
def test_a_written_file_is_what_the_code_writes(file: str):
    assert (DEPLOY / file).read_text() == GENERATE["DEPLOYED"][file](), "it is out of date: run `make docs`"


def test_both_brokers_have_the_same_limits():
    emqx = (DEPLOY / "emqx/emqx.conf").read_text()

    def value(key: str) -> str:
        found = re.search(rf"^\s*{re.escape(key)} = (.+)$", emqx, re.MULTILINE)
        assert found, key
        return found[1]

    units = {"KB": 1024, "MB": 1024**2}

    def size(key: str) -> int:
        return int(value(key)[:-2]) * units[value(key)[-2:]]

    assert size("max_packet_size") == config.PACKET_BYTES
    assert size("max_payload_size") == topics.MAX_LIST_BYTES
    assert int(value("max_inflight")) == config.INFLIGHT_MESSAGES
    assert int(value("max_mqueue_len")) == config.QUEUED_MESSAGES
    longest = max(
        len(path.split("/"))
        for path in (topics.blob("f", "l", "0" * 64), *(topic.path("f", "c") for topic in topics.TOPICS))
    )
    assert int(value("max_topic_levels")) >= longest


def test_emqx_lets_members_in_and_nobody_else():
    emqx = (DEPLOY / "emqx/emqx.conf").read_text()
    assert emqx.count("{") == emqx.count("}")
    for line in (
        "verify = verify_peer",
        "fail_if_no_peer_cert = true",
        "enable_crl_check = true",
        "peer_cert_as_username = cn",
        "peer_cert_as_clientid = cn",
        "no_match = deny",
        "listeners.tcp.default.enable = false",
        "listeners.ws.default.enable = false",
        "listeners.wss.default.enable = false",
        'versions = ["tlsv1.3"]',
    ):
        assert line in emqx
    for name in (identity.ROOT_FILE, identity.CERTIFICATE_FILE, identity.KEY_FILE):
        assert f'"/etc/emqx/fleet/{name}"' in emqx
    assert files.EMQX_FILE in emqx


def test_mosquitto_is_told_of_every_paper():
    text = (DEPLOY / "mosquitto/mosquitto.conf").read_text()
    for name in FILES:
        assert f"/var/lib/anpr/broker/papers/{name}\n" in text


@pytest.mark.parametrize("verb", ["broker", "collect"])
def test_a_service_runs_its_verb_as_it_is_and_starts_it_again(verb: str):
    unit = (DEPLOY / f"systemd/anpr-{verb}.service").read_text()
    assert "\nRestart=always\n" in unit
    command = re.search(r"^ExecStart=\S+/anpr (.+)$", unit, re.MULTILINE)
    assert command
    assert command[1].startswith(f"{verb} ")
    reference = (DEPLOY.parent / "docs/reference/commands.md").read_text()
    section = reference.partition(f"## anpr {verb}\n")[2].partition("\n## ")[0]
    for option in re.findall(r"--[a-z-]+", command[1]):
        assert option in section
