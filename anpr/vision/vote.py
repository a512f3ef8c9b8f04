"""Several readings of one plate to one text, or to "cannot read".

Each text that was read, and the character-by-character consensus of readings of equal length, is a
candidate. A candidate's likelihood is the product over readings of how probable each reading is if the
candidate were the truth. One more candidate stands for every text nobody read; it gains whenever readings
contradict each other, and when it wins the answer is None.
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
#: Likelihood of a character too many or too few.
SLIP = 0.02
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
    valid = [ballot for ballot in ballots if ballot.reading.text]
    if not valid:
        return NOTHING
    # Sorted, so that sums of floats do not depend on the order of arrival.
    valid.sort(key=lambda b: (b.reading.text, b.reading.probabilities, b.weight, b.reading.rows))
    temper = len(valid) ** (INDEPENDENCE - 1)
    logs = {
        text: temper * sum(b.weight * _log_likelihood(b.reading, text) for b in valid)
        for text in _candidates(valid)
    }
    none_of_them = temper * sum(b.weight * math.log1p(-_probability(b.reading)) for b in valid)
    highest = max(none_of_them, *logs.values())
    total = math.exp(none_of_them - highest) + sum(math.exp(value - highest) for value in logs.values())
    ranked = sorted(
        (Candidate(text, math.exp(value - highest) / total) for text, value in logs.items()),
        key=lambda candidate: (-candidate.probability, candidate.text),
    )
    best = ranked[0]
    agreeing = _agreeing(valid, best.text)
    surest = max((_probability(b.reading) for b in valid if b.reading.text == best.text), default=0.0)
    borne_out = one_suffices or agreeing >= MIN_AGREEING or (len(valid) == 1 and surest >= SURE_ALONE)
    answered = borne_out and best.probability >= min_probability
    rows = Counter(b.reading.rows for b in valid if b.reading.text == best.text) or Counter(
        b.reading.rows for b in valid
    )
    return Outcome(
        text=best.text if answered else None,
        probability=best.probability,
        alternatives=tuple(ranked[1 if answered else 0 :][:MOST_ALTERNATIVES]),
        rows=max(sorted(rows), key=lambda r: rows[r]),
        agreeing=agreeing,
    )


def _clipped(probability: float) -> float:
    return min(SUREST, max(LEAST_SURE, probability))


def _probability(reading: Reading) -> float:
    """That every character of the reading is right."""
    return math.prod(_clipped(probability) for probability in reading.probabilities)


def _candidates(ballots: Sequence[Ballot]) -> list[str]:
    texts = {ballot.reading.text for ballot in ballots}
    lengths: dict[int, list[Ballot]] = defaultdict(list)
    for ballot in ballots:
        lengths[len(ballot.reading.text)].append(ballot)
    return sorted(texts | {_consensus(group) for group in lengths.values()})


def _consensus(group: Sequence[Ballot]) -> str:
    """Best character at each place over readings of equal length."""
    text = []
    for place in range(len(group[0].reading.text)):
        scores: dict[str, float] = defaultdict(float)
        for ballot in group:
            scores[ballot.reading.text[place]] += ballot.weight * ballot.reading.probabilities[place]
        text.append(max(sorted(scores), key=lambda character: scores[character]))
    return "".join(text)


def _log_likelihood(reading: Reading, truth: str) -> float:
    """Log probability of the reading if the plate said ``truth``: best alignment, by dynamic programming."""
    text, sure = reading.text, reading.probabilities
    slip = math.log(SLIP)
    above = [slip * column for column in range(len(truth) + 1)]
    for row, (character, raw) in enumerate(zip(text, sure, strict=True), 1):
        probability = _clipped(raw)
        hit, miss = math.log(probability), math.log((1 - probability) / OTHER_CHARACTERS)
        here = [slip * row]
        for column, wanted in enumerate(truth, 1):
            here.append(
                max(
                    above[column - 1] + (hit if character == wanted else miss),
                    above[column] + slip,
                    here[column - 1] + slip,
                )
            )
        above = here
    return above[-1]


def _agreeing(ballots: Sequence[Ballot], text: str) -> int:
    """How many readings bear out the character of ``text`` that the fewest bear out."""
    same = [ballot.reading.text for ballot in ballots if len(ballot.reading.text) == len(text)]
    return min(sum(other[place] == character for other in same) for place, character in enumerate(text))
