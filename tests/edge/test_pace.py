"""A backlog is sent as fast as the centre answers quickly, and no faster."""

from __future__ import annotations

from anpr.edge.pace import NARROWEST, PATIENCE_S, WIDEST, Pace


def send(pace: Pace, count: int, now_s: float) -> list[str]:
    ids = [f"{now_s}-{number}" for number in range(count)]
    for one in ids:
        pace.sent(one, now_s)
    return ids


def run(pace: Pace, delay_s: float, seconds: float) -> None:
    """A centre takes so long for each message, for so many seconds, and until all are answered."""
    now_s, under_way = 0.0, dict[str, float]()
    while now_s < seconds:
        for one, due_s in list(under_way.items()):
            if due_s <= now_s:
                pace.receipted(one, now_s)
                del under_way[one]
        under_way |= dict.fromkeys(send(pace, pace.room(now_s), now_s), now_s + delay_s)
        now_s += 0.05
    for one, due_s in under_way.items():
        pace.receipted(one, due_s)


def test_a_centre_that_answers_quickly_is_given_more_at_a_time() -> None:
    pace = Pace()
    assert pace.room(0) == 1
    run(pace, 0.1, 30)
    assert pace.room(100) == int(WIDEST)


def test_a_queue_at_the_centre_narrows_the_window_until_it_is_a_pause() -> None:
    pace = Pace()
    run(pace, 0.1, 30)
    run(pace, 3.0, 60)
    assert pace.window == NARROWEST
    one = send(pace, 1, 100)[0]
    pace.receipted(one, 103)
    assert pace.room(103.1) == 0, "a pause, although nothing is under way"
    assert pace.room(106) == 1


def test_a_long_way_without_a_queue_does_not_narrow_the_window() -> None:
    pace = Pace()
    run(pace, 0.7, 60)
    assert pace.window == WIDEST


def test_a_centre_that_is_away_is_looked_for_with_one_message_at_a_time() -> None:
    pace = Pace()
    run(pace, 0.1, 30)
    now_s = 100.0
    sent = 0
    while now_s < 100 + 10 * PATIENCE_S:
        sent += len(send(pace, pace.room(now_s), now_s))
        now_s += 0.5
    assert WIDEST < sent <= WIDEST + 10


def test_what_was_late_together_narrows_the_window_once() -> None:
    pace = Pace()
    run(pace, 0.1, 30)
    for one in send(pace, 8, 100):
        pace.receipted(one, 101)
    assert pace.window == WIDEST / 2


def test_a_new_connection_begins_anew() -> None:
    pace = Pace()
    send(pace, 1, 0)
    assert pace.room(PATIENCE_S + 1) <= 1
    pace.begin()
    assert pace.room(PATIENCE_S + 1) == 1
