"""Figures as a person reads them, the same in tables and reports."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from anpr.bench.shares import Share

NOTHING = "-"


def percent(value: float | None) -> str:
    """A share as a percentage with one decimal."""
    return NOTHING if value is None else f"{value * 100:.1f} %"


def bare(value: float | None) -> str:
    """A share in percent without the sign, for columns of them."""
    return NOTHING if value is None else f"{value * 100:.1f}"


def interval(share: Share) -> str:
    """The 95 % interval of a share, in percent."""
    if not share.total:
        return ""
    low, high = share.interval
    return f"{low * 100:.0f}…{high * 100:.0f}"


def heights(low_px: float, high_px: float) -> str:
    """A range of plate heights."""
    if low_px == 0:
        return f"< {high_px:.0f}"
    return f"≥ {low_px:.0f}" if math.isinf(high_px) else f"{low_px:.0f}…{high_px - 1:.0f}"


def plain(value: object) -> Any:
    """Dataclasses, shares and paths as what JSON can hold; infinity becomes null, as JSON has none."""
    if isinstance(value, Share):
        low, high = value.interval
        return {"value": value.value, "low": low, "high": high, "hits": value.hits, "total": value.total}
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, Path) else value
