"""A member's own papers: the folder that ``anpr enrol`` made for it, and the TLS that follows from it."""

from __future__ import annotations

import ipaddress
import re
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from anpr import log
from anpr.errors import ConfigError, InputError, PolicyError
from anpr.fleet.register import Role, State, due_at

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    import paho.mqtt.client as mqtt

    from anpr.config import BrokerSettings

ROOT_FILE: Final = "fleet.pem"
CERTIFICATE_FILE: Final = "certificate.pem"
KEY_FILE: Final = "key.pem"
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_STEP: Final = "Point `identity` at the folder that `anpr enrol` made for this member, whole and readable."


@dataclass(frozen=True, slots=True)
class Papers:
    """What a certificate says of its holder."""

    name: str
    fleet: str
    role: Role
    begins: datetime
    ends: datetime

    def state(self, now: datetime) -> State:
        """Good, due for renewal, or expired."""
        if now >= self.ends:
            return State.EXPIRED
        return State.DUE if now >= due_at(self.begins, self.ends) else State.GOOD

    def warning(self, now: datetime) -> str:
        """What to tell a person about its end; empty while that is far."""
        match self.state(now):
            case State.EXPIRED:
                return f"The certificate of {self.name} ended on {self.ends:%Y-%m-%d}"
            case State.DUE:
                days = (self.ends - now).days
                return f"The certificate of {self.name} ends in {days} {'day' if days == 1 else 'days'}"
            case _:
                return ""


def check_name(name: str) -> None:
    """Lets only names pass that mean themselves in a topic, a file name and an access rule.

    Raises:
        InputError: it is none.
    """
    if not NAME.fullmatch(name):
        raise InputError(
            f"{name!r} is no name.", "Use up to 64 letters, digits, dots, dashes and underscores."
        )


def papers(folder: Path) -> Papers:
    """Reads a member's certificate.

    Raises:
        ConfigError: there is none.
    """
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    path = folder / CERTIFICATE_FILE
    try:
        held = x509.load_pem_x509_certificate(path.read_bytes())
        name, fleet, role = (
            str(held.subject.get_attributes_for_oid(oid)[0].value)
            for oid in (
                NameOID.COMMON_NAME,
                NameOID.ORGANIZATION_NAME,
                NameOID.ORGANIZATIONAL_UNIT_NAME,
            )
        )
        return Papers(name, fleet, Role(role), held.not_valid_before_utc, held.not_valid_after_utc)
    except OSError as error:
        raise ConfigError(f"The certificate {path} cannot be read: {error.strerror}.", _STEP) from error
    except (ValueError, IndexError, x509.InvalidVersion) as error:
        raise ConfigError(f"{path} is no certificate of a fleet.", _STEP) from error


def context(folder: Path) -> ssl.SSLContext:
    """TLS as a visitor of the broker: shows our certificate, believes the fleet's authority alone.

    Raises:
        ConfigError: a file is missing, damaged, or key and certificate do not belong together.
    """
    root = folder / ROOT_FILE
    try:
        made = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=root)
    except OSError as error:
        raise ConfigError(f"{root} holds no authority: {error.strerror or error}.", _STEP) from error
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    _load(made, folder)
    return made


class Visitor:
    """Lets an MQTT client in under our own name, and takes up a renewed certificate by itself.

    Args:
        broker: where it goes and with whose papers.

    Raises:
        ConfigError: the papers cannot be used.
        PolicyError: the broker is not on this machine and there are no papers.
    """

    def __init__(self, broker: BrokerSettings) -> None:
        self._folder = broker.identity
        self.papers: Papers | None = None
        if self._folder is None:
            if not is_loopback(broker.host):
                raise PolicyError(
                    f"The broker {broker.host} is not on this machine, and plain MQTT goes no further:"
                    " anybody on the way could read and change it.",
                    "Give this member its certificate: `identity` in the settings, or --identity DIR."
                    " See docs/how-to/enrol.md.",
                )
            return
        self.papers = papers(self._folder)
        self._context = context(self._folder)

    def warning(self, now: datetime) -> str:
        """What to tell a person about the end of our certificate; empty while that is far."""
        return self.papers.warning(now) if self.papers is not None else ""

    def check(self, role: Role, name: str, fleet: str) -> None:
        """Holds the papers against what the settings say.

        Raises:
            ConfigError: they are of somebody else.
        """
        held = self.papers
        if held is not None and (held.role, held.name, held.fleet) != (role, name, fleet):
            raise ConfigError(
                f"The certificate in {self._folder} is of {held.role} {held.name} of fleet {held.fleet},"
                f" and this is {role} {name} of fleet {fleet}.",
                "Correct name and fleet in the settings, or point `identity` at the right folder.",
            )

    def admit(self, client: mqtt.Client) -> None:
        """Sets the client up; each new connection looks whether the certificate was renewed."""
        if self.papers is None:
            return
        client.tls_set_context(self._context)
        client.on_pre_connect = lambda _client, _data: self._look_again()

    def _look_again(self) -> None:
        assert self._folder is not None  # noqa: S101 - only with papers
        try:
            newer = papers(self._folder)
            if newer != self.papers:
                _load(self._context, self._folder)
                self.papers = newer
        except ConfigError as error:
            log.get("identity").warning(error.message, next_step=error.next_step)


def is_loopback(host: str) -> bool:
    """Whether what is sent to that host stays on this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _load(made: ssl.SSLContext, folder: Path) -> None:
    try:
        made.load_cert_chain(folder / CERTIFICATE_FILE, folder / KEY_FILE)
    except OSError as error:
        raise ConfigError(
            f"Certificate and key in {folder} cannot be used: {error.strerror or error}.", _STEP
        ) from error
