"""A backlog is sent as fast as the centre answers quickly, and no faster."""

from __future__ import annotations

from anpr.edge.pace import FIRST_WITHIN_S, NARROWEST, PATIENCE_S, WIDEST, Pace


def make(jitter: float = 0.0) -> Pace:
    return Pace(lambda: jitter)


def send(pace: Pace, count: int, now_s: float) -> list[str]:
    ids = [f"{now_s}-{number}" for number in range(count)]
    for one in ids:
        pace.sent(one, now_s)
    return ids


def run(pace: Pace, delay_s: float, seconds: float) -> int:
    """A centre takes so long for each message, for so many seconds and until all are answered: how many."""
    now_s, under_way, done = 0.0, dict[str, float](), 0
    while now_s < seconds:
        for one, due_s in list(under_way.items()):
            if due_s <= now_s:
                pace.receipted(one, now_s)
                del under_way[one]
                done += 1
        under_way |= dict.fromkeys(send(pace, pace.room(now_s), now_s), now_s + delay_s)
        now_s += 0.05
    for one, due_s in under_way.items():
        pace.receipted(one, due_s)
    return done


def test_a_centre_that_answers_quickly_is_given_more_at_a_time() -> None:
    pace = make()
    assert pace.room(0) == 1
    run(pace, 0.1, 30)
    assert pace.room(100) == int(WIDEST)


def test_a_queue_at_the_centre_narrows_the_window_until_it_is_a_long_pause() -> None:
    pace = make()
    run(pace, 0.1, 30)
    assert run(pace, 3.0, 600) < 100
    assert pace.window == NARROWEST


def test_a_fleet_of_hundreds_shares_a_slow_centre_without_a_long_queue() -> None:
    cars = [make(number / 300) for number in range(300)]
    for car in cars:
        car.begin(0.0)
    queue: list[tuple[Pace, str, float]] = []
    waits: list[float] = []
    for tick in range(8000):
        now_s = tick * 0.05
        for _ in range(2):  # a centre that takes forty a second
            if queue:
                car, one, sent_s = queue.pop(0)
                car.receipted(one, now_s)
                waits.append(now_s - sent_s)
        for car in cars:
            queue += [(car, one, now_s) for one in send(car, car.room(now_s), now_s)]
    later = sorted(waits[len(waits) // 5 :])
    assert len(waits) > 0.6 * 2 * 8000, "the centre is kept busy"
    assert later[int(0.95 * len(later))] < 2.5


def test_a_long_way_without_a_queue_does_not_narrow_the_window() -> None:
    pace = make()
    run(pace, 0.7, 60)
    assert pace.window == WIDEST


def test_a_centre_that_is_away_is_looked_for_with_one_message_at_a_time() -> None:
    pace = make()
    run(pace, 0.1, 30)
    now_s = 100.0
    sent = 0
    while now_s < 100 + 10 * PATIENCE_S:
        sent += len(send(pace, pace.room(now_s), now_s))
        now_s += 0.5
    assert WIDEST < sent <= WIDEST + 10


def test_what_was_late_together_narrows_the_window_once() -> None:
    pace = make()
    run(pace, 0.1, 30)
    for one in send(pace, 8, 100):
        pace.receipted(one, 101)
    assert pace.window == WIDEST / 2


def test_cars_that_connect_in_one_moment_do_not_begin_in_one() -> None:
    pace = make(0.5)
    send(pace, 1, 0)
    pace.begin(100)
    assert pace.room(100) == 0
    assert pace.room(100 + FIRST_WITHIN_S) == 1
