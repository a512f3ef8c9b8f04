"""How long the fuzzing may take: little with every test run, much with ``make fuzz``."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from anpr.errors import AnprError

EXAMPLES = int(os.environ.get("ANPR_FUZZ_EXAMPLES", "25"))

BUDGET = settings(
    max_examples=EXAMPLES,
    # What takes so long hangs, also on a machine that is busy.
    deadline=timedelta(seconds=10),
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.function_scoped_fixture,
    ],
    print_blob=True,
)


def in_words(error: AnprError) -> None:
    """Whatever is refused is refused with a sentence and a next step."""
    assert error.message
    assert error.next_step
