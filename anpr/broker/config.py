"""What Mosquitto is told: kept on disk, bounded in memory, and open to members of the fleet alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from anpr import topics
from anpr.errors import PolicyError
from anpr.fleet import files, identity

if TYPE_CHECKING:
    from pathlib import Path

LOOPBACK = "127.0.0.1"

AUTOSAVE_S = 5
"""Mosquitto writes its whole memory each time, so saving on every message would cost the square of the
backlog. What it forgets in these seconds is sent again: only the centre's receipt lets a car forget."""
SESSION_EXPIRY_DAYS = 14
"""Longer than the seven days a collector asks for; a session nobody comes back to must not fill the disk."""
INFLIGHT_MESSAGES = 100
QUEUED_MESSAGES = 100_000
QUEUED_BYTES = 1_000_000_000
"""A shift of 60 cars at 32 KB a hit fits many times over; beyond it the broker refuses, the cars keep."""
MESSAGE_BYTES = topics.MAX_LIST_BYTES
"""A hit is under 32 KB by contract, a hotlist up to 256 KiB; more is refused, and the sender is told."""
PACKET_BYTES = 4 * MESSAGE_BYTES
"""Mosquitto takes a packet into memory before it looks at the limit above; this one ends the connection of
whoever sends without measure. It is far higher, because a car that is cut off comes back with its message."""


@dataclass(frozen=True, slots=True)
class BrokerConfig:
    """A Mosquitto configuration.

    Attributes:
        directory: where the persistence file lies.
        port: TCP port.
        listen: address to listen on.
        user: account Mosquitto keeps when it is started by root; others stay who they are.
        secured: whether members show a certificate, and the broker's own lies in its directory; otherwise
            plain MQTT.

    Raises:
        PolicyError: plain MQTT was to listen beyond this machine.
    """

    directory: Path
    port: int
    listen: str
    user: str
    secured: bool = False

    def __post_init__(self) -> None:
        if not self.secured and not identity.is_loopback(self.listen):
            raise PolicyError(
                f"Plain MQTT does not listen on {self.listen}: anybody there could read and write.",
                "Give the broker its certificate with --identity DIR, made by `anpr enrol broker`;"
                " plain MQTT is for demonstrations on 127.0.0.1.",
            )

    @property
    def papers(self) -> Path:
        """Where Mosquitto reads certificate, revocations and access rules."""
        return self.directory / "papers"

    def text(self) -> str:
        """The file's content."""
        return "\n".join(
            [
                "# Written by `anpr broker`; changes here are overwritten at the next start.",
                f"listener {self.port} {self.listen}",
                *self._door(),
                f"user {self.user}",
                "set_tcp_nodelay true",
                "",
                "persistence true",
                f"persistence_location {self.directory.resolve()}/",
                "persistence_file mosquitto.db",
                "autosave_on_changes false",
                f"autosave_interval {AUTOSAVE_S}",
                f"persistent_client_expiration {SESSION_EXPIRY_DAYS}d",
                "",
                f"max_inflight_messages {INFLIGHT_MESSAGES}",
                f"max_queued_messages {QUEUED_MESSAGES}",
                f"max_queued_bytes {QUEUED_BYTES}",
                f"message_size_limit {MESSAGE_BYTES}",
                f"max_packet_size {PACKET_BYTES}",
                "queue_qos0_messages false",
                "",
                "log_dest stderr",
                "log_timestamp true",
                "log_timestamp_format %Y-%m-%dT%H:%M:%S",
                "log_type error",
                "log_type warning",
                "log_type notice",
                "log_type information",
                "connection_messages true",
                "",
            ]
        )

    def _door(self) -> list[str]:
        """Who is let in.

        The name in a certificate is both user and client id: access rules speak of names that the authority
        vouches for, and nobody can throw another's session out.
        """
        if not self.secured:
            return ["allow_anonymous true"]
        folder = self.papers.resolve()
        return [
            "allow_anonymous false",
            f"cafile {folder / identity.ROOT_FILE}",
            f"certfile {folder / identity.CERTIFICATE_FILE}",
            f"keyfile {folder / identity.KEY_FILE}",
            f"crlfile {folder / files.REVOKED_FILE}",
            "tls_version tlsv1.3",
            "require_certificate true",
            "use_identity_as_username true",
            "use_username_as_clientid true",
            f"acl_file {folder / files.MOSQUITTO_FILE}",
        ]
