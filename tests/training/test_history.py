import cv2
import pytest

from anpr.training.history import LOG, PLOT, note


def test_a_run_is_drawn_whenever_it_was_scored(tmp_path):
    pytest.importorskip("matplotlib")
    note(tmp_path, 50, 2.5, {})
    assert not (tmp_path / PLOT).exists()
    note(tmp_path, 100, 1.5, {"mine": 0.4})
    note(tmp_path, 200, 0.5, {"mine": 0.8, "drawn": 0.7})
    assert cv2.imread(str(tmp_path / PLOT)).shape[1] > 800
    assert len((tmp_path / LOG).read_text(encoding="utf-8").splitlines()) == 3
