"""How the car's certificate is tried: whose it is, until when, and whether the broker lets it in."""

from __future__ import annotations

import socket
import ssl
import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from anpr.edge.doctor import Finding, Level
from anpr.fleet import identity
from anpr.fleet.register import Role, State

if TYPE_CHECKING:
    from pathlib import Path

    from anpr.config import BrokerSettings, CarSettings

ALERT_S: Final = 1.0
"""With TLS 1.3 a broker says no only after our side takes the handshake for done."""
_RENEW: Final = "Have it renewed: anpr enrol renew, at the fleet's authority."


def certificate(car: CarSettings) -> Finding:
    """Whether the car has a certificate of its own that lasts."""
    visitor = identity.Visitor(car.broker)
    visitor.check(Role.CAR, car.vehicle, car.fleet)
    if visitor.papers is None or car.broker.identity is None:
        return Finding(
            Level.WARN,
            "There is none: plain MQTT, which goes no further than this machine.",
            "Fine for trying out; for duty see docs/how-to/enrol.md.",
        )
    now = datetime.now(UTC)
    words = f"{visitor.papers.name} of fleet {visitor.papers.fleet}, until {visitor.papers.ends:%Y-%m-%d}"
    match visitor.papers.state(now):
        case State.EXPIRED:
            return Finding(Level.FAIL, f"It ran out: {words}.", f"{_RENEW} Hits are kept until then.")
        case State.DUE:
            return Finding(Level.WARN, f"It ends soon: {words}.", _RENEW)
    if _open_to_others(car.broker.identity / identity.KEY_FILE):
        return Finding(
            Level.WARN,
            f"Its key can be read by other users of this machine: {words}.",
            f"chmod 600 {car.broker.identity / identity.KEY_FILE}",
        )
    return Finding(Level.OK, f"{words}.")


def refusal(broker: BrokerSettings) -> str:
    """Why the broker does not let our certificate in; empty when it does.

    It ends before MQTT begins: a second session under this name would throw a driving car's out.

    Raises:
        ConfigError: the certificate cannot be used.
    """
    assert broker.identity is not None  # noqa: S101 - asked only with papers
    context = identity.context(broker.identity)
    try:
        with (
            socket.create_connection((broker.host, broker.port), timeout=5) as plain,
            context.wrap_socket(plain, server_hostname=broker.host) as line,
        ):
            return _heard(line)
    except ssl.SSLCertVerificationError as error:
        return f"it is not the fleet's broker: {error.verify_message}"
    except ssl.SSLError as error:
        return (error.reason or str(error)).lower().replace("_", " ")
    except OSError as error:
        return error.strerror or str(error)


def _heard(line: ssl.SSLSocket) -> str:
    """A broker that lets us in is silent and waits for us to begin."""
    line.settimeout(ALERT_S)
    try:
        return "" if line.recv(1) else "it hung up"
    except TimeoutError:
        return ""


def _open_to_others(path: Path) -> bool:
    return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
