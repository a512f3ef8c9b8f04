"""The course of a training run: a line a report in `progress.jsonl`, and `progress.png` to look at."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LOG, PLOT = "progress.jsonl", "progress.png"


def note(run_dir: Path, step: int, loss: float, scores: dict[str, float]) -> None:
    """Adds a report to the log and, when something was scored, draws the plot anew."""
    run_dir.mkdir(parents=True, exist_ok=True)
    with (run_dir / LOG).open("a", encoding="utf-8") as handle:
        handle.write(json.dumps({"step": step, "loss": round(loss, 5), "scores": scores}) + "\n")
    if scores:
        plot(run_dir)


def plot(run_dir: Path) -> None:
    """Draws loss and held-out scores over steps; of a step that was done twice, the later report counts."""
    from matplotlib.figure import Figure

    reports = {
        report["step"]: report
        for report in map(json.loads, (run_dir / LOG).read_text(encoding="utf-8").splitlines())
    }
    course = [reports[step] for step in sorted(reports)]
    scored = [report for report in course if report["scores"]]
    figure = Figure(figsize=(10, 4), layout="constrained")
    loss, scores = figure.subplots(1, 2)
    loss.plot([r["step"] for r in course], [r["loss"] for r in course], color="#1f4e79")
    loss.set(title="Loss", xlabel="step", yscale="log")
    for name in sorted({name for report in scored for name in report["scores"]}):
        points = [(r["step"], r["scores"][name]) for r in scored if name in r["scores"]]
        scores.plot(*zip(*points, strict=True), marker="o", markersize=3, label=name)
    scores.set(title="Held out", xlabel="step", ylim=(0, 1))
    scores.legend(fontsize="small", loc="lower right")
    for axes in (loss, scores):
        axes.grid(alpha=0.3)
    figure.savefig(run_dir / PLOT, dpi=110)
