"""Synthetic dashcam drives with their truth: the sample clips of the product, reproducible by seed."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import cv2
import numpy as np

from anpr.training import effects
from anpr.training.drives_camera import Camera, develop
from anpr.training.drives_clips import CLIPS, Actor, Clip
from anpr.training.drives_sheet import Coat
from anpr.training.drives_stage import Placed, Sight, sights, stage
from anpr.training.drives_vehicles import SIZES, Vehicle, vehicle
from anpr.training.marks import Mark
from anpr.training.plates_asia import hong_kong_from, mainland_from

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from anpr.training.plates import Picture, Plate

FPS = 20
SIZE = (1280, 720)
#: Focal length in picture widths: 47 degrees across, as a plate camera behind a windscreen.
FOCAL = 1.15
#: Characters of this height can be read by a person, px at 1280 by 720.
READABLE_PX = 9.0


@dataclass(frozen=True, slots=True)
class Tag:
    """What stands on a plate of a clip."""

    plate: Plate
    actor: Actor
    second: bool

    @property
    def colour(self) -> str:
        """Colour of the ground."""
        return "black" if self.second else "white" if self.actor.oncoming else "yellow"


class Drive:
    """A clip ready to be rendered at any picture size.

    Attributes:
        tags: what stands on each plate, by identity.
    """

    def __init__(self, clip: Clip, width: int, height: int) -> None:
        self.clip, self.width, self.height = clip, width, height
        self.tags: dict[int, Tag] = {}
        self._cast: list[tuple[Actor, Vehicle]] = []
        rng = np.random.default_rng(clip.seed)
        mood = clip.mood
        reach = clip.speed_m_s * clip.seconds + 130
        self._stage = stage(rng, clip.road, mood, (width, height), reach_m=reach, houses=clip.houses)
        for actor in clip.actors:
            plates = []
            for second, rows in ((False, actor.plate), (True, actor.second)):
                if rows:
                    # Own strokes alone: the same picture whether or not fonts are installed.
                    plate = (
                        mainland_from(rng, Mark(rows, "cross-boundary"), 96, standard=True)
                        if second
                        else hong_kong_from(
                            rng, Mark(rows, "ordinary"), 96, standard=True, yellow=not actor.oncoming
                        )
                    )
                    identity = len(self.tags) + 1
                    self.tags[identity] = Tag(plate, actor, second)
                    plates.append((plate, identity))
            coat = Coat(actor.colour, actor.trim, actor.lettering, clip.seed + len(self._cast))
            rear, front = ([], plates) if actor.oncoming else (plates, [])
            glow = 0.4 if mood.ambient < 0.5 else 0.2 if mood.lamps else 0.0
            self._cast.append((actor, vehicle(actor.body, coat, rear, front, glow=glow)))

    def frames(self, fps: int = FPS) -> Iterator[tuple[Picture, list[Sight]]]:
        """All frames (BGR, height by width) with the plates that show in each."""
        for index in range(round(self.clip.seconds * fps)):
            yield self.frame(index / fps)

    def frame(self, at_s: float) -> tuple[Picture, list[Sight]]:
        """The frame at a time; the same time always gives the same frame."""
        clip, mood = self.clip, self.clip.mood
        rng = np.random.default_rng([clip.seed, round(at_s * 1000)])
        camera = self._camera(at_s)
        cast = [Placed(car, *self._place(actor, at_s, camera.y)) for actor, car in self._cast]
        canvas = self._stage.shoot(camera, cast)
        image = canvas.image
        if mood.wet:
            image = _falling_rain(rng, np.random.default_rng(clip.seed), image, at_s)
        image = develop(
            rng, image, noise=mood.noise, blur_px=mood.blur_px * self.width / 1280, warmth=mood.warmth
        )
        return image, sights(canvas, {identity: tag.plate for identity, tag in self.tags.items()})

    def _camera(self, at_s: float) -> Camera:
        """Position and slight shake: sums of slow and fast sines, as of a car on its springs."""
        sway = [math.sin(at_s * w + self.clip.seed * w) for w in (1.3, 2.9, 7.1, 11.3)]
        pitch = 0.0016 * sway[1] + 0.0011 * sway[2] + 0.0005 * sway[3] - 0.006
        yaw = 0.004 * sway[0] + 0.0006 * sway[3]
        return Camera(
            0.15 + 0.08 * sway[0],
            at_s * self.clip.speed_m_s,
            1.34 + 0.008 * sway[2],
            yaw,
            pitch,
            0.003 * sway[0] + 0.001 * sway[2],
            FOCAL * self.width,
            self.width,
            self.height,
        )

    def _place(self, actor: Actor, at_s: float, ego_y: float) -> tuple[float, float, float]:
        """Middle of the rear on the road and heading of a vehicle."""
        gap, x = _along(actor, at_s)
        later_gap, later_x = _along(actor, at_s + 0.1)
        speed = self.clip.speed_m_s + (later_gap - gap) / 0.1
        heading = math.atan2((later_x - x) / 0.1, max(abs(speed), 4.0)) + math.radians(actor.turn_deg)
        if actor.oncoming:
            return x, ego_y + gap + SIZES[actor.body][1], math.pi - heading
        return x, ego_y + gap, heading


def _along(actor: Actor, at_s: float) -> tuple[float, float]:
    """Gap and lateral place between the keys of a path, by cubic pieces without corners."""
    times = [k[0] for k in actor.path]
    values = np.array([k[1:] for k in actor.path], float)
    if len(times) == 2:
        share = (at_s - times[0]) / (times[1] - times[0])
        gap, x = values[0] + (values[1] - values[0]) * share
        return float(gap), float(x)
    i = int(np.clip(np.searchsorted(times, at_s, side="right") - 1, 0, len(times) - 2))
    slopes = np.gradient(values, np.array(times), axis=0)
    span = times[i + 1] - times[i]
    u = min(max((at_s - times[i]) / span, 0.0), 1.0)
    h00, h10, h01, h11 = 2 * u**3 - 3 * u**2 + 1, u**3 - 2 * u**2 + u, -2 * u**3 + 3 * u**2, u**3 - u**2
    gap, x = h00 * values[i] + h10 * span * slopes[i] + h01 * values[i + 1] + h11 * span * slopes[i + 1]
    return float(gap), float(x)


def _falling_rain(
    rng: np.random.Generator, fixed: np.random.Generator, image: Picture, at_s: float
) -> Picture:
    """Streaks that change with every frame, and drops that crawl down the windscreen."""
    height, width = image.shape[:2]
    streaks = np.zeros((height, width), np.uint8)
    for _ in range(110):
        x, y, length = rng.uniform(0, width), rng.uniform(-0.1, 1) * height, rng.uniform(0.015, 0.06) * height
        cv2.line(
            streaks,
            (int(x), int(y)),
            (int(x - 0.12 * length), int(y + length)),
            int(rng.integers(14, 46)),
            1,
            cv2.LINE_AA,
        )
    image = np.asarray(
        cv2.add(image, cv2.cvtColor(cv2.GaussianBlur(streaks, (0, 0), 0.8), cv2.COLOR_GRAY2BGR)), np.uint8
    )
    for _ in range(38):
        x, y0, radius = (
            fixed.uniform(0, 1) * width,
            fixed.uniform(0, 1),
            max(fixed.uniform(0.003, 0.008) * width, 1.5),
        )
        y = ((y0 + at_s * fixed.uniform(0.0, 0.012)) % 1.0) * height
        r = math.ceil(radius)
        a, b, c, d = (
            max(int(x) - r, 0),
            max(int(y) - r, 0),
            min(int(x) + r + 1, width),
            min(int(y) + r + 1, height),
        )
        if a >= c or b >= d:
            continue
        ys, xs = np.mgrid[b:d, a:c].astype(np.float32)
        inside = np.clip((radius - np.hypot(xs - x, ys - y)) / 1.5, 0, 1)[:, :, None] * 0.75
        # A drop shows the scene upside down.
        patch = cv2.GaussianBlur(image[b:d, a:c][::-1], (0, 0), radius / 3 + 0.3)
        image[b:d, a:c] = np.clip(image[b:d, a:c] * (1 - inside) + (patch * 1.06 + 4) * inside, 0, 255)
    return effects.defocus(image, 0.35)


def _encode(path: Path, frames: Iterator[Picture], size: tuple[int, int], fps: int, crf: int) -> None:
    import av

    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        # One thread and no encoder scene cuts: the same frames give the same file.
        stream = container.add_stream(
            "libx264", rate=Fraction(fps), options={"crf": str(crf), "preset": "slow", "threads": "1"}
        )
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for image in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode())


def render_clip(
    clip: Clip,
    out_dir: Path,
    *,
    size: tuple[int, int] = SIZE,
    crf: int = 25,
    progress: Callable[[str, float], None] | None = None,
) -> None:
    """Render one clip: `<name>.mp4`, its truth `<name>.json`, and boxes in `<name>.boxes.csv`."""
    drive = Drive(clip, *size)
    seen: dict[int, list[tuple[int, Sight]]] = {identity: [] for identity in drive.tags}
    total = round(clip.seconds * FPS)

    def images() -> Iterator[Picture]:
        for index, (image, shown) in enumerate(drive.frames()):
            for sight in shown:
                seen[sight.identity].append((index, sight))
            if progress:
                progress(clip.name, (index + 1) / total)
            yield image

    _encode(out_dir / f"{clip.name}.mp4", images(), size, FPS, crf)
    floor = READABLE_PX * size[0] / SIZE[0]
    vehicles = []
    for identity, tag in drive.tags.items():
        frames = [(i, s) for i, s in seen[identity] if s.char_px >= floor]
        every = seen[identity]
        vehicles.append(
            {
                "plate": tag.plate.text,
                "rows": tag.plate.rows,
                "colour": tag.colour,
                "listed": tag.actor.listed and not tag.second,
                "vehicle": tag.actor.body,
                "second_plate": tag.second,
                "first_s": round(every[0][0] / FPS, 2) if every else None,
                "last_s": round(every[-1][0] / FPS, 2) if every else None,
                "max_height_px": round(
                    max((s.quad[:, 1].max() - s.quad[:, 1].min() for _, s in every), default=0.0), 1
                ),
                "readable_s": round(len(frames) / FPS, 2),
                "readable": len(frames) >= 0.5 * FPS,
            }
        )
    truth = {
        "clip": f"{clip.name}.mp4",
        "seed": clip.seed,
        "fps": FPS,
        "width": size[0],
        "height": size[1],
        "light": clip.mood.name,
        "vehicles": vehicles,
    }
    (out_dir / f"{clip.name}.json").write_text(
        json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    lines = ["frame,plate,left,top,right,bottom,char_px"]
    for index, identity, sight in sorted((i, k, s) for k, found in seen.items() for i, s in found):
        lines.append(
            ",".join(map(str, (index, drive.tags[identity].plate.text, *sight.box, round(sight.char_px, 1))))
        )
    (out_dir / f"{clip.name}.boxes.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def render_all(out_dir: Path, progress: Callable[[str, float], None] | None = None) -> None:
    """Render all sample clips with their truth, hotlist and tracks into `out_dir`."""
    from anpr.training.drives_lists import write_hotlist, write_tracks

    out_dir.mkdir(parents=True, exist_ok=True)
    for clip in CLIPS:
        render_clip(clip, out_dir, progress=progress)
    write_hotlist(out_dir / "hotlist.csv")
    write_tracks(out_dir)
