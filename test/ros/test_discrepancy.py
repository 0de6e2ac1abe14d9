"""What is left of a motion when the odometry's is taken off."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vmloc_ros.pose import Pose
from vmloc_ros.ros.discrepancy import Discrepancy, TrackedPose
from vmloc_ros.ros.extrinsic import BodyPose

QUARTER_TURN = (0.0, 0.0, np.sqrt(0.5), np.sqrt(0.5))
AHEAD = (0.0, 0.0, 0.0, 1.0)


def yawed(angle_rad: float) -> tuple[float, ...]:
    return (0.0, 0.0, np.sin(angle_rad / 2), np.cos(angle_rad / 2))


def tracked(position, odometry, *, quat=AHEAD, sigma_m=0.1, sigma_rad=0.01) -> TrackedPose:
    covariance = np.diag(np.square([sigma_m] * 3 + [sigma_rad] * 3))
    body = BodyPose(0, Pose(np.array(position), np.array(quat)), covariance)
    return TrackedPose(body, Pose(np.array(odometry), np.array(AHEAD)))


def test_a_motion_that_the_odometry_tells_leaves_nothing():
    # In map the robot looks along y, in odom along x: 2 m ahead are 2 m along y.
    before = tracked((1.0, 1.0, 0.0), (5.0, 0.0, 0.0), quat=QUARTER_TURN)
    after = tracked((1.0, 3.0, 0.0), (7.0, 0.0, 0.0), quat=QUARTER_TURN)

    found = Discrepancy.between(before, after)

    assert (found.distance_m, found.angle_deg, found.sigmas) == pytest.approx((0, 0, 0), abs=1e-6)


def test_at_rest_the_errors_are_those_of_both_poses_and_the_floor():
    before, after = tracked((0.0, 0.0, 0.0), (0.0, 0.0, 0.0)), tracked((0.3, 0.0, 0.0), (0, 0, 0))

    found = Discrepancy.between(before, after)

    assert found.distance_m == pytest.approx(0.3)
    assert found.sigmas == pytest.approx(0.3 / np.sqrt(0.1**2 + 0.1**2 + 0.02**2))


@pytest.mark.parametrize("turned", [0.1, -0.1])
def test_an_uncertain_heading_grows_to_an_uncertain_place_on_the_way(turned):
    # The robot looks along y of map and drives 10 m: a heading that was 0.1 rad more to the left
    # puts it 1 m to the left, at x = −1 m.
    heading = np.pi / 2 + turned
    exact = {"sigma_m": 1e-6, "sigma_rad": 1e-6}
    before = tracked((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), quat=QUARTER_TURN, **exact)
    before.body.covariance[3:, 3:] = np.eye(3) * 0.1**2
    after = tracked((-1.0, 10.0, 0.0), (10.0, 0.0, 0.0), quat=yawed(heading), **exact)

    found = Discrepancy.between(before, after)

    # Of x: 10 m · 0.1 rad of the heading, 10 m · 0.1 of drift, and the floor.
    var_x, var_yaw = 1.0 + 1.0 + 0.02**2, 0.1**2 + 0.02**2 + 0.5**2
    joint = np.array([[var_x, -10.0 * 0.1**2], [-10.0 * 0.1**2, var_yaw]])
    error = np.array([-1.0, turned])
    assert found.sigmas == pytest.approx(np.sqrt(error @ np.linalg.inv(joint) @ error), rel=1e-5)


@pytest.mark.parametrize(("moved_m", "sigma_m"), [(0.0, 0.02), (1.0, 0.102), (10.0, 1.0002)])
def test_the_drift_grows_with_the_distance(moved_m, sigma_m):
    exact = {"sigma_m": 1e-6, "sigma_rad": 1e-6}
    before = tracked((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), **exact)
    after = tracked((moved_m, 0.0, 0.5), (moved_m, 0.0, 0.0), **exact)

    assert Discrepancy.between(before, after).sigmas == pytest.approx(0.5 / sigma_m, rel=1e-2)


def test_the_drift_grows_with_the_angle():
    before = tracked((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), sigma_rad=1e-6)
    after = tracked((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), sigma_rad=1e-6, quat=yawed(1.5))
    after = TrackedPose(after.body, Pose(np.zeros(3), np.array(yawed(1.0))))

    found = Discrepancy.between(before, after)

    assert found.sigmas == pytest.approx(0.5 / np.sqrt(0.02**2 + 0.1**2), rel=1e-5)


def test_errors_of_the_rotation_are_about_the_axes_of_map():
    # The robot looks along y; it seems to have rolled about x of map, which is its pitch.
    sure = np.diag([1.0, 1.0, 1.0, 0.05**2, 0.01**2, 0.01**2])
    start = Rotation.from_quat(QUARTER_TURN)
    rolled = Rotation.from_rotvec([0.2, 0.0, 0.0]) * start
    still = Pose(np.zeros(3), np.array(AHEAD))
    before, after = (
        TrackedPose(BodyPose(0, Pose(np.zeros(3), rotation.as_quat()), sure), still)
        for rotation in (start, rolled)
    )

    found = Discrepancy.between(before, after)

    assert found.sigmas == pytest.approx(0.2 / np.sqrt(2 * 0.05**2 + 0.02**2))


def test_a_wrong_heading_counts():
    before = tracked((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    after = tracked((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), quat=QUARTER_TURN)

    found = Discrepancy.between(before, after)

    assert found.angle_deg == pytest.approx(90.0)
    assert found.sigmas == pytest.approx((np.pi / 2) / np.sqrt(2 * 0.01**2 + 0.02**2))
