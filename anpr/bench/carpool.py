"""Processes of simulated cars, and a folder for what each has on a disk of its own in the world."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import ExitStack

MEMORY_DISK: Final = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it


def folder(stack: ExitStack, otherwise: Path) -> Path:
    """A folder for all cars until the stack is closed, in memory where the machine allows it.

    In the world each car has a disk of its own; hundreds that share one would measure that disk.
    """
    parent = MEMORY_DISK if MEMORY_DISK.is_dir() else otherwise
    made = Path(tempfile.mkdtemp(prefix="anpr-cars-", dir=parent))
    stack.callback(shutil.rmtree, made, ignore_errors=True)
    return made


def start(stack: ExitStack, module: str, values: Mapping[str, object]) -> subprocess.Popen[str]:
    """Starts some cars, which end with the stack; they talk by lines on standard input and output.

    Args:
        stack: of the caller.
        module: what is run, as a name for ``python -m``.
        values: options by name; those that are None are left out.
    """
    options = [f"--{name}={value}" for name, value in values.items() if value is not None]
    process = subprocess.Popen(
        [sys.executable, "-m", module, *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
        process_group=0,
    )
    stack.callback(_end, process)
    return process


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.close()
