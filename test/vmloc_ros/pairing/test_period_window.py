import random

from vmloc_ros.pairing.period_window import PeriodWindow

PERIOD = 33_000_000
START = 1_000_000_000_000


def window(stamps):
    made = PeriodWindow()
    for stamp_ns in stamps:
        made.add(stamp_ns)
    return made


def steady(count, period=PERIOD, start=START):
    return [start + index * period for index in range(count)]


def test_the_period_is_known_after_three_differences():
    assert window(steady(3)).period_ns is None
    assert window(steady(4)).period_ns == PERIOD


def test_jitter_does_not_shift_it():
    rng = random.Random(0)
    jittered = [at + rng.randint(-3_000_000, 3_000_000) for at in steady(100)]
    assert abs(window(jittered).period_ns - PERIOD) < 500_000


def test_most_of_the_messages_may_be_lost():
    rng = random.Random(0)
    left = [at for at in steady(1000) if rng.random() < 0.3]
    assert window(left).period_ns == PERIOD


def test_what_was_known_outlasts_a_time_in_which_hardly_anything_arrives():
    seldom = steady(80, period=12 * PERIOD, start=START + 100 * PERIOD)
    assert window(steady(100) + seldom).period_ns == PERIOD


def test_a_sensor_that_was_set_to_another_rate_is_followed():
    slower = steady(100, period=3 * PERIOD, start=START + 100 * PERIOD)
    assert window(steady(100) + slower).period_ns == 3 * PERIOD
    faster = steady(20, period=PERIOD, start=START + 300 * PERIOD)
    assert window(steady(100, period=3 * PERIOD) + faster).period_ns == PERIOD


def test_repeated_and_late_messages_say_nothing():
    assert window([*steady(10), START, START, START + 9 * PERIOD]).period_ns == PERIOD


def test_after_it_is_cleared_nothing_is_known():
    made = window(steady(10))
    made.clear()
    assert made.period_ns is None
    made.add(START)  # no difference to what came before
    assert made.period_ns is None
