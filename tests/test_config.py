"""Settings come from a file and the environment, and mistakes are said plainly."""

from __future__ import annotations

import pytest

from anpr.config import load
from anpr.errors import ConfigError


def test_the_environment_wins_over_the_file(tmp_path, monkeypatch):
    path = tmp_path / "anpr.toml"
    path.write_text("[car]\nvehicle = 'car-7'\nfleet = 'kowloon'\n")
    monkeypatch.setenv("ANPR_CAR__VEHICLE", "car-8")
    settings = load(path)
    assert settings.car.vehicle == "car-8"
    assert settings.car.fleet == "kowloon"


def test_cameras_are_a_list_of_tables(tmp_path):
    path = tmp_path / "anpr.toml"
    path.write_text("[[car.cameras]]\nname = 'front'\nsource = '/dev/video0'\n")
    assert load(path).car.cameras[0].name == "front"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[car]\nscreen_port = 70000\n", "car.screen_port"),
        ("[car]\nvehicle = 'no spaces'\n", "car.vehicle"),
        ("[centre]\nunknown = 1\n", "centre.unknown"),
        ("[car\n", "not valid TOML"),
    ],
)
def test_a_wrong_setting_names_its_place(tmp_path, text, said):
    path = tmp_path / "anpr.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=said):
        load(path)


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "nowhere.toml")
