"""What a figure was measured on."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("onnxruntime", "opencv-python", "av", "rapidocr", "openvino", "torch", "ultralytics", "easyocr")


@dataclass(frozen=True, slots=True)
class Machine:
    """Processor, cores this process may use, load a minute ago, Python, and the packages that matter."""

    processor: str
    cores: int
    load: float
    python: str
    packages: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        names = ", ".join(f"{name} {number}" for name, number in self.packages)
        return f"{self.processor}, {self.cores} cores, load {self.load:.1f}; Python {self.python}, {names}"


def describe() -> Machine:
    """The machine this process runs on."""
    return Machine(
        _processor(),
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        os.getloadavg()[0],
        platform.python_version(),
        tuple((name, number) for name in PACKAGES if (number := _version(name))),
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    for line in lines:
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return platform.processor() or platform.machine()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
