"""``anpr bench passages``: what a car tells of the plates that pass it, right and wrong."""

from __future__ import annotations

import json
from typing import Annotated

import typer


def passages(
    engine: Annotated[str, typer.Option(help="Engine, as for anpr read.")] = "default",
    drives: Annotated[int, typer.Option(min=1, help="Synthetic drives through poor cameras.")] = 6,
    first: Annotated[int, typer.Option(min=0, help="Number of the first drive.")] = 300,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")] = False,
) -> None:
    """Drive past plates with a car's whole pipeline, and show what it tells of them."""
    from rich.console import Console

    from anpr.bench.passages import FRAMES_PER_S, SIZE, Verdict, ride, score
    from anpr.bench.roads import PoorDrive
    from anpr.bench.tables import passage_table, telling_table
    from anpr.bench.words import plain
    from anpr.vision import engines

    loaded = engines.load(engine)
    notes = Console(stderr=True, highlight=False)
    rides = []
    with notes.status("") as status:
        for number, seed in enumerate(range(first, first + drives), 1):

            def show(index: int, number: int = number) -> None:
                status.update(f"drive {number} of {drives}: {index / FRAMES_PER_S:.0f} s")

            frames = PoorDrive(seed, SIZE).frames(FRAMES_PER_S)
            rides.append(ride(f"drive {seed}", frames, loaded, watch=show))
    scored = score(rides)
    if as_json:
        print(json.dumps({"engine": engine, "score": plain(scored), "rides": plain(rides)}))
        return
    console = Console(highlight=False)
    console.print(passage_table(scored))
    amiss = [one for ridden in rides for one in ridden.tellings if one.verdict is not Verdict.RIGHT]
    if amiss:
        console.print("\nTold and not right:")
        console.print(telling_table(amiss))
