"""``anpr bench delivery``: whether every hit arrives once, whatever breaks on the way."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from anpr.bench.delivery import Outcome


def delivery(
    deliveries: Annotated[int, typer.Option(min=1, help="Hits that the cars send, together.")] = 1000,
    collectors: Annotated[int, typer.Option(min=1, max=9, help="Copies on one shared subscription.")] = 1,
    cars: Annotated[int, typer.Option(min=1, max=600, help="Cars, each with its own line and outbox.")] = 6,
    seed: Annotated[int, typer.Option(help="Decides which faults come when.")] = 1,
    hits_per_s: Annotated[float, typer.Option(min=0.1, help="Of all cars together.")] = 40.0,
    load: Annotated[
        bool, typer.Option("--load", help="Break nothing; bring a shift's backlog of all cars at once.")
    ] = False,
    backlog: Annotated[int, typer.Option(min=2, help="With --load: hits that wait in each car.")] = 60,
    directory: Annotated[
        Path | None, typer.Option("--dir", help="Keep broker, centre, outboxes and logs in this folder.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Kill cars, broker and collectors, cut lines, fill disks, turn clocks, and count what arrived.

    Everything is real but the sight: Mosquitto, `anpr collect`, and cars with their outboxes and links, in
    processes on this machine. The exit code is 1 when a hit was lost or came twice.

    With --load it measures instead how long a whole fleet's backlog takes, how long live hits take to a
    console meanwhile, and how much memory broker and collector need.
    """
    from anpr import log
    from anpr.bench.delivery import Task, measure

    log.configure("error")
    with tempfile.TemporaryDirectory() as temporary:
        place = directory or Path(temporary)
        place.mkdir(parents=True, exist_ok=True)
        if load:
            _load(place, cars, backlog, collectors, as_json=as_json)
            return
        task = Task(deliveries, collectors, cars, seed, hits_per_s)
        outcome = measure(place, task, lambda line: typer.echo(line, err=True))
    print(json.dumps(_told(outcome)) if as_json else _table(outcome))
    if not outcome.passed:
        raise typer.Exit(1)


def _load(place: Path, cars: int, backlog: int, collectors: int, *, as_json: bool) -> None:
    from anpr.bench.load import LoadTask, measure_load

    outcome = measure_load(
        place, LoadTask(cars, backlog, collectors), lambda line: typer.echo(line, err=True)
    )
    told = {
        "cars": cars,
        "backlog": backlog,
        "collectors": collectors,
        "stored": outcome.stored,
        "drain_s": round(outcome.drain_s, 1),
        "live_hits": len(outcome.live_s),
        **{f"live_p{percent}_s": round(outcome.live_percentile(percent), 2) for percent in (50, 95, 100)},
        "broker_mb": round(outcome.broker_mb),
        "broker_start_mb": round(outcome.broker_start_mb),
        "collector_mb": round(outcome.collector_mb),
        "collector_start_mb": round(outcome.collector_start_mb),
    }
    if as_json:
        print(json.dumps(told))
        return
    print(f"{cars:,} cars with {backlog} hits each, {collectors} collector{'s' * (collectors > 1)}")
    print(f"  stored {told['stored']:,} hits, drained in {told['drain_s']} s")
    print(
        f"  {told['live_hits']} live hits meanwhile, to the console: p50 {told['live_p50_s']} s,"
        f" p95 {told['live_p95_s']} s, slowest {told['live_p100_s']} s"
    )
    print(f"  memory: broker {told['broker_start_mb']} to {told['broker_mb']} MB,", end="")
    print(f" collector {told['collector_start_mb']} to {told['collector_mb']} MB")


def _told(outcome: Outcome) -> dict[str, object]:
    return {
        "cars": outcome.task.cars,
        "collectors": outcome.task.collectors,
        "seed": outcome.task.seed,
        **asdict(outcome.reckoning),
        "faults": {str(fault): times for fault, times in outcome.faults.items()},
        "outbox_full": outcome.stops,
        "replayed": outcome.replayed,
        "seconds": round(outcome.seconds, 1),
        "drain_s": None if outcome.drain_s is None else round(outcome.drain_s, 1),
        "passed": outcome.passed,
    }


def _table(outcome: Outcome) -> str:
    counted = outcome.reckoning
    rows = [
        ("sent", f"{counted.sent:,}"),
        ("stored", f"{counted.stored:,}"),
        ("lost", f"{counted.lost:,}"),
        ("doubled", f"{counted.doubled:,}"),
        ("numbers used twice", f"{counted.numbers_twice:,}"),
        ("hits nobody sent", f"{counted.foreign:,}"),
        ("crops missing", f"{counted.crops_missing:,}"),
        ("rejects", f"{counted.rejects:,}"),
        ("came again, not stored again", f"{counted.duplicates:,}"),
        ("replayed by a third party", f"{outcome.replayed:,}"),
        ("outboxes full", f"{outcome.stops:,}"),
        ("faults", f"{outcome.faults.total():,}"),
        *((f"  {fault}", f"{times:,}") for fault, times in sorted(outcome.faults.items())),
        ("whole run", f"{outcome.seconds:.1f} s"),
        ("time to drain", "never" if outcome.drain_s is None else f"{outcome.drain_s:.1f} s"),
    ]
    head = (
        f"{outcome.task.cars} cars, {outcome.task.collectors} collector{'s' * (outcome.task.collectors > 1)},"
        f" seed {outcome.task.seed}: {'nothing lost, nothing doubled' if outcome.passed else 'FAILED'}"
    )
    return "\n".join([head, *(f"  {name:<30} {value:>10}" for name, value in rows)])
