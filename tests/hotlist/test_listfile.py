"""The file of a list carries what an entry asks for, and a file of before still loads."""

from __future__ import annotations

import json

from anpr.hotlist import listfile
from anpr.types import MatchRule
from tests.hotlist.examples import NOW, entry

ENTRIES = (
    entry("AB 1234"),
    entry("CD 5678", rule=MatchRule.NEAR),
    entry("EF 1?3?", rule=MatchRule.PATTERN, person_linked=True),
    entry("GH 4321", covert=True),
)


def test_how_entries_are_matched_survives_the_way_to_a_car():
    content = listfile.content(listfile.make("stolen", 7, NOW, ENTRIES))
    held = listfile.read(listfile.unpack(listfile.pack(content)))
    assert held.entries() == tuple(sorted(ENTRIES, key=lambda one: one.entry_id))
    assert held.entries()[2].key == "EF1?3?"


def test_a_list_of_before_near_matches_holds_exact_entries():
    header, *lines = listfile.content(listfile.make("stolen", 7, NOW, ENTRIES[:1])).decode().splitlines()
    old = [json.loads(line) for line in lines]
    for line in old:
        for field in ("rule", "covert", "person_linked"):
            del line[field]
    held = listfile.read("\n".join((header, *map(json.dumps, old), "")).encode())
    assert held.entries() == ENTRIES[:1]
