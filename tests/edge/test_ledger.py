"""What the car can swear it has numbered, and what it does when the centre lacks some of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from anpr.edge.ledger import STARTS_KEPT, runs
from anpr.edge.outbox import Outbox
from anpr.messages import Ledger, Numbers, chain
from anpr.topics import VERDICT
from tests.edge.test_outbox import verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from anpr.messages import Verdict


class Time:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def outbox(tmp_path: Path, time: Time) -> Iterator[Outbox]:
    box = Outbox(tmp_path / "outbox.db", monotonic=time, jitter=lambda: 0.5, resend_first_s=10)
    yield box
    box.close()


def put(outbox: Outbox, count: int) -> list[Verdict]:
    """Messages of one start."""
    boot = verdict().boot
    return [
        outbox.put(VERDICT, verdict().model_copy(update={"boot": boot}), priority=1) for _ in range(count)
    ]


def told(outbox: Outbox, boot: str) -> Ledger:
    ledger = outbox.ledger("car-1", boot)
    assert ledger is not None
    return ledger


def held(ledger: Ledger) -> list[tuple[int, int]]:
    return [(run.first, run.last) for run in ledger.held]


def test_a_car_that_has_sent_nothing_has_nothing_to_tell(outbox: Outbox) -> None:
    assert outbox.ledger("car-1", verdict().boot) is None


def test_each_start_is_one_line_with_its_numbers_and_digest(outbox: Outbox) -> None:
    first, second = put(outbox, 3), put(outbox, 2)
    ledger = told(outbox, second[0].boot)
    assert [(one.boot, one.first, one.last, one.count) for one in ledger.starts] == [
        (first[0].boot, 1, 3, 3),
        (second[0].boot, 4, 5, 2),
    ]
    assert ledger.starts[1].digest == chain(chain("", second[0].id), second[1].id)
    assert Ledger.model_validate_json(ledger.model_dump_json()) == ledger


def test_what_has_no_receipt_is_held_and_what_has_one_is_not(outbox: Outbox) -> None:
    sent = put(outbox, 6)
    outbox.mark_received([sent[0].id, sent[3].id])
    assert held(told(outbox, sent[0].boot)) == [(2, 3), (5, 6)]
    outbox.prune()
    assert held(told(outbox, sent[0].boot)) == [(2, 3), (5, 6)]


def test_a_car_says_too_much_is_held_rather_than_too_little() -> None:
    assert runs([1, 2, 5, 9, 12], 3) == (
        Numbers(first=1, last=2),
        Numbers(first=5, last=5),
        Numbers(first=9, last=12),
    )


def test_a_receipted_message_that_the_centre_lost_is_sent_once_more_while_it_is_here(outbox: Outbox) -> None:
    sent = put(outbox, 3)
    outbox.mark_received([one.id for one in sent])
    assert outbox.send_again([Numbers(first=2, last=3)]) == 2
    assert {row.id for row in outbox.due(9)} == {sent[1].id, sent[2].id}
    outbox.mark_received([one.id for one in sent])
    outbox.prune()
    assert outbox.send_again([Numbers(first=1, last=3)]) == 0
    assert outbox.due(9) == []


def test_a_gap_cuts_a_long_wait_short_and_leaves_a_fresh_sending_alone(outbox: Outbox, time: Time) -> None:
    vain, fresh = put(outbox, 2)
    for _ in range(4):
        outbox.mark_sent([vain.id])
        time.now_s += 1000
    outbox.mark_sent([vain.id, fresh.id])
    assert outbox.due(9) == []
    outbox.send_again([Numbers(first=1, last=2)])
    assert [row.id for row in outbox.due(9)] == [vain.id]


def test_a_settled_start_is_told_no_more(outbox: Outbox) -> None:
    first, second = put(outbox, 2), put(outbox, 1)
    outbox.settle([first[0].boot])
    assert [one.boot for one in told(outbox, second[0].boot).starts] == [second[0].boot]


def test_starts_without_an_answer_do_not_pile_up(outbox: Outbox) -> None:
    newest = [put(outbox, 1)[0].boot for _ in range(STARTS_KEPT + 5)]
    assert [one.boot for one in told(outbox, newest[-1]).starts] == newest[5:]
