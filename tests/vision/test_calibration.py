from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from anpr.vision.calibration import Curve, Trust, calibration

CLAIMS = st.floats(0, 1)
CURVES = st.builds(Curve, st.floats(0.1, 3), st.floats(-3, 3))


def test_the_shipped_calibration_says_when_and_on_what_it_was_measured():
    known = calibration()
    assert date.fromisoformat(known.made_at)
    assert known.source
    assert 0 < known.still.threshold <= known.still_sure <= 1
    assert 0.5 < known.video.threshold <= 1


def test_surer_claims_are_truer_in_the_shipped_calibration():
    known = calibration()
    for trust in (known.still, known.video):
        assert trust.alone.slope > 0
        assert trust.together.slope > 0


@given(CURVES, CLAIMS, CLAIMS)
def test_a_surer_claim_is_never_worth_less(curve: Curve, one: float, other: float):
    less, more = sorted((one, other))
    assert 0 <= curve.probability(less) <= curve.probability(more) <= 1


def test_several_readings_have_a_line_of_their_own():
    trust = Trust(Curve(1.0, 0.0), Curve(0.3, 0.0), 0.9)
    assert trust.probability(0.99, 1) > trust.probability(0.99, 2) > 0.5
