"""How long a match takes on a long list, and how much memory the process that matches needs."""

from __future__ import annotations

import multiprocessing
import random
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from anpr.hotlist.match import Matcher
from anpr.hotlist.patterns import ONE, key_of
from anpr.hotlist.store import FILE_NAME, HotlistStore
from anpr.hotlist.traffic import hong_kong
from anpr.plates import normal_form
from anpr.plates.hong_kong import LETTERS
from anpr.types import Category, ListEntry, MatchRule, PlateRead, VehicleClass

if TYPE_CHECKING:
    from collections.abc import Iterator

LIST: Final = "bench"
_NUMBERS: Final = 9000
_STEP: Final = 7919
"""Prime, so that marks are spread over all that there are and none comes twice."""
_ALL: Final = len(LETTERS) ** 2 * _NUMBERS


@dataclass(frozen=True, slots=True)
class Times:
    """Microseconds of one kind of read, over all reads of that kind; ``matched`` is the share that hit.

    ``cpu`` is the time of the processor alone: what a machine that does other work adds is not in it.
    """

    kind: str
    reads: int
    matched: float
    p50_us: float
    p99_us: float
    cpu_p50_us: float
    cpu_p99_us: float


@dataclass(frozen=True, slots=True)
class Lookups:
    """One measurement.

    Attributes:
        entries, near, patterns: how many there are in all, and how many of them are of these rules.
        build_s: time to put the list in place.
        file_bytes: size of the store.
        first_us: the very first match after the store was opened.
        times: by kind of read.
        rss_bytes: most memory of the process that matched, Python and its libraries included.
        rss_before_bytes: the same before the store was opened.
    """

    entries: int
    near: int
    patterns: int
    build_s: float
    file_bytes: int
    first_us: float
    times: tuple[Times, ...]
    rss_bytes: int
    rss_before_bytes: int


def measure(directory: Path, *, entries: int, near: float, patterns: float, reads: int) -> Lookups:
    """Builds a list in ``directory`` and matches reads against it in a process of its own.

    Args:
        directory: an empty folder.
        entries: length of the list, at most one for each ordinary mark.
        near: share of the list that asks for near matching.
        patterns: share of the list with wildcards.
        reads: of each kind: listed, one sign off a listed one, and whatever drives by.
    """
    loose = [MatchRule.NEAR] * round(near * entries) + [MatchRule.PATTERN] * round(patterns * entries)
    rules = loose[:entries] + [MatchRule.EXACT] * (entries - len(loose))
    path = directory / FILE_NAME
    started_s = time.perf_counter()
    with HotlistStore(path) as store:
        store.replace(LIST, "v1", datetime.now(UTC), _entries(rules))
    build_s = time.perf_counter() - started_s
    # In a process that has not built the list, so that its memory is that of a car that only matches.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        first_us, times, rss, before = pool.submit(_match, path, entries, reads).result()
    return Lookups(
        entries,
        rules.count(MatchRule.NEAR),
        rules.count(MatchRule.PATTERN),
        build_s,
        path.stat().st_size,
        first_us,
        times,
        rss,
        before,
    )


def read_of(raw: str) -> PlateRead:
    """A read with that text, and nothing else of a plate."""
    now = datetime.now(UTC)
    return PlateRead(
        raw=raw,
        normalised=normal_form(raw),
        confidence=1.0,
        alternatives=(),
        rows=1,
        n_frames=1,
        camera="bench",
        track=0,
        first_at=now,
        last_at=now,
        first_s=None,
        last_s=None,
        captured_at=now,
        frame_index=0,
        mono_ns=0,
        frame_sha256="",
        box=(0, 0, 1, 1),
        crop=np.zeros((1, 1, 3), np.uint8),
    )


def entry_of(plate: str, entry_id: str, rule: MatchRule = MatchRule.EXACT) -> ListEntry:
    """An entry on that plate, with the texts of a usual one."""
    return ListEntry(
        list_name=LIST,
        entry_id=entry_id,
        plate=plate,
        key=key_of(plate, rule),
        vehicle_class=VehicleClass.PRIVATE_CAR,
        category=Category.STOLEN,
        priority=2,
        reason="Reported stolen",
        owner="Benchmark",
        source=f"B-{entry_id}",
        valid_until=datetime.now(UTC) + timedelta(days=30),
        rule=rule,
    )


def _mark(number: int) -> str:
    letters, digits = divmod(number * _STEP % _ALL, _NUMBERS)
    return f"{LETTERS[letters // len(LETTERS)]}{LETTERS[letters % len(LETTERS)]}{1000 + digits}"


def _entries(rules: list[MatchRule]) -> Iterator[ListEntry]:
    for number, rule in enumerate(rules):
        mark = _mark(number)
        plate = f"{mark[:4]}{ONE}{ONE}" if rule is MatchRule.PATTERN else mark
        yield entry_of(plate, str(number), rule)


def _match(path: Path, entries: int, reads: int) -> tuple[float, tuple[Times, ...], int, int]:
    chance = random.Random(1)  # noqa: S311 - a benchmark
    traffic = hong_kong()
    listed = [_mark(chance.randrange(entries)) for _ in range(reads)]
    kinds = {
        "listed": listed,
        "one sign off": [_off(mark, chance) for mark in listed],
        "driving by": [traffic.draw(chance) for _ in range(reads)],
    }
    now = datetime.now(UTC)
    asked = {kind: [read_of(raw) for raw in raws] for kind, raws in kinds.items()}
    before = _rss_bytes()
    with HotlistStore(path) as store:
        matcher = Matcher(store)
        first_us, _, _ = _timed(matcher, read_of("AB1234"), now)
        times = []
        for kind, found in asked.items():
            spans = [_timed(matcher, one, now) for one in found]
            spent, worked = (sorted(span[which] for span in spans) for which in (0, 1))
            middle, high = len(spans) // 2, len(spans) * 99 // 100
            matched = sum(hit for _, _, hit in spans) / len(spans)
            times.append(
                Times(kind, len(spans), matched, spent[middle], spent[high], worked[middle], worked[high])
            )
    return first_us, tuple(times), _rss_bytes(), before


def _timed(matcher: Matcher, read: PlateRead, now: datetime) -> tuple[float, float, bool]:
    """Microseconds by the clock and of the processor, and whether it hit."""
    began_ns, worked_ns = time.perf_counter_ns(), time.thread_time_ns()
    found = matcher.match(read, now)
    worked_us = (time.thread_time_ns() - worked_ns) / 1000
    return (time.perf_counter_ns() - began_ns) / 1000, worked_us, found is not None


def _off(mark: str, chance: random.Random) -> str:
    place, other = chance.choice([*product(range(len(mark)), LETTERS + "0123456789")])
    return mark[:place] + other + mark[place + 1 :]


def _rss_bytes() -> int:
    """Most memory that this process has held in RAM."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024
