from __future__ import annotations

import numpy as np
import pytest

from anpr.vision.quality import readable, too_far

FRAME = np.zeros((360, 640, 3), np.uint8)


@pytest.mark.parametrize(("height", "waits"), [(13.0, True), (14.0, False)])
def test_a_low_plate_of_a_video_waits_for_a_nearer_frame_and_is_read_in_a_picture(height, waits):
    box = (300.0, 200.0, 344.0, 200.0 + height)
    assert readable(box, FRAME) is not waits
    assert not too_far(box)


def test_what_the_edge_cuts_or_nobody_can_read_is_not_readable():
    assert not readable((0.0, 200.0, 60.0, 230.0), FRAME)
    assert too_far((300.0, 200.0, 344.0, 208.0))
    assert too_far((300.0, 200.0, 319.0, 216.0))
