"""Fits what claims are worth, and where the thresholds lie, to plates that no weight was trained on."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from anpr.bench.matching import folded
from anpr.bench.voting import TOGETHER, windows
from anpr.plates import normal_form
from anpr.vision.calibration import Calibration, Curve, Trust, log_odds
from anpr.vision.vote import vote

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from anpr.bench.known import Tried
    from anpr.bench.voting import Sighted
    from anpr.types import Reading

#: Of shown reads so many shall be right.
PRECISION = 0.99
#: Of reads of single pictures that are called sure so many shall be right.
SURE_PRECISION = 0.98
#: A threshold is believed when this many reads pass it.
LEAST_SHOWN = 30
#: Claims as they come out of the vote.
PLAIN = Trust(Curve(1.0, 0.0), Curve(1.0, 0.0), 0.0)
#: Pull towards "claims are what they say", in claims: keeps the curve sane when there are few.
PULL = 2.0
#: Claims that are what they say.
START = np.array([1.0, 0.0])
#: The fit has come to rest.
STILL = 1e-9
_ROUNDS = 50

Floats: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Claim:
    """What the vote said of so many readings, and whether it was true."""

    probability: float
    readings: int
    right: bool


def claim(readings: Sequence[Reading], text: str, *, one_picture: bool = False) -> Claim | None:
    """The vote's own word on some readings of a known plate; None when nothing was read."""
    outcome = vote(readings, PLAIN, one_picture=one_picture)
    if outcome.text is None:
        return None
    said = sum(bool(reading.text) for reading in readings)
    return Claim(outcome.probability, said, _same(outcome.text, text))


def _same(read: str, text: str) -> bool:
    """Whether a read is right to the last character: what the vote claims, Chinese characters included."""
    return folded(read) == folded(text) and _hanzi(read) == _hanzi(text)


def _hanzi(text: str) -> str:
    return "".join(sign for sign in normal_form(text) if not sign.isascii())


def still_claims(tried: Iterable[Tried]) -> list[Claim]:
    """Claims about plates in single pictures."""
    return [made for one in tried if (made := claim(one.readings, one.text, one_picture=True)) is not None]


def drive_claims(sighted: Iterable[Sighted]) -> list[Claim]:
    """Claims about stretches of each plate's readings, of every length that the benchmark tries."""
    return [
        made
        for plate in sighted
        for together in TOGETHER
        for window in windows(plate.readings, together)
        if (made := claim(window, plate.text)) is not None
    ]


def fit(claims: Sequence[Claim]) -> Curve:
    """Logistic regression of the truth on the claim."""
    x = np.array([[log_odds(one.probability), 1.0] for one in claims])
    y = np.array([one.right for one in claims], float)
    beta = START.copy()
    for _ in range(_ROUNDS):
        p = 1 / (1 + np.exp(-x @ beta))
        gradient = x.T @ (y - p) - PULL * (beta - START)
        hessian = (x * (p * (1 - p))[:, None]).T @ x + PULL * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        # Newton's step may overshoot where claims are far too sure; half of it never does for long.
        while _loss(x, y, beta + step) > _loss(x, y, beta) and np.abs(step).max() > STILL:
            step = step / 2
        beta += step
        if np.abs(step).max() < STILL:
            break
    slope, intercept = (round(float(value), 4) for value in beta)
    return Curve(slope, intercept)


def _loss(x: Floats, y: Floats, beta: Floats) -> float:
    margins = (2 * y - 1) * (x @ beta)
    return float(np.logaddexp(0, -margins).sum() + PULL / 2 * ((beta - START) ** 2).sum())


def threshold(shown: Sequence[tuple[float, bool]], precision: float = PRECISION) -> float:
    """The lowest confidence from which on shown reads are right often enough; 1 when there is none."""
    ranked = sorted(shown, reverse=True)
    best, right = 1.0, 0
    for number, (confidence, true) in enumerate(ranked, 1):
        right += true
        last_of_its_kind = number == len(ranked) or ranked[number][0] < confidence
        if last_of_its_kind and number >= LEAST_SHOWN and right / number >= precision:
            best = confidence
    return math.floor(best * 1000) / 1000


def first_decisions(sighted: Sequence[Sighted], trust: Trust, least: float) -> list[bool]:
    """Whether the first read of this confidence is right, frame after frame, as a car decides.

    Each plate is driven past three times: from its first reading on, and as if it had come into sight after a
    third and after two thirds of them.
    """
    decided = []
    for plate in sighted:
        for start in sorted({len(plate.readings) * third // 3 for third in range(3)}):
            readings = plate.readings[start:]
            for count in range(1, len(readings) + 1):
                outcome = vote(readings[:count], trust, least)
                if outcome.text is not None:
                    decided.append(_same(outcome.text, plate.text))
                    break
    return decided


def video_threshold(sighted: Sequence[Sighted], trust: Trust, precision: float = PRECISION) -> float:
    """The lowest of a ladder of confidences whose first decisions are right often enough.

    A car asks after every frame and believes the first answer that is sure enough, so that a wrong one has
    many chances; the threshold is measured with that.
    """
    for least in (0.7, 0.8, 0.85, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.995):
        decided = first_decisions(sighted, trust, least)
        wrong = len(decided) - sum(decided)
        # Of fewer than a hundred decisions one may be wrong: none would ask for more than the target.
        if len(decided) >= LEAST_SHOWN and wrong <= max(1.0, (1 - precision) * len(decided)):
            return least
    return 0.995


def measured(
    tried: Sequence[Tried],
    sighted: Sequence[Sighted],
    reader: str,
    made: date,
    still_precision: float = PRECISION,
) -> Calibration:
    """The whole calibration: the curves first, then thresholds on their probabilities.

    Args:
        tried: plates in single pictures with their readings.
        sighted: plates of drives with theirs.
        reader: name of what read them.
        made: today.
        still_precision: of shown reads of single pictures so many shall be right. A picture has no second
            look, so that each point of precision costs coverage; in a video the next frame makes up for it.
    """
    stills, drives = still_claims(tried), drive_claims(sighted)
    still = fit(stills)
    shown = [(still.probability(one.probability), one.right) for one in stills]
    video = Trust(
        fit([one for one in drives if one.readings == 1]),
        fit([one for one in drives if one.readings > 1]),
        1.0,
    )
    return Calibration(
        made.isoformat(),
        f"{reader}: {len(tried)} plates in pictures, {len(sighted)} plates of synthetic drives",
        Trust(still, still, threshold(shown, still_precision)),
        threshold(shown, SURE_PRECISION),
        replace(video, threshold=video_threshold(sighted, video)),
    )


def as_toml(made: Calibration) -> str:
    """The calibration as ``anpr/vision/calibration.toml`` holds it."""
    lines = [
        "# What the vote claims against what is true.",
        "# Written by `anpr bench calibration --write`; never by hand.",
        f'made_at = "{made.made_at}"',
        f'source = "{made.source}"',
        "",
        "# Log odds of the truth = slope * log odds of the claim + intercept.",
        "# Reads are shown from the threshold on; those of single pictures are called sure from `sure` on.",
    ]
    for name, trust in (("still", made.still), ("video", made.video)):
        lines += [f"[{name}]", f"threshold = {trust.threshold}"]
        lines += [f"sure = {made.still_sure}"] if trust is made.still else []
        lines += [
            f"{which} = {{ slope = {curve.slope}, intercept = {curve.intercept} }}"
            for which, curve in (("alone", trust.alone), ("together", trust.together))
        ]
        lines.append("")
    return "\n".join(lines)
