"""Texts of synthetic plates of Europe and the Americas, and of no country at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anpr.training.marks import ALL_LETTERS, DIGITS, Mark, one_of, pattern, pick

if TYPE_CHECKING:
    import numpy as np

_US_WORDS = (
    "RUNNER",
    "SKI BUM",
    "GOFAST",
    "2COOL",
    "BEACH",
    "LUV2FLY",
    "MYJEEP",
    "HOTROD",
    "UBUNTU",
    "EAGLE1",
    "NO1 DAD",
    "GR8 1",
    "JAZZ",
    "SAILOR",
)


#: Share of marks that end in a thin character, which a plate's edge or frame looks like.
_THIN_ENDED_SHARE = 0.12


def _thin_ended(rng: np.random.Generator, text: str) -> str:
    """Sometimes the same with I or 1 for its last letter or digit."""
    if rng.random() < _THIN_ENDED_SHARE:
        return text[:-1] + ("1" if text[-1].isdigit() else "I")
    return text


def united_kingdom(rng: np.random.Generator, *, two_rows: bool) -> Mark:
    """Current marks AB12 CDE, with some prefix and suffix marks."""
    letters = "ABCDEFGHJKLMNOPRSTUVWXYZ"
    form = one_of(
        rng, "LLDD LLL", "LLDD LLL", "LLDD LLL", "LLDD LLL", "LDDD LLL", "LLL DDDL", "LDD LLL", "LLL DDD"
    )
    text = pattern(rng, form, letters)
    return Mark(tuple(text.split()) if two_rows else (text,), "uk")


_EU_FORMS: dict[str, tuple[str, ...]] = {
    "RO": ("B DDD LLL", "B DD LLL", "{ro} DD LLL", "{ro} DD LLL", "{ro} DD LLL"),
    "D": ("L LL DDDD", "LL LL DDD", "LLL L DDDD", "L L DDD", "LL L DDDD", "LLL LL DD"),
    "E": ("DDDD LLL",),
    "F": ("LL-DDD-LL",),
    "I": ("LL DDDLL", "LL DDD LL"),
    "PL": ("LL DDDDD", "LLL DDDD", "LL DDDDL", "LLL DLDD", "LLL DDLL"),
    "CZ": ("DLD DDDD",),
    "SK": ("LL DDDLL",),
    "H": ("LLL-DDD", "LL LL-DDD"),
    "BG": ("L DDDD LL", "LL DDDD LL"),
    "NL": ("LL-DDD-L", "DD-LLL-D", "L-DDD-LL"),
    "B": ("D-LLL-DDD",),
    "P": ("DD-LL-DD", "LL-DD-LL"),
    "A": ("L DDDDLL", "LL DDDLL"),
    "S": ("LLL DDD", "LLL DDL"),
    "FIN": ("LLL-DDD",),
    "LT": ("LLL DDD",),
    "HR": ("LL DDDD-LL", "LL DDD-LL"),
    "SLO": ("LL LL-DDD",),
    "EST": ("DDD LLL",),
    "LV": ("LL-DDDD",),
    "GR": ("LLL-DDDD",),
    "IRL": ("DDD-L-DDDD", "DDD-L-DDDDD"),
    "N": ("LL DDDDD",),
    "DK": ("LL DD DDD",),
    "CH": ("LL DDDDDD", "LL DDDDD"),
    "L": ("LL DDDD",),
    "UA": ("LL DDDD LL",),
    "SRB": ("LL DDD-LL",),
    "TR": ("DD LL DDDD", "DD LLL DD"),
}
_RO_COUNTIES = [
    "AB",
    "AG",
    "AR",
    "BC",
    "BH",
    "BN",
    "BR",
    "BT",
    "BV",
    "BZ",
    "CJ",
    "CL",
    "CS",
    "CT",
    "CV",
    "DB",
    "DJ",
    "GJ",
    "GL",
    "GR",
    "HD",
    "HR",
    "IF",
    "IL",
    "IS",
    "MH",
    "MM",
    "MS",
    "NT",
    "OT",
    "PH",
    "SB",
    "SJ",
    "SM",
    "SV",
    "TL",
    "TM",
    "TR",
    "VL",
    "VN",
    "VS",
]


def european(rng: np.random.Generator, *, two_rows: bool) -> tuple[Mark, str]:
    """A mark and the country code of its blue strip."""
    code = "RO" if rng.random() < 0.25 else one_of(rng, *_EU_FORMS)
    form = one_of(rng, *_EU_FORMS[code])
    letters = "BCDFGHJKLMNPRSTVWXYZ" if code == "E" else ALL_LETTERS
    if code == "RO":
        head, rest = form.split(" ", 1)
        text = f"{head.replace('{ro}', one_of(rng, *_RO_COUNTIES))} {pattern(rng, rest)}"
    else:
        text = pattern(rng, form, letters)
    if code != "E":
        text = _thin_ended(rng, text)
    if two_rows:
        parts = text.replace("-", " ").split()
        return Mark((parts[0], " ".join(parts[1:])) if len(parts) > 1 else (text[:3], text[3:]), "eu"), code
    return Mark((text,), "eu"), code


def united_states(rng: np.random.Generator) -> Mark:
    """Five to seven characters in the common forms; about one in eight is a vanity mark."""
    if rng.random() < 0.12:
        return Mark(
            (
                one_of(rng, *_US_WORDS)
                if rng.random() < 0.5
                else pick(rng, ALL_LETTERS + DIGITS, int(rng.integers(3, 8))),
            ),
            "us",
        )
    forms = (
        "DLLLDDD",
        "DLLLDDD",
        "LLL DDDD",
        "LLL-DDDD",
        "LLL DDD",
        "LLL-DDD",
        "LLL*DDD",
        "DDD LLL",
        "DDD-LLL",
        "DDD*LLL",
        "LDD LLL",
        "LDD*LLL",
        "LLLDDDD",
        "LLDDDDD",
        "DDDDLL",
        "LL DDDD",
        "LL-DDD",
        "DDD DDD",
        "DDDLLL",
        "LL DDDDD",
        "DDD LL",
        "LDDLLL",
        "DDDD LL",
        "LLL DDL",
        "DD-DDDDD",
        "L DDDDDD",
        "DDL DDD",
        "LL*DDDD",
        "LLDDLL",
        "LLD*LDL",
        "LLL*LDD",
        "DDL*DLL",
        "DLL*DDD",
        "LDD*LDL",
    )
    return Mark((_thin_ended(rng, pattern(rng, one_of(rng, *forms))),), "us")


def brazil(rng: np.random.Generator, *, mercosul: bool, two_rows: bool) -> Mark:
    """ABC-1234 until 2018, ABC1D23 since."""
    if mercosul:
        text = pattern(rng, "LLLDLDD")
        return Mark((text[:3], text[3:]) if two_rows else (text,), "mercosul")
    text = pattern(rng, "LLL-DDDD")
    return Mark(
        (text[:3], text[4:]) if two_rows else (text.replace("-", one_of(rng, "-", "·", " ")),), "brazil"
    )


def generic(rng: np.random.Generator, *, two_rows: bool) -> Mark:
    """Anything of four to eight characters, so that no grammar is learnt too well."""
    text = pick(rng, ALL_LETTERS + DIGITS + DIGITS, int(rng.integers(4, 9)))
    cut = int(rng.integers(1, len(text)))
    if two_rows:
        return Mark((text[:cut], text[cut:]), "generic")
    return Mark((text[:cut] + one_of(rng, "", " ", "-", "·") + text[cut:],), "generic")
