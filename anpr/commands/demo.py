"""``anpr demo``: the whole chain on this machine, live."""

from __future__ import annotations

import dataclasses
import json
import signal
import time
from pathlib import Path
from typing import Annotated

import typer


def demo(
    headless: Annotated[
        bool, typer.Option("--headless", help="Print a summary at the end instead of inviting to look.")
    ] = False,
    seconds: Annotated[
        float | None, typer.Option(min=5, help="How long the cars drive; default: until Ctrl-C, headless 60.")
    ] = None,
    videos: Annotated[Path, typer.Option(help="Folder with clips, tracks and hotlist.csv.")] = Path(
        "sample_videos"
    ),
    directory: Annotated[Path, typer.Option(help="Where data and logs go; emptied first.")] = Path(".demo"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Two cars, a broker and a control room on the sample clips."""
    from rich.console import Console
    from rich.live import Live

    from anpr.demo import Demo

    if headless and seconds is None:
        seconds = 60
    console = Console(stderr=as_json, soft_wrap=True)
    # What ends a service ends the parts in order too, as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    show = Demo(videos, directory, seconds)
    console.print("Starting broker, control room and two cars ...")
    with show.running() as running:
        console.print(f"\n  Control room   [bold]{show.console}[/]")
        for car, address in show.screens().items():
            console.print(f"  {car}          [bold]{address}[/]  and the driver's view, {address}/driver")
        console.print(f"  Logs           {directory}/*.log\n")
        if not headless:
            console.print("Open them in a browser; hits arrive as the cars drive. Ctrl-C ends the demo.\n")
        started = time.monotonic()
        try:
            with Live(console=console, refresh_per_second=2, transient=True) as live:
                while running.alive():
                    driven = time.monotonic() - started
                    left = "" if seconds is None else f" of {seconds:.0f} s, then the outboxes drain"
                    live.update(f"driving {driven:.0f} s{left}")
                    time.sleep(0.5)
        except KeyboardInterrupt:
            console.print("Stopping; the outboxes drain first ...")
        summary = running.finish()
    if as_json:
        print(json.dumps({**dataclasses.asdict(summary), "ok": summary.ok}))
    else:
        for name, value in dataclasses.asdict(summary).items():
            console.print(f"  {name:24}{'-' if value is None else value}", highlight=False)
    if not summary.ok:
        console.print(f"The chain did not hold: read {directory}/*.log.", style="bold")
        raise typer.Exit(1)
