"""What Mosquitto is told: kept on disk, bounded in memory, listening on this machine alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from anpr import topics

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
"""A hit is under 32 KB by contract, a hotlist up to 256 KiB; more would be a flood of memory. The option
`max_packet_size` would cut the sender's connection instead, and a car would come back with it for ever."""


@dataclass(frozen=True, slots=True)
class BrokerConfig:
    """A Mosquitto configuration.

    Attributes:
        directory: where the persistence file lies.
        port: TCP port.
        listen: address to listen on. There are no passwords yet, so anything but this machine is open to
            everybody who reaches the port.
        user: account Mosquitto keeps when it is started by root; others stay who they are.
    """

    directory: Path
    port: int
    listen: str
    user: str

    def text(self) -> str:
        """The file's content."""
        return "\n".join(
            [
                "# Written by `anpr broker`; changes here are overwritten at the next start.",
                f"listener {self.port} {self.listen}",
                "allow_anonymous true",
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
