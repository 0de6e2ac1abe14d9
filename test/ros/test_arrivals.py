import pytest

from vmloc_ros.ros.arrivals import Arrivals


def arrivals(*times_s):
    one = Arrivals(start_s=10.0)
    for now_s in times_s:
        one.add(now_s)
    return one


def test_silence_counts_from_the_start_until_a_message_comes():
    assert arrivals().silent_s(12.5) == 2.5
    assert arrivals(11.0, 12.0).silent_s(12.5) == 0.5


def test_the_rate_is_that_between_the_messages():
    assert arrivals(11.0, 11.25, 11.5, 12.0).rate_hz == 3.0


@pytest.mark.parametrize("times_s", [(), (11.0,), (11.0, 11.0)])
def test_there_is_no_rate_before_two_messages(times_s):
    assert arrivals(*times_s).rate_hz is None


def test_only_the_last_seconds_count_for_the_rate():
    one = arrivals(*range(11, 21), 20.5)
    assert one.rate_hz == pytest.approx(5 / 4.5)  # 16, 17, 18, 19, 20 and 20.5


def test_a_seldom_message_gives_the_rate_to_the_one_before():
    assert arrivals(11.0, 12.0, 22.0).rate_hz == 0.1


def test_after_an_outage_the_old_rate_does_not_count():
    assert arrivals(11.0, 12.0, 72.0, 72.5).rate_hz == 2.0


def test_a_fast_stream_is_measured_over_what_is_remembered():
    one = arrivals(*(11.0 + 0.001 * index for index in range(2000)))
    assert one.rate_hz == pytest.approx(1000.0)
