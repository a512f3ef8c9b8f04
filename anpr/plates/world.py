"""Marks of other countries, as far as they help to settle letters against digits.

Forms are those published by the registration offices; scores only say usual (1), rare, or loose. Where a
country has too many forms to list, a loose one with a low score stands for the rest.
"""

from __future__ import annotations

import re
import string
from typing import Final

from anpr.plates.grammar import Form, Forms, MarkClass

_ALL: Final = string.ascii_uppercase
_ORDINARY: Final = MarkClass.ORDINARY


def _ordinary(*templates: str, score: float = 1.0) -> tuple[Form, ...]:
    return tuple(Form(_ORDINARY, template, score) for template in templates)


def _without(letters: str) -> str:
    return "".join(letter for letter in _ALL if letter not in letters)


_SG_WEIGHTS: Final = (9, 4, 5, 4, 3, 2)
_SG_LETTERS: Final = "AZYXUTSRPMLKJHGEDCB"


def singapore_check(mark: str) -> bool:
    """Whether the last letter is the one that the rest of a Singapore mark demands.

    The last two letters of the prefix (A is 1; a single letter stands second) and four digits are weighted
    9, 4, 5, 4, 3, 2 and summed; the remainder by 19 picks the letter. SGF 2306 R and E 115 B hold.
    """
    prefix = mark.rstrip(_ALL).rstrip(string.digits)
    digits = mark[len(prefix) : -1]
    letters = [ord(letter) - ord("A") + 1 for letter in prefix[-2:]]
    values = [0] * (2 - len(letters)) + letters + [int(digit) for digit in digits.zfill(4)]
    total = sum(weight * value for weight, value in zip(_SG_WEIGHTS, values, strict=True))
    return mark[-1] == _SG_LETTERS[total % len(_SG_LETTERS)]


#: Counties of Romania, as they begin a mark; the capital is B.
_RO_COUNTIES: Final = re.compile(
    "A[BGR]|B[CHNRTVZ]|C[JLSTV]|D[BJ]|G[JLR]|H[DR]|I[FLS]|M[HMS]|NT|OT|PH|S[BJMV]|T[LMR]|V[LNS]"
)


def romanian_county(mark: str) -> bool:
    """Whether a mark begins with a county of Romania."""
    return _RO_COUNTIES.match(mark) is not None


COUNTRIES: Final = (
    Forms(
        "GB",
        _without("IQ"),
        (
            *_ordinary("AA99AAA"),  # since 2001
            *_ordinary("AN9{0,2}AAA", "AAAN9{0,2}A", score=0.5),  # year letter in front, behind
            *_ordinary("A?[iz]AN9{0,3}", "AA[iz]N9{0,3}", score=0.5),  # Northern Ireland: always an I or a Z
            *_ordinary("A{1,3}N9{0,3}", "N9{0,3}A{1,3}", score=0.2),  # dateless
        ),
    ),
    Forms("DE", _ALL + "ÄÖÜ", _ordinary("A{1,3}A{1,2}N9{0,3}[eh]?", score=0.7)),
    Forms("FR", _without("IOU"), _ordinary("AA999AA")),
    Forms("IT", _without("IOQU"), _ordinary("AA999AA")),
    Forms("ES", _without("AEIOUQ"), _ordinary("9{4}AAA")),
    Forms(
        "NL",
        _without("AEIOUCQ"),
        _ordinary("AA99AA", "A{4}99", "99A{4}", "99AAA9", "9AAA99", "AA999A", "A999AA", "AAA99A", "9AA999"),
    ),
    Forms("BE", _ALL, (*_ordinary("NAAA999"), *_ordinary("AAA999", "999AAA", score=0.3))),
    Forms("AT", _ALL, _ordinary("A{1,2}N9{0,4}A{1,3}", score=0.3)),
    Forms("CH", _without("IOQ"), _ordinary("AAN9{0,5}", score=0.3)),
    Forms("PT", _ALL, _ordinary("AA99AA", "99AA99", "9{4}AA", "AA9{4}")),
    Forms("PL", _ALL, (*_ordinary("AA9{5}", "AAA9{4}"), *_ordinary("AAA?9{3,4}A{1,2}", score=0.5))),
    Forms("CZ", _without("GOQW"), _ordinary("9AX9{4}")),
    Forms("SK", _without("Q"), _ordinary("AA999AA")),
    Forms("HU", _without("Q"), _ordinary("AAA999", "A{4}999", score=0.7)),
    Forms("SE", _without("IQV"), _ordinary("AAA99X")),
    Forms("RO", _without("Q"), (*_ordinary("b9{2,3}AAA"), Form(_ORDINARY, "AA99AAA", 1.0, romanian_county))),
    # No nation but a loose form for the others with the blue strip.
    Forms("EU", _ALL, (Form(_ORDINARY, "A{1,3}X{1,3}9{1,4}X{0,2}", 0.1),)),
    Forms(
        "US",
        _ALL,
        (
            *_ordinary("9AAA999", "AAA9{4}", "AAA999"),
            *_ordinary("AA9{5}", "999AAA", "A99AAA", "AAA99A", "A9{6}", "9{3}9{3}", score=0.3),
            Form(MarkClass.PERSONALISED, "X{2,8}", 0.1),
        ),
    ),
    Forms("BR", _ALL, _ordinary("AAA9A99", "AAA9{4}")),  # Mercosul since 2018, and the former one
    Forms("SG", _without("IO"), (Form(_ORDINARY, "A{1,3}N9{0,3}A", 1.0, singapore_check),)),
    Forms("MY", _without("IO"), _ordinary("A{1,3}N9{0,3}A?", score=0.7)),
)
