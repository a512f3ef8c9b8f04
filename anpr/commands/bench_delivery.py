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
    directory: Annotated[
        Path | None, typer.Option("--dir", help="Keep broker, centre, outboxes and logs in this folder.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Kill cars, broker and collectors, cut lines, fill disks, turn clocks, and count what arrived.

    Everything is real but the sight: Mosquitto, `anpr collect`, and cars with their outboxes and links, in
    processes on this machine. The exit code is 1 when a hit was lost or came twice.
    """
    from anpr import log
    from anpr.bench.delivery import Task, measure

    log.configure("error")
    with tempfile.TemporaryDirectory() as temporary:
        place = directory or Path(temporary)
        place.mkdir(parents=True, exist_ok=True)
        task = Task(deliveries, collectors, cars, seed, hits_per_s)
        outcome = measure(place, task, lambda line: typer.echo(line, err=True))
    print(json.dumps(_told(outcome)) if as_json else _table(outcome))
    if not outcome.passed:
        raise typer.Exit(1)


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
