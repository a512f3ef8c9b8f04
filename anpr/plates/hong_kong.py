"""Marks of Hong Kong, Macau and the mainland of China: one car may carry all three.

Sources: Road Traffic (Registration and Licensing of Vehicles) Regulations, Cap. 374E, regulation 12E and
Schedule 4, for the alphabet and for personalised marks; 273 ordinary marks read from pictures, of which 271
have two letters and 2 none. The reserved prefixes are as commonly published, not from the law's text.
"""

from __future__ import annotations

from typing import Final

from anpr.plates.grammar import Form, Forms, MarkClass

LETTERS: Final = "ABCDEFGHJKLMNPRSTUVWXYZ"
"""Without I, O and Q (Cap. 374E reg. 12E)."""

HONG_KONG: Final = Forms(
    "HK",
    LETTERS,
    (
        Form(MarkClass.SPECIAL, "amN9{0,3}", 1.0),  # government, police, post
        Form(MarkClass.SPECIAL, "aN9{0,2}", 0.5),  # ambulances
        Form(MarkClass.SPECIAL, "fN9{0,3}", 0.5),  # fire services
        Form(MarkClass.SPECIAL, "lcN9?", 0.5),  # Legislative Council
        Form(MarkClass.SPECIAL, "zgN9{0,3}", 1.0),  # garrison
        Form(MarkClass.SPECIAL, "vvN9{0,3}", 1.0),  # village vehicles
        *(Form(MarkClass.SPECIAL, letters, 0.5) for letters in ("cs", "fs", "sj", "cj")),
        Form(MarkClass.TRADE, "tN9{0,4}", 0.5),
        Form(MarkClass.TRAILER, "N9{0,4}t", 0.5),
        # No leading nought; marks without letters are few, and with one letter are all reserved or chosen.
        Form(MarkClass.ORDINARY, "AAN9{0,3}", 1.0),
        Form(MarkClass.ORDINARY, "N9{0,3}", 0.3),
        # At most eight signs with blanks, which do not count in comparison. 12 % of the marks seen, but
        # nearly any misread has this form too.
        Form(MarkClass.PERSONALISED, "X{1,8}", 0.1),
    ),
)

MACAU: Final = Forms(
    "MO",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    (
        # M, MA to MZ (without MV), then AA: the Transport Bureau's announcements of 2015 and 2019.
        Form(MarkClass.ORDINARY, "m[abcdefghijklmnopqrstuwxyz]9{4}", 0.6),
        Form(MarkClass.ORDINARY, "m9{4}", 0.6),
        Form(MarkClass.ORDINARY, "a[abcdefghijklmnopqrstuvwxyz]9{4}", 0.6),
        Form(MarkClass.ORDINARY, "cmN9{0,4}", 0.3),  # mopeds
    ),
)

_PROVINCES: Final = "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]"

MAINLAND: Final = Forms(
    "CN",
    LETTERS + "Q",
    (
        # A mainland mark for a Hong Kong or Macau car, carried below its own plate.
        Form(MarkClass.CROSS_BOUNDARY, "粤zX{4}[港澳]", 1.0),
        Form(MarkClass.SPECIAL, f"{_PROVINCES}AX{{4}}[警学领挂试使]", 0.8),
        Form(MarkClass.ORDINARY, f"{_PROVINCES}AX{{5}}", 1.0),
        Form(MarkClass.ORDINARY, f"{_PROVINCES}AX{{6}}", 1.0),  # new energy
    ),
)
