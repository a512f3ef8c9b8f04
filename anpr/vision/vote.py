"""Several readings of one plate to one text, or to "cannot read".

Where a crop was looked at more than once, each word has a voice. The reading that weighs most gives the
places; every other is laid against it by edit alignment. At each place the readings vote for a character or
for none: how probable is what they read there, if this one stood there. What else a character may be the
reader says itself; for what it does not name there is the measured table of look-alikes. Where frames
contradict each other the product over places is low, and the answer is None. Among nearly equal texts
grammar decides; it adds none and changes none.

The constants are measured on synthetic drives: see docs/decisions/voting.md.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from anpr.plates.lookalikes import confusion
from anpr.plates.ranking import weighed
from anpr.types import Candidate
from anpr.vision.align import align, signs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from anpr.types import Reading
    from anpr.vision.calibration import Trust

#: No reader is surer than this of one character, whatever it says.
SUREST = 0.995
LEAST_SURE = 0.02
#: A reading counts by the probability that all of it is right, to this power: guesses at a far plate repeat
#: each other's errors and would outvote one good look.
DOUBT = 0.5
#: No reading counts less than this.
LEAST_WEIGHT = 1e-3
#: Words of a track that take part, the heaviest first; more only cost time.
MOST_VOICES = 12
#: A reading adds a character this often, misses one, and misses a thin one, which melts into a border:
#: counted on drawn plates and held-out pictures, see docs/decisions/voting.md.
ADDED, MISSED, MISSED_THIN = 0.02, 0.04, 0.1
#: The thin sign; I is compared as it.
THIN = "1"
#: What a reading leaves, at the least, to characters that it does not name.
LEAST_REST = 0.005
#: Characters that may stand in a place and that nobody read there.
ALPHABET = 36
#: A text joins the candidates when it differs in one place by a character at least this likely there, as a
#: share of the likeliest one.
LEAST_RIVAL = 0.05

#: From this share on a Chinese character is part of the answer even where others are left out.
SURE_HANZI = 0.9
MOST_ALTERNATIVES = 3
#: Another candidate less likely than this, 0 in 100, is of no use to anybody.
LEAST_ALTERNATIVE = 0.005

#: Where a character stands: before which place of the frame, 1 if it is that place, number of the insertion.
_Slot: TypeAlias = tuple[int, int, int]
#: What each slot holds in one text; None is no character.
_Path: TypeAlias = "dict[_Slot, str | None]"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the readings say together.

    Attributes:
        text: the answer; None when it is not sure enough.
        probability: that the best candidate is right, answer or not; as often true as it says.
        alternatives: other candidates that are not out of the question, best first; begins with the best one
            when there is no answer.
        rows: rows of characters, as most readings have it.
    """

    text: str | None
    probability: float
    alternatives: tuple[Candidate, ...]
    rows: int


NOTHING = Outcome(None, 0.0, (), 1)


@dataclass(frozen=True, slots=True)
class _Voice:
    """A reading with its signs, what else they may be, its clipped probabilities and how much it counts."""

    reading: Reading
    signs: tuple[str, ...]
    sure: tuple[float, ...]
    rivals: tuple[Mapping[str, float], ...]
    weight: float

    def likely(self, place: int, sign: str | None) -> float:
        """How likely this was read at its place if a sign, or none, stood there."""
        sure, own, rivals = self.sure[place], self.signs[place], self.rivals[place]
        if sign is None:
            return ADDED
        if sign == own:
            return sure
        if sign in rivals:
            return rivals[sign]
        return max(LEAST_REST, 1 - sure - math.fsum(rivals.values())) * confusion(sign, own)


