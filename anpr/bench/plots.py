"""Small plots as SVG: no script, no library, sharp in print, in the colours of the page."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT = 360, 250
LEFT, RIGHT, TOP, BOTTOM = 44, 20, 12, 40
INNER_W, INNER_H = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
MOST_POINTS = 240


@dataclass(frozen=True, slots=True)
class Point:
    """A value, what to say when somebody points at it, the interval it can claim, and its weight in 0..1."""

    x: float
    y: float
    note: str
    low: float | None = None
    high: float | None = None
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Series:
    """One subject's points, in order; ``tone`` picks its colour from the page's palette."""

    tone: int
    points: tuple[Point, ...]


def steps(
    series: Sequence[Series], marks: Sequence[Series], x_title: str, y_title: str, y_from: float
) -> str:
    """Lines over 0..1, with one marked point a subject; y starts at ``y_from``."""
    parts = [axes(x_title, y_title, [i / 5 for i in range(6)], ticks(y_from), y_from)]
    for one in series:
        points = thinned(one.points)
        if points:
            path = " ".join(f"{x_at(p.x):.1f},{y_at(p.y, y_from):.1f}" for p in points)
            parts.append(f'<polyline class="line tone{one.tone}" points="{path}"/>')
    parts.extend(dot(point, one.tone, 5, y_from) for one in marks for point in one.points)
    return svg(parts, f"{y_title} over {x_title}")


def reliability(series: Sequence[Series]) -> str:
    """Claimed against true, with intervals; on the diagonal a confidence means what it says."""
    parts = [axes("claimed confidence", "share right", [i / 5 for i in range(6)], ticks(0), 0)]
    parts.append(f'<line class="guide" x1="{x_at(0)}" y1="{y_at(0, 0)}" x2="{x_at(1)}" y2="{y_at(1, 0)}"/>')
    for one in series:
        path = " ".join(f"{x_at(p.x):.1f},{y_at(p.y, 0):.1f}" for p in one.points)
        parts.append(f'<polyline class="line thin tone{one.tone}" points="{path}"/>')
        for point in one.points:
            parts.extend(
                (
                    whisker(point, one.tone, x_at(point.x)),
                    dot(point, one.tone, 1.5 + 4 * point.weight**0.5, 0),
                )
            )
    return svg(parts, "share of right reads over claimed confidence")


def bars(labels: Sequence[str], series: Sequence[Series], y_title: str, x_title: str) -> str:
    """Groups of bars over 0..1 with intervals; a point's x is the number of its group."""
    parts = [axes(x_title, y_title, [], ticks(0), 0)]
    slot = INNER_W / max(1, len(labels))
    wide = min(26.0, slot * 0.72 / max(1, len(series)))
    for i, label in enumerate(labels):
        parts.append(text("tick", LEFT + (i + 0.5) * slot, TOP + INNER_H + 15, label))
    for n, one in enumerate(series):
        for point in one.points:
            x = LEFT + (point.x + 0.5) * slot + (n - len(series) / 2) * wide
            y = y_at(point.y, 0)
            parts.append(
                f'<rect class="bar tone{one.tone}" x="{x + 1:.1f}" y="{y:.1f}" width="{wide - 2:.1f}" '
                f'height="{TOP + INNER_H - y:.1f}" rx="1.5"><title>{escape(point.note)}</title></rect>'
            )
            parts.append(whisker(point, one.tone, x + wide / 2))
    return svg(parts, f"{y_title} over {x_title}")


def axes(
    x_title: str, y_title: str, x_ticks: Sequence[float], y_ticks: Sequence[float], y_from: float
) -> str:
    """Grid, ticks and titles."""
    parts = []
    for value in y_ticks:
        y = y_at(value, y_from)
        parts.append(f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{LEFT + INNER_W}" y2="{y:.1f}"/>')
        parts.append(text("tick", LEFT - 6, y + 3.5, f"{value * 100:.0f} %", "end"))
    parts.extend(text("tick", x_at(value), TOP + INNER_H + 15, f"{value * 100:.0f} %") for value in x_ticks)
    parts.append(text("title", LEFT + INNER_W / 2, HEIGHT - 5, x_title))
    parts.append(
        f'<line class="axis" x1="{LEFT}" y1="{TOP + INNER_H}" x2="{LEFT + INNER_W}" y2="{TOP + INNER_H}"/>'
    )
    parts.append(f"<title>{escape(y_title)} over {escape(x_title)}</title>")
    return "".join(parts)


def text(kind: str, x: float, y: float, words: str, anchor: str = "middle") -> str:
    """A few words at a place."""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def ticks(start: float) -> list[float]:
    """Five or six round marks from ``start`` to 1."""
    step = 0.2 if start == 0 else (1 - start) / 5
    return [start + i * step for i in range(round((1 - start) / step) + 1)]


def x_at(value: float) -> float:
    """Pixel of a share on the horizontal axis."""
    return LEFT + value * INNER_W


def y_at(value: float, y_from: float) -> float:
    """Pixel of a share on the vertical axis; values below its start lie on the axis."""
    return TOP + INNER_H * (1 - max(0.0, value - y_from) / (1 - y_from))


def dot(point: Point, tone: int, radius: float, y_from: float) -> str:
    """A point that explains itself."""
    x, y = x_at(point.x), y_at(point.y, y_from)
    return (
        f'<circle class="dot tone{tone}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}">'
        f"<title>{escape(point.note)}</title></circle>"
    )


def whisker(point: Point, tone: int, x: float) -> str:
    """The interval of a point."""
    if point.low is None or point.high is None:
        return ""
    return (
        f'<line class="whisker tone{tone}" x1="{x:.1f}" y1="{y_at(point.low, 0):.1f}" '
        f'x2="{x:.1f}" y2="{y_at(point.high, 0):.1f}"/>'
    )


def thinned(points: Sequence[Point]) -> list[Point]:
    """At most ``MOST_POINTS`` of them, first and last among them."""
    if len(points) <= MOST_POINTS:
        return list(points)
    last = len(points) - 1
    return [points[round(i * last / (MOST_POINTS - 1))] for i in range(MOST_POINTS)]


def svg(parts: Sequence[str], label: str) -> str:
    """The plot as one element of a page."""
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">'
        f"{''.join(parts)}</svg>"
    )
