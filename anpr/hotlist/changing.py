"""From the list that a car holds to the next one in its store, entry by entry, where that is possible."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from anpr.errors import InputError
from anpr.hotlist import listfile, ranks
from anpr.hotlist.store import ListVersion

if TYPE_CHECKING:
    from anpr.hotlist.listfile import Recalled
    from anpr.hotlist.proof import Proof
    from anpr.hotlist.store import HotlistStore

_WEIGHTY: Final = (b'"rule":"pattern"', b'"covert":true', b'"person_linked":true')
"""How lines look that may need a signature of rank: whoever sees one reads the whole list."""


def change(store: HotlistStore, proof: Proof, before: bytes, after: bytes) -> bool:
    """Makes the store hold ``after`` without what was recalled from it, given that it holds ``before``.

    A recall, a renewal or a small change touches a few rows, where putting the list in anew takes a second or
    two of a car's processor for ten thousand entries.

    Args:
        store: of the car.
        proof: of ``after``, whose hash, name and number were checked.
        before: content of the list that the store was filled from.
        after: content of the signed list.

    Returns:
        False when that cannot be, for example because a recalled entry comes back; the caller then reads and
        replaces the whole list.

    Raises:
        StorageError: the disk or the database refused.
    """
    held = next((one for one in store.lists() if one.name == proof.list_name), None)
    try:
        number = listfile.header(before).number
        mark = listfile.version(number, hashlib.sha256(before).hexdigest(), 0)
        if held is None or not (held.version == mark or held.version.startswith(f"{mark}-r")):
            return False
        old, new = set(before.split(b"\n")[1:-1]), set(after.split(b"\n")[1:-1])
        silenced = proof.silenced()
        gone = {json.loads(row)["id"] for row in old - new} | silenced
        came = [listfile.Line.model_validate_json(row) for row in new - old]
        lines = listfile.header(after).lines
    except (InputError, ValidationError, ValueError, KeyError, TypeError):
        return False  # the file on this disk was damaged
    if not proof.ranked and (ranks.said(came) or any(sign in after for sign in _WEIGHTY)):
        return False
    left = lines - sum(_holds(after, one) for one in silenced)
    entries = (line.entry(proof.list_name) for line in came if line.id not in silenced)
    return store.change(held, ListVersion(held.name, proof.version, proof.as_of, left), gone, entries)


def silence(store: HotlistStore, recalled: Recalled, content: bytes) -> None:
    """Takes recalled entries out of a list that stays, and calls it by what it is then.

    Args:
        store: of the car.
        recalled: verified; it counts for the number it names and for older ones.
        content: of the list that the store was filled from.

    Raises:
        StorageError: the disk or the database refused.
    """
    try:
        header = listfile.header(content)
    except InputError:
        return  # the file on this disk was damaged; the next list is on its way
    silenced = recalled.silenced(header.number)
    version = listfile.version(header.number, hashlib.sha256(content).hexdigest(), len(silenced))
    held = next((one for one in store.lists() if one.name == recalled.list_name), None)
    listed = sum(_holds(content, one) for one in silenced)
    if held is None or held.version == version or not listed:
        return
    after = ListVersion(held.name, version, held.made_at, header.lines - listed)
    if not store.change(held, after, silenced, ()):
        # It stands there otherwise than the file says; nothing but the recall is known to be right.
        kept = (one for one in store.entries(held.name) if one.entry_id not in silenced)
        store.replace(held.name, version, held.made_at, kept)


def _holds(content: bytes, entry_id: str) -> bool:
    return f'\n{{"id":{json.dumps(entry_id, ensure_ascii=False)},'.encode() in content
