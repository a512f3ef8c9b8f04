"""The change from one list to the next, for cars that hold the former one: a few lines in place of all."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field, ValidationError

from anpr.errors import InputError
from anpr.wire import Name, Part, Sha256

if TYPE_CHECKING:
    from collections.abc import Iterable

_HEADER: Final = b"="
_GONE: Final = b"-"
_HERE: Final = b"+"
_FIRST: Final = b'{"id":"'


class Base(Part):
    """First line: the list that the change begins from."""

    schema_: Annotated[Literal["anpr.delta/1"], Field(alias="schema")] = "anpr.delta/1"
    list_name: Name
    base: Sha256


def between(list_name: str, before: bytes, after: bytes) -> bytes:
    """What makes ``after`` of ``before``; both are the content of a list.

    Then come ``=`` with the new header, ``-`` with each id that went, ``+`` with each line that is new.
    """
    old, new = _by_id(before.split(b"\n")[1:-1]), _by_id(after.split(b"\n")[1:-1])
    first = Base(list_name=list_name, base=hashlib.sha256(before).hexdigest()).model_dump_json().encode()
    gone = (_GONE + json.dumps(one).encode() for one in sorted(old.keys() - new.keys()))
    here = (_HERE + line for one, line in new.items() if old.get(one) != line)
    return b"\n".join((first, _HEADER + after.split(b"\n", 1)[0], *gone, *here, b""))


def apply(before: bytes, change: bytes) -> bytes:
    """The content of the next list. Whoever calls it compares the hash with the signed one.

    Raises:
        InputError: the change is none, or begins from another list.
    """
    first, *rows = change.split(b"\n")
    try:
        base = Base.model_validate_json(first)
        if base.base != hashlib.sha256(before).hexdigest():
            raise InputError("The change begins from another list.", "Fetch the whole list.")
        if not rows or rows[-1] or not rows[0].startswith(_HEADER):
            raise InputError("The change is cut short.", "Fetch the whole list.")
        lines = _by_id(before.split(b"\n")[1:-1])
        for row in rows[1:-1]:
            if row.startswith(_GONE):
                lines.pop(json.loads(row[1:]), None)
            elif row.startswith(_HERE):
                lines |= _by_id([row[1:]])
            else:
                raise InputError("The change holds a line of no kind.", "Fetch the whole list.")
    except (ValidationError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError("These bytes are no change of a list.", "Fetch the whole list.") from error
    return b"\n".join((rows[0][1:], *(lines[one] for one in sorted(lines)), b""))


def _by_id(rows: Iterable[bytes]) -> dict[str, bytes]:
    return {_id(row): row for row in rows}


def _id(row: bytes) -> str:
    """The id of a line: most begin with it in plain signs, and ten thousand of them need no parser."""
    if row.startswith(_FIRST) and b"\\" not in (plain := row[len(_FIRST) : row.find(b'"', len(_FIRST))]):
        return plain.decode()
    return str(json.loads(row)["id"])
