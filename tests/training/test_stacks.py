from __future__ import annotations

import numpy as np

from anpr.training.stacks import stacked_crop


def test_of_two_plates_in_a_box_the_upper_one_is_to_be_read():
    for seed in range(20):
        crop = stacked_crop(np.random.default_rng(seed))
        height, width = crop.image.shape[:2]
        middle = crop.quad.mean(0)
        assert crop.text
        assert middle[1] < 0.6 * height
        assert 0 < middle[0] < width
        # The lower plate has room below.
        assert crop.quad[2:, 1].max() < 0.95 * height


def test_the_same_seed_gives_the_same_crop():
    one, other = (stacked_crop(np.random.default_rng(5)) for _ in range(2))
    assert one.text == other.text
    assert np.array_equal(one.image, other.image)
