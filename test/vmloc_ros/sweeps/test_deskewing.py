import numpy as np
import pytest
from drives import MS, START, S, driving, placed, sweep, track, turning

from vmloc_ros.pose import Pose
from vmloc_ros.sweeps import MountedMotion, Sweep, deskew

TOLERANCE = {"rtol": 0.0, "atol": 1e-6}


def test_what_lay_ahead_lies_to_the_right_after_a_quarter_turn_to_the_left():
    motion = track({0: placed(), 100: placed(yaw_deg=90.0)})
    seen = sweep([(2.0, 0.0, 0.5)], [0.0])
    points = deskew(seen, motion, START + 100 * MS)
    assert points.dtype == np.float32
    np.testing.assert_allclose(points, [[0.0, -2.0, 0.5, 0.0]], **TOLERANCE)


def test_the_image_may_be_older_than_the_points():
    motion = track({0: placed(), 100: placed(x=3.0)})
    seen = sweep([(2.0, 0.0, 0.0)], [100.0])
    np.testing.assert_allclose(deskew(seen, motion, START)[0, :3], [5.0, 0.0, 0.0], **TOLERANCE)


def test_a_wall_ahead_of_a_car_stays_a_wall():
    """At 10 m/s towards a wall 20 m ahead; its points are 20 m to 19 m away."""
    offsets_ms = np.linspace(0.0, 100.0, 2001)
    rows = [(20.0 - 0.010 * ms, ms / 10 - 5.0, 1.0) for ms in offsets_ms]
    points = deskew(sweep(rows, offsets_ms), driving(10.0), START + 100 * MS)
    assert len(points) == 2001
    # Parts of a sweep take 1 ms: half of one is 5 mm.
    np.testing.assert_allclose(points[:, 0], 19.0, atol=0.0055)
    np.testing.assert_allclose(points[:, 1], np.linspace(-5.0, 5.0, 2001), atol=1e-5)


def test_a_wall_beside_a_turning_robot_stays_a_wall():
    """At 1 rad/s to the left: what is at angle a in the room is at a - t for the lidar."""
    offsets_ms = np.linspace(0.0, 100.0, 2001)
    room = np.stack([np.full(2001, 10.0), np.linspace(-5.0, 5.0, 2001)])
    angle = np.arctan2(room[1], room[0]) - offsets_ms / 1e3
    distance = np.hypot(room[0], room[1])
    rows = np.stack([distance * np.cos(angle), distance * np.sin(angle), np.zeros(2001)], axis=1)
    assert np.ptp(rows[:, 0]) > 0.4  # what the lidar saw is no wall
    points = deskew(sweep(rows, offsets_ms), turning(1.0), START)
    # Half a millisecond at 1 rad/s, 11 m away at most.
    np.testing.assert_allclose(points[:, 0], 10.0, atol=0.006)


def test_points_without_times_are_moved_from_the_stamp_of_the_sweep():
    seen = sweep([(5.0, 1.0, 0.0), (6.0, 1.0, 0.0)], at_ms=-100.0)
    points = deskew(seen, driving(10.0), START)
    np.testing.assert_allclose(points[:, 0], [4.0, 5.0], **TOLERANCE)


def test_intensity_is_kept_and_the_sweep_is_not_written_to():
    points = np.array([[1.0, 0.0, 0.0, 7.0]], np.float32)
    seen = Sweep(START - 100 * MS, points, np.zeros(1, np.int64))
    assert deskew(seen, driving(10.0), START).tolist() == [[0.0, 0.0, 0.0, 7.0]]
    assert points.tolist() == [[1.0, 0.0, 0.0, 7.0]]


def test_points_seen_where_the_motion_is_not_known_are_left_out():
    motion = track({0: placed(), 40: placed(x=0.4)})  # and 20 ms beyond each end
    offsets_ms = [-21.5, -19.0, 0.0, 40.0, 59.0, 61.5]
    seen = sweep([(number, 0.0, 0.0) for number in range(6)], offsets_ms)
    points = deskew(seen, motion, START)
    np.testing.assert_allclose(points[:, 0], [1.0, 2.0, 3.4, 4.4], atol=0.01)


def test_where_the_place_at_the_image_is_not_known_there_is_nothing():
    seen = sweep([(1.0, 0.0, 0.0)], [0.0])
    assert deskew(seen, driving(1.0), START + 2 * S) is None
    assert deskew(seen, track({}), START) is None


def test_an_empty_sweep_has_no_points():
    seen = Sweep(START, np.zeros((0, 4), np.float32), np.zeros(0, np.int64))
    assert deskew(seen, driving(1.0), START).shape == (0, 4)


def test_a_lidar_ahead_of_the_axle_swings_with_the_robot():
    """Mounted 1 m ahead, the robot turns left by 90°: the lidar goes from (1, 0) to (0, 1)."""
    body = track({0: placed(), 100: placed(yaw_deg=90.0)})
    lidar = MountedMotion(body, placed(x=1.0))
    # It saw a post 2 m ahead, at (3, 0); now that is 1 m behind to its left, 3 m to its right.
    points = deskew(sweep([(2.0, 0.0, 0.0)], [0.0]), lidar, START + 100 * MS)
    np.testing.assert_allclose(points[0, :3], [-1.0, -3.0, 0.0], **TOLERANCE)


@pytest.mark.parametrize("mount", [placed(), placed(x=1.0)])
def test_of_a_body_that_is_only_known_to_turn_a_sensor_turns_on_the_spot(mount):
    body = track({0: placed(), 100: placed(yaw_deg=90.0)}, translates=False)
    lidar = MountedMotion(body, mount)
    assert not lidar.translates
    points = deskew(sweep([(2.0, 0.0, 0.0)], [0.0]), lidar, START + 100 * MS)
    np.testing.assert_allclose(points[0, :3], [0.0, -2.0, 0.0], **TOLERANCE)


def test_a_lidar_that_is_mounted_upside_down_sees_a_left_turn_as_one_to_the_right():
    rolled = Pose(np.zeros(3), np.array([1.0, 0.0, 0.0, 0.0]))  # y right, z down
    body = track({0: placed(), 100: placed(yaw_deg=90.0)})
    points = deskew(sweep([(2.0, 0, 0)], [0.0]), MountedMotion(body, rolled), START + 100 * MS)
    np.testing.assert_allclose(points[0, :3], [0.0, 2.0, 0.0], **TOLERANCE)
