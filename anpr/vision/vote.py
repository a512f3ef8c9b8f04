"""Several readings of one plate to one text, or to "cannot read".

Readings of equal length are combined place by place: the probability of a character is the product over
readings of how probable each reading is if that character stood there, over all characters of the
alphabet, read or not. Readings of other lengths speak for another number of characters. Where frames
contradict each other the product over places is low, and the answer is None.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anpr.types import Candidate, Reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: No reader is surer than this of one character, whatever it says: PP-OCRv6 gives 0.999 to wrong ones.
SUREST = 0.985
LEAST_SURE = 0.02
#: A wrong character is one of this many others.
OTHER_CHARACTERS = 35
#: A reading misses or adds a character this often, however sure it is ...
SLIP = 0.02
#: ... and this often when it is quite unsure.
SLIP_UNSURE = 0.3
#: Frames of one track repeat each other's errors: n readings count as n to this power.
INDEPENDENCE = 0.8

#: The answer is given at this probability ...
MIN_PROBABILITY = 0.8
#: ... when this many readings bear it out, or one alone does that is at least this sure.
MIN_AGREEING = 2
SURE_ALONE = 0.9
MOST_ALTERNATIVES = 3


@dataclass(frozen=True, slots=True)
class Ballot:
    """One reading and how much its crop is worth, 0..1."""

    reading: Reading
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the readings say together.

    Attributes:
        text: the answer; None when they do not agree well enough.
        probability: that the best candidate is right, answer or not.
        alternatives: other candidates, best first; begins with the best one when there is no answer.
        rows: rows of characters, as most readings have it.
        agreeing: readings that bear every character of the best candidate out.
    """

    text: str | None
    probability: float
    alternatives: tuple[Candidate, ...]
    rows: int
    agreeing: int


NOTHING = Outcome(None, 0.0, (), 1, 0)


def vote(
    ballots: Iterable[Ballot],
    min_probability: float = MIN_PROBABILITY,
    *,
    one_suffices: bool = False,
) -> Outcome:
    """Combines readings; their order does not matter.

    Args:
        ballots: readings of one plate; empty ones are left out.
        min_probability: below this there is no answer.
        one_suffices: a still picture has only one reading, so that agreement cannot be asked for.
    """
    # Sorted, so that sums of floats do not depend on the order of arrival.
    valid = sorted((ballot for ballot in ballots if ballot.reading.text), key=_sort_key)
    if not valid:
        return NOTHING
    groups: dict[int, list[Ballot]] = defaultdict(list)
    for ballot in valid:
        groups[len(ballot.reading.text)].append(ballot)
    lengths = _lengths(valid, groups)
    ranked = sorted(
        (
            Candidate(text, lengths[length] * probability)
            for length, group in groups.items()
            for text, probability in _texts(group)
        ),
        key=lambda candidate: (-candidate.probability, candidate.text),
    )
    best = ranked[0]
    group = groups[len(best.text)]
    agreeing = _agreeing(group, best.text)
    enough = one_suffices or agreeing >= MIN_AGREEING or (len(valid) == 1 and best.probability >= SURE_ALONE)
    answered = enough and best.probability >= min_probability
    return Outcome(
        text=best.text if answered else None,
        probability=best.probability,
        alternatives=tuple(ranked[1 if answered else 0 :][:MOST_ALTERNATIVES]),
        rows=_rows(group, best.text),
        agreeing=agreeing,
    )


def _sort_key(ballot: Ballot) -> tuple[str, tuple[float, ...], float, int]:
    return ballot.reading.text, ballot.reading.probabilities, ballot.weight, ballot.reading.rows


def _temper(count: int) -> float:
    return float(count ** (INDEPENDENCE - 1))


def _clipped(probability: float) -> float:
    return min(SUREST, max(LEAST_SURE, probability))


def _probability(reading: Reading) -> float:
    """That every character of the reading is right."""
    return math.prod(_clipped(probability) for probability in reading.probabilities)


def _lengths(valid: Sequence[Ballot], lengths: Iterable[int]) -> dict[int, float]:
    """Probability of each number of characters."""
    logs = dict.fromkeys(lengths, 0.0)
    for ballot in valid:
        slip = SLIP + (SLIP_UNSURE - SLIP) * (1 - _probability(ballot.reading))
        for length in logs:
            difference = abs(length - len(ballot.reading.text))
            logs[length] += ballot.weight * (difference * math.log(slip) if difference else math.log1p(-slip))
    temper = _temper(len(valid))
    highest = max(logs.values())
    shares = {length: math.exp(temper * (value - highest)) for length, value in logs.items()}
    total = math.fsum(shares.values())
    return {length: share / total for length, share in shares.items()}


def _texts(group: Sequence[Ballot]) -> Iterable[tuple[str, float]]:
    """The texts of readings of one length, and their consensus, with their probabilities."""
    places = [_place(group, place) for place in range(len(group[0].reading.text))]
    consensus = "".join(max(sorted(shares), key=shares.__getitem__) for shares in places)
    for text in sorted({consensus, *(ballot.reading.text for ballot in group)}):
        yield text, math.prod(shares[character] for shares, character in zip(places, text, strict=True))


def _place(group: Sequence[Ballot], place: int) -> dict[str, float]:
    """Probability of each character that was read at one place."""
    logs = dict.fromkeys(sorted({ballot.reading.text[place] for ballot in group}), 0.0)
    unread = 0.0
    for ballot in group:
        probability = _clipped(ballot.reading.probabilities[place])
        hit = ballot.weight * math.log(probability)
        miss = ballot.weight * math.log((1 - probability) / OTHER_CHARACTERS)
        unread += miss
        for character in logs:
            logs[character] += hit if character == ballot.reading.text[place] else miss
    temper = _temper(len(group))
    highest = max(unread, *logs.values())
    shares = {character: math.exp(temper * (value - highest)) for character, value in logs.items()}
    never_read = OTHER_CHARACTERS + 1 - len(logs)
    total = math.fsum(shares.values()) + never_read * math.exp(temper * (unread - highest))
    return {character: share / total for character, share in shares.items()}


def _agreeing(group: Sequence[Ballot], text: str) -> int:
    """How many readings bear out the character of ``text`` that the fewest bear out."""
    return min(
        sum(ballot.reading.text[place] == character for ballot in group)
        for place, character in enumerate(text)
    )


def _rows(group: Sequence[Ballot], text: str) -> int:
    """As most readings of the text have it; 1 when they are even."""
    same = [ballot.reading.rows for ballot in group if ballot.reading.text == text]
    rows = Counter(same or [ballot.reading.rows for ballot in group])
    return max(sorted(rows), key=rows.__getitem__)
