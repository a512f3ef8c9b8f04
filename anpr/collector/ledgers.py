"""A car's ledger against what the centre has: which numbers are on their way, and which are missing.

These functions work inside a transaction of their caller.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anpr.collector.schema import utc_text
from anpr.messages import Numbers, chain
from anpr.wire import MAX_SEQ

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

    from anpr.messages import Ledger, Start

    Execute = Callable[..., sqlite3.Cursor]

MAX_GAPS = 500
HAVE = """
    SELECT seq, id FROM hits WHERE vehicle = :vehicle AND seq BETWEEN :first AND :last
    UNION ALL
    SELECT seq, id FROM verdicts WHERE vehicle = :vehicle AND seq BETWEEN :first AND :last
    UNION ALL
    SELECT seq, id FROM image_parts WHERE vehicle = :vehicle AND seq BETWEEN :first AND :last
    UNION ALL
    SELECT seq, message_id FROM rejects
    WHERE vehicle = :vehicle AND seq BETWEEN :first AND :last AND message_id IS NOT NULL
    ORDER BY seq
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a car is told about its ledger.

    Attributes:
        gaps: numbers that the centre does not have; the car sends those again that it still holds.
        settled: starts of which the centre has everything.
    """

    vehicle: str
    gaps: tuple[Numbers, ...]
    settled: tuple[str, ...]


def compare(execute: Execute, ledger: Ledger) -> Answer:
    """Compares, keeps the finding as the car's newest, and says what to answer."""
    held = sorted((run.first, run.last) for run in ledger.held)
    given_up = sorted((run.first, run.last) for run in ledger.given_up)
    lacking: list[int] = []
    settled: list[str] = []
    differing = 0
    for start in ledger.starts:
        have = _have(execute, ledger.vehicle, start)
        all_without = [number for number in range(start.first, start.last + 1) if number not in have]
        without = [number for number in all_without if not _within(number, given_up)]
        lacking += without
        if not without:
            # Of what was given up nobody has the id, and so nobody can add up the digest.
            same = bool(all_without) or _digest(have) == start.digest
            differing += not same
            if same and start.boot != ledger.boot:
                settled.append(start.boot)
    missing = [number for number in lacking if not _within(number, held)]
    execute(
        "INSERT INTO ledgers (vehicle, at, under_way, missing, differing, message) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (vehicle) DO UPDATE SET at = excluded.at, under_way = excluded.under_way,"
        " missing = excluded.missing, differing = excluded.differing, message = excluded.message",
        (
            ledger.vehicle,
            utc_text(ledger.at),
            len(lacking) - len(missing),
            len(missing),
            differing,
            ledger.model_dump_json(),
        ),
    )
    return Answer(ledger.vehicle, _runs(lacking)[:MAX_GAPS], tuple(settled))


def _have(execute: Execute, vehicle: str, start: Start) -> dict[int, str]:
    values = {"vehicle": vehicle, "first": start.first, "last": start.last}
    return {row[0]: row[1] for row in execute(HAVE, values)}


def _within(number: int, runs: list[tuple[int, int]]) -> bool:
    place = bisect_right(runs, (number, MAX_SEQ))
    return place > 0 and number <= runs[place - 1][1]


def _digest(have: dict[int, str]) -> str:
    digest = ""
    for number in sorted(have):
        digest = chain(digest, have[number])
    return digest


def _runs(numbers: Iterable[int]) -> tuple[Numbers, ...]:
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return tuple(Numbers(first=first, last=last) for first, last in found)
