"""What can go wrong, said to a person: a stable code, a sentence, and the next step to take."""

from __future__ import annotations

from typing import ClassVar


class AnprError(Exception):
    """A failure that a person can act on.

    Args:
        message: one sentence that says what is wrong.
        next_step: one sentence that says what to do about it.

    Attributes:
        code: stable identifier for logs, tests and documentation.
        exit_code: what a command returns (1 failed, 2 usage, 3 configuration, 4 model, 5 link, 6 refused).
    """

    code: ClassVar[str] = "failed"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, next_step: str) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}"


class InputError(AnprError):
    """A file or value given by a person cannot be used."""

    code = "input"
    exit_code = 2


class ConfigError(AnprError):
    """The configuration cannot be used."""

    code = "configuration"
    exit_code = 3


class ModelError(AnprError):
    """A model is missing, altered or cannot be run."""

    code = "model"
    exit_code = 4


class LinkError(AnprError):
    """Broker, GPS or camera cannot be reached or refused us."""

    code = "link"
    exit_code = 5


class StorageError(AnprError):
    """The disk or a database cannot take what must be kept."""

    code = "storage"
    exit_code = 1


class PolicyError(AnprError):
    """The deployment's policy forbids this."""

    code = "refused"
    exit_code = 6
