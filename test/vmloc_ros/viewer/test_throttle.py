import pytest

from vmloc_ros.viewer.throttle import Throttle

FRAME_NS = 33_333_333


@pytest.mark.parametrize(("rate_hz", "passed"), [(5.0, 5), (10.0, 10), (1000.0, 30)])
def test_of_a_second_at_30_hz_as_many_pass_as_are_asked_for(rate_hz, passed):
    throttle = Throttle(rate_hz)
    assert sum(throttle.passes(number * FRAME_NS) for number in range(30)) == passed


def test_the_same_moment_passes_once():
    throttle = Throttle(5.0)
    assert [throttle.passes(stamp_ns) for stamp_ns in (0, 0, 1)] == [True, False, False]


def test_after_a_jump_back_it_goes_on():
    throttle = Throttle(5.0)
    assert [throttle.passes(stamp_ns) for stamp_ns in (10**10, 10**9)] == [True, True]
