import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vmloc_ros.config import NodeConfig
from vmloc_ros.errors import ConfigError
from vmloc_ros.pose import Pose, PoseEstimate
from vmloc_ros.ros.extrinsic import body_pose, camera_to_base

HALF = np.sqrt(0.5)


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
    T_camera_base = camera_to_base(NodeConfig(base_frame=""), "camera")
    body = body_pose(estimate(T_map_camera, covariance), T_camera_base)
    np.testing.assert_array_equal(body.T_map_body.position, T_map_camera.position)
    np.testing.assert_allclose(body.T_map_body.quat_xyzw, T_map_camera.quat_xyzw, atol=1e-15)
    np.testing.assert_array_equal(body.covariance, covariance)
    assert body.stamp_ns == 5


def test_a_lever_turns_uncertain_yaw_into_uncertain_position():
    # The camera is turned by 90° about z of map; the body sits 2 m along the camera's x, which is
    # y of map: (1, 2, 3) + (0, 2, 0). A yaw error dψ moves it by dψ × 2 m along −x of map.
    T_map_camera = Pose(np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.0, HALF, HALF]))
    T_camera_base = Pose(np.array([2.0, 0.0, 0.0]), np.array([0.0, 0.0, 0.0, 1.0]))
    covariance = np.diag([0.0, 0.0, 0.0, 0.0, 0.0, 0.01])
    body = body_pose(estimate(T_map_camera, covariance), T_camera_base)
    np.testing.assert_allclose(body.T_map_body.position, [1.0, 4.0, 3.0])
    expected = np.zeros((6, 6))
    expected[0, 0], expected[0, 5], expected[5, 0], expected[5, 5] = 0.04, -0.02, -0.02, 0.01
    np.testing.assert_allclose(body.covariance, expected, atol=1e-15)


def test_the_covariance_is_that_of_sampled_poses():
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
    sigma = np.sqrt(np.diag(body.covariance))
    scale = np.outer(sigma, sigma)
    np.testing.assert_allclose(np.cov(samples.T) / scale, body.covariance / scale, atol=0.02)


def test_a_body_without_a_place_is_refused_with_both_mends():
    message = (
        r"the pose of 'base_link' in 'cam_optical' is not known: set extrinsic to its "
        r"x y z qx qy qz qw, or base_frame to '' to publish the camera's own pose"
    )
    with pytest.raises(ConfigError, match=message):
        camera_to_base(NodeConfig(), "cam_optical")


def test_an_extrinsic_that_is_no_rotation_is_refused():
    config = NodeConfig(extrinsic=(0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0))
    with pytest.raises(ConfigError, match="extrinsic: a rotation needs a unit quaternion"):
        camera_to_base(config, "camera")
