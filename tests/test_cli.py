"""The command answers fast and says what to do next."""

from __future__ import annotations

import subprocess
import sys

HEAVY = (
    "torch",
    "ultralytics",
    "easyocr",
    "onnxruntime",
    "cv2",
    "rapidocr",
    "fastapi",
    "sqlite_utils",
    "paho",
    "pydantic",
    "numpy",
)


def test_help_loads_no_heavy_library():
    code = f"import sys, anpr.cli; print([m for m in {HEAVY!r} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert out.strip() == "[]"


def test_a_wrong_settings_file_ends_in_exit_code_3_and_a_next_step(tmp_path):
    settings = tmp_path / "anpr.toml"
    settings.write_text("[car]\nvehicel = 'car-7'\n")
    done = subprocess.run(
        [sys.executable, "-m", "anpr", "run", "--config", settings],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 3
    assert "car.vehicel" in done.stderr
    assert "docs/reference/settings.md" in done.stderr
