import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vmloc_ros.errors import VmlocError
from vmloc_ros.pose import Pose, PoseEstimate
from vmloc_ros.ros.extrinsic import SIGMA_FLOOR, body_pose

HALF = np.sqrt(0.5)
NOWHERE = Pose(np.zeros(3), np.array([0.0, 0.0, 0.0, 1.0]))


def estimate(T_map_camera, covariance):
    return PoseEstimate(5, T_map_camera, covariance, ("rgb",))


def random_covariance(rng, sigma):
    factor = rng.normal(size=(6, 6))
    correlation = factor @ factor.T
    scale = sigma / np.sqrt(np.diag(correlation))
    return correlation * np.outer(scale, scale)


def test_the_camera_itself_keeps_its_pose_and_covariance_bit_for_bit():
    T_map_camera = Pose(np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.6, 0.0, 0.8]))
    covariance = np.diag(np.arange(1.0, 7.0))
    body = body_pose(estimate(T_map_camera, covariance), NOWHERE)
    np.testing.assert_array_equal(body.T_map_body.position, T_map_camera.position)
    np.testing.assert_allclose(body.T_map_body.quat_xyzw, T_map_camera.quat_xyzw, atol=1e-15)
    np.testing.assert_array_equal(body.covariance, covariance)
    assert body.stamp_ns == 5


def test_a_lever_turns_uncertain_yaw_into_uncertain_position():
    # The camera is turned by 90° about z of map; the body sits 2 m along the camera's x, which is
    # y of map: (1, 2, 3) + (0, 2, 0). A yaw error dψ moves it by dψ × 2 m along −x of map.
    T_map_camera = Pose(np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.0, HALF, HALF]))
    T_camera_base = Pose(np.array([2.0, 0.0, 0.0]), np.array([0.0, 0.0, 0.0, 1.0]))
    covariance = np.diag([0.02, 0.02, 0.02, 0.02, 0.02, 0.01])
    body = body_pose(estimate(T_map_camera, covariance), T_camera_base)
    np.testing.assert_allclose(body.T_map_body.position, [1.0, 4.0, 3.0])
    # The same lever turns roll (about x) into height: + 2 m · dφ along z.
    expected = np.diag([0.02 + 4 * 0.01, 0.02, 0.02 + 4 * 0.02, 0.02, 0.02, 0.01])
    expected[0, 5] = expected[5, 0] = -2 * 0.01
    expected[2, 3] = expected[3, 2] = 2 * 0.02
    np.testing.assert_allclose(body.covariance, expected, atol=1e-15)


def test_the_covariance_is_that_of_sampled_poses_within_2_percent_of_its_largest_entry():
    rng = np.random.default_rng(3)
    T_map_camera = Pose(np.array([4.0, -1.0, 2.0]), Rotation.random(rng=rng).as_quat())
    T_camera_base = Pose(np.array([0.5, -1.5, 1.0]), Rotation.random(rng=rng).as_quat())
    covariance = random_covariance(rng, np.array([0.05, 0.1, 0.02, 0.01, 0.02, 0.03]))
    body = body_pose(estimate(T_map_camera, covariance), T_camera_base)

    errors = rng.multivariate_normal(np.zeros(6), covariance, size=200_000)
    turned = Rotation.from_rotvec(errors[:, 3:]) * T_map_camera.rotation
    positions = T_map_camera.position + errors[:, :3] + turned.apply(T_camera_base.position)
    bodies = turned * T_camera_base.rotation
    rotations = (bodies * body.T_map_body.rotation.inv()).as_rotvec()
    samples = np.column_stack([positions - body.T_map_body.position, rotations])
    sampled = np.cov(samples.T)
    largest = np.abs(body.covariance).max()
    np.testing.assert_allclose(sampled, body.covariance, atol=0.02 * largest)
    sigma = np.sqrt(np.diag(body.covariance))  # so that the small rotations count as much
    scale = np.outer(sigma, sigma)
    np.testing.assert_allclose(sampled / scale, body.covariance / scale, atol=0.02)


def test_an_axis_that_claims_to_be_certain_is_given_the_floor():
    covariance = np.diag([0.0, 0.04, 0.04, 1e-9, 0.01, 0.01])
    body = body_pose(estimate(NOWHERE, covariance), NOWHERE)
    expected = [SIGMA_FLOOR**2, 0.04, 0.04, SIGMA_FLOOR**2, 0.01, 0.01]
    np.testing.assert_allclose(body.covariance, np.diag(expected), atol=1e-15)


@pytest.mark.parametrize("lever_m", [0.0, 1.0, 300.0])
def test_the_covariance_is_positive_definite_and_symmetric_whatever_the_lever(lever_m):
    rng = np.random.default_rng(4)
    factor = rng.normal(size=(6, 2))  # of rank 2, and rounding makes it indefinite
    T_camera_body = Pose(np.array([lever_m, 0.0, 0.0]), Rotation.random(rng=rng).as_quat())
    covariance = body_pose(estimate(NOWHERE, factor @ factor.T), T_camera_body).covariance
    np.testing.assert_array_equal(covariance, covariance.T)
    assert np.linalg.eigvalsh(covariance)[0] >= 0.999 * SIGMA_FLOOR**2


def test_a_covariance_that_is_no_number_is_refused():
    covariance = np.diag([1.0, 1.0, np.nan, 1.0, 1.0, 1.0])
    with pytest.raises(VmlocError, match="the covariance holds NaN or infinite numbers"):
        body_pose(estimate(NOWHERE, covariance), NOWHERE)
