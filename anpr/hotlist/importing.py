"""A table of an operator put in the place of a list: checked as a whole, then swapped as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from anpr.errors import InputError, PolicyError
from anpr.fleet import files
from anpr.hotlist import ranks
from anpr.hotlist.table import read_table, version_of

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from anpr.hotlist.store import HotlistStore
    from anpr.hotlist.table import Table

TRUST_FOLDER: Final = "trust"
"""Folder beside a car's store with the roots of the lists that it takes only signed."""


def signed_lists(data_dir: Path) -> frozenset[str]:
    """Names of the lists that a car takes only signed; see ``anpr.hotlist.trust``."""
    found = (data_dir / TRUST_FOLDER).glob("*.root.json")
    return frozenset(path.name.removesuffix(".root.json") for path in found)


def put(store: HotlistStore, list_name: str, table: Table, now: datetime) -> str:
    """Replaces a list by the good rows of a table; returns the new version.

    Raises:
        PolicyError: the car takes that list only signed, or entries need approval by rank.
    """
    if list_name in signed_lists(store.path.parent):
        raise PolicyError(
            f"List {list_name} of this car comes signed from its publisher and cannot be changed by hand.",
            "Change it in the operator's repository (--repo), or import under another name with --list.",
        )
    if weighty := ranks.said(table.entries):
        raise ranks.RankError(
            f"Entries of this list need two people and an {ranks.LEAST} ({weighty}), so no car takes them by"
            " hand.",
            "Import them into a repository with --repo, have them approved there, and publish.",
        )
    version = version_of(table.entries, now)
    store.replace(list_name, version, now, table.entries)
    return version


def import_file(store: HotlistStore, list_name: str, path: Path, now: datetime) -> str:
    """Imports a file that needs no mapping, or refuses it as a whole; returns the new version.

    Raises:
        InputError: the file cannot be read, or a row of it is bad.
        StorageError: the store cannot take it.
    """
    table = read_table(files.read(path), list_name, now)
    if table.errors:
        first = table.errors[0]
        raise InputError(
            f"{path}: {table.bad_rows} of {table.rows} rows cannot be imported; the first is row {first.row},"
            f" {first.column} {first.value!r} {first.what}.",
            f"See all of them with `anpr hotlist import {path} --list {list_name} --dry-run`.",
        )
    return put(store, list_name, table, now)
