"""Whether Python and its libraries are fit to run a car."""

from __future__ import annotations

import importlib
import importlib.metadata
import platform
import re
import sqlite3
import sys
from typing import Final

from anpr.edge.doctor import Finding, Level

OLDEST_PYTHON: Final = (3, 11)
OLDEST_SQLITE: Final = (3, 37, 0)
"""The first with STRICT tables."""
PACKAGES: Final = ("numpy", "cv2", "av", "onnxruntime")
SYSTEM_LIBRARIES: Final = {
    "libGL.so": "libgl1",
    "libgthread-2.0.so": "libglib2.0-0",
    "libglib-2.0.so": "libglib2.0-0",
    "libgomp.so": "libgomp1",
}
"""What desktop systems have and bare ones lack, with the Debian package of each."""


def packages() -> Finding:
    """Python, SQLite and the libraries that decode and compute."""
    if sys.version_info[:2] < OLDEST_PYTHON:
        return Finding(
            Level.FAIL, f"Python {platform.python_version()} is too old.", "Install 3.11 or later."
        )
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        return Finding(
            Level.FAIL,
            f"SQLite {sqlite3.sqlite_version} is too old.",
            "Use a Python built with 3.37 or later.",
        )
    for name in PACKAGES:
        try:
            importlib.import_module(name)
        except ImportError as error:
            return Finding(Level.FAIL, f"{name} cannot be loaded: {error}.", _library_step(str(error)))
    builds = {
        name: importlib.metadata.version(name)
        for name in ("opencv-python", "opencv-python-headless")
        if _installed(name)
    }
    if len(set(builds.values())) > 1:
        return Finding(
            Level.WARN,
            f"Two builds of OpenCV overwrite one another: {builds}.",
            "Install both in one version: pip install -c constraints.txt patrol-anpr.",
        )
    return Finding(Level.OK, f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, OpenCV.")


def _library_step(reason: str) -> str:
    missing = re.search(r"(lib[\w.+-]+\.so)[.\d]*: cannot open", reason)
    if missing is None:
        return "Install the package again: pip install --force-reinstall patrol-anpr."
    package = SYSTEM_LIBRARIES.get(missing[1])
    if package is None:
        return f"Find the system package that holds {missing[1]} (apt-file search) and install it."
    return f"Install the system library: sudo apt install {package}."


def _installed(distribution: str) -> bool:
    try:
        importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
