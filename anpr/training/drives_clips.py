"""The three sample drives: who drives where, and which plates they carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from anpr.training.drives_ground import DAY, DUSK, RAIN, Mood, Road

if TYPE_CHECKING:
    from anpr.training.drives_vehicles import Body
    from anpr.training.plates import Colour

#: Second; gap from the camera to the nearer end of the vehicle, m; right of the ego lane's middle, m.
Key = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Actor:
    """One vehicle of a clip.

    Attributes:
        plate: rows of the Hong Kong mark, as painted.
        second: rows of a cross-boundary plate below it, if any.
        path: where it is, relative to the camera car.
        oncoming: whether its front is towards the camera; a parked or queueing vehicle has speed 0.
        turn_deg: fixed turn against the lane, for vehicles parked askew.
        listed: whether the mark is on the sample hotlist.
    """

    body: Body
    colour: Colour
    plate: tuple[str, ...]
    path: tuple[Key, ...]
    trim: Colour = (215, 215, 215)
    lettering: str = "GL 20"
    second: tuple[str, ...] = ()
    oncoming: bool = False
    turn_deg: float = 0.0
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Clip:
    """A drive: place, light, own speed (m/s) and the other vehicles."""

    name: str
    seed: int
    seconds: float
    mood: Mood
    road: Road
    speed_m_s: float
    houses: bool
    actors: tuple[Actor, ...]


_RED, _WHITE, _BLACK, _SILVER, _BLUE = (
    (42, 34, 178),
    (232, 232, 230),
    (38, 36, 34),
    (178, 178, 176),
    (150, 84, 40),
)
_CREAM, _GREEN, _GREY, _GOLD = (205, 225, 232), (70, 130, 50), (112, 110, 108), (120, 160, 178)
_STREET = Road(-5.2, 5.4, (-1.75,), (1.68, 1.9), (-4.9, 5.1))
_EXPRESSWAY = Road(-6.0, 6.2, (-1.7, 1.7), (-5.3, 5.3), (), median=6.0)


def _passing(start_m: float, closing_m_s: float, x: float, seconds: float = 16.0) -> tuple[Key, ...]:
    """A steady approach: parked and oncoming vehicles."""
    return ((0.0, start_m, x), (seconds, start_m - closing_m_s * seconds, x))


DAY_STREET = Clip(
    "day-street",
    11,
    13.0,
    DAY,
    _STREET,
    2.8,
    True,
    (
        Actor(
            "taxi",
            _RED,
            ("RX", "4618"),
            ((0, 15, 0.1), (3, 8, 0), (6, 6.2, -0.1), (9, 7.5, 0), (13, 15, 0.1)),
            lettering="COMFORT",
            listed=True,
        ),
        Actor(
            "car",
            _SILVER,
            ("WB 2753",),
            ((0, 20, -3.3), (3, 11.5, -3.3), (6, 7, -3.25), (8, 4.8, -3.25), (10, 1.5, -3.2), (13, -9, -3.2)),
        ),
        Actor("van", _WHITE, ("SN 8162",), _passing(40, 2.8, -3.7), lettering="TEL 2719 4480", turn_deg=-3),
        Actor("car", _BLUE, ("VK 3904",), _passing(20, 2.9, 3.5), oncoming=True, listed=True),
        Actor("carrier", _BLACK, ("UH", "927"), _passing(31, 2.9, 3.5), oncoming=True),
        Actor(
            "minibus",
            _CREAM,
            ("MJ 5370",),
            _passing(44, 2.9, 3.6),
            trim=_GREEN,
            lettering="PUBLIC LIGHT BUS",
            oncoming=True,
        ),
    ),
)

DUSK_EXPRESSWAY = Clip(
    "dusk-expressway",
    23,
    13.0,
    DUSK,
    _EXPRESSWAY,
    13.0,
    False,
    (
        Actor(
            "car", _WHITE, ("TW 6071",), ((0, 12, 0), (4, 8.2, 0.1), (8, 7.2, 0), (10, 8, 0), (13, 13, -0.1))
        ),
        Actor(
            "taxi",
            _RED,
            ("PS", "3826"),
            ((0, 7.8, 3.3), (3, 9.5, 3.4), (5, 14, 3.4), (8, 34, 3.4), (13, 80, 3.4)),
            lettering="COMFORT",
            listed=True,
        ),
        Actor(
            "van",
            _GREY,
            ("NV", "7409"),
            (
                (0, -18, 3.4),
                (3.5, -3, 3.4),
                (5, 3.8, 3.4),
                (7, 8.2, 3.3),
                (9, 10.5, 3.2),
                (11, 14.5, 3.1),
                (13, 21, 1.9),
            ),
            lettering="EXPRESS",
        ),
        Actor(
            "lorry",
            _BLUE,
            ("LT 2598",),
            ((0, 38, -3.4), (5, 20, -3.4), (8, 12.5, -3.4), (11, 8.2, -3.4), (13, 6, -3.4)),
            trim=(210, 214, 214),
            lettering="HARBOUR FREIGHT/2425 7781",
            listed=True,
        ),
        Actor(
            "car",
            _BLACK,
            ("XG", "614"),
            (
                (0, 13, -3.4),
                (3, 9, -3.4),
                (5.5, 6.6, -3.4),
                (7.5, 4.4, -3.4),
                (9, 0.5, -3.4),
                (13, -14, -3.4),
            ),
        ),
        Actor(
            "carrier",
            _SILVER,
            ("SUNNY 8",),
            ((0, -60, 3.5), (8, -12, 3.5), (9.5, 2.5, 3.5), (11, 7.2, 3.5), (13, 10.5, 3.5)),
        ),
    ),
)

RAIN_STREET = Clip(
    "rain-street",
    37,
    13.0,
    RAIN,
    _STREET,
    3.0,
    True,
    (
        Actor(
            "carrier",
            _BLACK,
            ("VM 8350",),
            ((0, 12, 0.0), (3, 7, 0.1), (7, 5.6, 0), (10, 6.6, -0.1), (13, 10.5, 0)),
            second=("粤Z·K608港",),
            listed=True,
        ),
        Actor("car", _WHITE, ("KR", "5192"), _passing(17, 2.2, -3.4), turn_deg=2),
        Actor(
            "minibus",
            _CREAM,
            ("JB 4017",),
            _passing(27, 1.9, -3.3),
            trim=(40, 40, 190),
            lettering="PUBLIC LIGHT BUS",
            listed=True,
        ),
        Actor("car", _GOLD, ("HD", "2936"), _passing(21, 2.9, 3.4), oncoming=True),
        Actor("taxi", _RED, ("DS 7625",), _passing(32, 3.0, 3.4), oncoming=True, lettering="COMFORT"),
        Actor("van", _WHITE, ("GW", "8043"), _passing(44, 3.0, 3.5), oncoming=True),
    ),
)

CLIPS = (DAY_STREET, DUSK_EXPRESSWAY, RAIN_STREET)
