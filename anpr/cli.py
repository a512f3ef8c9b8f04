"""The command line: verbs only. Each verb parses, calls one room of the house, and prints."""

from __future__ import annotations

import sys

import typer

from anpr import __version__
from anpr.commands import bench, broker, collect, demo, doctor, enrol, hotlist, read, run, train
from anpr.errors import AnprError

app = typer.Typer(
    name="anpr",
    help="Number plate recognition for patrol cars: read, check a local hotlist, alert, report.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(value: bool) -> None:
    if value:
        print(f"anpr {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """Options of every verb."""


app.add_typer(bench.bench, name="bench")
app.command()(broker.broker)
app.command()(collect.collect)
app.command()(demo.demo)
app.command()(doctor.doctor)
app.add_typer(enrol.enrol, name="enrol")
app.command()(read.read)
app.command()(run.run)
app.add_typer(hotlist.hotlist, name="hotlist")
app.add_typer(train.app, name="train")


def main() -> None:
    """Entry point of the ``anpr`` command."""
    try:
        app()
    except AnprError as error:
        print(f"anpr: {error.message}\n      {error.next_step}", file=sys.stderr)
        sys.exit(error.exit_code)
