"""Import: every row becomes an entry or says what is wrong with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anpr.errors import InputError
from anpr.hotlist.columns import FIELDS
from anpr.hotlist.table import Table, read_table, version_of, zone_of
from anpr.plates import normal_form
from anpr.types import Category, VehicleClass
from tests.hotlist.examples import NOW

HEADING = "plate,class,category,priority,reason,owner,source,valid_until"
GOOD = "AB 1234,private_car,stolen,1,Stolen from a car park,Crime Unit,RCU-1,2026-12-31"


def table(*rows: str, heading: str = HEADING, **options: object) -> Table:
    return read_table("\n".join((heading, *rows)).encode(), "stolen", NOW, **options)  # type: ignore[arg-type]


def with_cell(field: str, value: str) -> Table:
    cells = dict(zip(HEADING.split(","), GOOD.split(","), strict=True)) | {field: f'"{value}"'}
    return table(",".join(cells.values()))


def test_a_good_row_becomes_an_entry_with_every_field():
    result = table(GOOD)
    assert result.errors == ()
    (entry,) = result.entries
    assert (entry.list_name, entry.entry_id, entry.plate, entry.key) == (
        "stolen",
        "AB1234",
        "AB 1234",
        "AB1234",
    )
    assert (entry.vehicle_class, entry.category, entry.priority) == (
        VehicleClass.PRIVATE_CAR,
        Category.STOLEN,
        1,
    )
    assert (entry.reason, entry.owner, entry.source) == ("Stolen from a car park", "Crime Unit", "RCU-1")
    assert entry.valid_until == datetime(
        2026, 12, 31, 15, 59, 59, tzinfo=UTC
    )  # the end of the day in Hong Kong


def test_every_fault_of_a_file_is_named_with_its_row_column_and_next_step():
    result = table(
        GOOD,
        "CD 12*,private_car,stolen,1,r,o,s,2026-12-31",
        "EF 1,spaceship,stollen,9,,o,s,31/02/2026",
        "",
        "ab-1234,taxi,wanted,2,r,o,s,2026-12-31",
    )
    assert [(error.row, error.column) for error in result.errors] == [
        (3, "plate"),
        (4, "class"),
        (4, "category"),
        (4, "priority"),
        (4, "reason"),
        (4, "valid_until"),
        (6, "plate"),
    ]
    assert (result.rows, result.bad_rows, len(result.entries)) == (4, 3, 1)
    assert "Did you mean stolen?" in result.errors[2].todo
    assert result.errors[-1].what == "is the same as in row 2"
    assert all(error.what and error.todo for error in result.errors)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("plate", "AB12?"),
        ("plate", "AB 1 / CD 2"),
        ("plate", "---"),
        ("plate", ""),
        ("plate", "A" * 33),
        ("class", "2"),
        ("category", "person of interest"),
        ("priority", "0"),
        ("priority", "5"),
        ("priority", "1.5"),
        ("reason", "   "),
        ("reason", "x" * 501),
        ("owner", ""),
        ("source", ""),
        ("valid_until", ""),
        ("valid_until", "never"),
        ("valid_until", "9999-12-31"),
        ("valid_until", "2036-13-01"),
        ("valid_until", "46387"),
        ("valid_until", "0001-01-01"),
        ("valid_until", "12/31/2026"),
        ("valid_until", "2026-12-31 25:00"),
    ],
)
def test_a_cell_that_cannot_be_meant_is_refused(field: str, value: str):
    result = with_cell(field, value)
    assert result.entries == ()
    assert [error.column for error in result.errors] == [field]


@pytest.mark.parametrize(
    ("written", "until"),
    [
        ("2026-12-31", datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)),
        ("31/12/2026", datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)),
        ("1.4.2026", datetime(2026, 4, 1, 15, 59, 59, tzinfo=UTC)),
        ("2026/12/31 18:00", datetime(2026, 12, 31, 10, 0, tzinfo=UTC)),
        ("2026-12-31T9:05:30", datetime(2026, 12, 31, 1, 5, 30, tzinfo=UTC)),
        ("2026-12-31T18:00:00Z", datetime(2026, 12, 31, 18, 0, tzinfo=UTC)),
        ("2026-12-31 18:00 +01:00", datetime(2026, 12, 31, 17, 0, tzinfo=UTC)),
    ],
)
def test_dates_are_read_as_hong_kong_writes_them(written: str, until: datetime):
    (entry,) = with_cell("valid_until", written).entries
    assert entry.valid_until == until


def test_a_day_ends_where_the_operator_says():
    (entry,) = table(GOOD, zone=zone_of("Europe/London")).entries
    assert entry.valid_until == datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Stolen vehicle", "stolen"),
        ("UNINSURED", "uninsured"),
        ("Disqualified Driver", "disqualified_driver"),
        ("road-safety", "road_safety"),
        ("失車", "stolen"),
    ],
)
def test_usual_names_of_categories_are_understood(written: str, meant: str):
    assert with_cell("category", written).entries[0].category == meant


def test_usual_headings_need_no_mapping():
    result = table(
        "AB 1234;Taxi;Stolen vehicle;High;r;o;s;31/12/2026;blue",
        heading="Registration Mark;Vehicle Type;Category;Prio;Remarks;Unit;Case Number;Expiry Date;Colour",
    )
    assert result.errors == ()
    assert (result.delimiter, result.ignored) == ("semicolon", ("Colour",))
    assert result.columns["valid_until"] == "Expiry Date"
    assert (result.entries[0].vehicle_class, result.entries[0].priority) == ("taxi", 2)


def test_other_headings_are_mapped_and_missing_columns_set():
    result = table(
        "AB 1234|x|2026-12-31",
        heading="Kennzeichen|Grund|Ende",
        mapping={"plate": "kennzeichen", "reason": "Grund", "valid_until": "Ende"},
        constants={"class": "car", "category": "stolen", "priority": "1", "owner": "o", "source": "s"},
    )
    assert result.errors == ()
    assert result.entries[0].category == "stolen"


@pytest.mark.parametrize(
    ("heading", "options", "sentence"),
    [
        ("plate,class", {}, "No column found for category"),
        ("name,colour", {}, "Its first row reads: name, colour"),
        (HEADING, {"mapping": {"plate": "Registration"}}, "no column 'Registration'"),
        (HEADING, {"mapping": {"colour": "plate"}}, "no field 'colour'"),
        (HEADING, {"constants": {"plate": "AB 1"}}, "cannot be the same"),
        (HEADING, {"constants": {"category": "stollen"}}, "--set category=stollen"),
        (HEADING, {"mapping": {"class": "class"}, "constants": {"class": "taxi"}}, "a column and a value"),
        (HEADING.replace("plate", "Reg,VRM"), {}, "Reg and VRM could each be plate"),
        (HEADING, {"delimiter": "tab"}, "No column found"),
    ],
)
def test_a_table_that_cannot_be_understood_says_why(heading: str, options: dict[str, object], sentence: str):
    with pytest.raises(InputError, match=sentence):
        table(GOOD, heading=heading, **options)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"PK\x03\x04rest", "spreadsheet file"),
        (b"\x89PNG\x00\x00", "not a text file"),
        (f"{HEADING}\n".encode() + b"\xff\xff\xff", "Line 2 is not UTF-8 or Big5"),
        (f'{HEADING}\n{GOOD}\n"AB 1,never closed\n{GOOD}'.encode(), "Row 3 cannot be taken apart"),
        (f'{HEADING}\n"AB" 1,x'.encode(), "Row 2 cannot be taken apart"),
    ],
)
def test_a_file_that_is_no_table_says_what_it_is(data: bytes, sentence: str):
    with pytest.raises(InputError, match=sentence):
        read_table(data, "stolen", NOW)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "big5hkscs"])
def test_chinese_text_survives_every_encoding_that_offices_use(codec: str):
    text = f"{HEADING}\r\nAB 1234,taxi,stolen,1,彌敦道停車場失車,警署,RCU-1,2026-12-31\r\n"
    result = read_table(text.encode(codec), "stolen", NOW)
    assert result.entries[0].reason == "彌敦道停車場失車"
    assert result.guessed == (codec == "big5hkscs")


def test_the_line_that_names_the_delimiter_is_obeyed_and_rows_keep_their_numbers():
    text = f"sep=;\r\n{HEADING.replace(',', ';')}\r\n{GOOD.replace(',', ';')}\r\nbad;;;;;;;\r\n"
    result = read_table(text.encode(), "stolen", NOW)
    assert len(result.entries) == 1
    assert {error.row for error in result.errors} == {4}


def test_a_row_with_more_cells_than_headings_is_refused_not_shifted():
    result = table("AB 1234,taxi,stolen,1,Seen, twice,o,s,2026-12-31")
    assert result.entries == ()
    assert [error.what for error in result.errors] == ["has 9 cells under 8 headings"]


@pytest.mark.parametrize(
    ("field", "value", "doubt"),
    [
        ("plate", "UNKNOWN", "reads like a note"),
        ("plate", "AB 1234 blue Toyota", "more than any mark"),
        ("valid_until", "2026-03-01", "has run out"),
    ],
)
def test_a_doubtful_row_is_imported_with_a_warning(field: str, value: str, doubt: str):
    result = with_cell(field, value)
    assert len(result.entries) == 1
    assert doubt in result.warnings[0].what


def test_an_identity_of_the_operators_own_allows_two_entries_on_one_plate():
    rows = (f"{GOOD},1", f"{GOOD},2", f"{GOOD},2")
    result = table(*rows, heading=f"{HEADING},id")
    assert [entry.entry_id for entry in result.entries] == ["1", "2"]
    assert [(error.row, error.column) for error in result.errors] == [(4, "id")]


def test_a_version_names_time_and_content():
    entries = table(GOOD).entries
    version = version_of(entries, NOW)
    assert version.startswith("2026-03-02T09:30:00Z-")
    assert version_of(entries, NOW + timedelta(days=1))[21:] == version[21:]
    assert version_of(with_cell("priority", "2").entries, NOW) != version


ANY_LINES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="\n")) | st.just(GOOD) | st.just(HEADING)
).map("\n".join)


def outcome(data: bytes, delimiter: str | None = None) -> Table | InputError:
    try:
        return read_table(data, "stolen", NOW, delimiter=delimiter)
    except InputError as error:
        return error


@given(ANY_LINES, st.sampled_from([None, "comma", "tab"]))
def test_any_text_is_either_refused_or_read_never_a_crash(text: str, delimiter: str | None):
    result = outcome(text.encode(), delimiter)
    if isinstance(result, InputError):
        assert result.next_step
    else:
        assert len(result.entries) + result.bad_rows == result.rows


@given(st.binary(max_size=300))
def test_any_bytes_are_either_refused_or_read_never_a_crash(rest: bytes):
    result = outcome(f"{HEADING}\n".encode() + rest)
    if isinstance(result, InputError):
        assert result.next_step
    else:
        assert len(result.entries) + result.bad_rows == result.rows


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)


@given(st.dictionaries(st.sampled_from(tuple(FIELDS)), CELL))
def test_any_cells_give_sound_entries_or_errors_with_a_next_step(cells: dict[str, str]):
    values = dict(zip(HEADING.split(","), GOOD.split(","), strict=True)) | cells
    quoted = ",".join('"' + value.replace('"', '""') + '"' for value in values.values())
    result = outcome(f"{HEADING}\n{quoted}".encode())
    assert isinstance(result, Table)
    assert all(error.todo for error in result.errors)
    for entry in result.entries:
        assert entry.key == normal_form(entry.plate) != ""
        assert entry.valid_until <= NOW + timedelta(days=366 * 11)
