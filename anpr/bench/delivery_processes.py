"""The processes of the delivery benchmark: cars and collectors that can be killed and started again."""

from __future__ import annotations

import resource
import subprocess
import sys
from typing import TYPE_CHECKING

from anpr.bench.delivery_car import FLEET

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from anpr.bench.delivery_car import Plan

STOP_S = 30.0
COLLECTING = b'"event": "connected"'
"""What a collector logs once its subscriptions stand."""
HOST = "127.0.0.1"


class Process:
    """A Python process of the project whose output goes to a file.

    Args:
        arguments: what follows the interpreter.
        log_path: where its output goes, start after start.
        ready_words: it says them once it is at work.
    """

    def __init__(self, arguments: Sequence[str], log_path: Path, ready_words: bytes = b"") -> None:
        self._arguments = [sys.executable, *arguments]
        self.log_path = log_path
        self._ready_words = ready_words
        self._from_byte = 0
        self._process: subprocess.Popen[str] | None = None

    @property
    def running(self) -> bool:
        """Whether it is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def ready(self) -> bool:
        """Whether it is at work since its newest start."""
        return self.running and self._ready_words in self.log_path.read_bytes()[self._from_byte :]

    @property
    def pid(self) -> int:
        """Its process id; 0 when it was never started."""
        return 0 if self._process is None else self._process.pid

    def start(self) -> None:
        """Starts it; what it had is its own affair."""
        with self.log_path.open("ab") as log:
            self._from_byte = log.tell()
            self._process = subprocess.Popen(
                self._arguments,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                text=True,
                bufsize=1,
                process_group=0,
            )

    def say(self, line: str) -> None:
        """One command on its standard input; to a dead process it is lost."""
        if self._process is not None and self._process.stdin is not None and self.running:
            try:
                self._process.stdin.write(f"{line}\n")
            except BrokenPipeError:
                return

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._reap()

    def stop(self) -> None:
        """SIGTERM, and SIGKILL when that does not help."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._reap()

    def limit_files(self, size_bytes: int | None) -> None:
        """No file of this process may grow beyond this: to it, the disk is full. None takes it back."""
        if self.running:
            _, hard = resource.prlimit(self.pid, resource.RLIMIT_FSIZE)
            soft = hard if size_bytes is None else size_bytes
            resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (soft, hard))

    def _reap(self) -> None:
        if self._process is not None:
            self._process.wait()
            if self._process.stdin is not None:
                self._process.stdin.close()


def car(plan: Plan) -> Process:
    """A car that begins where its journal and outbox end."""
    arguments = ["-m", "anpr.bench.delivery_car"]
    for name in ("vehicle", "port", "directory", "hits", "every_s", "resend_first_s", "salt"):
        arguments += [f"--{name.replace('_', '-')}", str(getattr(plan, name))]
    if plan.max_bytes is not None:
        arguments += ["--max-bytes", str(plan.max_bytes)]
    return Process(arguments, plan.directory / f"{plan.vehicle}.log")


def collector(name: str, broker_port: int, directory: Path, console_port: int | None = None) -> Process:
    """The real ``anpr collect``; several share one store."""
    arguments = ["-m", "anpr", "collect", "--json", "--log-level", "info", "--fleet", FLEET]
    arguments += [
        "--name",
        name,
        "--broker",
        f"{HOST}:{broker_port}",
        "--data-dir",
        str(directory / "centre"),
    ]
    arguments += ["--no-console"] if console_port is None else ["--port", str(console_port)]
    return Process(arguments, directory / f"{name}.log", COLLECTING)
