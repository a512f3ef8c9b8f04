"""Which lists a car takes only signed: the roots it was given by hand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from anpr.errors import InputError, PolicyError
from anpr.hotlist.bundle import root_of
from anpr.hotlist.files import write
from anpr.hotlist.importing import TRUST_FOLDER, signed_lists

if TYPE_CHECKING:
    from pathlib import Path

    from tuf.api.metadata import Root

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class Trust:
    """The roots in a car's data directory.

    Args:
        data_dir: the car's data directory.
    """

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / TRUST_FOLDER

    def add(self, data: bytes) -> tuple[str, Root]:
        """Trusts a root from now on; returns its list and the root.

        Raises:
            InputError: it is no root of a list.
            PolicyError: another root is trusted for that list.
        """
        root, list_name = root_of(data)
        if not NAME.fullmatch(list_name):
            raise InputError(f"{list_name!r} is no name for a list.", "Make the repository anew.")
        path = self._path(list_name)
        if path.exists() and path.read_bytes() != data:
            raise PolicyError(
                f"This car trusts another root for list {list_name} already.",
                f"If that is meant to change, move {path} and the folder {self.state(list_name)} away first.",
            )
        write(path, data)
        return list_name, root

    def lists(self) -> tuple[str, ...]:
        """Names of the lists that must be signed."""
        return tuple(sorted(signed_lists(self._folder.parent)))

    def root(self, list_name: str) -> bytes:
        """The root that the car was given for a list."""
        return self._path(list_name).read_bytes()

    def state(self, list_name: str) -> Path:
        """Folder of what the car has verified of a list."""
        return self._folder / list_name

    def _path(self, list_name: str) -> Path:
        return self._folder / f"{list_name}.root.json"
