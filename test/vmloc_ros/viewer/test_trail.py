import numpy as np

from vmloc_ros.viewer.trail import Trail

SECOND_NS = 1_000_000_000


def trail_of(*stamps_s: float, length: int = 100) -> list[list[float]]:
    """Walk along x, at x = stamp; return the x of each piece."""
    trail = Trail(length)
    for stamp_s in stamps_s:
        trail.add(round(stamp_s * SECOND_NS), np.array([stamp_s, 0.0, 0.0]))
    return [line[:, 0].tolist() for line in trail.lines()]


def test_positions_that_follow_each_other_are_one_line():
    assert trail_of(0.0, 0.5, 1.0) == [[0.0, 0.5, 1.0]]


def test_a_pause_cuts_the_line():
    assert trail_of(0.0, 0.5, 10.0, 10.5) == [[0.0, 0.5], [10.0, 10.5]]


def test_a_single_position_is_no_line():
    assert trail_of(0.0, 10.0, 10.5) == [[10.0, 10.5]]


def test_time_that_jumps_back_begins_a_new_trail():
    assert trail_of(8.0, 8.5, 1.0, 1.5) == [[1.0, 1.5]]


def test_only_the_last_positions_are_kept():
    assert trail_of(0.0, 0.5, 1.0, 1.5, length=3) == [[0.5, 1.0, 1.5]]
