"""The colour of a plate's ground, as the picture shows it: figures are also given by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from anpr.types import Box, Image

#: Below this brightness (of 255) a ground is black; below this saturation it is white or grey, called white.
BLACK_BELOW = 70
WHITE_BELOW = 60
#: OpenCV's hues (0..179) up to which a colour has its name.
HUES = ((8, "red"), (38, "yellow"), (88, "green"), (130, "blue"), (179, "red"))
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
    if saturation < WHITE_BELOW:
        return "white"
    return next(name for most, name in HUES if hue <= most)
