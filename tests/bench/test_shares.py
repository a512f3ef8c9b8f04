from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anpr.bench.shares import Share


def test_wilsons_interval_is_the_published_one():
    # Newcombe 1998, table I: 81 of 263 and 0 of 20.
    assert Share(81, 263).interval == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert Share(0, 20).interval == pytest.approx((0.0, 0.1611), abs=1e-4)


@given(st.integers(0, 400), st.integers(1, 400))
def test_the_interval_holds_the_share_and_stays_between_0_and_1(hits: int, more: int):
    one = Share(hits, hits + more)
    low, high = one.interval
    assert one.value is not None
    assert 0 <= low <= one.value <= high <= 1


def test_a_share_of_nothing_claims_nothing():
    assert Share(0, 0).value is None
    assert Share(0, 0).interval == (0, 1)
