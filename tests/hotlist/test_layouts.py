"""Tables of fixed width, named encodings, and the columns that say how an entry is matched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anpr.errors import InputError
from anpr.hotlist import patterns
from anpr.hotlist.sheets import FIXED, Span, span_of
from anpr.hotlist.table import Table, read_table
from anpr.types import ListEntry, MatchRule
from tests.hotlist.examples import NOW

SPANS = {"plate": Span(1, 8), "class": Span(9, 20), "category": Span(21, 28), "reason": Span(40, 60)}
REST = {"priority": "2", "owner": "Crime Unit", "source": "RCU-1", "valid_until": "2026-12-31"}
HEADING = "plate,class,category,priority,reason,owner,source,valid_until,match,covert,person"
ROW = "{},private_car,stolen,1,Stolen from a car park,Crime Unit,RCU-1,2026-12-31,{},{},{}"


def fixed(*lines: str, skip: int = 0) -> Table:
    return read_table("\n".join(lines).encode(), "stolen", NOW, fixed=SPANS, constants=REST, skip=skip)


def with_rule(plate: str, match: str = "", covert: str = "", person: str = "") -> Table:
    text = f"{HEADING}\n{ROW.format(plate, match, covert, person)}"
    return read_table(text.encode(), "stolen", NOW)


def only(table: Table) -> ListEntry:
    assert table.errors == ()
    (entry,) = table.entries
    return entry


def test_cells_of_a_table_of_fixed_width_stand_where_the_operator_says():
    table = fixed(
        "AB 1234 private_car stolen  ignored    Nathan Road, Mong Kok", "粵Z1234港 taxi        wanted"
    )
    assert [(one.plate, one.vehicle_class, one.category) for one in table.entries] == [
        ("AB 1234", "private_car", "stolen")
    ]
    assert table.entries[0].reason == "Nathan Road, Mong Kok"
    assert (table.delimiter, table.columns["plate"]) == (FIXED, "plate (1-8)")
    # A line that ends before a column has an empty cell there, and says so with its row.
    assert [(one.row, one.column, one.what) for one in table.errors] == [
        (2, "reason (40-60)", "is empty"),
    ]


def test_lines_at_the_top_are_skipped_and_rows_keep_their_numbers():
    line = "AB 1234 spaceship   stolen  ignored    Nathan Road"
    table = fixed("PLATE   CLASS       CATEGORY", "-" * 60, line, skip=2)
    assert (table.rows, [error.row for error in table.errors]) == (1, [3])


@pytest.mark.parametrize("text", ["9-3", "0-5", "x", "5", "1-", "-4", "1-999999"])
def test_a_place_that_is_none_is_refused_with_an_example(text: str):
    with pytest.raises(InputError, match="no place of a column") as refused:
        span_of("plate", text)
    assert "9-24" in refused.value.next_step


def test_fields_without_a_place_or_a_value_are_named():
    with pytest.raises(InputError, match="priority, owner, source, valid_until"):
        read_table(b"AB 1234", "stolen", NOW, fixed=SPANS)
    with pytest.raises(InputError, match="not by both"):
        read_table(b"AB 1234", "stolen", NOW, fixed=SPANS, mapping={"plate": "Mark"}, constants=REST)


@pytest.mark.parametrize("name", ["utf-8", "utf-16", "big5", "gb18030"])
def test_an_encoding_that_is_named_is_used_and_is_no_guess(name: str):
    text = f"{HEADING}\n{ROW.format('AB 1234', '', '', '').replace('Crime Unit', '總區重案組')}"
    codec = {"big5": "big5hkscs"}.get(name, name)
    table = read_table(text.encode(codec), "stolen", NOW, encoding=name)
    assert only(table).owner == "總區重案組"
    assert (table.encoding, table.guessed) == (name, False)


def test_text_that_is_not_in_the_named_encoding_is_refused():
    with pytest.raises(InputError, match="Line 2 is not utf-8 text"):
        read_table(HEADING.encode() + b"\n\xff\xfe", "stolen", NOW, encoding="utf-8")


@pytest.mark.parametrize(
    ("written", "rule"),
    [("", "exact"), ("exact", "exact"), ("Near", "near"), ("similar", "near"), ("pattern", "pattern")],
)
def test_an_entry_is_matched_as_its_cell_says_and_exactly_when_it_says_nothing(written: str, rule: str):
    plate = "AB 12??" if rule == "pattern" else "AB 1234"
    assert only(with_rule(plate, written)).rule == rule


def test_covert_and_person_linked_entries_are_marked():
    entry = only(with_rule("AB 1234", covert="Yes", person="x"))
    assert (entry.covert, entry.person_linked) == (True, True)
    entry = only(with_rule("AB 1234", covert="no"))
    assert (entry.covert, entry.person_linked) == (False, False)


@pytest.mark.parametrize(
    ("plate", "match", "covert", "column", "what"),
    [
        ("AB 12??", "", "", "plate", "is no part of a plate"),
        ("AB 12??", "near", "", "plate", "is no part of a plate"),
        ("AB 1234", "pattern", "", "plate", "has no wildcard"),
        ("AB*", "pattern", "", "plate", "leaves 2 of its signs"),
        ("HK1", "near", "", "plate", "leaves 2 of its signs"),
        ("A*B*C*D*E", "pattern", "", "plate", "has 4 runs"),
        ("AB 1234", "mostly", "", "match", "is not in the set"),
        ("AB 1234", "", "perhaps", "covert", "is neither yes nor no"),
    ],
)
def test_what_would_match_too_much_or_cannot_be_meant_is_refused(
    plate: str, match: str, covert: str, column: str, what: str
):
    table = with_rule(plate, match, covert)
    assert table.entries == ()
    (error,) = table.errors
    assert (error.column, error.todo != "") == (column, True)
    assert what in error.what


def test_a_pattern_and_its_plate_are_two_entries_and_two_writings_of_it_are_one():
    rows = [ROW.format(plate, "pattern", "", "") for plate in ("AB 12??", "ab-12??")]
    table = read_table("\n".join((HEADING, ROW.format("AB 12", "", "", ""), *rows)).encode(), "stolen", NOW)
    assert [(one.entry_id, one.rule) for one in table.entries] == [
        ("AB12", MatchRule.EXACT),
        ("AB12??", MatchRule.PATTERN),
    ]
    assert [(error.row, error.what) for error in table.errors] == [(4, "is the same as in row 3")]


ANY = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=24)
PLATES = st.one_of(ANY, st.text("AB1?* -[]", max_size=12))


@given(plate=PLATES, match=st.one_of(ANY, st.sampled_from(tuple(MatchRule))), covert=ANY, person=ANY)
def test_any_cells_of_matching_give_sound_entries_or_errors(plate: str, match: str, covert: str, person: str):
    values = [ROW.split(",")[place] for place in range(1, 8)]
    cells = [plate, *values, match, covert, person]
    row = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    table = read_table(f"{HEADING}\n{row}".encode(), "stolen", NOW)
    assert len(table.entries) + table.bad_rows == 1
    assert all(error.todo for error in table.errors)
    for entry in table.entries:
        assert entry.key == patterns.key_of(entry.plate, entry.rule) != ""
        assert patterns.fault(entry.key, entry.rule) is None
        wild = set(entry.key) & {"?", "*"}
        assert bool(wild) == (entry.rule is MatchRule.PATTERN)
        # What GLOB would take for a set of signs.
        assert not set(entry.key) & set("[]")


@given(
    text=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=400), skip=st.integers(0, 3)
)
def test_any_text_of_fixed_width_is_read_or_refused_by_row(text: str, skip: int):
    table = read_table(text.encode(), "stolen", NOW, fixed=SPANS, constants=REST, skip=skip)
    assert len(table.entries) + table.bad_rows == table.rows
