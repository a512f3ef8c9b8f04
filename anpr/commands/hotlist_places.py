"""What several verbs of ``anpr hotlist`` share: where lists lie, and how a table is read."""

from __future__ import annotations

import functools
import inspect
import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from anpr.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from anpr.hotlist.store import HotlistStore
    from anpr.hotlist.table import Table

DataDir = Annotated[
    Path | None, typer.Option("--data-dir", help="The car's data directory; --config names it too.")
]
Config = Annotated[Path | None, typer.Option("--config", help="Settings file of the car.")]
Repo = Annotated[
    Path | None, typer.Option("--repo", help="An operator's repository, in place of a car's own store.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
FieldMap = Annotated[
    list[str] | None, typer.Option("--map", metavar="FIELD=HEADING", help="Column of a field.")
]
Constants = Annotated[
    list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="One value of a field for all rows.")
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="FIELD=FROM-TO",
        help="Fixed width: the first and last character of a field in every line; no headings then.",
    ),
]
SkipRows = Annotated[
    int, typer.Option(min=0, help="Fixed width: lines at the top that are no entries, such as headings.")
]
Delimiter = Annotated[
    str | None, typer.Option(help="comma, semicolon, tab or bar; found out when not given.")
]
Encoding = Annotated[
    str | None,
    typer.Option(help="utf-8, utf-16, big5, gb18030 or windows-1252; found out when not given."),
]
Timezone = Annotated[str, typer.Option(help="Where a day of valid_until ends.")]
HONG_KONG = "Asia/Hong_Kong"


@dataclass(frozen=True)
class Description:
    """How a table is written, as a person says it; each field is an option of the verbs that read one."""

    mapping: FieldMap = None
    constants: Constants = None
    columns: Columns = None
    skip_rows: SkipRows = 0
    delimiter: Delimiter = None
    encoding: Encoding = None
    timezone: Timezone = HONG_KONG


UNSAID = Description()
"""Everything is found out from the table."""


def describing(verb: Callable[..., None]) -> Callable[..., None]:
    """Gives a verb the options that describe a table, in the place of its parameter ``described``."""
    shown = inspect.signature(Description, eval_str=True).parameters.values()
    own = inspect.signature(verb, eval_str=True).parameters.values()
    parameters = [
        one.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for given in own
        for one in (shown if given.name == "described" else [given])
    ]

    @functools.wraps(verb)
    def described(**given: object) -> None:
        said = {field.name: given.pop(field.name) for field in fields(Description)}
        verb(**given, described=Description(**said))  # type: ignore[arg-type]

    described.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    described.__annotations__ = {one.name: one.annotation for one in parameters}
    return described


def read_file(file: Path, list_name: str, now: datetime, described: Description) -> Table:
    """A table as a person describes it.

    Raises:
        InputError: the file or the description cannot be used.
    """
    from anpr.fleet import files
    from anpr.hotlist import decoding, sheets, table

    _one_of("delimiter", described.delimiter, sheets.DELIMITERS)
    _one_of("encoding", described.encoding, decoding.ENCODINGS)
    columns = _pairs("--column", described.columns)
    spans = {field: sheets.span_of(field, text) for field, text in columns.items()}
    if spans and described.delimiter is not None:
        raise InputError("A table of fixed width has no delimiter.", "Leave out --delimiter, or --column.")
    if described.skip_rows and not spans:
        raise InputError("Only a table of fixed width skips rows.", "Say where its fields are with --column.")
    return table.read_table(
        files.read(file),
        list_name,
        now,
        mapping=_pairs("--map", described.mapping),
        constants=_pairs("--set", described.constants),
        delimiter=described.delimiter,
        fixed=spans,
        skip=described.skip_rows,
        encoding=described.encoding,
        zone=table.zone_of(described.timezone),
    )


def list_name_of(given: str | None, file: Path) -> str:
    """The name of a list: as said, or the file's.

    Raises:
        InputError: it is no name.
    """
    name = given or file.stem
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", name):
        raise InputError(
            f"{name!r} is no name for a list.",
            "Give one with --list: letters, digits, dots and dashes, up to 64.",
        )
    return name


def one_place(data_dir: Path | None, config: Path | None) -> None:
    """Refuses a car beside a repository."""
    if data_dir is not None or config is not None:
        raise InputError(
            "--repo names an operator's repository, --data-dir and --config a car.", "Say one of them."
        )


def list_of(repo: Path, list_name: str | None, data_dir: Path | None, config: Path | None) -> str:
    """The list of a repository.

    Raises:
        InputError: another list, or another place, was named too.
    """
    from anpr.hotlist.repository import Repository

    one_place(data_dir, config)
    own = Repository(repo).list_name
    if list_name not in {None, own}:
        raise InputError(
            f"{repo} is the repository of list {own}.", "Leave out --list, or name another --repo."
        )
    return own


def directory_of(data_dir: Path | None, config: Path | None) -> Path:
    """A car's data directory."""
    if data_dir is not None:
        return data_dir
    from anpr.config import load

    return load(config).car.data_dir


def open_store(directory: Path, *, create: bool) -> HotlistStore | None:
    """The store of a data directory; None when there is none and none shall be made."""
    from anpr.hotlist.store import FILE_NAME, HotlistStore

    path = directory / FILE_NAME
    return HotlistStore(path) if create or path.exists() else None


def _one_of(what: str, given: str | None, known: Mapping[str, str]) -> None:
    if given is not None and given not in known:
        raise InputError(f"There is no {what} {given!r}.", f"Use {', '.join(known)}.")


def _pairs(option: str, given: list[str] | None) -> dict[str, str]:
    pairs = {}
    for pair in given or ():
        field, equals, value = pair.partition("=")
        if not (field and equals and value):
            raise InputError(f"{option} {pair!r} is not FIELD=VALUE.", f"Write {option} {field or 'plate'}=…")
        pairs[field.strip()] = value.strip()
    return pairs
