"""A fleet with its authority, for the tests that need to be let in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from anpr.fleet.authority import Authority
from anpr.fleet.register import Role

if TYPE_CHECKING:
    from pathlib import Path

FLEET = "test"


class Fleet:
    """An authority whose key lies open, and what it gives out."""

    def __init__(self, directory: Path, *, revocations_url: str | None = None) -> None:
        self.directory = directory
        self.authority = Authority.create(directory, FLEET, None, datetime.now(UTC), revocations_url)

    def broker(self, name: str = "broker-1") -> Path:
        return self.authority.enrol(name, Role.BROKER, datetime.now(UTC), hosts=("127.0.0.1", "broker.test"))

    def centre(self, name: str = "collector-1") -> Path:
        return self.authority.enrol(name, Role.CENTRE, datetime.now(UTC))

    def operator(self, name: str = "chan") -> Path:
        return self.authority.enrol(name, Role.OPERATOR, datetime.now(UTC))

    def car(self, name: str = "car-1", *lists: str, days_ago: int = 0) -> Path:
        then = datetime.now(UTC) - timedelta(days=days_ago)
        return self.authority.enrol(name, Role.CAR, then, lists=lists)

    def revoke(self, name: str) -> None:
        self.authority.revoke(name, datetime.now(UTC))
