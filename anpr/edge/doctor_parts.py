"""How the parts of a car are tried, from position to screen, and the list of all checks."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import threading
import time
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from anpr.edge.doctor import Check, Finding, Level
from anpr.edge.doctor_certificate import certificate, refusal
from anpr.errors import LinkError

if TYPE_CHECKING:
    from pathlib import Path

    from paho.mqtt.reasoncodes import ReasonCode

    from anpr.config import BrokerSettings, CarSettings

GPS_PATIENCE_S: Final = 8.0
BROKER_PATIENCE_S: Final = 6.0
ROOM_FACTOR: Final = 3


def gps(source: str) -> Finding:
    """Waits a few seconds for a position from gpsd, or reads the GPX track."""
    from anpr.edge.gps import open_gps

    receiver = open_gps(source)
    if receiver.health.working is None:
        return Finding(
            Level.WARN, "No GPS is configured: hits carry no place.", "Set car.gps to gpsd://127.0.0.1:2947."
        )
    receiver.start()
    try:
        deadline = time.monotonic() + GPS_PATIENCE_S
        while not receiver.health.working and time.monotonic() < deadline:
            time.sleep(0.1)
        health, fix = receiver.health, receiver.fix(time.monotonic())
    finally:
        receiver.stop()
    if not health.working or fix is None:
        return Finding(Level.FAIL, f"{health.words}.", health.next_step)
    age_s = max(0.0, (datetime.now(UTC) - fix.at).total_seconds())
    accuracy = f", accurate to {fix.accuracy_m:.0f} m" if fix.accuracy_m is not None else ""
    return Finding(Level.OK, f"{health.words}, {age_s:.0f} s old{accuracy}.")


def clock() -> Finding:
    """Whether something keeps the clock right; evidence stands on its time."""
    from anpr.edge.clock import clock_state
    from anpr.wire import Clock

    now = datetime.now(UTC)
    if clock_state(None) is Clock.UNSYNCED:
        return Finding(
            Level.WARN,
            f"Nothing keeps the clock right (it says {now:%Y-%m-%d %H:%M:%S} UTC); hits are marked so.",
            "Turn on time from the network (sudo timedatectl set-ntp true), or from gpsd with chrony.",
        )
    return Finding(Level.OK, f"It is kept right from outside: {now:%Y-%m-%d %H:%M:%S} UTC.")


def disk(data_dir: Path, min_free_bytes: int) -> Finding:
    """Room for a shift, and the right to write."""
    directory = next(path for path in (data_dir.absolute(), *data_dir.absolute().parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=directory) as probe:
            probe.write(b"\0" * 65_536)
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        return Finding(
            Level.FAIL,
            f"Nothing can be written in {directory}: {error.strerror}.",
            "Give the user of anpr the right to write there, or set car.data_dir elsewhere.",
        )
    free = shutil.disk_usage(directory).free
    words = f"{free / 1e9:.1f} GB free in {directory}"
    if free < min_free_bytes:
        return Finding(
            Level.FAIL,
            f"{words}: below {min_free_bytes / 1e9:.1f} GB reading stops.",
            "Free some room, or set car.data_dir to a larger disk.",
        )
    if free < ROOM_FACTOR * min_free_bytes:
        return Finding(
            Level.WARN, f"{words}: little above the {min_free_bytes / 1e9:.1f} GB at which reading stops.",
            "Free some room before the shift.",
        )  # fmt: skip
    return Finding(Level.OK, f"{words}.")


def broker(settings: BrokerSettings) -> Finding:
    """Connects as a car does, with MQTT 5, and says why when it is refused."""
    where = f"{settings.host}:{settings.port}"
    started = time.monotonic()
    try:
        socket.create_connection((settings.host, settings.port), timeout=BROKER_PATIENCE_S).close()
    except OSError as error:
        return Finding(
            Level.FAIL,
            f"No broker answers at {where}: {error.strerror or error}.",
            f"{_broker_step(settings.host)} Hits are kept in the car until then.",
        )
    if settings.identity is not None:
        refused = refusal(settings)
        if refused:
            return Finding(
                Level.FAIL,
                f"The broker at {where} does not let this car in: {refused}.",
                "Ask whoever keeps the fleet's authority: anpr enrol status. Hits are kept until then.",
            )
        return Finding(Level.OK, f"{where} takes our certificate ({_since_ms(started)} ms).")
    answer = _connack(settings)
    if answer is None:
        return Finding(
            Level.FAIL,
            f"Something listens at {where}, but it does not speak MQTT.",
            "Check host and port of car.broker.",
        )
    if answer:
        return Finding(
            Level.FAIL,
            f"The broker at {where} refuses: {answer}.",
            "Check its configuration and log: it must allow MQTT 5 and this car.",
        )
    return Finding(Level.OK, f"{where} takes us with MQTT 5 ({_since_ms(started)} ms).")


def _since_ms(started_s: float) -> str:
    return f"{(time.monotonic() - started_s) * 1000:.0f}"


def _broker_step(host: str) -> str:
    from anpr.broker.server import find_mosquitto

    if host not in {"127.0.0.1", "localhost", "::1"}:
        return "Check network and firewall, and that the broker runs there."
    try:
        find_mosquitto()
    except LinkError as error:
        return error.next_step
    return "Start it: anpr broker."


def _connack(settings: BrokerSettings) -> str | None:
    """The broker's reason for a refusal, "" when it takes us, None when no answer comes."""
    from paho.mqtt.client import Client, MQTTv5
    from paho.mqtt.enums import CallbackAPIVersion

    answers: list[str] = []
    heard = threading.Event()
    client = Client(CallbackAPIVersion.VERSION2, f"anpr-doctor-{os.getpid()}", protocol=MQTTv5)

    def on_connect(_client: object, _data: object, _flags: object, reason: ReasonCode, _p: object) -> None:
        answers.append(str(reason) if reason.is_failure else "")
        heard.set()

    client.on_connect = on_connect
    try:
        client.connect(settings.host, settings.port, keepalive=10)
    except OSError:
        return None
    client.loop_start()
    heard.wait(BROKER_PATIENCE_S)
    client.disconnect()
    client.loop_stop()
    return answers[0] if answers else None


