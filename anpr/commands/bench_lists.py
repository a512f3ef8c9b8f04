"""``anpr bench lists``: from `anpr hotlist publish` to cars that use the change."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer


def lists(
    cars: Annotated[int, typer.Option(min=1, max=600, help="Linked cars, each with its own store.")] = 20,
    entries: Annotated[int, typer.Option(min=1, max=100_000, help="Length of the list.")] = 1000,
    rounds: Annotated[int, typer.Option(min=1, help="Changes, each followed by a recall.")] = 3,
    changes: Annotated[int, typer.Option(min=1, help="Entries that each change replaces.")] = 20,
    large: Annotated[
        bool, typer.Option("--large", help="Fill the entries up, so that the list comes over HTTPS.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure how long a published list, a change of it and a recall take to reach cars, over a real broker.

    Broker, web server, cars and operator share this machine. Every car verifies the signatures and swaps its
    own store; a time runs from the first byte sent to the report of the car.
    """
    from anpr import log
    from anpr.bench.lists import measure
    from anpr.bench.quantiles import percentile

    log.configure("warning")
    with tempfile.TemporaryDirectory() as directory:
        spread = measure(
            Path(directory),
            cars=cars,
            entries=entries,
            rounds=rounds,
            changes=min(changes, entries),
            large=large,
            tell=lambda line: typer.echo(line, err=True),
        )
    told = {
        "cars": spread.cars,
        "entries": spread.entries,
        "list_bytes": spread.list_bytes,
        "change_bytes": spread.change_bytes,
        "taken": dict(spread.taken),
        "by_https": spread.by_https,
        **{
            f"{name}_{label}_s": round(percentile(seconds, percent), 3)
            for name, seconds in (
                ("whole", spread.whole),
                ("change", spread.changed),
                ("recall", spread.recalled),
            )
            for label, percent in (("p50", 50), ("p95", 95), ("max", 100))
        },
    }
    if as_json:
        print(json.dumps(told))
        return
    print(
        f"{spread.cars} cars, {spread.entries:,} entries, {spread.list_bytes:,} bytes a list,"
        f" {spread.change_bytes:,} bytes a change, {rounds} rounds"
    )
    taken = spread.taken
    print(
        f"  taken: {taken['list']} whole ({spread.by_https} over HTTPS), {taken['delta']} as a change,"
        f" {taken['held']} recalls or renewals"
    )
    for name, words in (
        ("whole", "first list to use"),
        ("change", "list change to use"),
        ("recall", "recall to silence"),
    ):
        print(
            f"  {words:<20} p50 {told[f'{name}_p50_s']:6.2f} s   p95 {told[f'{name}_p95_s']:6.2f} s"
            f"   max {told[f'{name}_max_s']:6.2f} s"
        )
