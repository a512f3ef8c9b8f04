"""Which signs the reader takes for which: counted on known plates, written as the product's one table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anpr.plates.lookalikes import Table
from anpr.vision.align import align, signs

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from anpr.bench.known import Tried

#: A wrong character is one of this many others (26 letters and 10 digits, itself and O = 0, I = 1 left out).
OTHERS = 33
#: So many wrong reads of a sign, spread evenly over all others, are believed before any was counted.
PRIOR = 4.0
#: Misreads of this length and more are of another kind: a wrong line, a blurred smear.
MOST_EDITS = 3
#: A confusion is written when it was seen this often.
LEAST_SEEN = 2
#: Two signs count as alike from this share of a sign's misreads on.
FLOOR = 0.12


@dataclass(frozen=True, slots=True)
class Counts:
    """What was read for each sign.

    Attributes:
        pairs: how often a sign was read as which, right reads included.
        sources: plates compared, by the set they are from.
    """

    pairs: Counter[tuple[str, str]]
    sources: Counter[str]

    @property
    def characters(self) -> int:
        """Characters that were laid against one another."""
        return self.pairs.total()

    @property
    def wrong(self) -> int:
        """How many of them were read as another."""
        return sum(count for (sign, read), count in self.pairs.items() if sign != read)


def count(tried: Iterable[Tried]) -> Counts:
    """Lays the first reading of each plate against its truth and counts characters read as others."""
    pairs: Counter[tuple[str, str]] = Counter()
    sources: Counter[str] = Counter()
    for one in tried:
        truth, read = signs(one.text), signs(one.readings[0].text)
        laid = align(truth, read)
        edits = sum(i is None or j is None or truth[i] != read[j] for i, j in laid)
        if edits >= MOST_EDITS:
            continue
        sources[one.source] += 1
        pairs.update((truth[i], read[j]) for i, j in laid if i is not None and j is not None)
    return Counts(pairs, sources)


def table(counts: Counts, reader: str, made: date) -> Table:
    """The counts as shares; unseen confusions share what is left."""
    read_as: dict[str, dict[str, float]] = {}
    misread: dict[str, float] = {}
    for sign in sorted({sign for sign, _ in counts.pairs}):
        seen = {read: n for (true, read), n in counts.pairs.items() if true == sign}
        wrong = sum(n for read, n in seen.items() if read != sign)
        misread[sign] = round((wrong + 1) / (sum(seen.values()) + 2), 4)
        shares = {
            read: round((n + PRIOR / OTHERS) / (wrong + PRIOR), 3)
            for read, n in sorted(seen.items(), key=lambda item: (-item[1], item[0]))
            if read != sign and n >= LEAST_SEEN
        }
        if shares:
            read_as[sign] = shares
    source = ", ".join(f"{name} {n}" for name, n in sorted(counts.sources.items()))
    return Table(
        made_at=made.isoformat(),
        source=f"{reader} on {counts.sources.total()} plates: {source}",
        characters=counts.characters,
        wrong=counts.wrong,
        other=round(1 / OTHERS, 4),
        floor=FLOOR,
        misread=misread,
        read_as=read_as,
    )


def as_toml(made: Table) -> str:
    """The table as ``anpr/plates/lookalikes.toml`` holds it."""
    lines = [
        "# Which signs are taken for which. Written by `anpr bench confusions --write`; never by hand.",
        f'made_at = "{made.made_at}"',
        f'source = "{made.source}"',
        f"characters = {made.characters}",
        f"wrong = {made.wrong}",
        "# Share of a confusion that is not listed, of all that a misread sign may become.",
        f"other = {made.other}",
        "# From this share on a letter and a digit count as alike.",
        f"floor = {made.floor}",
        "",
        "# By sign on the plate: how often it is misread.",
        "[misread]",
        *(f'"{sign}" = {share}' for sign, share in made.misread.items()),
        "",
        "# By sign on the plate: what it becomes when it is misread, as shares of 1.",
        "[read_as]",
    ]
    for sign, reads in made.read_as.items():
        inner = ", ".join(f'"{read}" = {share}' for read, share in reads.items())
        lines.append(f'"{sign}" = {{ {inner} }}')
    return "\n".join(lines) + "\n"
