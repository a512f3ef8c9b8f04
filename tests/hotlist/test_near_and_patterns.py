"""Near matches and wildcards: only where an entry asks, and never more or less than the rules say."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anpr.hotlist import patterns
from anpr.hotlist.match import Matcher
from anpr.hotlist.store import HotlistStore
from anpr.plates import normal_form
from anpr.types import MatchRule
from tests.hotlist.examples import NOW, entry, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anpr.types import ListEntry, Match

SIGNS = "AB12粤"
"""Few, so that texts drawn from them often come near one another."""
NEAR, PATTERN = MatchRule.NEAR, MatchRule.PATTERN


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HotlistStore]:
    with HotlistStore(tmp_path_factory.mktemp("car") / "hotlist.sqlite3") as made:
        yield made


def holds(store: HotlistStore, *entries: ListEntry) -> Matcher:
    store.replace("stolen", "v1", NOW, entries)
    return Matcher(store)


def test_an_entry_that_asks_for_it_is_matched_with_one_sign_misread_and_says_which(store: HotlistStore):
    found = holds(store, entry("AB 1234", rule=NEAR)).match(read("AB1284"), NOW)
    assert found is not None
    assert (found.entry.plate, found.kind, found.differing) == ("AB 1234", NEAR, 4)


@pytest.mark.parametrize("raw", ["AB1289", "AB123", "AB12345", "A81235", "CD5678"])
def test_two_signs_or_one_too_many_or_too_few_are_no_near_match(store: HotlistStore, raw: str):
    assert holds(store, entry("AB 1234", rule=NEAR)).match(read(raw), NOW) is None


def test_an_entry_that_does_not_ask_is_not_matched_by_a_near_read(store: HotlistStore):
    matcher = holds(store, entry("AB 1234"), entry("CD 5678", rule=NEAR))
    assert matcher.match(read("AB1284"), NOW) is None


def test_an_entry_with_near_matching_that_is_read_exactly_is_an_exact_match(store: HotlistStore):
    found = holds(store, entry("AB 1234", rule=NEAR)).match(read("AB1234"), NOW)
    assert found is not None
    assert (found.kind, found.differing) == (MatchRule.EXACT, None)


@pytest.mark.parametrize(
    ("pattern", "fitting", "other"),
    [
        ("AB 12??", ("AB1234", "AB 12 99"), ("AB123", "AB12345", "AC1234")),
        ("?B 1234", ("AB1234", "粤B1234"), ("B1234", "AAB1234")),
        ("AB 1*", ("AB1", "AB1234"), ("AB2", "AC1", "XAB1")),
        ("*1234", ("1234", "AB1234"), ("AB12345",)),
        ("*B12*", ("B12", "AB1234", "B1234"), ("AB2134",)),
        ("A?1*4", ("AB14", "AB1234"), ("A14", "AB1235")),
    ],
)
def test_a_question_mark_is_one_sign_and_a_star_is_any_run(
    store: HotlistStore, pattern: str, fitting: tuple[str, ...], other: tuple[str, ...]
):
    matcher = holds(store, entry(pattern, rule=PATTERN))
    for raw in fitting:
        found = matcher.match(read(raw), NOW)
        assert found is not None, raw
        assert (found.entry.plate, found.kind, found.differing) == (pattern, PATTERN, None)
    assert [raw for raw in other if matcher.match(read(raw), NOW)] == []


def test_the_most_urgent_entry_is_taken_and_the_surest_match_among_equals(store: HotlistStore):
    exact = entry("AB 1234", entry_id="exact", priority=3)
    near = entry("AB 1235", entry_id="near", priority=3, rule=NEAR)
    wild = entry("AB 12??", entry_id="wild", priority=3, rule=PATTERN)
    urgent = entry("AC 1234", entry_id="urgent", priority=1, rule=NEAR)

    def taken(*entries: ListEntry) -> str:
        found = holds(store, *entries).match(read("AB1234"), NOW)
        assert found is not None
        return found.entry.entry_id

    assert taken(near, wild, exact) == "exact"
    assert taken(near, wild) == "wild"
    assert taken(near, wild, exact, urgent) == "urgent"


def test_an_entry_that_ran_out_matches_in_no_way(store: HotlistStore):
    past = NOW - timedelta(seconds=1)
    matcher = holds(
        store,
        entry("AB 1235", entry_id="near", rule=NEAR, valid_until=past),
        entry("AB 12??", entry_id="wild", rule=PATTERN, valid_until=past),
    )
    assert matcher.match(read("AB1234"), NOW) is None


def test_a_list_that_is_replaced_takes_its_near_entries_and_patterns_with_it(store: HotlistStore):
    holds(store, entry("AB 1235", rule=NEAR), entry("AB 12??", rule=PATTERN))
    assert holds(store, entry("XY 99")).match(read("AB1234"), NOW) is None


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("ab 12??", "AB12??"),
        ("AB-１２？？", "AB12??"),  # noqa: RUF001 - full-width, as Chinese keyboards type
        ("粵Z * 港", "粤Z*港"),
        ("AB*?34", "AB?*34"),
        ("AB* *34", "AB*34"),
        ("1 L?VE U", "1L?VEU"),
    ],
)
def test_two_writings_of_a_pattern_have_one_key(written: str, key: str):
    assert patterns.key_of(written, PATTERN) == key


@pytest.mark.parametrize(
    ("key", "what"),
    [
        ("AB1234", "has no wildcard"),
        ("A?1?*", "leaves 2 of"),
        ("*", "leaves 0 of"),
        ("*A*B*C1", "has 3 runs"),
    ],
)
def test_a_pattern_that_would_match_too_much_is_refused(key: str, what: str):
    found = patterns.fault(key, PATTERN)
    assert found is not None
    assert what in found[0]


@pytest.mark.parametrize(
    ("wide", "narrow", "answer"),
    [
        ("AB1*", "AB1234", True),
        ("AB1*", "AB12??", True),
        ("AB12??", "AB1*", False),
        ("AB1??", "AB1*", False),
        ("AB1?3", "AB1?3", True),
        ("AB12?", "AB?23", False),
    ],
)
def test_a_pattern_within_another_is_known(wide: str, narrow: str, answer: bool):
    assert patterns.covers(wide, narrow) is answer


marks = st.text(SIGNS, min_size=1, max_size=5)
wild = st.text(SIGNS + "?*", min_size=1, max_size=6).map(lambda text: patterns.key_of(text, PATTERN))
asked = st.one_of(
    st.tuples(marks, st.sampled_from((MatchRule.EXACT, NEAR))),
    st.tuples(wild.filter(lambda key: set(key) - set("?*") != set()), st.just(PATTERN)),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    listed=st.lists(st.tuples(asked, st.integers(1, 4), st.booleans()), max_size=8),
    raws=st.lists(marks, min_size=1, max_size=6),
)
def test_matching_does_what_a_look_at_every_entry_does(
    store: HotlistStore, listed: list[tuple[tuple[str, MatchRule], int, bool]], raws: list[str]
):
    entries = [
        entry(
            plate,
            entry_id=str(number),
            priority=priority,
            rule=rule,
            valid_until=NOW + timedelta(days=1 if live else -1),
        )
        for number, ((plate, rule), priority, live) in enumerate(listed)
    ]
    matcher = holds(store, *entries)
    for raw in raws:
        found = matcher.match(read(raw), NOW)
        assert outcome(found) == look_at_every_one(entries, raw), raw


def outcome(found: Match | None) -> tuple[int, MatchRule] | None:
    if found is None:
        return None
    place, kind = found.differing, found.kind
    assert (place is not None) == (kind is NEAR)
    return found.entry.priority, kind


def look_at_every_one(entries: list[ListEntry], raw: str) -> tuple[int, MatchRule] | None:
    key = normal_form(raw)
    kinds = [MatchRule.EXACT, PATTERN, NEAR]
    found = [
        (one.priority, kinds.index(kind))
        for one in entries
        if one.valid_until >= NOW and (kind := by_the_rules(one, key))
    ]
    return (min(found)[0], kinds[min(found)[1]]) if found else None


def by_the_rules(one: ListEntry, key: str) -> MatchRule | None:
    if one.rule is PATTERN:
        return PATTERN if fits(one.key, key) else None
    if one.key == key:
        return MatchRule.EXACT
    near = len(one.key) == len(key) and sum(a != b for a, b in zip(one.key, key, strict=True)) == 1
    return NEAR if near and one.rule is NEAR else None


def fits(pattern: str, key: str) -> bool:
    if not pattern:
        return not key
    if pattern[0] == "*":
        return fits(pattern[1:], key) or (key != "" and fits(pattern, key[1:]))
    return key != "" and pattern[0] in {"?", key[0]} and fits(pattern[1:], key[1:])


@given(wild, wild, marks)
def test_what_a_pattern_covers_the_wider_one_matches_too(wide: str, narrow: str, key: str):
    if patterns.covers(wide, narrow) and fits(narrow, key):
        assert fits(wide, key)
