"""Text taken apart into rows of cells: by a sign between them, or by the places where they stand."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from anpr.errors import InputError
from anpr.hotlist import entries as cells

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

DELIMITERS: Final[Mapping[str, str]] = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
FIXED: Final = "fixed width"

_SPAN: Final = re.compile(r"(\d{1,5})-(\d{1,5})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Span:
    """Where a column stands in a line: from the first to the last of its characters, counted from 1."""

    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A text taken apart.

    Attributes:
        layout: name of the sign between cells, or ``FIXED``.
        rows: number and cells of each row, blanks around cells removed; rows count from 1 at the top.
    """

    layout: str
    rows: Iterator[tuple[int, list[str]]]


def span_of(field: str, text: str) -> Span:
    """A span as a person writes it: ``9-24``.

    Raises:
        InputError: it is none.
    """
    found = _SPAN.fullmatch(text)
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise InputError(
            f"--column {field}={text}: {text!r} is no place of a column.",
            "Write the first and the last character, counted from 1, for example 9-24.",
        )
    return Span(int(found[1]), int(found[2]))


def delimited(text: str, delimiter: str | None, known: Collection[str]) -> Sheet:
    """Rows of cells with a sign between them.

    Args:
        text: the table.
        delimiter: a name of ``DELIMITERS``; found out when None.
        known: headings that are understood, by which it is found out.
    """
    skip = 0
    if delimiter is not None:
        sign = DELIMITERS[delimiter]
    elif text[:4].casefold() == "sep=" and text[4:5] in DELIMITERS.values() and text[5:6] in {"\r", "\n"}:
        sign, skip = text[4], 1  # a line that spreadsheet programs write for one another
    else:
        first = next((line for line in text.splitlines() if line.strip()), "")

        def fitness(sign: str) -> tuple[int, int]:
            named = next(csv.reader([first], delimiter=sign), [])
            return sum(cells.word(name) in known for name in named), len(named)

        sign = max(DELIMITERS.values(), key=fitness)
    name = next(name for name, value in DELIMITERS.items() if value == sign)
    return Sheet(name, _numbered(text, sign, skip))


def fixed(text: str, spans: Collection[Span], skip: int) -> Sheet:
    """Rows of cells that stand at the same places in every line.

    Characters are counted, not bytes: a Chinese character is one.

    Args:
        text: the table.
        spans: where the cells stand, in the order in which they are wanted.
        skip: lines at the top that are no entries, such as headings.
    """
    lines = enumerate(text.splitlines(), 1)
    return Sheet(
        FIXED,
        (
            (number, [line[span.first - 1 : span.last].strip() for span in spans])
            for number, line in lines
            if number > skip
        ),
    )


def _numbered(text: str, sign: str, skip: int) -> Iterator[tuple[int, list[str]]]:
    number = 0
    try:
        # Strict, because a quote that is never closed would swallow the rest of the list.
        for number, row in enumerate(
            csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True), 1
        ):
            if number > skip:
                yield number, [cell.strip() for cell in row]
    except csv.Error as error:
        raise InputError(
            f"Row {number + 1} cannot be taken apart: {error}.",
            "Look for a quotation mark that is not closed, or not doubled inside a quoted cell.",
        ) from error
