"""Texts of synthetic plates, by country: what may stand on a plate and where its spaces lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from anpr.training.fonts import PROVINCES

if TYPE_CHECKING:
    import numpy as np

ALL_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#: Cap. 374E reg. 12E: no I, O or Q in Hong Kong.
HK_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
DIGITS = "0123456789"
_HK_WORDS = (
    "AUDREY",
    "PRAV1N",
    "8KT",
    "AM1EBE",
    "K1NGS",
    "LUCKY",
    "HAPPY",
    "DADDY",
    "MR LAZY",
    "WH0 AM 1",
    "1 L0VE U",
    "JAZZ",
    "TREE",
    "GARY",
    "MANDY",
    "BEST 88",
    "STAR",
    "RUNNER",
    "CHAN",
    "WEALTH",
    "D1AM0ND",
    "SUNNY",
    "TEAM 7",
    "MY CAR",
    "ZEN",
    "CHEERS",
    "EDDY LAU",
    "BENZ",
    "RAYM0ND",
    "V1CT0R",
)


class Mark(NamedTuple):
    """A registration mark: its rows as painted (with spaces, dots and dashes) and what kind it is."""

    rows: tuple[str, ...]
    kind: str

    @property
    def text(self) -> str:
        """The label: rows joined, separators dropped."""
        return "".join(c for row in self.rows for c in row if c.isalnum())


def pick(rng: np.random.Generator, alphabet: str, count: int = 1) -> str:
    """`count` random characters of an alphabet."""
    return "".join(alphabet[int(i)] for i in rng.integers(len(alphabet), size=count))


def pattern(rng: np.random.Generator, form: str, letters: str = ALL_LETTERS) -> str:
    """A text from a form in which L is a letter, D a digit and X either; all else stands for itself."""
    sets = {"L": letters, "D": DIGITS, "X": letters + DIGITS}
    return "".join(pick(rng, sets[c]) if c in sets else c for c in form)


def one_of(rng: np.random.Generator, *choices: str) -> str:
    """One of the strings, evenly."""
    return choices[int(rng.integers(len(choices)))]


def _number(rng: np.random.Generator, most: int = 4) -> str:
    length = int(rng.choice([1, 2, 3, 4], p=[0.04, 0.08, 0.22, 0.66]))
    length = min(length, most)
    return one_of(rng, *"123456789") + pick(rng, DIGITS, length - 1)


def _personalised(rng: np.random.Generator, *, two_rows: bool) -> Mark:
    """At most eight characters with spaces, at most four a row in two rows (Cap. 374E Sch. 4)."""
    roll = rng.random()
    if two_rows:
        mix = HK_LETTERS + "10"
        top = pick(rng, mix, int(rng.integers(1, 5)))
        bottom = pick(rng, mix + DIGITS, int(rng.integers(1, 5)))
        return Mark((top, bottom), "personalised")
    if roll < 0.4:
        text = one_of(rng, *_HK_WORDS)
    elif roll < 0.65:
        text = pick(rng, HK_LETTERS + "10", int(rng.integers(2, 9)))
    elif roll < 0.85:
        text = pick(rng, HK_LETTERS, int(rng.integers(1, 6))) + pick(rng, DIGITS, int(rng.integers(1, 4)))
    else:
        text = pick(rng, DIGITS, int(rng.integers(1, 4))) + pick(rng, HK_LETTERS, int(rng.integers(1, 5)))
    if " " not in text and 3 < len(text) < 8 and rng.random() < 0.4:
        cut = int(rng.integers(1, len(text)))
        text = f"{text[:cut]} {text[cut:]}"
    return Mark((text[:8].strip(),), "personalised")


def hong_kong(rng: np.random.Generator, *, two_rows: bool) -> Mark:
    """Ordinary (about 83 %), personalised (12 %), government and trade marks."""
    roll = rng.random()
    if roll < 0.12:
        return _personalised(rng, two_rows=two_rows)
    if roll < 0.135:
        return (
            Mark(("T", _number(rng) + one_of(rng, "", pick(rng, DIGITS))), "trade")
            if two_rows
            else Mark(("T " + _number(rng),), "trade")
        )
    if roll < 0.15:
        return Mark(
            (pick(rng, DIGITS[1:], 1) + pick(rng, DIGITS, int(rng.integers(0, 4))) + one_of(rng, "", "T"),),
            "ordinary",
        )
    prefix = one_of(rng, "AM", "A", "F", "LC", "ZG", "VV") if roll < 0.18 else pick(rng, HK_LETTERS, 2)
    number = _number(rng)
    if two_rows:
        return Mark((prefix, number), "ordinary")
    gap = one_of(rng, " ", " ", " ", "")
    return Mark((prefix + gap + number,), "ordinary")


def cross_boundary(rng: np.random.Generator) -> Mark:
    """粤Z, four characters, 港 or 澳: the black second plate of a car that may drive on both sides."""
    alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    serial = pattern(
        rng, one_of(rng, "LDDD", "LDDD", "LDDD", "DDDL", "DDDL", "LLDD", "DDDD", "LDDL", "DLDD"), alphabet
    )
    return Mark(
        ("粤Z" + one_of(rng, "·", "·", "·", " ") + serial + ("港" if rng.random() < 0.85 else "澳"),),
        "cross-boundary",
    )


def mainland(rng: np.random.Generator, *, green: bool, provinces: str = PROVINCES) -> Mark:
    """Province, office letter, then five characters, six on the green plates of electric cars."""
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    province = one_of(rng, *provinces) if rng.random() < 0.5 or "粤" not in provinces else "粤"
    serial = pattern(
        rng,
        one_of(rng, "LDDDDD", "LLDDDD", "DDDDDL")
        if green
        else one_of(rng, "DDDDD", "LDDDD", "XXDDD", "DXDDX"),
        letters,
    )
    office = pick(rng, "ABCDEFGHJKLMNPQRSTUVWXY")
    return Mark(
        (f"{province}{office}{'·' if rng.random() < 0.8 else ' '}{serial}",), "green" if green else "blue"
    )


def macau(rng: np.random.Generator, *, two_rows: bool) -> Mark:
    """M and a letter (or A, B, C alone), then two pairs of digits."""
    prefix = "M" + pick(rng, "ABCDEFGHIJKLMNOPQRSTUVWX") if rng.random() < 0.9 else pick(rng, "MN")
    first, second = pick(rng, DIGITS, 2), pick(rng, DIGITS, 2)
    dash = one_of(rng, "-", "-", "·", " ")
    return (
        Mark((prefix, f"{first}{dash}{second}"), "macau")
        if two_rows
        else Mark((f"{prefix}{dash}{first}{dash}{second}",), "macau")
    )


def singapore(rng: np.random.Generator, *, two_rows: bool) -> Mark:
    """Prefix, one to four digits, check letter."""
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    prefix = one_of(rng, "S", "S", "S", "S", "G", "P", "") + pick(rng, letters, 2)
    if rng.random() < 0.1:
        prefix = one_of(rng, "E", "G", "F", "SH") + pick(rng, letters)
    number, check = _number(rng), pick(rng, "ABCDEGHJKLMPRSTUXYZ")
    if two_rows:
        return Mark((prefix, number + check), "singapore")
    return Mark(
        (one_of(rng, "{} {} {}", "{}{}{}", "{} {}{}", "{}{} {}").format(prefix, number, check),), "singapore"
    )


def malaysia(rng: np.random.Generator, *, two_rows: bool) -> Mark:
    """One to three letters, one to four digits, sometimes a letter."""
    prefix = pick(rng, "ABCDEFGHJKLMNPQRSTVWXY", int(rng.choice([1, 2, 3], p=[0.05, 0.25, 0.7])))
    number = _number(rng)
    tail = pick(rng, "ABCDEFGHJKLMNPRSTUVWXY") if rng.random() < 0.15 else ""
    return (
        Mark((prefix, number + tail), "malaysia")
        if two_rows
        else Mark((f"{prefix} {number}{' ' + tail if tail else ''}",), "malaysia")
    )