def vote(
    readings: Iterable[Reading],
    trust: Trust,
    least: float | None = None,
    *,
    home: str = "HK",
    one_picture: bool = False,
) -> Outcome:
    """Combines readings; their order does not matter.

    Args:
        readings: of one plate; empty ones are left out.
        trust: what the claims of such readings are worth.
        least: probability below which there is no answer; None for its own threshold.
        home: the country the car drives in, for the grammar.
        one_picture: the readings are cuts of a single picture. No better look will come: the surest of them
            counts in full, however unsure it is, and Chinese characters that keep the rest from being sure
            enough are left out of the answer.
    """
    least = trust.threshold if least is None else least
    heard = [reading for reading in readings if reading.text]
    if not heard:
        return NOTHING
    # Sorted, so that sums of floats do not depend on the order of arrival.
    voices = sorted((_voice(word) for reading in heard for word in _words(reading)), key=_sort_key)
    if not one_picture:
        voices = voices[:MOST_VOICES]
    if one_picture or len(heard) == 1:
        # Nobody to be outvoted: the heaviest claims just what it says.
        heaviest = max(voice.weight for voice in voices)
        voices = [replace(voice, weight=voice.weight / heaviest) for voice in voices]
    spread = _lay(voices)
    shares = {slot: _shares(voices, seen) for slot, seen in spread.items()}
    ranked = _ranked(voices, spread, shares, home)
    best, claimed = ranked[0]
    text = _text(best)
    same = [voice.reading.rows for voice in voices if "".join(voice.signs) == text]
    probability = trust.probability(claimed, len(heard))
    if one_picture and probability < least:
        sure = {slot: sign for slot, sign in best.items() if not _doubtful_hanzi(sign, shares[slot])}
        without = trust.probability(math.prod(shares[slot][sign] for slot, sign in sure.items()), len(heard))
        if _text(sure) and without >= least:
            ranked[0], probability = (sure, claimed), without
    answered = probability >= least
    # The others share what the best one leaves, as the vote divides it.
    rest = min(1.0, (1 - probability) / max(1 - claimed, 1e-9))
    candidates = [
        Candidate(_written(path, voices, spread), p * rest if number else probability)
        for number, (path, p) in enumerate(ranked[: MOST_ALTERNATIVES + 1])
        if not number or p * rest >= LEAST_ALTERNATIVE
    ]
    return Outcome(
        text=candidates[0].text if answered else None,
        probability=probability,
        alternatives=tuple(candidates[1 if answered else 0 :][:MOST_ALTERNATIVES]),
        rows=_most(same or [voice.reading.rows for voice in voices]),
    )


def _words(reading: Reading) -> tuple[Reading, ...]:
    """What was made of one crop."""
    return (reading, *(other for other in reading.others if other.text))


def _voice(reading: Reading) -> _Voice:
    sure = tuple(min(SUREST, max(LEAST_SURE, probability)) for probability in reading.probabilities)
    own = signs(reading.text)
    rivals = tuple(
        {sign: share for other, share in others for sign in signs(other) if sign != own[place]}
        for place, others in enumerate(reading.rivals or ((),) * len(own))
    )
    return _Voice(reading, own, sure, rivals, max(LEAST_WEIGHT, math.prod(sure) ** DOUBT))


def _sort_key(voice: _Voice) -> tuple[float, str, tuple[float, ...], int]:
    return -voice.weight, voice.reading.text, voice.reading.probabilities, voice.reading.rows


def _lay(voices: Sequence[_Voice]) -> dict[_Slot, dict[int, int]]:
    """Lays all readings against the heaviest: by slot, which voice has which of its characters there."""
    weights: dict[tuple[str, ...], float] = defaultdict(float)
    for voice in voices:
        weights[voice.signs] += voice.weight**2
    frame = max(sorted(weights), key=weights.__getitem__)
    spread: dict[_Slot, dict[int, int]] = {(place, 1, 0): {} for place in range(len(frame))}
    for number, voice in enumerate(voices):
        place, added = 0, 0
        for i, j in align(frame, voice.signs):
            if i is None:
                slot, added = (place, 0, added), added + 1
                spread.setdefault(slot, {})
            else:
                slot, place, added = (i, 1, 0), i + 1, 0
            if j is not None:
                spread[slot][number] = j
    return dict(sorted(spread.items()))


