"""``anpr bench matching`` and ``near-misses``: how fast reads are matched, and how seldom wrongly."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
MIB = 1024 * 1024


def matching(
    entries: Annotated[int, typer.Option(min=100, max=4_000_000, help="Length of the list.")] = 1_000_000,
    near: Annotated[float, typer.Option(min=0, max=1, help="Share of entries with near matching.")] = 0.1,
    patterns: Annotated[float, typer.Option(min=0, max=1, help="Share of entries with wildcards.")] = 0.01,
    reads: Annotated[int, typer.Option(min=10, help="Reads of each kind.")] = 2000,
    as_json: AsJson = False,
) -> None:
    """Time the match of a read on a long list, and the memory of the process that matches.

    The store and the matcher are the car's own. The reads are plates of the list, such plates with one sign
    off, and plates that drive by.
    """
    from anpr.bench.lookups import measure

    with tempfile.TemporaryDirectory(prefix="anpr-bench-") as folder:
        found = measure(Path(folder), entries=entries, near=near, patterns=patterns, reads=reads)
    if as_json:
        print(json.dumps(asdict(found)))
        return
    print(
        f"{found.entries:,} entries ({found.near:,} near, {found.patterns:,} with wildcards), put in place in"
        f" {found.build_s:.1f} s, {found.file_bytes / MIB:,.0f} MiB on disk;"
        f" first match {found.first_us:,.0f} µs"
    )
    for one in found.times:
        print(
            f"  {one.kind:<14} p50 {one.p50_us:6,.0f} µs, p99 {one.p99_us:7,.0f} µs; of the processor"
            f" p50 {one.cpu_p50_us:6,.0f} µs, p99 {one.cpu_p99_us:6,.0f} µs; {one.matched:.1%} matched"
        )
    print(
        f"  memory: {found.rss_bytes / MIB:.0f} MiB at most,"
        f" {found.rss_before_bytes / MIB:.0f} MiB of it before the list was opened"
    )


def near_misses(
    reads: Annotated[int, typer.Option(min=1000, help="Vehicles that drive by, each read once.")] = 100_000,
    entries: Annotated[int, typer.Option(min=1, help="Near misses on the list.")] = 10_000,
    wrong: Annotated[
        float,
        typer.Option(
            min=0,
            max=0.5,
            help="Wrong ones among reads that are shown, 0 to 1; `anpr bench voting` measures them.",
        ),
    ] = 0.01,
    likeliest: Annotated[
        bool,
        typer.Option("--likeliest", help="Make each entry of the likeliest misread: the worst of lists."),
    ] = False,
    seed: Annotated[int, typer.Option(help="Of all chance.")] = 1,
    runs: Annotated[int, typer.Option(min=1, help="Runs with other vehicles each, added up.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Count false hits on a list whose every entry is one sign from a plate that drives by.

    One vehicle in 435 is wanted and listed itself, as in Hong Kong's trial of 2019 (more than 100,000 reads,
    215 tickets and 15 arrests). Reads are wrong as often as is said, and as the measured table of confusions
    has it; each is matched by the car's own matcher.

    One run has some 230 hits; with more --runs the interval narrows.
    """
    from anpr.bench.near_misses import measure

    if entries >= reads * 0.9:
        raise typer.BadParameter("must be fewer than the reads, since each is of another vehicle")
    with tempfile.TemporaryDirectory(prefix="anpr-bench-") as folder:
        found = measure(
            Path(folder),
            reads=reads,
            entries=entries,
            wrong_share=wrong,
            likeliest=likeliest,
            seed=seed,
            runs=runs,
        )
    low, high = found.share.interval
    if as_json:
        told = asdict(found) | {"false_share": found.share.value, "low": low, "high": high}
        print(json.dumps(told | {"expected_false_share": found.expected}))
        return
    made = "the likeliest misread" if found.likeliest else "one sign off"
    print(
        f"{found.reads:,} vehicles read once, {found.wrong:,} wrongly ({found.wrong / found.reads:.2%});"
        f" {found.wanted:,} wanted (1 in {found.reads / found.wanted:.0f});"
        f" {found.entries:,} near misses listed ({made})"
    )
    print(
        f"  {found.true:,} true hits, {found.false:,} false: {found.share.value or 0:.2%} of hits are false"
        f" (95 %: {low:.2%} to {high:.2%})"
    )
    print(
        f"  reckoned without chance: {found.expected_true:,.1f} true, {found.expected_false:,.2f} false,"
        f" {found.expected:.2%} of hits"
    )
