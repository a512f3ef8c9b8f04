"""What kind of mark a text may be, country by country: a label and a score to rank by, never a filter.

A read is what was seen. Grammar says which of several candidates a registration office would have given out;
it never rewrites one, and it never drops one, since an owner may choose nearly any text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from anpr.plates.normal import normal_form

if TYPE_CHECKING:
    from collections.abc import Callable


class MarkClass(StrEnum):
    """What a mark is for. ``special`` are government, emergency services, legislature, garrison, villages."""

    ORDINARY = "ordinary"
    PERSONALISED = "personalised"
    SPECIAL = "special"
    TRADE = "trade"
    TRAILER = "trailer"
    CROSS_BOUNDARY = "cross_boundary"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Mark:
    """One way to understand a text.

    Attributes:
        country: ISO 3166 alpha-2, or "" when no grammar knows the form.
        mark_class: what it is for.
        written: the text as that country writes it: where the normal form folded O to 0 and I to 1,
            the form decides which it is.
        score: 0..1. 1 for a form that most vehicles of the country carry; less for rare forms, and for
            those so loose that nearly any text fits.
    """

    country: str
    mark_class: MarkClass
    written: str
    score: float


class Grammar(Protocol):
    """The law of one country's marks."""

    def classify(self, key: str) -> Mark | None:
        """The mark a normal form stands for, or None when it has no form of this country."""
        ...


_TOKEN: Final = re.compile(r"([A9NX]|[a-z]|\[[^\]]+\]|[^\x00-\x7f])(\{\d(?:,\d)?\}|\?)?")


@dataclass(frozen=True, slots=True)
class Form:
    """One form of marks.

    Attributes:
        mark_class: what marks of this form are for.
        template: ``A`` a letter of the country's alphabet, ``9`` a digit, ``N`` a digit but 0, ``X`` a letter
            or digit; a small letter or a Chinese character stands for itself, ``[...]`` for any of its signs;
            ``?`` and ``{m,n}`` repeat. Example: ``amN9{0,3}``.
        score: as in ``Mark``.
        check: what else must hold, given the mark as written.
    """

    mark_class: MarkClass
    template: str
    score: float
    check: Callable[[str], bool] | None = None


@dataclass(frozen=True, slots=True)
class Forms:
    """A country's grammar as a table of forms; the first that fits counts, so special ones come first.

    Args:
        country: ISO 3166 alpha-2.
        letters: the letters that may stand on its marks.
        table: its forms.
    """

    country: str
    letters: str
    table: tuple[Form, ...]
    _compiled: tuple[tuple[Form, re.Pattern[str], tuple[str, ...]], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        compiled = tuple((form, *_compile(form.template, self.letters)) for form in self.table)
        object.__setattr__(self, "_compiled", compiled)

    def classify(self, key: str) -> Mark | None:
        """See ``Grammar``."""
        for form, pattern, alphabets in self._compiled:
            found = pattern.fullmatch(key)
            if found is None:
                continue
            written = "".join(map(_as_letters, found.groups(), alphabets))
            if form.check is None or form.check(written):
                return Mark(self.country, form.mark_class, written, form.score)
        return None


def _compile(template: str, letters: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """A pattern with a group for each token of a template, and the letters that may stand in each."""
    tokens = _TOKEN.findall(template)
    if "".join(sign + count for sign, count in tokens) != template:
        raise ValueError(f"template {template!r} cannot be understood")
    alphabet = re.escape(normal_form(letters))
    classes = {"A": f"[{alphabet}]", "9": "[0-9]", "N": "[1-9]", "X": f"[{alphabet}0-9]"}
    parts, alphabets = [], []
    for sign, count in tokens:
        digit = sign in "9NX"
        # Letters take as little as they can: what may be a digit is one unless the form wants a letter.
        lazy = "?" if count.startswith("{") and not digit else ""
        parts.append(f"({classes.get(sign) or f'[{re.escape(normal_form(sign))}]'}{count}{lazy})")
        alphabets.append("" if digit else letters if sign == "A" else sign.upper())
    return re.compile("".join(parts)), tuple(alphabets)


def _as_letters(part: str, letters: str) -> str:
    for folded, letter in (("0", "O"), ("1", "I")):
        if letter in letters:
            part = part.replace(folded, letter)
    return part
