"""The colour of a plate's ground, as the picture shows it: figures are also given by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from anpr.types import Box, Image

#: Below this brightness (of 255) a ground is black.
BLACK_BELOW = 70
#: Name, hues (OpenCV's 0..179) from and to, and least saturation (of 255); all else is white.
#: Blue must be strong, and red has no name, because cameras tint white plates bluish, and at dusk pink.
COLOURS = (("yellow", 8, 38, 60), ("green", 39, 88, 60), ("blue", 89, 130, 90))
#: Share of a box's sides to leave out on each side: frames, bolts and bumpers.
EDGE = 0.12


def ground(image: Image, box: Box) -> str:
    """The name of the ground's colour: of the larger part of the plate when it is parted into dark and light.

    Characters cover less of a plate than its ground, be they black on white or white on black. Street
    light changes colours: a white plate under sodium lamps is called yellow.
    """
    import cv2

    from anpr.vision.read import cut

    hsv = cv2.cvtColor(cut(image, box, -EDGE), cv2.COLOR_BGR2HSV).reshape(-1, 3)
    light = hsv[:, 2] >= hsv[:, 2].mean()
    larger = light if light.sum() >= (~light).sum() else ~light
    hue, saturation, brightness = np.median(hsv[larger], axis=0)
    if brightness < BLACK_BELOW:
        return "black"
    for name, least, most, strong in COLOURS:
        if least <= hue <= most and saturation >= strong:
            return name
    return "white"