def hotlist(data_dir: Path, stale_after_s: float, limit_s: float) -> Finding:
    """Which lists the car holds, how old they are, and how much of them has run out."""
    from anpr.hotlist.store import FILE_NAME, HotlistStore

    step = "Import one: anpr hotlist import FILE --list NAME."
    path = data_dir / FILE_NAME
    if not path.exists():
        return Finding(Level.FAIL, f"There is no hotlist in {data_dir}: nothing would alert.", step)
    now = datetime.now(UTC)
    with HotlistStore(path) as store:
        lists, expired = store.lists(), store.expired(now)
    entries = sum(one.entries for one in lists)
    if entries <= expired:
        words = "every entry has run out" if entries else "the lists are empty"
        return Finding(Level.FAIL, f"Nothing would alert: {words}.", step)
    age_s = max((now - one.made_at).total_seconds() for one in lists)
    words = f"{entries:,} entries in {len(lists)} {'list' if len(lists) == 1 else 'lists'}"
    if too_old := [one.name for one in lists if (now - one.made_at).total_seconds() > limit_s]:
        return Finding(Level.FAIL, f"No alerts from {', '.join(too_old)}: too old, and not renewed.", step)
    if age_s > stale_after_s:
        return Finding(Level.WARN, f"{words}, but the oldest is {age_s / 3600:.0f} h old: stale.", step)
    if expired:
        return Finding(
            Level.WARN, f"{words}, of which {expired:,} ran out already.", "Import the list of today."
        )
    return Finding(Level.OK, f"{words}, {age_s / 60:.0f} min old.")


def screen(host: str, port: int) -> Finding:
    """Whether the alert screen's port is free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return Finding(
                Level.WARN,
                f"Port {port} of {host} cannot be taken: {error.strerror}.",
                "Fine if `anpr run` is at work already; else set car.screen_port to another.",
            )
    return Finding(Level.OK, f"Port {port} of {host} is free.")


def checks(car: CarSettings) -> tuple[Check, ...]:
    """All checks of one car in the order of a report; ``doctor_packages`` is to run before them."""
    from anpr.edge.doctor_camera import camera, no_camera
    from anpr.edge.doctor_model import model

    cameras = tuple(Check(f"camera {one.name}", partial(camera, one)) for one in car.cameras)
    return (
        *(cameras or (Check("camera", no_camera),)),
        Check("model", partial(model, car.engine)),
        Check("gps", partial(gps, car.gps)),
        Check("clock", clock),
        Check("disk", partial(disk, car.data_dir, car.min_free_bytes)),
        Check("certificate", partial(certificate, car)),
        Check("broker", partial(broker, car.broker)),
        Check("hotlist", partial(hotlist, car.data_dir, car.stale_after_s, car.list_limit_s)),
        Check("screen", partial(screen, car.screen_host, car.screen_port)),
    )
