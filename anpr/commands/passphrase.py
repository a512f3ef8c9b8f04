"""How a person unlocks a key: typed without echo, or from the environment in a script."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from pathlib import Path

VARIABLE = "ANPR_PASSPHRASE"


def new() -> str:
    """A passphrase for a key that is being made, typed twice."""
    passphrase: str = os.environ.get(VARIABLE) or typer.prompt(
        "Passphrase", hide_input=True, confirmation_prompt=True, err=True
    )
    return passphrase


def of(path: Path) -> str:
    """The passphrase of a key that is there."""
    passphrase: str = os.environ.get(VARIABLE) or typer.prompt(
        f"Passphrase of {path}", hide_input=True, err=True
    )
    return passphrase
