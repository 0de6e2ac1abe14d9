import numpy as np
import pytest
from drives import MS, START, S, driving, placed, sweep, track, turning

from vmloc_ros.sweeps import SweepAssembler


def push_broom(number):
    """A line on a wall 2 m to the left, seen across the way each 50 ms; the last one at START."""
    return sweep([(0.0, 2.0, 0.1 * row) for row in range(5)], at_ms=-50.0 * number)


def test_a_scanner_that_is_pushed_forward_sees_a_wall():
    """At 10 m/s a line each 0.5 m: the older, the farther behind."""
    assembler = SweepAssembler(4)
    for number in (5, 4, 3, 2, 1):
        assembler.add(push_broom(number))
    points = assembler.assemble(push_broom(0), START, driving(10.0))
    assert points.shape == (20, 4)
    np.testing.assert_allclose(points[::5, 0], [-1.5, -1.0, -0.5, 0.0], atol=1e-6)
    np.testing.assert_allclose(points[:, 1], 2.0, atol=1e-6)
    assert assembler.missing == ""


def test_sweeps_are_brought_to_the_image_not_to_the_newest_of_them():
    assembler = SweepAssembler(2)
    assembler.add(push_broom(1))
    points = assembler.assemble(push_broom(0), START + 20 * MS, driving(10.0))
    np.testing.assert_allclose(points[::5, 0], [-0.7, -0.2], atol=1e-6)


def test_sweeps_later_than_that_of_the_pair_are_never_used():
    assembler = SweepAssembler(3)
    for number in (2, 1, 0, -1, -2):  # the worker is behind: two more have arrived
        assembler.add(push_broom(number))
    points = assembler.assemble(push_broom(0), START + 60 * MS, driving(10.0))
    np.testing.assert_allclose(points[::5, 0], [-1.6, -1.1, -0.6], atol=1e-6)


def test_poses_later_than_image_and_sweep_are_never_used():
    known = {ms: placed(ms / 100.0) for ms in range(-200, 101, 10)}
    straight, swerving = track(known), track({**known, 110: placed(50.0, 50.0, 90.0)})
    seen = sweep([(5.0, 0.0, 0.0)] * 3, [0.0, 50.0, 104.0])
    clouds = [SweepAssembler(1).assemble(seen, START, motion) for motion in (straight, swerving)]
    np.testing.assert_array_equal(clouds[0], clouds[1])
    # 5 m ahead after 1.04 m: the last 4 ms go on as evenly as before.
    np.testing.assert_allclose(clouds[0][:, 0], [5.0, 5.5, 6.04], atol=0.006)


def test_time_that_jumps_back_begins_anew():
    assembler = SweepAssembler(3)
    for number in (-100, -101):  # five seconds later: the end of a bag that begins again
        assembler.add(push_broom(number))
    points = assembler.assemble(push_broom(0), START, driving(10.0))
    np.testing.assert_allclose(points[:, 0], np.zeros(5), atol=1e-6)


def test_after_clear_the_past_is_gone():
    assembler = SweepAssembler(3)
    assembler.add(push_broom(1))
    assembler.clear()
    assert len(assembler.assemble(push_broom(0), START, driving(10.0))) == 5


def test_a_sweep_that_comes_twice_counts_once_and_one_that_is_late_counts():
    assembler = SweepAssembler(3)
    for number in (1, 2, 1):
        assembler.add(push_broom(number))
    points = assembler.assemble(push_broom(0), START, driving(10.0))
    np.testing.assert_allclose(points[::5, 0], [-1.0, -0.5, 0.0], atol=1e-6)


def test_sweeps_that_cannot_be_placed_are_left_out():
    assembler = SweepAssembler(3)
    for number in (2, 1):
        assembler.add(push_broom(number))
    points = assembler.assemble(push_broom(0), START, driving(10.0, first_ms=-60))
    np.testing.assert_allclose(points[::5, 0], [-0.5, 0.0], atol=1e-6)


@pytest.mark.parametrize("count", [1, 3])
def test_without_motion_the_newest_sweep_is_given_as_it_is(count):
    assembler = SweepAssembler(count)
    assembler.add(push_broom(1))
    newest = sweep([(1.0, 2.0, 3.0), (4.0, 5.0, 6.0)], [0.0, 90.0])
    assert assembler.assemble(newest, START, None) is newest.points
    assert assembler.missing == "there is neither odometry nor a gyroscope"


def test_a_gyroscope_turns_a_sweep_back_and_does_not_put_sweeps_together():
    turned = track({0: placed(), 100: placed(yaw_deg=90.0)}, translates=False)
    seen = sweep([(2.0, 0.0, 0.0)], [0.0])
    alone, several = SweepAssembler(1), SweepAssembler(3)
    several.add(push_broom(1))
    for assembler in (alone, several):
        points = assembler.assemble(seen, START + 100 * MS, turned)
        np.testing.assert_allclose(points[:, :3], [[0.0, -2.0, 0.0]], atol=1e-6)
    assert alone.missing == ""
    assert several.missing == "a gyroscope cannot put 3 sweeps together, odometry can"


def test_where_the_motion_does_not_reach_the_image_the_sweep_is_given_as_it_is_and_that_is_said():
    assembler = SweepAssembler(1)
    seen = sweep([(2.0, 0.0, 0.0)], [0.0])
    assert assembler.assemble(seen, START, turning(1.0, -900, -310)) is seen.points
    assert assembler.missing == "the odometry ends 0.31 s before the image"
    assembler.assemble(seen, START, turning(1.0))
    assert assembler.missing == ""


def test_no_more_sweeps_are_kept_than_may_be_asked_for():
    assembler = SweepAssembler(2)
    for number in range(100):
        assembler.add(push_broom(100 - number))
    assert len(assembler.assemble(push_broom(0), START, driving(10.0, -8000))) == 10
    assert len(assembler._sweeps) <= 12
    assert assembler._sweeps[-1].stamp_ns == START
    assert START - assembler._sweeps[0].stamp_ns < S
