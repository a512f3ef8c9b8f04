"""Sky, hills, skyline and road of a synthetic drive."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from anpr.training.drives_camera import Camera
    from anpr.training.plates import Colour, Picture


@dataclass(frozen=True, slots=True)
class Mood:
    """Light and weather of a clip; colours BGR, brightness 1 = clear noon."""

    name: str
    zenith: Colour
    horizon: Colour
    ambient: float
    sight_m: float
    lamps: bool
    wet: bool
    noise: float
    blur_px: float
    warmth: float
    shadow: float


DAY = Mood("day", (225, 165, 95), (238, 226, 208), 1.08, 260.0, False, False, 2.2, 0.5, 0.02, 0.85)
DUSK = Mood("dusk", (92, 58, 44), (118, 128, 196), 0.45, 220.0, True, False, 5.0, 0.6, 0.03, 0.6)
RAIN = Mood("rain", (158, 150, 142), (192, 188, 184), 0.72, 105.0, True, True, 3.2, 0.6, -0.03, 0.5)


@dataclass(frozen=True, slots=True)
class Road:
    """Cross-section of a straight road, metres to the right of the ego lane's middle.

    Attributes:
        left, right: kerbs.
        dashed: lines between lanes.
        solid: edge lines and double middle lines.
        yellow: no-parking lines.
        median: middle of a raised barrier, or None.
    """

    left: float
    right: float
    dashed: tuple[float, ...]
    solid: tuple[float, ...]
    yellow: tuple[float, ...]
    median: float | None = None


def noise_texture(rng: np.random.Generator, size: int, octaves: int) -> NDArray[np.float32]:
    """Seamless cloud noise, size by size, mean 0, about -1..1."""
    total = np.zeros((size, size), np.float32)
    for k in range(octaves):
        cells = max(size >> (octaves - 1 - k), 2)
        grid = rng.standard_normal((cells, cells), dtype=np.float32)
        grid = np.pad(grid, 2, mode="wrap")
        part = cv2.resize(grid, None, fx=size / cells, fy=size / cells, interpolation=cv2.INTER_CUBIC)
        rim = 2 * size // cells
        total += part[rim : rim + size, rim : rim + size] * 0.6**k
    return np.asarray(total / total.std() / 2, np.float32)


def sky(rng: np.random.Generator, mood: Mood, width: int, height: int) -> Picture:
    """A panorama wider than the frame: gradient, clouds, hills, skyline; its lower edge is the horizon."""
    panorama, tall = width * 2, height
    fade = np.linspace(0, 1, tall, dtype=np.float32)[:, None, None] ** 1.3
    picture = np.array(mood.zenith, np.float32) * (1 - fade) + np.array(mood.horizon, np.float32) * fade
    picture = np.repeat(picture, panorama, axis=1)
    cloud = cv2.resize(noise_texture(rng, 256, 5), (panorama, tall), interpolation=cv2.INTER_CUBIC)
    cover = np.clip(cloud * 0.9 + 0.1, 0, 1)[:, :, None] * (0.55 if not mood.wet else 0.35)
    lit = np.array(mood.horizon, np.float32) * (1.06 if mood.ambient > 0.5 else 0.9)
    picture = picture * (1 - cover) + lit * cover
    xs = np.arange(panorama)
    for depth, (rise, tint) in enumerate(((0.2, (0.35, 0.37, 0.3)), (0.12, (0.25, 0.3, 0.22)))):
        ridge = sum(
            math.exp(-k * 0.5) * np.sin(xs / panorama * math.tau * (k + 1) * 1.7 + rng.uniform(0, 6.28))
            for k in range(7)
        )
        top = tall * (1 - rise * (0.7 + 0.22 * np.asarray(ridge)))
        mask = np.arange(tall)[:, None] > top[None, :]
        far = 0.5 - 0.18 * depth
        hill = (
            np.array(tint, np.float32) * 255 * mood.ambient * (1 - far)
            + np.array(mood.horizon, np.float32) * far
        )
        picture[mask] = hill
    x = 0
    while x < panorama:
        wide, high = int(rng.integers(width // 60, width // 22)), int(tall * rng.uniform(0.06, 0.3))
        if rng.random() < 0.7:
            tone = np.array(mood.horizon, np.float32) * rng.uniform(0.62, 0.85)
            picture[tall - high :, x : x + wide] = tone
            step = max(width // 320, 2)
            block = picture[tall - high + step :, x + step : x + wide - step]
            panes = rng.random((len(block) // (2 * step) + 1, block.shape[1] // (2 * step) + 1)) < (
                0.35 if mood.lamps else 0.8
            )
            shown = np.zeros(block.shape[:2], bool)
            for dy, dx in ((0, 0), (0, 1), (1, 0), (1, 1)):
                part = shown[dy :: 2 * step, dx :: 2 * step]
                part[:] = panes[: part.shape[0], : part.shape[1]]
            block[shown] = np.array((120, 185, 230)) * 0.85 if mood.lamps and not mood.wet else tone * 0.86
        x += wide + int(rng.integers(0, width // 40))
    return np.asarray(np.clip(picture, 0, 255), np.uint8)


@dataclass(frozen=True, slots=True)
class Ground:
    """Everything of a clip that does not move: road, its grain, and the panorama."""

    road: Road
    mood: Mood
    grain: NDArray[np.float32]
    stains: NDArray[np.float32]
    panorama: Picture

    def backdrop(self, camera: Camera) -> Picture:
        """Sky and road as the camera sees them: a BGR frame."""
        width, height = camera.width, camera.height
        frame = np.empty((height, width, 3), np.uint8)
        horizon = int(np.clip(round(camera.horizon_px), 1, height - 2))
        shift = int(np.clip(width / 2 + camera.yaw * camera.focal_px, 0, width))
        tall = self.panorama.shape[0]
        view = self.panorama[tall - horizon :, shift : shift + width]
        frame[horizon - view.shape[0] : horizon] = view
        frame[horizon:] = self._road(camera, horizon)
        return frame

    def _road(self, camera: Camera, horizon: int) -> Picture:
        width, height = camera.width, camera.height
        v = (np.arange(horizon, height, dtype=np.float32) - camera.horizon_px + 0.5).clip(0.35)
        depth = (camera.z * camera.focal_px / v)[:, None]
        u = (np.arange(width, dtype=np.float32) - width / 2 + 0.5)[None, :]
        x = u / camera.focal_px * depth + camera.x - camera.yaw * depth
        y = np.broadcast_to(depth + camera.y, x.shape)
        step = depth / camera.focal_px
        step_y = depth * step / camera.z
        size = self.grain.shape[0]
        near = np.exp(-step_y / 0.12)
        grain = self._sample(self.grain, x * size / 3.1, y * size / 3.1)
        stains = self._sample(self.stains, x * size / 21, y * size / 43)
        tone = 112 + 14 * grain * near + 9 * stains
        for lane in (-3.4, 0.0, 3.4):
            # Wheel tracks are polished lighter, the middle of a lane is darker with oil.
            tone += 5 * np.exp(-(((np.abs(x - lane) - 0.8) / 0.3) ** 2)) - 6 * np.exp(
                -(((x - lane) / 0.45) ** 2)
            )
        if self.mood.wet:
            tone = tone * 0.72
        colour = np.repeat(tone[:, :, None], 3, axis=2) * np.array([1.02, 1.0, 0.98], np.float32)
        worn = 0.8 + 0.12 * stains
        white, yellow = np.array([214, 218, 220], np.float32), np.array([60, 170, 215], np.float32)
        # Far away the dashes run together to their mean.
        apart = np.exp(-step_y / 1.5)
        on = ((y % 6.0) < 2.0) * apart + (1 - apart) / 3
        for lines, half, tint, share in (
            (self.road.dashed, 0.07, white, on),
            (self.road.solid, 0.07, white, None),
            (self.road.yellow, 0.06, yellow, None),
        ):
            for line in lines:
                cover = (
                    np.clip((half - np.abs(x - line)) / step + 0.5, 0, np.minimum(2 * half / step, 1)) * worn
                )
                cover = cover * share if share is not None else cover
                colour += (tint - colour) * cover[:, :, None]
        for side, edge in ((-1, self.road.left), (1, self.road.right)):
            beyond = np.clip(((x - edge) * side) / step + 0.5, 0, 1)[:, :, None]
            joints = (((y % 1.2) < 0.03) | ((x % 0.9) < 0.03)).astype(np.float32) * near
            paving = (142 + 8 * stains + 7 * grain * near - 22 * joints)[:, :, None] * np.array(
                [0.96, 1.0, 1.03], np.float32
            )
            kerb = np.clip((0.16 - np.abs(x - edge)) / step + 0.5, 0, 1)[:, :, None]
            colour += (paving - colour) * beyond
            colour += (178 + 10 * grain[:, :, None] - colour) * kerb * 0.85
        far = 1 - np.exp(-depth / self.mood.sight_m)[:, :, None]
        colour = colour * self.mood.ambient * (1 - far) + np.array(self.mood.horizon, np.float32) * far
        if self.mood.lamps and not self.mood.wet:
            pool = np.exp(-(((x - camera.x) / 3.2) ** 2)) * np.exp(-(((depth - 9) / 9) ** 2))
            colour += pool[:, :, None] * np.array([28, 36, 42], np.float32)
        return np.asarray(np.clip(colour, 0, 255), np.uint8)

    @staticmethod
    def _sample(
        texture: NDArray[np.float32], x: NDArray[np.float32], y: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        return np.asarray(
            cv2.remap(
                texture,
                x.astype(np.float32),
                y.astype(np.float32),
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_WRAP,
            ),
            np.float32,
        )


def ground(rng: np.random.Generator, road: Road, mood: Mood, width: int, height: int) -> Ground:
    """The unmoving world of a clip."""
    return Ground(
        road, mood, noise_texture(rng, 512, 6), noise_texture(rng, 512, 7), sky(rng, mood, width, height)
    )


def wet_mirror(image: Picture, horizon: int, strength: float) -> None:
    """Add the blurred mirror image of what stands above the horizon to the wet road, in place."""
    height, width = image.shape[:2]
    upper = image[:horizon][::-1]
    small = cv2.resize(upper, (width // 4, max(height // 32, 1)), interpolation=cv2.INTER_AREA)
    soft = cv2.resize(
        cv2.GaussianBlur(small, (0, 0), 1.5), (width, height - horizon), interpolation=cv2.INTER_LINEAR
    )
    region = image[horizon:]
    region[:] = cv2.addWeighted(region, 1 - strength, np.asarray(soft, np.uint8), strength, 0)