def _shares(voices: Sequence[_Voice], seen: Mapping[int, int]) -> dict[str | None, float]:
    """Probability of each character read in one slot or its rival, and of none where a voice has none."""
    read = {voices[number].signs[place] for number, place in seen.items()}
    read |= {sign for number, place in seen.items() for sign in voices[number].rivals[place]}
    logs: dict[str | None, float] = dict.fromkeys(sorted(read), 0.0)
    if len(seen) < len(voices):
        logs[None] = 0.0
    unread = 0.0
    for number, voice in enumerate(voices):
        place = seen.get(number)
        if place is None:
            for sign in logs:
                logs[sign] += voice.weight * _missing(sign)
            unread += voice.weight * math.log(MISSED)
            continue
        for sign in logs:
            logs[sign] += voice.weight * math.log(voice.likely(place, sign))
        rest = max(LEAST_REST, 1 - voice.sure[place] - math.fsum(voice.rivals[place].values()))
        unread += voice.weight * math.log(rest / (ALPHABET - 1))
    highest = max(unread, *logs.values())
    shares = {sign: math.exp(value - highest) for sign, value in logs.items()}
    never_read = max(0, ALPHABET - len(read)) * math.exp(unread - highest)
    total = math.fsum(shares.values()) + never_read
    return {sign: share / total for sign, share in shares.items()}


def _missing(sign: str | None) -> float:
    """Log probability that nothing was read where a sign, or none, stands."""
    if sign is None:
        return math.log1p(-ADDED)
    return math.log(MISSED_THIN if sign == THIN else MISSED)


def _ranked(
    voices: Sequence[_Voice],
    spread: Mapping[_Slot, Mapping[int, int]],
    shares: Mapping[_Slot, Mapping[str | None, float]],
    home: str,
) -> list[tuple[_Path, float]]:
    """Candidates with their probabilities before calibration, best first."""
    consensus: _Path = {slot: _likeliest(own) for slot, own in shares.items()}
    paths = [consensus]
    for number, voice in enumerate(voices):
        paths.append(
            {slot: voice.signs[seen[number]] if number in seen else None for slot, seen in spread.items()}
        )
    for slot, own in shares.items():
        least = LEAST_RIVAL * own[consensus[slot]]
        paths += [{**consensus, slot: sign} for sign, share in own.items() if share >= least]
    found: dict[str, tuple[_Path, float]] = {}
    for path in paths:
        text = _text(path)
        probability = math.prod(shares[slot][sign] for slot, sign in path.items())
        if text and (text not in found or probability > found[text][1]):
            found[text] = (path, probability)
    shared = weighed({text: probability for text, (_, probability) in found.items()}, home)
    return [
        (found[text][0], min(1.0, share))
        for text, share in sorted(shared.items(), key=lambda one: (-one[1], one[0]))
    ]


def _doubtful_hanzi(sign: str | None, own: Mapping[str | None, float]) -> bool:
    return sign is not None and not sign.isascii() and own[sign] < SURE_HANZI


def _likeliest(own: Mapping[str | None, float]) -> str | None:
    return max(own, key=lambda sign: (own[sign], sign is None, sign or ""))


def _text(path: _Path) -> str:
    return "".join(sign for sign in path.values() if sign is not None)


def _written(path: _Path, voices: Sequence[_Voice], spread: Mapping[_Slot, Mapping[int, int]]) -> str:
    """A text as it was seen: of O and 0, I and 1 the one that the surer readings have there."""
    characters = []
    for slot, sign in path.items():
        if sign is None:
            continue
        seen: dict[str, float] = defaultdict(float)
        for number, place in spread[slot].items():
            voice = voices[number]
            if voice.signs[place] == sign:
                seen[voice.reading.text[place]] += voice.weight * voice.sure[place]
        characters.append(max(sorted(seen), key=seen.__getitem__, default=sign))
    return "".join(characters)


def _most(rows: Sequence[int]) -> int:
    """The commonest; the lesser one when they are even."""
    counted = Counter(rows)
    return max(sorted(counted), key=counted.__getitem__)
