"""Whatever file an operator imports: it becomes entries that a car can send, or errors with their row."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from anpr import messages
from anpr.errors import InputError
from anpr.hotlist.table import Table, read_table
from tests.fuzz.budget import BUDGET, in_words
from tests.fuzz.mutations import LONG, ODD_TEXTS, damaged

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HEADING = "plate,class,category,priority,reason,owner,source,valid_until,id,match,covert,person"
ROWS = (
    "AB 1234,private_car,stolen,1,Stolen from a car park,Crime Unit,RCU-1,2026-12-31,e-1,exact,no,no",
    '1 L0VE U,taxi,wanted,2,"Left, the scene",Traffic,T-2,2026-12-31T08:00:00+08:00,e-2,,,',
)
TABLE = "\n".join((HEADING, *ROWS, "")).encode()
FIELDS = HEADING.split(",")
CELL = (
    st.sampled_from([*ODD_TEXTS, *(cell for row in ROWS for cell in row.split(","))])
    | st.text(max_size=30)
    | st.datetimes().map(str)
    | st.integers().map(str)
)


def understood(data: bytes, **how: object) -> Table | None:
    try:
        table = read_table(data, "stolen", NOW, **how)  # type: ignore[arg-type]
    except InputError as error:
        in_words(error)
        return None
    assert table.bad_rows + len(table.entries) <= table.rows, "a row is good or bad, never both"
    for error in table.errors:
        assert error.row >= 1
        assert error.what
    for one in table.entries:
        entry = messages.Entry(
            list_name=one.list_name,
            entry_id=one.entry_id,
            plate=one.plate,
            vehicle_class=one.vehicle_class,
            category=one.category,
            priority=one.priority,
            reason=one.reason,
            owner=one.owner,
            source=one.source,
            valid_until=one.valid_until,
        )
        assert messages.Entry.model_validate_json(entry.model_dump_json()) == entry
        assert one.valid_until.astimezone(UTC).isoformat()
    return table


def test_the_example_is_understood():
    table = understood(TABLE)
    assert table is not None
    assert len(table.entries) == 2


@BUDGET
@given(data=damaged(TABLE) | st.binary(max_size=300))
def test_a_damaged_table(data: bytes):
    understood(data)


@BUDGET
@given(
    rows=st.lists(st.lists(CELL, min_size=6, max_size=13), max_size=4),
    sign=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "big5hkscs", "latin-1"]),
)
def test_a_table_of_odd_cells(rows: list[list[str]], sign: str, encoding: str):
    text = "\n".join((HEADING.replace(",", sign), *(sign.join(row) for row in rows)))
    understood(text.encode(encoding, "replace"))


@BUDGET
@given(heading=st.lists(st.sampled_from([*FIELDS, "車牌", ""]) | st.text(max_size=10), max_size=14))
def test_a_table_of_odd_headings(heading: list[str]):
    understood("\n".join((",".join(heading), *ROWS)).encode("utf-8", "replace"))


def test_tables_that_go_on_and_on_end():
    for data in (
        b'"' * LONG,
        b"," * LONG,
        b"\n" * LONG,
        b"\r" * LONG,
        TABLE + b'"' + b"x" * LONG,
        HEADING.encode() + b"\n" + b"A," * LONG,
        TABLE + TABLE * 50,
    ):
        understood(data)
