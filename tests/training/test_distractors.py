import numpy as np

from anpr.training.captions import board, caption, words
from anpr.training.distractors import distract


def test_words_of_a_seed_are_always_the_same():
    assert words(np.random.default_rng(3)) == words(np.random.default_rng(3))


def test_a_board_is_opaque_and_a_caption_lets_the_picture_through():
    boards = [board(np.random.default_rng(seed), 120) for seed in range(6)]
    captions = [caption(np.random.default_rng(seed), 120) for seed in range(6)]
    for made in (*boards, *captions):
        if made is not None:  # no font is installed
            patch, alpha = made
            assert patch.shape[:2] == alpha.shape
            assert 0 <= alpha.min() <= alpha.max() <= 1
    assert all(made[1].mean() > 0.3 for made in boards if made is not None)


def test_distractors_leave_the_plates_alone():
    plates = np.array([[100, 200, 220, 240]], np.float32)
    drawn = 0
    for seed in range(12):
        canvas = np.full((400, 600, 3), 90, np.uint8)
        distract(canvas, plates, np.random.default_rng(seed), near=((100, 200, 220, 240),))
        assert (canvas[200:240, 100:220] == 90).all()
        drawn += int((canvas != 90).any())
    assert drawn >= 10
